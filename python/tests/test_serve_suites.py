"""The fault suites of the C server, against this one.

They drive Counter-v0 of counter_env.py, which `simserver` in this directory serves. STEPWIRE_BUILD
names the build directory of Stepwire they are in; those that take long are run only if STEPWIRE_LONG_TESTS is
set.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from serve_kit import HERE

SHORT = ["test_exactly_once 1 200", "test_flat 20 1", "test_flood"]
LONG = ["test_endless", "test_kill", "test_pause"]


def _program(name: str) -> Path | None:
    builds = [HERE.parents[1] / "build" / preset for preset in ("release", "dev")]
    if "STEPWIRE_BUILD" in os.environ:
        builds = [Path(os.environ["STEPWIRE_BUILD"]).resolve()]
    found = (build / "tests" / "faults" / name for build in builds)
    return next((path for path in found if path.is_file()), None)


@pytest.mark.parametrize("suite", SHORT + (LONG if "STEPWIRE_LONG_TESTS" in os.environ else []))
def test_what_holds_of_the_c_server_holds_of_this_one(suite: str) -> None:
    name, *arguments = suite.split()
    program = _program(name)
    if program is None:
        pytest.skip("it is not built")
    server = {"STEPWIRE_TEST_SIMSERVER": str(HERE / "simserver"), "PYTHON": sys.executable}
    p = subprocess.run(
        [str(program), *arguments],
        env={**os.environ, **server},
        cwd=program.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert p.returncode == 0, p.stdout + p.stderr
