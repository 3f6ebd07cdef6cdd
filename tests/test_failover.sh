#!/bin/sh
# test_failover.sh AGENT SIMSERVER -- training goes on when its servers die, and waits when all have.
agent=$1
simserver=$2
. "${0%/*}/program.sh"
train="$agent train --env CartPole-v1 --algo ppo --quiet --set lr=1e-3"

# rows NAME: lines of a run's progress so far
rows()
{
    wc -l < "$work/$1/progress.csv"
}

# wait_for_more NAME: until the run has made two more iterations
wait_for_more()
{
    enough=$(($(rows "$1") + 2))
    tries=0
    until [ "$(rows "$1")" -ge $enough ]; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || fail "$1 does not go on"
        sleep 0.05
    done
}

# count NAME KEY: a number of the run's summary
count()
{
    sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p" "$work/$1/summary.json"
}

serve "$simserver" --bind 'tcp://127.0.0.1:*' --log none
one=$endpoint
first=$pid
serve "$simserver" --bind 'tcp://127.0.0.1:*' --log none
two=$endpoint
second=$pid

# ---- one of two servers dies, comes back, and then the other one dies ---------------------------

$train --steps 1e9 --run "$work/both" --connect "$one,$two" > "$work/out" 2>&1 &
training=$!
wait_for "$work/both/progress.csv" '^[0-9]'
kill -KILL "$second"
wait_for "$work/out" "group 1: goes on at $one"
wait_for_more both
serve "$simserver" --bind "$two" --log none
second=$pid
wait_for "$work/out" "group 1: moved to $two"
kill -KILL "$first"
wait_for "$work/out" "group 0: goes on at $two"
wait_for_more both

# a server that is asked to end is left with nothing lost
serve "$simserver" --bind "$one" --log none
first=$pid
wait_for "$work/out" "group 0: moved to $one"
kill -TERM "$second"
wait_for "$work/out" "group 1: moved to $one"
wait "$second" || fail "a drained server ended with $?"
wait_for_more both
kill -INT $training
wait $training || fail "training ended with $?"
[ "$(count both sessions_lost)" -eq 2 ] || fail "sessions_lost: $(count both sessions_lost)"
[ "$(count both faulty_rows)" -eq 8 ] || fail "faulty_rows: $(count both faulty_rows)"
[ "$(count both moves)" -eq 3 ] || fail "moves: $(count both moves)"
expect 0 '"episodes": 3' "$agent" eval "$work/both" --episodes 3

# ---- no server is left --------------------------------------------------------------------------

# it waits, and goes on with one that comes back
$train --steps 1e9 --run "$work/wait" --connect "$one" > "$work/out" 2>&1 &
training=$!
wait_for "$work/wait/progress.csv" '^[0-9]'
kill -KILL "$first"
wait_for "$work/out" "no server answers ($one): waiting up to 60 s"
serve "$simserver" --bind "$one" --log none
first=$pid
wait_for "$work/out" "group 1: goes on at $one"
wait_for_more wait

# or stops, with what it has, when it is told to
kill -KILL "$first"
wait_for "$work/out" 'no server answers' 2
kill -INT $training
wait $training || fail "Ctrl-C while it waited ended it with $?"
[ -s "$work/wait/summary.json" ] || fail "Ctrl-C while it waited did not save"
expect 0 '"episodes": 3' "$agent" eval "$work/wait" --episodes 3
