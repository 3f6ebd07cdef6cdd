#!/bin/sh
# test_small_worlds.sh AGENT EXACT_EVAL SEEDS ALGO WORLD... -- the algorithm finds the best policy,
# to within 1 % of its value, with each of the seeds 1 to SEEDS in each of the worlds; 2 % of the
# cost in LQR-v0. A world is a task and what is set besides its preset:
#
#     "FrozenLake-v1 env.is_slippery=false"
#
# A world in brackets is only reported: "(FrozenLake-v1 env.map_name=8x8)".
agent=$1
exact_eval=$2
seeds=$3
algo=$4
shift 4
. "${0%/*}/program.sh"

# learn SEED TASK KEY=VALUE...: prints how far from the optimum the policy ends, relative to it.
learn()
{
    seed=$1
    task=$2
    shift 2
    settings=
    for setting in "$@"; do
        settings="$settings --set $setting"
    done
    rm -rf "$work/run"
    # shellcheck disable=SC2086 # no setting has a space
    "$agent" train --quiet --env "$task" --algo "$algo" --seed "$seed" --run "$work/run" \
        $settings > "$work/out" 2> "$work/err" || fail "$algo on $task did not train"
    "$exact_eval" "$work/run" > "$work/out" 2> "$work/err" || fail "$task cannot be judged"
    sed -n 's/.*"gap": \([^}]*\)}.*/\1/p' "$work/out"
}

missed=0
for world in "$@"; do
    case $world in
    '('*) tolerance=inf ;;
    LQR-v0*) tolerance=0.02 ;;
    *) tolerance=0.01 ;;
    esac
    words=${world#(}
    gaps=
    for seed in $(seq "$seeds"); do
        # shellcheck disable=SC2086 # a task and its settings
        gap=$(learn "$seed" ${words%)})
        gaps="$gaps $gap"
        awk "BEGIN { exit !(\"$tolerance\" == \"inf\" || $gap <= $tolerance) }" ||
            missed=$((missed + 1))
    done
    echo "$algo: $world:$gaps"
done
[ "$missed" -eq 0 ] || { echo "$missed times too far from the optimum" >&2; exit 1; }
