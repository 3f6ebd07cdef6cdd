"""What the tests of the server share: a core driven by hand, and servers in processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import counter_env
import numpy as np
import zmq

from stepwire import wire
from stepwire.serve.core import Core
from stepwire.serve.limits import Limits
from stepwire.serve.rows import Rows
from stepwire.serve.session import Peer
from stepwire.serve.task import Task, make_task

HERE = Path(__file__).parent
PATIENCE = 60.0  # s, longer than a busy machine stands still
COUNTER = make_task(
    "Counter-v0",
    counter_env.Counter,
    {"hang_ms": 0, "step_us": 0, "fail_reset": 0},
    ["sum", "last"],
)
CULPRIT = make_task("Culprit-v0", counter_env.Culprit, {"at_make": "none", "at_reset": "none"})
CAMERA = make_task("Camera-v0", counter_env.Camera)


class Drive:
    """A core whose errands are run in place, or held back, by a clock that only the test moves."""

    def __init__(
        self, tasks: Sequence[Task] = (COUNTER,), parts: int = 2, limits: Limits | None = None
    ) -> None:
        self.numbers = iter(range(1000, 10000))
        self.now = 0.0
        self.logged: list[tuple[str, str]] = []
        self.core = Core(
            tasks,
            limits or Limits(),
            lambda: next(self.numbers),
            name="test",
            parts=parts,
            log=lambda level, text: self.logged.append((level, text)),
        )
        self.tasks = tasks
        self.processes: dict[Any, Rows] = {}
        self.holds = False
        self.held: list[Any] = []
        self.entered: list[int] = []
        self.replies: list[tuple[Peer, wire.Reply]] = []

    def run(self) -> None:
        """Does what the core asks for."""
        while errands := self.core.take_errands():
            if self.holds:
                self.held += errands
                break
            for errand in errands:
                self.obey(errand)
        for peer, data in self.core.take_replies():
            self.replies.append((peer, wire.Reply.FromString(data)))

    def obey(self, errand: Any) -> None:
        if errand.key not in self.processes:
            self.processes[errand.key] = Rows(self.tasks, self.entered.append)
        for order in errand.orders:
            outcome = self.processes[errand.key].obey(order)
        if errand.is_last:
            del self.processes[errand.key]
        self.core.done(errand.key, outcome, self.now)

    def let_go(self) -> None:
        """Runs what was held back."""
        self.holds = False
        held, self.held = self.held, []
        for errand in held:
            self.obey(errand)
        self.run()

    def kill(self, key: Any, why: str = "it was killed") -> None:
        self.processes.pop(key, None)
        self.held = [e for e in self.held if e.key != key]
        self.core.lost(key, None, why, self.now)
        self.run()

    def say(self, data: bytes, peer: str = "peer", key: str = "") -> None:
        self.core.request(Peer(peer.encode(), key), data, self.now)
        self.run()

    def ask(self, peer: str = "peer", key: str = "", **fields: Any) -> wire.Reply:
        """The one reply to a request."""
        before = len(self.replies)
        self.say(request(**fields), peer, key)
        assert len(self.replies) == before + 1, self.replies[before:]
        return self.replies[-1][1]

    def refused(self, code: int, **fields: Any) -> wire.Error:
        error: wire.Error = self.ask(**fields).error
        assert error.code == code, (wire.ErrorCode.Name(error.code), error.text)
        return error

    def open(self, **fields: Any) -> Client:
        asked = {"token": 1, "env_id": self.tasks[0].id, "rows": 2, "base_seed": 42, "info": True}
        reply = self.ask(seq=1, open=wire.Open(**(asked | fields)))
        assert reply.HasField("opened"), reply.error
        return Client(self, reply.opened)


class Client:
    """A session, by hand."""

    def __init__(self, drive: Any, opened: wire.Opened) -> None:
        self.drive, self.opened = drive, opened
        self.id, self.seq = opened.session, 0
        self.rows = 2

    def ask(self, **fields: Any) -> wire.Reply:
        self.seq += 1
        reply: wire.Reply = self.drive.ask(session=self.id, seq=self.seq, **fields)
        return reply

    def reset(self, **fields: Any) -> wire.ResetDone:
        reply = self.ask(reset=wire.Reset(**fields))
        assert reply.HasField("reset"), reply.error
        return reply.reset

    def step(self, adds: Sequence[float], commands: Sequence[int]) -> wire.StepDone:
        """Of Counter-v0."""
        reply = self.ask(step=counter_step(adds, commands))
        assert reply.HasField("step"), reply.error
        return reply.step

    def refused(self, code: int, **fields: Any) -> wire.Error:
        error: wire.Error = self.ask(**fields).error
        assert error.code == code, (wire.ErrorCode.Name(error.code), error.text)
        return error


def request(**fields: Any) -> bytes:
    data: bytes = wire.Request(**({"major": 1} | fields)).SerializeToString()
    return data


def counter_step(adds: Sequence[float], commands: Sequence[int]) -> wire.Step:
    return wire.Step(actions=[np.array(adds, "<f8").tobytes(), np.array(commands, "<i4").tobytes()])


def sums(observations: Sequence[bytes]) -> list[list[float]]:
    """The tensor `sum` of Counter-v0: sum and steps of each row."""
    found: list[list[float]] = np.frombuffer(observations[0], "<f8").reshape(-1, 2).tolist()
    return found


# ---- processes -----------------------------------------------------------------------------------


class Server:
    """`python -m stepwire.serve`, and a connection to it. One that is told to drain does so for
    `drain` seconds."""

    def __init__(self, *arguments: str, drain: float = 5.0) -> None:
        begin = (
            f"import sys; from stepwire.serve import __main__, desk; desk._DRAIN = {drain}; "
            "sys.exit(__main__.main())"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", begin, *arguments, "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(HERE)},
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert self.line.startswith("ready "), self.process.communicate()[1]
        self.endpoint = self.line.removeprefix("ready ").strip()
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.dealer = self.connect()

    def connect(self) -> zmq.Socket[bytes]:
        dealer = self.context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.rcvtimeo = int(1e3 * PATIENCE)
        dealer.connect(self.endpoint)
        return dealer

    def ask(self, **fields: Any) -> wire.Reply:
        self.dealer.send(request(**fields))
        return wire.Reply.FromString(self.dealer.recv())

    def open(self, env_id: str, rows: int = 2, **fields: Any) -> Client:
        asked = wire.Open(token=fields.pop("token", 1), env_id=env_id, rows=rows, **fields)
        reply = self.ask(seq=1, open=asked)
        assert reply.HasField("opened"), reply.error
        return Client(self, reply.opened)

    def workers(self, count: int) -> list[int]:
        """The processes that have rows, as soon as there are so many: what described a task may
        still be there for a moment."""
        wait_until(lambda: len(self._workers()) == count)
        return self._workers()

    def _workers(self) -> list[int]:
        nursery = _children(self.process.pid)
        return _children(nursery[0]) if nursery else []

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Exit status, and what it wrote to standard error."""
        self.dealer.close()
        self.context.term()
        _, written = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, written


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """False also for what has ended and nobody reaps."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


class Stopwatch:
    """Seconds from `with` on, on a clock that stands still while this process does: how long
    something takes on a machine that pauses."""

    _LOOK, _LONGEST = 0.01, 0.1

    def __enter__(self) -> Stopwatch:
        self.seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(self._LOOK):
            now = time.monotonic()
            self.seconds += min(now - last, self._LONGEST)
            last = now


def agent() -> str | None:
    """STEPWIRE_AGENT, or in PATH, or as it was built here."""
    built = HERE.parents[1] / "build" / "release" / "stepwire-agent"
    found = os.environ.get("STEPWIRE_AGENT") or shutil.which("stepwire-agent")
    return found or (str(built) if built.is_file() else None)


Start = Callable[..., Server]
