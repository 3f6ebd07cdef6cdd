"""The process that has some of a session's rows, and the process that it is forked from.

    server ---- nursery ---- worker     the nursery has imported everything, so that a
       '------------------------'       worker begins at once

The nursery hears eight bytes, a number, and with them two files: the worker's end of its channel,
and its clock, where the worker notes which row it is with. It answers with the number and the
process id, and again, with how the process ended, when that has ended.

Nobody survives the server: each is killed by the system when its parent is.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import pickle
import select
import signal
import socket
import struct
import sys
from collections.abc import Sequence

from . import channel
from .rows import Rows
from .task import Task

CLOCK = struct.Struct("<QQ")  # calls into environments so far, row of the last one
REQUEST = struct.Struct("<Q")  # number of a worker
REPORT = struct.Struct("<Qqq")  # number, process id, and status as of waitpid() or ALIVE
ALIVE = -1

_CLOSE_TIMEOUT = 5  # s, for environments that nobody needs any more

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (AttributeError, OSError):
        pass  # no Linux: an idle process ends with its channel, one that hangs stays


# ---- worker --------------------------------------------------------------------------------------


def _work(end: socket.socket, clock: mmap.mmap, tasks: Sequence[Task]) -> None:
    calls = 0

    def enter(row: int) -> None:
        nonlocal calls
        calls += 1
        CLOCK.pack_into(clock, 0, calls, row)

    rows = Rows(tasks, enter)
    while True:
        try:
            order = channel.receive(end)
        except (EOFError, OSError):
            signal.alarm(_CLOSE_TIMEOUT)
            rows.close()
            return
        channel.send(end, rows.obey(order))


def _be_worker(files: list[int], tasks: Sequence[Task]) -> None:
    """Never returns."""
    try:
        os.setpgid(0, 0)  # so that what its environments start can be ended with it
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _die_with_parent()
        clock = mmap.mmap(files[1], CLOCK.size)
        _work(socket.socket(fileno=files[0]), clock, tasks)
    finally:
        os._exit(0)


# ---- nursery -------------------------------------------------------------------------------------


def _fork(
    control: socket.socket, bell: Sequence[socket.socket], tasks: Sequence[Task]
) -> tuple[int, int]:
    """Makes the worker that is asked for; its process id and number. EOFError at the end."""
    data, files, _, _ = socket.recv_fds(control, REQUEST.size, 2)
    if not data:
        raise EOFError
    (number,) = REQUEST.unpack(data)
    pid = os.fork()
    if pid == 0:
        for inherited in (control, *bell):
            inherited.close()
        _be_worker(files, tasks)
    for file in files:
        os.close(file)
    return pid, number


def _reap(control: socket.socket, numbers: dict[int, int]) -> None:
    """Tells of those who have ended."""
    while numbers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        if pid in numbers:  # else of a process that somebody's import started
            control.sendall(REPORT.pack(numbers.pop(pid), pid, status))


def _be_nursery(control: socket.socket, tasks: Sequence[Task]) -> None:
    listener, ringer = socket.socketpair()
    ringer.setblocking(False)
    listener.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer.fileno(), warn_on_full_buffer=False)
    numbers: dict[int, int] = {}  # of those who live, by process id
    try:
        while True:
            ready, _, _ = select.select([control, listener], [], [])
            if listener in ready:
                listener.recv(4096)
                _reap(control, numbers)
            if control in ready:
                pid, number = _fork(control, (listener, ringer), tasks)
                numbers[pid] = number
                control.sendall(REPORT.pack(number, pid, ALIVE))
    except (EOFError, OSError):  # the server has ended
        for pid in numbers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def main(control: int) -> None:
    """Reads from standard input what gives the tasks, as the crew pickled it, and forks until the
    server ends. `control` is the file through which it speaks with the server."""
    for sent_to_all in (signal.SIGINT, signal.SIGTERM):  # the server alone says when to end
        signal.signal(sent_to_all, lambda *_: None)
    _die_with_parent()
    _be_nursery(socket.socket(fileno=control), pickle.load(sys.stdin.buffer)())
