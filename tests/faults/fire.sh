#!/bin/sh
# fire.sh AGENT SIMSERVER TASK STEPS KILLS RETURN SEED... -- whole programs under fire: trains on two
# servers, kills -9 one and the other in turn, KILLS times, and starts it again each time. Every
# policy must reach RETURN. test_fire.c counts what is learned from; this is what a user would see.
agent=$1
simserver=$2
task=$3
steps=$4
kills=$5
return=$6
shift 6
. "${0%/*}/../program.sh"

# restart N: starts server N again where it was.
restart()
{
    eval "endpoint=\$endpoint_$1"
    serve "$simserver" --bind "$endpoint" --log none
    eval "pid_$1=$pid"
}

# train SEED
train()
{
    run=$work/$1
    "$agent" train --env "$task" --algo ppo --steps "$steps" --seed "$1" --run "$run" --patience 60 \
        --connect "$endpoint_0,$endpoint_1" > "$work/out" 2> "$work/err" &
    training=$!
    wait_for "$run/progress.csv" '^[0-9]'
    done=0
    while [ "$done" -lt "$kills" ] && kill -0 "$training" 2> /dev/null; do
        due=$(awk "BEGIN { print int($steps * ($done + 1) / ($kills + 1)) }")
        if [ "$(tail -n 1 "$run/progress.csv" | cut -d, -f1)" -ge "$due" ]; then
            victim=$((done % 2))
            eval "kill -KILL \$pid_$victim"
            restart $victim
            done=$((done + 1))
        else
            sleep 0.02
        fi
    done
    wait "$training" || fail "training ended with $?"
    [ "$done" -eq "$kills" ] || fail "only $done of $kills kills: it was over too soon"
    grep -E 'lost|faulty|moves' "$run/summary.json"
    "$agent" eval "$run" --connect "$endpoint_0" > "$work/out" 2> "$work/err" || fail "no evaluation"
    mean=$(sed -n 's/.*"mean": \([-0-9.]*\).*/\1/p' "$work/out" | tail -n 1)
    echo "$task, seed $1: $done kills, return $mean"
    awk "BEGIN { exit !($mean >= $return) }" || fail "the return is less than $return"
}

for i in 0 1; do
    serve "$simserver" --bind 'tcp://127.0.0.1:*' --log none
    eval "pid_$i=$pid endpoint_$i=$endpoint"
done
: > "$work/out"
: > "$work/err"
for seed in "$@"; do
    train "$seed"
done
