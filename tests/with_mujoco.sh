#!/bin/sh
# with_mujoco.sh VERSION [PRESET] -- builds everything with MuJoCo VERSION, from PyPI, in
# build/with-mujoco-VERSION, and runs the tests of the environments. PRESET is release unless given.
# Needs python3 with pip.
set -eu
cd "$(dirname "$0")/.."
version=$1
preset=${2-release}
wheel=build/mujoco-$version
build=build/with-mujoco-$version

cmake/mujoco_wheel "$version" "$wheel"
cmake --preset "$preset" -B "$build" -DMUJOCO_ROOT="$PWD/$wheel"
cmake --build "$build"
ctest --test-dir "$build" --output-on-failure -j4 \
    -R '^(golden|test_golden_files|test_mujoco_.*|test_envs|test_env_state)$' -E osmesa
