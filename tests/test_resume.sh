#!/bin/sh
# test_resume.sh AGENT FLAG... -- a run that is killed at random moments, and stopped by Ctrl-C, and
# goes on each time, ends with the same progress and the same checkpoint as one that never stopped.
agent=$1
shift
. "${0%/*}/program.sh"

# What does not depend on time.
columns()
{
    cut -d, -f1,2,5- "$work/$1/progress.csv"
}

# A number from 0 to 999.
random()
{
    od -An -N2 -tu2 /dev/urandom | awk '{print $1 % 1000}'
}

# stop SIGNAL COMMAND...: runs it, and sends the signal at a random moment of a whole run's time.
stop()
{
    signal=$1
    shift
    "$@" &
    training=$!
    sleep "$(echo "$whole $(random)" | awk '{print $1 * $2 / 1000}')"
    kill -"$signal" $training 2> "$work/gone" || true
    got=0
    wait $training 2> "$work/gone" || got=$?
    case $got in
    0 | 130 | 137) ;;  # 130: interrupted before it had begun
    *) fail "it ended with $got after a signal $signal" ;;
    esac
}

begun=$(date +%s%N)
expect 0 '' "$agent" train --quiet --run "$work/whole" "$@"
whole=$(echo "$begun $(date +%s%N)" | awk '{print ($2 - $1) / 1e9}')

stop KILL "$agent" train --quiet --run "$work/parts" "$@"
if [ ! -e "$work/parts/checkpoints/latest.safetensors" ]; then  # killed before it had begun
    rm -rf "$work/parts"
    expect 0 "" "$agent" train --quiet --run "$work/parts" "$@"
fi
for signal in INT INT KILL; do
    stop $signal "$agent" train --resume --quiet --run "$work/parts"
done
expect 0 '' "$agent" train --resume --quiet --run "$work/parts"

columns whole > "$work/columns-whole"
columns parts > "$work/columns-parts"
[ "$(wc -l < "$work/columns-whole")" -ge 3 ] || fail "fewer than two rows"
cmp "$work/columns-whole" "$work/columns-parts" || fail "progress.csv differs"
cmp "$work/whole/checkpoints/latest.safetensors" "$work/parts/checkpoints/latest.safetensors" ||
    fail "the last checkpoint differs"
for run in whole parts; do
    [ ! -e "$work/$run/evaluations.csv" ] || cp "$work/$run/evaluations.csv" "$work/exams-$run"
done
[ ! -e "$work/exams-whole" ] || cmp "$work/exams-whole" "$work/exams-parts" ||
    fail "evaluations.csv differs"
best=checkpoints/best.safetensors
[ ! -e "$work/whole/$best" ] || cmp "$work/whole/$best" "$work/parts/$best" ||
    fail "the best checkpoint differs"
