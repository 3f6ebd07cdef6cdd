"""A socket, the core behind it, and the processes that the core has work for.

One thread, which never runs an environment and never waits for anybody: so Ping is answered, and
leases are kept, while steps take as long as they like.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from .. import wire
from .core import Core, Log
from .crew import Crew
from .limits import Limits
from .router import bind, check_endpoint, endpoint_of, watch_door
from .session import Peer
from .speakers import Speakers
from .task import Task

_LOOK = 0.25  # s between looks at leases and at those who do not come back
_DRAIN_LOOK = 0.01  # and at the sessions that are to leave
_DRAIN = 5.0  # s for the sessions to leave, and then for what still runs
_STOP = 1.0  # s for what runs when the server is stopped
_LINGER = 200  # ms for the last replies to leave
_AT_ONCE = 64  # requests before finished jobs get their turn
_LOOK_AT_SPEAKERS = 0.02  # s; the longer, the more memory an attack gets
_COMPLAINT = 1.0  # s between log lines about peers that were refused
_HOME = Peer(b"")  # whose requests are the server's own


def log_to_stderr(level: str, text: str) -> None:
    print(f"stepwire.serve: {level}: {text}", file=sys.stderr, flush=True)


@dataclass
class Options:
    bind: str = "tcp://127.0.0.1:5555"  # tcp port * picks a free one
    workers: int = 0  # processes that share the rows of a session; 0: one for each core
    keys: str | None = None  # directory with server.key and clients/*.pub
    insecure: bool = False
    step_timeout: float = 300.0  # s after which an environment is given up; 0: never
    limits: Limits = field(default_factory=Limits)
    log: Log = log_to_stderr


class Desk:
    """Binds the endpoint; clients that connect wait until serve(). ValueError naming the option
    that is wrong, OSError the endpoint that is taken."""

    def __init__(self, tasks: Sequence[Task], options: Options) -> None:
        check_endpoint(options.bind, options.keys, options.insecure)
        if options.workers < 0 or not options.step_timeout >= 0:
            raise ValueError("workers and step_timeout are 0 or more")
        ids = [task.id for task in tasks]
        if len(set(ids)) < len(ids):
            raise ValueError(f"a task is there twice: {', '.join(ids)}")
        self._log = options.log
        self._core = Core(
            tasks,
            options.limits,
            lambda: secrets.randbits(64),
            name="stepwire.serve",
            parts=options.workers or os.cpu_count() or 1,
            log=options.log,
            now=time.monotonic(),
        )
        self._poller = zmq.Poller()
        self._crew = Crew(tasks, self._core, options.step_timeout, self._watch)
        self._context: zmq.Context[Any] = zmq.Context()
        limit = options.limits.max_message
        try:
            self._router, self._gate = bind(self._context, options.bind, limit, options.keys)
        except BaseException:
            self._context.destroy(0)
            raise
        self._monitor = watch_door(self._router)
        self._has_keys = options.keys is not None
        if self._gate is not None:
            self._poller.register(self._gate.socket, zmq.POLLIN)
        self.endpoint = endpoint_of(self._router)
        self._speakers = Speakers(self.endpoint, limit, self._has_keys)
        self._taken = 0  # requests since the last look at the speakers
        self._spoken = self._complained = 0.0
        self._refusals: list[str] = []
        self._told: list[bytes] = []  # answers to our own requests
        self._eof: int | None = None
        self._looked = 0.0
        self._stopping = self._draining = False

    def _watch(self, file: int, events: int) -> None:
        self._poller.register(file, events)

    # ---- life ------------------------------------------------------------------------------------

    def explore(self) -> None:
        """Makes an environment of each task to see what it is. ValueError: why one cannot be."""
        for task in self._core.tasks:
            asked = wire.Describe(env_id=task.id)
            request = wire.Request(major=wire.MAJOR, seq=1, describe=asked)
            self._core.request(_HOME, request.SerializeToString(), time.monotonic())
            self._follow()
            while not self._told and not self._stopping:
                self._turn(_LOOK, reads=False)
            for data in self._told:
                reply = wire.Reply.FromString(data)
                if reply.HasField("error"):
                    raise ValueError(reply.error.text)
            self._told.clear()

    def serve(self, eof: int | None = None) -> None:
        """Until it is stopped, or drained, or file `eof` ends."""
        if eof is not None:
            self._eof = eof
            self._watch(eof, zmq.POLLIN)
        drained = 0.0
        while not self._stopping:
            if not self._draining:
                self._turn(_LOOK)
                continue
            drained = drained or time.monotonic()
            self._core.drain()
            self._turn(_DRAIN_LOOK)
            is_empty = all(x.is_hidden for x in self._core.sessions)
            if is_empty or time.monotonic() - drained > _DRAIN:
                break
        last = time.monotonic() + (_STOP if self._stopping else _DRAIN)
        while any(x.job for x in self._core.sessions) and time.monotonic() < last:
            self._turn(_DRAIN_LOOK, reads=False)

    @property
    def is_draining(self) -> bool:
        return self._draining

    @property
    def is_over(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Makes serve() return soon; what runs is answered if it takes at most 1 s more. From a
        signal handler or any thread, like drain()."""
        self._stopping = True

    def drain(self) -> None:
        """Makes serve() return when no session is left, or after 5 s."""
        self._draining = True

    def close(self) -> None:
        self._crew.close()
        self._router.disable_monitor()  # first: an event that finds its PAIR gone blocks for ever
        self._router.close(_LINGER)
        self._monitor.close(0)
        if self._gate is not None:
            self._gate.close()
        self._context.term()

    # ---- turns -----------------------------------------------------------------------------------

    def _turn(self, timeout: float, reads: bool = True) -> None:
        """Waits for news and does what they ask for."""
        self._poller.register(self._router, zmq.POLLIN if reads else 0)
        if self._speakers.count > 0:
            timeout = min(timeout, _LOOK_AT_SPEAKERS)
        events = self._poller.poll(int(1e3 * timeout))
        now = time.monotonic()
        drained = True
        for source, _ in events:
            if source is self._router:
                drained = self._take_requests()
            elif self._gate is not None and source is self._gate.socket:
                self._gate.answer(self._log)
            elif source == self._eof:
                self._read_eof()
            else:
                self._crew.hear(source, now)
                self._follow()
        # ROUTER takes its peers in turn: then all were heard who had a request waiting
        is_fair = drained or self._taken >= self._speakers.count
        if reads and is_fair and now - self._spoken >= _LOOK_AT_SPEAKERS:
            self._look_at_speakers(drained, now)
        if drained and now - self._looked >= _LOOK:
            self._looked = now
            self._crew.look(now)
            self._core.tick(now)
            self._follow()

    def _take_requests(self) -> bool:
        """False if more are waiting."""
        for _ in range(_AT_ONCE):
            try:
                frames = self._router.recv_multipart(zmq.DONTWAIT, copy=False)
            except zmq.Again:
                return True
            if len(frames) != 2:
                continue
            self._taken += 1
            name, request = frames
            key = ""
            try:
                self._speakers.hear(request.get(zmq.SRCFD), len(request))
                if self._has_keys:
                    key = str(request.get("User-Id"))
            except zmq.ZMQError:  # its connection is gone, or nobody let it in
                if self._has_keys:
                    continue
            self._core.request(Peer(name.bytes, key), request.bytes, time.monotonic())
            self._follow()
        return False

    def _look_at_speakers(self, drained: bool, now: float) -> None:
        """Who is refused has no voice, and who tries often must not fill a disk."""
        self._spoken, self._taken = now, 0
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor, zmq.DONTWAIT)
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._speakers.add(event["value"])
            else:
                self._refusals.append("refused a connection whose handshake failed")
        cut = self._speakers.look(drained)
        self._refusals += ["cut a connection that sent without end, or too fast"] * cut
        if self._refusals and now - self._complained >= _COMPLAINT:
            since = f"({len(self._refusals)} since the last such line)"
            self._log("warning", f"{self._refusals[-1]} {since}")
            self._complained = now
            self._refusals.clear()

    def _follow(self) -> None:
        """Does what the core asks for."""
        while True:
            for peer, data in self._core.take_replies():
                self._send(peer, data)
            errands = self._core.take_errands()
            if not errands:
                return
            for errand in errands:
                self._crew.run(errand)

    def _send(self, peer: Peer, data: bytes) -> None:
        """One that cannot be sent now is as good as lost on the way: it will be asked for again."""
        if peer == _HOME:
            self._told.append(data)
            return
        for _ in range(2):
            try:
                self._router.send_multipart([peer.name, data], zmq.DONTWAIT)
                return
            except zmq.Again:
                self._router.get(zmq.EVENTS)  # has it look at its connections
            except zmq.ZMQError:
                return

    def _read_eof(self) -> None:
        assert self._eof is not None
        if not os.read(self._eof, 1 << 16):
            self._watch(self._eof, 0)
            self._stopping = True
