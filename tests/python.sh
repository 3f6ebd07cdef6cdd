#!/bin/sh
# python.sh BUILD [MUJOCO] -- tests the Python package with the programs in the directory BUILD, in a virtual
# environment of its own, build/python. With MUJOCO, the version that BUILD was made with, only whether its
# numbers are those of Gymnasium on it. Needs python3 with venv; pip gets the rest.
set -eu
cd "$(dirname "$0")/.."
build=$(realpath "$1")
venv=build/python

export PIP_DISABLE_PIP_VERSION_CHECK=1
rm -rf python/build  # what setuptools left there would be installed again
[ -x $venv/bin/pip ] || python3 -m venv $venv
$venv/bin/pip install --quiet './python[plot,test]' ${2:+"gymnasium[mujoco]" "mujoco==$2"}

export STEPWIRE_SIMSERVER="$build/stepwire-simserver" STEPWIRE_AGENT="$build/stepwire-agent"
export STEPWIRE_BUILD="$build"
exec $venv/bin/pytest -q -p no:cacheprovider -m 'not slow' -c python/pyproject.toml \
    python/tests${2:+/test_parity.py}
