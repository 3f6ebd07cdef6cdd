"""The processes that have the rows, as the server sees them: made, given orders, and given up.

A process that ends by itself, or is killed, is lost to its session and to nobody else. One that is
with the same call into an environment for longer than `step_timeout` is killed. It never waits for
any of them.
"""

from __future__ import annotations

import math
import mmap
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import zmq
from gymnasium.vector.utils import CloudpickleWrapper

from .channel import Channel
from .core import Core, Errand
from .orders import Close
from .task import Task
from .worker import ALIVE, CLOCK, REPORT, REQUEST

_CLOSE_TIMEOUT = 5.0  # s, for the environments of a process that is not needed any more
_BIRTH_TIMEOUT = 120.0  # s, for the nursery to import what it needs
_END_TIMEOUT = 2.0  # s, for the nursery
_MOST_A_LOOK = 1.0  # s

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # there is a process a core

Watch = Callable[[int, int], None]  # file, and the events of zmq to wait for; 0: none any more


class _Worker:
    """One process, from when it is asked for to when it is known to have ended."""

    def __init__(self, key: Any) -> None:
        self.key = key
        ours, self.theirs = socket.socketpair()
        self.channel = Channel(ours)
        with tempfile.TemporaryFile() as file:
            file.truncate(CLOCK.size)
            self.clock = mmap.mmap(file.fileno(), CLOCK.size)
            self.clock_file = os.dup(file.fileno())
        self.pid = 0  # not known yet
        self.owed = 0  # outcomes of orders that are still to come
        self.is_last = False  # not needed after these
        self.patience = 0.0  # s, with one call into an environment
        self.calls = 0  # into environments, as of the last look
        self.waited = 0.0  # s, for the last of these, or for its birth
        self.is_open = True  # its channel

    def row(self) -> int | None:
        """The row it was with last."""
        calls, row = CLOCK.unpack_from(self.clock)
        return row if calls else None

    def close(self) -> None:
        self.channel.close()
        self.clock.close()
        self.give_away()

    def kill(self) -> None:
        """With all that its environments have started."""
        if self.pid:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # all have ended

    def give_away(self) -> None:
        """The process has its ends of everything."""
        if self.clock_file >= 0:
            self.theirs.close()
            os.close(self.clock_file)
            self.clock_file = -1


class Crew:
    """What became of the orders is reported to the core."""

    def __init__(
        self, tasks: Sequence[Task], core: Core, step_timeout: float, watch: Watch
    ) -> None:
        try:
            self._tasks = pickle.dumps(CloudpickleWrapper(partial(list, tasks)))
        except Exception as error:
            raise ValueError(f"make_env cannot be given to another process: {error}") from error
        self._core = core
        self._patience = step_timeout or math.inf
        self._looked = 0.0
        self._watch = watch
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._reports = b""
        self._workers: dict[int, _Worker] = {}
        self._numbers: dict[Any, int] = {}  # of keys
        self._files: dict[int, int] = {}  # of workers' channels -> numbers
        self._next = 1

    # ---- the nursery -----------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the nursery; it need not be there yet when it is first asked for somebody."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        begin = (
            f"import sys; sys.path[:] = {sys.path!r}; from stepwire.serve.worker import main; "
            f"main({theirs.fileno()})"
        )
        with theirs, tempfile.TemporaryFile() as tasks:
            tasks.write(self._tasks)
            tasks.seek(0)
            self._nursery = subprocess.Popen(
                [sys.executable, "-c", begin],
                stdin=tasks,
                stdout=2,  # standard output is the server's own
                pass_fds=[theirs.fileno()],
                env={**_ONE_THREAD, **os.environ},
            )
        self._control = ours
        self._watch(ours.fileno(), zmq.POLLIN)

    def _lose_nursery(self, now: float) -> None:
        """Its children end with it; the next errand starts another."""
        assert self._nursery is not None and self._control is not None
        self._core.log("error", "the process that others are forked from has ended")
        self._watch(self._control.fileno(), 0)
        self._control.close()
        self._control = None
        self._nursery.kill()
        self._nursery.wait()
        self._reports = b""
        for number in list(self._workers):
            self._lose(number, "its process ended with the one it was forked from", now)

    def close(self) -> None:
        """Ends all processes."""
        for number in list(self._workers):
            self._forget(number).kill()
        if self._control is not None:
            self._control.close()
        if self._nursery is not None:
            try:
                self._nursery.wait(_END_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._nursery.kill()
                self._nursery.wait()

    # ---- errands ---------------------------------------------------------------------------------

    def run(self, errand: Errand) -> None:
        number = self._numbers.get(errand.key)
        if number is None:
            number = self._make(errand.key)
        worker = self._workers[number]
        worker.owed += len(errand.orders)
        worker.is_last |= errand.is_last
        closes = isinstance(errand.orders[-1], Close)
        worker.patience = min(self._patience, _CLOSE_TIMEOUT) if closes else self._patience
        for order in errand.orders:
            worker.channel.send(order)
        self._watch_worker(worker)

    def _make(self, key: Any) -> int:
        if self._control is None:
            self.start()
        assert self._control is not None
        number = self._next
        self._next += 1
        worker = _Worker(key)
        self._workers[number] = worker
        self._numbers[key] = number
        self._files[worker.channel.fileno()] = number
        try:
            files = [worker.theirs.fileno(), worker.clock_file]
            socket.send_fds(self._control, [REQUEST.pack(number)], files)
        except OSError:
            worker.waited = math.inf  # the nursery is out of reach: the next look ends it
        return number

    def _watch_worker(self, worker: _Worker) -> None:
        events = zmq.POLLIN if worker.is_open else 0
        if worker.channel.has_unsent:
            events |= zmq.POLLOUT
        self._watch(worker.channel.fileno(), events)

    # ---- news ------------------------------------------------------------------------------------

    def hear(self, file: int, now: float) -> None:
        """Something has happened to a file that is watched."""
        if self._control is not None and file == self._control.fileno():
            self._hear_nursery(now)
        elif file in self._files:
            self._hear_worker(self._files[file], now)

    def _hear_nursery(self, now: float) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose_nursery(now)
            return
        self._reports += data
        while len(self._reports) >= REPORT.size:
            number, pid, status = REPORT.unpack_from(self._reports)
            self._reports = self._reports[REPORT.size :]
            worker = self._workers.get(number)
            if worker is None:
                continue
            if status == ALIVE:
                worker.pid, worker.waited = pid, 0.0
                worker.give_away()
            else:
                self._hear_worker(number, now)  # what it said last
                if number in self._workers:
                    self._lose(number, _how_it_ended(status), now)

    def _hear_worker(self, number: int, now: float) -> None:
        worker = self._workers[number]
        worker.channel.flush()
        outcomes: list[Any] = []
        if worker.is_open:
            outcomes, worker.is_open = worker.channel.receive()
        self._watch_worker(worker)
        for outcome in outcomes:
            worker.owed -= 1
            if worker.owed == 0:
                if worker.is_last:
                    self._forget(number)  # which ends it
                self._core.done(worker.key, outcome, now)

    def look(self, now: float) -> None:
        """Looks for those who do not come back; to be called a few times a second. A look adds at
        most a second to their time, so that a server that was itself stopped kills nobody."""
        passed = min(now - self._looked, _MOST_A_LOOK)
        self._looked = now
        for number, worker in list(self._workers.items()):
            if number not in self._workers:
                continue  # lost with the nursery just now
            (calls, _) = CLOCK.unpack_from(worker.clock)
            is_busy = worker.owed > 0 and calls == worker.calls
            worker.calls = calls
            worker.waited = worker.waited + passed if is_busy or not worker.pid else 0.0
            if worker.waited > (worker.patience if worker.pid else _BIRTH_TIMEOUT):
                self._end(number, now)

    def _end(self, number: int, now: float) -> None:
        """Nothing has been heard of it for too long."""
        worker = self._workers[number]
        if worker.pid:
            why = f"it has not come back for {worker.patience:g} s, and its process was killed"
            self._lose(number, why, now)
        else:
            self._lose_nursery(now)

    def _lose(self, number: int, why: str, now: float) -> None:
        row = self._workers[number].row()
        worker = self._forget(number)
        worker.kill()
        self._core.lost(worker.key, row if worker.owed else None, why, now)

    def _forget(self, number: int) -> _Worker:
        """Its process, if it lives, ends when it finds its channel closed."""
        worker = self._workers.pop(number)
        del self._numbers[worker.key]
        file = worker.channel.fileno()
        del self._files[file]
        self._watch(file, 0)
        worker.close()
        return worker


def _how_it_ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"its process was killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"its process ended with status {os.WEXITSTATUS(status)}"
