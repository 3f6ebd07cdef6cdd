#!/bin/sh
# test_simserver.sh PROGRAM -- the command line of stepwire-simserver: what it prints, what it
# refuses, and how it ends.
. "${0%/*}/program.sh"
program=$1

expect 0 'stepwire-simserver ' "$program" --version
expect 0 '(tcp://127.0.0.1:5555)' "$program" --help
expect 0 'Hopper-v5' "$program" list
expect 0 'float64 [11]' "$program" describe Hopper-v5
expect 0 'saved and continued' "$program" describe Counter-v0
expect 0 'can be drawn' "$program" describe CartPole-v1
expect 0 'float64 [12]' "$program" describe Hopper-v5 --set exclude_current_positions_from_observation=false
expect 2 "did you mean 'Hopper-v5' (or 'Hopper-v4')?" "$program" describe Hoper-v5
expect 2 "version 3 is not offered; use 'Hopper-v5' (or 'Hopper-v4')" "$program" describe Hopper-v3
expect 2 'healthy_reward' "$program" describe Hopper-v5 --set helthy_reward=2
expect 2 'it has: none' "$program" describe InvertedPendulum-v4 --set reset_noise_scale=0
expect 2 "Hopper-v5: setting 'frame_skip' is '0' but must be an integer in [1, 1000]" "$program" describe Hopper-v5 --set frame_skip=0
expect 2 'STEPWIRE_MODELS' "$program" describe Hopper-v5 --set xml_file=mine.xml
expect 2 'describe' "$program" dscribe
expect 2 '--max-rows' "$program" --max-row 5
expect 2 '[0, 1024]' "$program" --threads many
expect 2 '--max-lease is' "$program" --max-lease 0
expect 2 '[0, 1e+06]' "$program" --step-timeout=-1
expect 2 '[1, 100000]' "$program" --max-sessions 0
expect 2 '--insecure' "$program" --bind tcp://0.0.0.0:0
expect 2 'tcp://HOST:PORT or ipc://PATH' "$program" --bind foo
expect 2 "'5555x' is no port" "$program" --bind tcp://127.0.0.1:5555x

# start ARGUMENT...: serves with $work/in as standard input; sets $pid and $endpoint.
start()
{
    : > "$work/ready"
    "$program" "$@" > "$work/ready" 2> "$work/log" < "$work/in" &
    pid=$!
    servers="$servers $pid"
    wait_for "$work/ready" '^ready '
    endpoint=$(sed -n 's/^ready //p' "$work/ready")
}

mkfifo "$work/in"

# A signal ends it cleanly.
exec 3<> "$work/in"
start --bind 'tcp://127.0.0.1:*' --stats
case $endpoint in
    tcp://127.0.0.1:[1-9]*) ;;
    *) fail "no port in $endpoint" ;;
esac
expect 1 "$endpoint" "$program" --bind "$endpoint"
kill -TERM "$pid"
wait "$pid" || fail 'SIGTERM was an error'

# The end of standard input ends it, and so do its --stats.
exec 3>&-
sleep 60 > "$work/in" &
writer=$!
start --bind "ipc://$work/socket" --until-eof --stats
kill "$writer"
wait "$pid" || fail 'the end of standard input was an error'
grep -q '^physics_s [0-9.]* steps 0$' "$work/log" || fail 'no --stats'
