#!/bin/sh
# test_simserver.sh PROGRAM -- the command line of stepwire-simserver: what it prints, what it
# refuses, and how it ends.
set -eu
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "$1" >&2
    cat "$work/out" "$work/err" >&2
    exit 1
}

# expect STATUS TEXT ARGUMENT...: ends with that status and prints that text, on either output.
expect()
{
    status=$1
    text=$2
    shift 2
    got=0
    "$program" "$@" > "$work/out" 2> "$work/err" || got=$?
    [ "$got" -eq "$status" ] || fail "'$*' ended with $got, not $status"
    grep -qF -e "$text" "$work/out" "$work/err" || fail "'$*' did not print: $text"
}

expect 0 'stepwire-simserver ' --version
expect 0 '(tcp://127.0.0.1:5555)' --help
expect 0 'Hopper-v5' list
expect 0 'float64 [11]' describe Hopper-v5
expect 0 'float64 [12]' describe Hopper-v5 --set exclude_current_positions_from_observation=false
expect 2 'Walker2d-v5' describe Hoper-v5
expect 2 'healthy_reward' describe Hopper-v5 --set helthy_reward=2
expect 2 '[1, 1000]' describe Hopper-v5 --set frame_skip=0
expect 2 'describe' dscribe
expect 2 '--max-rows' --max-row 5
expect 2 '[0, 1024]' --threads many
expect 2 '--insecure' --bind tcp://0.0.0.0:0

# serve ARGUMENT...: starts it and waits for its ready line; sets $pid and $endpoint.
serve()
{
    : > "$work/out"
    "$program" "$@" > "$work/out" 2> "$work/err" < "$work/in" &
    pid=$!
    tries=0
    while ! grep -q '^ready ' "$work/out"; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || fail "'$*' was never ready"
        sleep 0.05
    done
    endpoint=$(sed -n 's/^ready //p' "$work/out")
}

mkfifo "$work/in"

# A signal ends it cleanly.
exec 3<> "$work/in"
serve --bind 'tcp://127.0.0.1:*' --stats
case $endpoint in
    tcp://127.0.0.1:[1-9]*) ;;
    *) fail "no port in $endpoint" ;;
esac
expect 1 "$endpoint" --bind "$endpoint"
kill -TERM "$pid"
wait "$pid" || fail 'SIGTERM was an error'

# The end of standard input ends it, and so do its --stats.
exec 3>&-
sleep 5 > "$work/in" &
writer=$!
serve --bind "ipc://$work/socket" --until-eof --stats
kill "$writer"
wait "$pid" || fail 'the end of standard input was an error'
grep -q '^physics_s [0-9.]* steps 0$' "$work/err" || fail 'no --stats'
