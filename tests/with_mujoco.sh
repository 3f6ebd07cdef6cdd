#!/bin/sh
# with_mujoco.sh VERSION -- builds everything with MuJoCo VERSION, from PyPI, in
# build/with-mujoco-VERSION, and runs the tests of the environments. Needs python3 with pip.
set -eu
cd "$(dirname "$0")/.."
version=$1
wheel=build/mujoco-$version
build=build/with-mujoco-$version

cmake/mujoco_wheel "$version" "$wheel"
cmake --preset dev -B "$build" -DMUJOCO_ROOT="$PWD/$wheel"
cmake --build "$build"
ctest --test-dir "$build" --output-on-failure -j4 \
    -R '^(golden|test_golden_files|test_mujoco_.*|test_planar|test_envs|test_env_state)$' -E osmesa
