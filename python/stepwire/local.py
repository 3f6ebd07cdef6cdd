"""A stepwire-simserver of our own: a child process with two pipes.

Its standard input is a pipe into which nothing is ever written: the kernel closes our end when we
end, even by kill -9, and the server ends with it. Its standard output is a pipe from which one line
is read, "ready ENDPOINT". Its log stays on our standard error.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .errors import Error

_PROGRAM = "stepwire-simserver"
_READY = 60.0  # seconds a server may take to begin, on a machine that has other things to do
_STOP = 5.0  # and to end


def find_program() -> str:
    """Where the server is: STEPWIRE_SIMSERVER, in PATH, or built in the source that we are part
    of."""
    named = os.environ.get("STEPWIRE_SIMSERVER")
    if named:
        return named
    built = Path(__file__).resolve().parents[2] / "build" / "release" / _PROGRAM
    found = shutil.which(_PROGRAM) or (str(built) if built.is_file() else None)
    if found is None:
        raise Error(
            "UNAVAILABLE",
            f"no {_PROGRAM} in PATH, nor is STEPWIRE_SIMSERVER its path; without an endpoint there "
            "must be one",
        )
    return found


class LocalServer:
    """Serves at `endpoint` until close(), or until this process ends."""

    def __init__(self, arguments: Sequence[str] = (), bind: str | None = None) -> None:
        """`arguments`: more of them for the program. `bind`: an endpoint; None: a socket of its
        own."""
        path = find_program()
        # not $TMPDIR: the path of an ipc socket may have no more than 107 bytes
        self._directory = tempfile.mkdtemp(prefix="stepwire-", dir="/tmp")
        command = [path, "--bind", bind or f"ipc://{self._directory}/socket", "--until-eof"]
        command += ["--log", "warning", *arguments]
        try:
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise Error("UNAVAILABLE", f"cannot start '{path}': {error.strerror}") from None
        try:
            self.endpoint = self._wait_until_ready(path)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._child.pid

    def _wait_until_ready(self, path: str) -> str:
        deadline = time.monotonic() + _READY
        line = b""
        assert self._child.stdout is not None
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._child.stdout], [], [], left)[0]:
                raise Error("UNAVAILABLE", f"{path} is not ready after {_READY:.0f} s")
            part = os.read(self._child.stdout.fileno(), 4096)
            if not part:
                status = self._child.wait()
                raise Error(
                    "UNAVAILABLE", f"{path} ended before it was ready, with status {status}"
                )
            line += part
        word, _, endpoint = line.decode(errors="replace").strip().partition(" ")
        if word != "ready":
            raise Error("UNAVAILABLE", f"{path} printed {line!r} instead of 'ready ENDPOINT'")
        return endpoint

    def close(self) -> None:
        """Ends the server, gently if it lets us. A process that was forked from ours may still hold
        its standard input open, so it is told by a signal, too."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        self._child.send_signal(signal.SIGINT)
        try:
            self._child.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        shutil.rmtree(self._directory, ignore_errors=True)
