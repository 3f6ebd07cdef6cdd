#!/bin/sh
# test_repeat.sh AGENT SIMSERVER TASK ALGO [NAME=VALUE...] -- one config gives one progress.csv, but
# for the times, and one checkpoint: twice in a row, over ipc and tcp, with 1 and 2 server threads,
# with one server and two, on one core and on all.
agent=$1
simserver=$2
task=$3
algo=$4
shift 4
. "${0%/*}/program.sh"

# train NAME FLAG...: leaves the columns that are not times in $work/NAME.
train()
{
    name=$1
    shift
    expect 0 '' $agent train --quiet --run "$work/run-$name" "$@"
    cut -d, -f1,2,5- "$work/run-$name/progress.csv" > "$work/$name"
    [ "$(wc -l < "$work/$name")" -ge 3 ] || fail "$name has fewer than two rows"
}

# same NAME FLAG...: trains, and compares with the first run.
same()
{
    train "$@"
    cmp "$work/first" "$work/$1" || fail "$1 differs from the first run"
    cmp "$work/run-first/checkpoints/latest.safetensors" \
        "$work/run-$1/checkpoints/latest.safetensors" || fail "$1 has another checkpoint"
}

settings=
for setting in "$@"; do
    settings="$settings --set $setting"
done
train first --env "$task" --algo "$algo" --steps 4000 --seed 3 $settings
config=$work/run-first/config.yaml

same again --config "$config"
if command -v taskset > /dev/null; then
    plain=$agent
    agent="taskset -c $(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status) $agent"
    same one-core --config "$config"
    agent=$plain
fi
serve "$simserver" --bind "ipc://$work/one" --threads 1 --log none
same ipc-1 --config "$config" --connect "$endpoint"
serve "$simserver" --bind 'tcp://127.0.0.1:*' --threads 2 --log none
same tcp-2 --config "$config" --connect "$endpoint"
tcp=$endpoint
serve "$simserver" --bind "ipc://$work/two" --threads 2 --log none
same two-servers --config "$config" --connect "$endpoint,$tcp"

train other --config "$config" --seed 4
cmp -s "$work/first" "$work/other" && fail "another seed gave the same"
exit 0
