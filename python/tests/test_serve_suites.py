"""The fault suites of the C server, against this one.

They drive Counter-v0 of counter_env.py, which `simserver` in this directory serves. STEPWIRE_BUILD
names the build directory of Stepwire that they are in.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from serve_kit import HERE, PATIENCE, agent

SOURCE = HERE.parents[1]


def _program(name: str) -> Path | None:
    builds = [SOURCE / "build" / preset for preset in ("release", "dev")]
    if "STEPWIRE_BUILD" in os.environ:
        builds = [Path(os.environ["STEPWIRE_BUILD"]).resolve()]
    found = (build / "tests" / "faults" / name for build in builds)
    return next((path for path in found if path.is_file()), None)


def _run(*command: str) -> None:
    server = {"STEPWIRE_TEST_SIMSERVER": str(HERE / "simserver"), "PYTHON": sys.executable}
    p = subprocess.run(
        command, env={**os.environ, **server}, capture_output=True, text=True, timeout=15 * PATIENCE
    )
    assert p.returncode == 0, p.stdout + p.stderr


@pytest.mark.parametrize(
    "suite",
    [
        "test_exactly_once 1 200",
        "test_flood",
        pytest.param("test_flat 100 4", marks=pytest.mark.slow),
        pytest.param("test_endless", marks=pytest.mark.slow),
        pytest.param("test_kill", marks=pytest.mark.slow),
        pytest.param("test_pause", marks=pytest.mark.slow),
    ],
)
def test_what_holds_of_the_c_server_holds_of_this_one(suite: str) -> None:
    name, *arguments = suite.split()
    program = _program(name)
    if program is None:
        pytest.skip("it is not built")
    _run(str(program), *arguments)


@pytest.mark.slow
def test_training_goes_on_when_servers_die_and_moves_away_when_they_drain() -> None:
    program = agent()
    if program is None:
        pytest.skip("there is no stepwire-agent")
    _run(
        "sh", str(SOURCE / "tests" / "test_failover.sh"), program, str(HERE / "simserver-cartpole")
    )
