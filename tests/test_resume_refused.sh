#!/bin/sh
# test_resume_refused.sh AGENT -- what --resume says when it cannot go on, or not bit for bit.
agent=$1
. "${0%/*}/program.sh"
run=$work/run
latest=$run/checkpoints/latest.safetensors

# A sum over all files of the run.
all()
{
    find "$run" -type f | sort | xargs cksum | cksum
}

# refuse TEXT: --resume fails with that text, and changes nothing.
refuse()
{
    before=$(all)
    expect 1 "$1" "$agent" train --resume --run "$run"
    [ "$(all)" = "$before" ] || fail "something was written though: $1"
}

# begin FLAG...: trains until Ctrl-C.
begin()
{
    rm -rf "$run"
    "$agent" train --quiet --env CartPole-v1 --steps 1e9 --checkpoint-every 1000 --run "$run" "$@" &
    training=$!
    wait_for "$run/progress.csv" '^2[0-9][0-9][0-9],'
}

end()
{
    kill -INT $training
    wait $training || fail "Ctrl-C ended it with $?"
}

expect 2 '--run is missing' "$agent" train --resume
expect 1 "$work/none" "$agent" train --resume --run "$work/none"

# who still trains may be writing the latest: it is not even looked for
mkdir "$work/begun"
expect 1 'another process' flock "$work/begun" "$agent" train --resume --run "$work/begun"

begin --algo ppo --set horizon=64
expect 1 'another process' "$agent" train --resume --run "$run"
end
expect 2 '--steps:' "$agent" train --resume --run "$run" --steps 5
expect 2 '--set:' "$agent" train --resume --run "$run" --set lr=1

# damaged, in each way: the one before is named
steps=$(ls "$run/checkpoints" | sed -n 's/^step-\([0-9]*\)\.safetensors$/\1/p' | sort -n | head -1)
older=$run/checkpoints/step-$steps.safetensors
cp "$latest" "$work/good"
size=$(wc -c < "$work/good")
for damage in cut flip; do
    cat "$work/good" > "$latest"  # the file that has two names
    if [ $damage = cut ]; then
        truncate -s $((size - 1)) "$latest"
    else
        printf 'X' | dd of="$latest" bs=1 seek=$((size / 2)) conv=notrunc 2> "$work/dd"
    fi
    refuse "$older is whole"
done
rm "$latest"
refuse "$older is whole"

# and can be gone on from
ln "$older" "$latest"
"$agent" train --resume --run "$run" > "$work/out" 2>&1 &
training=$!
wait_for "$work/out" "^goes on at $steps steps"
end
! grep 'config.yaml has changed' "$work/out" || fail 'nobody has touched it'

# all of them gone
mv "$run/checkpoints" "$work/away"
refuse "$run has no checkpoint; to begin again: train --config $run/config.yaml --run OTHER"
mkdir "$run/checkpoints"
refuse "$run has no checkpoint"
rmdir "$run/checkpoints"
mv "$work/away" "$run/checkpoints"

# of another algorithm, of another task
cp "$latest" "$work/ppo"
begin --algo a2c
end
cp "$work/ppo" "$latest"
refuse "$run/checkpoints/step-"
refuse 'ppo'

# with options that its arrays do not fit; eval reads the config, too
begin --algo dqn --set hidden=8 --set start_steps=500
end
cp "$run/config.yaml" "$work/config"
sed -i 's/^hidden: .*/hidden: 16/; s/^keep: .*/keep: 5/' "$run/config.yaml"
refuse "type or shape here; config.yaml has changed: keep (it was 2), hidden (it was 8)"
expect 1 "config.yaml has changed: keep (it was 2), hidden (it was 8)" "$agent" eval "$run"
sed 's/^envs: .*/envs: 5/' "$work/config" > "$run/config.yaml"
refuse "type or shape here; config.yaml has changed: envs (it was 4)"

# without the replay it goes on, and says what of that
begin --algo dqn --no-replay --set hidden=8 --set start_steps=500
end
"$agent" train --resume --run "$run" > "$work/out" 2>&1 &
training=$!
wait_for "$work/out" 'not as if it had never stopped: the checkpoint is without replay'
end

# complete
rm -rf "$run"
expect 0 '' "$agent" train --quiet --env CartPole-v1 --algo ppo --steps 500 --run "$run"
before=$(all)
expect 0 'is complete: ' "$agent" train --resume --run "$run"
expect 0 '' "$agent" train --resume --run "$run" --quiet
[ "$(all)" = "$before" ] || fail "a complete run was changed"

# until more is asked for
sed -i 's/^steps: 500$/steps: 1000/' "$run/config.yaml"
steps=$(sed -n 's/.*"steps": \([0-9]*\).*/\1/p' "$run/summary.json")
expect 0 'config.yaml has changed since the checkpoint: steps (it was 500)' "$agent" train --resume --run "$run"
grep -q "^goes on at $steps steps" "$work/out" || fail 'it did not go on where it was'
awk -F, 'END { exit $1 < 1000 }' "$run/progress.csv" || fail 'it ended before the new steps'
expect 0 'is complete: ' "$agent" train --resume --run "$run"
