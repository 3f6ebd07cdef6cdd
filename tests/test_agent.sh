#!/bin/sh
# test_agent.sh AGENT SIMSERVER -- the command line of stepwire-agent: what it prints, what it leaves,
# what it refuses, and how it ends.
agent=$1
simserver=$2
. "${0%/*}/program.sh"
run=$work/runs/one
ppo="$agent train --algo ppo --quiet"

# ---- what it says of itself, and what it refuses ------------------------------------------------

expect 0 'stepwire-agent ' "$agent" --version
expect 0 'describe' "$agent" --help
for command in train eval list describe; do
    expect 0 "--help" "$agent" $command --help
done
expect 0 'Hopper-v5' "$agent" list
expect 0 'tuned: CartPole-v1' "$agent" list
expect 0 'max_grad_norm = 0.5' "$agent" describe --algo ppo
expect 0 'ppo: paper, tuned' "$agent" describe --env Hopper-v5
expect 0 'arXiv:1707.06347' "$agent" describe --algo ppo --env Hopper-v5
expect 2 'ppo has no preset for Maze; it has some for: CartPole-v1' \
    "$agent" describe --algo ppo --env Maze
expect 0 'float32 [4]' "$agent" describe --env CartPole-v1
expect 2 '--env CartPole-v1?' "$agent" describe CartPole-v1
expect 2 'train' "$agent" trian
expect 2 'train' "$agent"
expect 2 '--steps' "$agent" train --stpes 5
expect 2 "no task 'CartPole-v9': version 9 is not offered; use 'CartPole-v1'" \
    $ppo --env CartPole-v9 --run "$run"
expect 2 "version 3 is not offered; use 'Hopper-v5' (or 'Hopper-v4')" "$agent" describe --env Hopper-v3
expect 2 "no algorithm 'pqo'; there are: " "$agent" train --env CartPole-v1 --algo pqo
expect 2 "ppo has no option 'lrr' (did you mean lr?); it has: envs, groups, steps, seed" \
    $ppo --env CartPole-v1 --set lrr=1
expect 2 "trpo has no option 'clip' (only " \
    "$agent" train --env Hopper-v5 --algo trpo --set clip=0.3
expect 2 "ppo on Counter-v0: Counter-v0 has 2 action tensors" $ppo --env Counter-v0 --run "$run"
expect 2 "ppo has no paper preset for CartPole-v1; there is: tuned" \
    $ppo --env CartPole-v1 --preset paper
expect 2 "must be one of none|paper|tuned" $ppo --env CartPole-v1 --preset best
expect 2 "has no setting 'hairy'; it has: " $ppo --env Hopper-v5 --set env.hairy=1 --run "$run"
expect 2 "must be an integer in [1," $ppo --env CartPole-v1 --envs 0
expect 2 'there are only 2 envs' $ppo --env CartPole-v1 --envs 2 --groups 3
expect 2 '--env' "$agent" train --algo ppo
expect 1 "$work/none.yaml" $ppo --config "$work/none.yaml"
expect 2 '--patience is for --connect' $ppo --env CartPole-v1 --patience 5
expect 1 'tcp://127.0.0.1:9: given up after trying for' \
    $ppo --env CartPole-v1 --connect tcp://127.0.0.1:9 --run "$run"
expect 1 "$run/config.yaml" "$agent" eval "$run"
[ ! -e "$run" ] || fail "a run that never began left a directory"

# ---- a run, and its evaluation ------------------------------------------------------------------

expect 0 'CartPole-v1 with ppo: 600 steps' \
    "$agent" train --env CartPole-v1 --algo ppo --steps 600 --run "$run"
grep -q '^preset tuned: horizon=32, epochs=20, ' "$work/out" || fail "no preset"
grep -q '^preset: none$' "$run/config.yaml" || fail "config.yaml brings a preset"
for file in config.yaml progress.csv summary.json checkpoints/latest.safetensors; do
    [ -s "$run/$file" ] || fail "no $file"
done
[ -z "$(find "$run" -name '*.tmp')" ] || fail "a temporary file is left"
grep -q '^steps,episodes,wall_s,sps,return_mean,length_mean,' "$run/progress.csv" || fail "no names"
grep -q '"servers": \[' "$run/summary.json" || fail "no servers in summary.json"
expect 1 'exists' $ppo --env CartPole-v1 --steps 600 --run "$run"

expect 0 '"episodes": 5, "mean": ' "$agent" eval "$run" --episodes 5
cp "$work/out" "$work/first"
expect 0 '' "$agent" eval "$run" --episodes 5
cmp -s "$work/first" "$work/out" || fail "a second evaluation gave something else"
expect 0 '' "$agent" eval "$run" --episodes 5 --seed 7
cmp -s "$work/first" "$work/out" && fail "another seed gave the same"
expect 0 '"episodes": 30' "$agent" eval "$run" --episodes 30 --stochastic
expect 2 '--episodes' "$agent" eval "$run" --episodes 0

# What is hardly meant is said, unless nobody wants to hear it.
odd='--env InvertedPendulum-v5 --algo sac --set buffer=500 --set start_steps=300 --steps 300'
odd="$odd --set auto_temperature=false --set target_entropy=-2"
expect 0 'target_entropy changes nothing: it counts only where auto_temperature=true' \
    "$agent" train $odd --run "$work/odd"
grep -q '^nothing will be learned: start_steps is 300, of 300 steps' "$work/out" ||
    fail "no word that nothing will be learned"
expect 0 '' "$agent" train $odd --run "$work/quiet" --quiet
[ ! -s "$work/out" ] || fail "--quiet is not"

# Evaluations on the way change nothing, and are what eval would have said.
expect 0 '' $ppo --env CartPole-v1 --steps 600 --run "$work/watched" --eval-every 500
for run_ in "$run" "$work/watched"; do
    cut -d, -f1,2,5- "$run_/progress.csv" > "$run_/without_time"
done
cmp -s "$run/without_time" "$work/watched/without_time" || fail "evaluations changed the training"
[ "$(cut -d, -f1 "$work/watched/evaluations.csv" | tr '\n' ' ')" = 'steps 512 768 ' ] ||
    fail "evaluations at other steps: $(cat "$work/watched/evaluations.csv")"
expect 0 "\"mean\": $(tail -n 1 "$work/watched/evaluations.csv" | cut -d, -f3)" \
    "$agent" eval "$work/watched"
best=$work/watched/checkpoints/best.safetensors
highest=$(tail -n +2 "$work/watched/evaluations.csv" | cut -d, -f3 | sort -n | tail -n 1)
expect 0 "\"mean\": $highest" "$agent" eval "$best"
mv "$best" "$work/alone.safetensors"
expect 0 "\"mean\": $highest" "$agent" eval "$work/alone.safetensors"

# What has been learned is saved though the last evaluation finds no room.
serve "$simserver" --bind "ipc://$work/narrow" --max-envs 8 --log none
expect 1 "(max_envs) (CAPACITY); saved at 768 steps in $work/narrow" $ppo --env CartPole-v1 \
    --steps 600 --envs 8 --eval-every 1e6 --connect "$endpoint" --run "$work/narrow-run"
[ -e "$work/narrow-run/checkpoints/step-768.safetensors" ] || fail "it was not saved"

# Checkpoints are kept as often, and as many, as one asks for.
expect 0 '' $ppo --env CartPole-v1 --steps 1100 --run "$work/kept" --checkpoint-every 256 --keep 3
[ "$(LC_ALL=C ls "$work/kept/checkpoints" | tr '\n' ' ')" = \
    'latest.safetensors step-1024.safetensors step-1280.safetensors step-768.safetensors ' ] ||
    fail "other checkpoints: $(ls "$work/kept/checkpoints")"

# One of another task is refused.
sed 's/CartPole-v1/Acrobot-v1/' "$work/kept/config.yaml" > "$work/kept/other.yaml"
mv "$work/kept/other.yaml" "$work/kept/config.yaml"
expect 1 "of 'ppo' on 'CartPole-v1', not of 'ppo' on 'Acrobot-v1'" "$agent" eval "$work/kept"

# A checkpoint that was cut short is refused, not read, and a whole one named.
cp -r "$run" "$work/cut"
head -c 1000 "$run/checkpoints/latest.safetensors" > "$work/cut/checkpoints/latest.safetensors"
expect 1 "$work/cut/checkpoints/latest.safetensors" "$agent" eval "$work/cut"
grep -q "/step-[0-9]*.safetensors is whole" "$work/err" || fail "no whole checkpoint is named"

# ---- how it ends --------------------------------------------------------------------------------

# Ctrl-C saves and is no failure; a second one is not waited for.
"$agent" train --env CartPole-v1 --algo ppo --steps 1e9 --run "$work/stopped" > "$work/out" 2>&1 &
pid=$!
wait_for "$work/out" 'steps/s'
kill -INT $pid
wait $pid || fail "Ctrl-C ended it with $?"
[ -s "$work/stopped/summary.json" ] || fail "Ctrl-C did not save"

serve "$simserver" --bind "ipc://$work/socket" --log none

# A full disk ends training with the reason; a limit of 1 KiB for every file stands for it.
(
    trap '' XFSZ
    ulimit -f 1
    expect 1 'File too large' \
        $ppo --env CartPole-v1 --steps 600 --run "$work/full" --connect "$endpoint"
)

# A server that does not answer: one Ctrl-C waits for it, the second does not.
$ppo --env CartPole-v1 --steps 1e9 --run "$work/stuck" --connect "$endpoint" > "$work/out" 2>&1 &
training=$!
wait_for "$work/stuck/progress.csv" '^[0-9]'
kill -STOP "$pid"
sleep 1  # the running update ends, and the next iteration lacks the server
kill -INT $training
sleep 0.5
kill -0 $training || fail "one Ctrl-C ended it at once"
while kill -INT $training 2> "$work/gone"; do  # two that come at once count as one
    sleep 0.5
done &
got=0
wait $training || got=$?
kill -CONT "$pid"
[ $got -eq 130 ] || fail "two Ctrl-C ended it with $got"

# A service manager asks once: what there is is saved, however long a server does not answer.
$ppo --env CartPole-v1 --steps 1e9 --run "$work/asked" --connect "$endpoint" > "$work/out" 2>&1 &
training=$!
wait_for "$work/asked/progress.csv" '^[0-9]'
kill -STOP "$pid"
sleep 1
kill -TERM $training
began=$(date +%s)
wait $training || fail "SIGTERM ended it with $?"
# a few seconds for what it waits for, or a lease for each group whose state it has asked for
[ $(($(date +%s) - began)) -le 100 ] || fail "SIGTERM took $(($(date +%s) - began)) s"
kill -CONT "$pid"
[ -s "$work/asked/summary.json" ] || fail "SIGTERM did not save"

# A server that dies and stays dead is told of, with what was saved.
$ppo --env CartPole-v1 --steps 1e9 --run "$work/lost" --connect "$endpoint" --patience 1 \
    > "$work/out" 2>&1 &
training=$!
wait_for "$work/lost/progress.csv" '^[0-9]'
kill -KILL "$pid"
got=0
wait $training || got=$?
[ $got -eq 1 ] || fail "a lost server ended it with $got"
grep -qF "$endpoint" "$work/out" || fail "it does not say which server was lost"
grep -qF "in $work/lost" "$work/out" || fail "it does not say where it saved"
expect 0 '"episodes": 3' "$agent" eval "$work/lost" --episodes 3
