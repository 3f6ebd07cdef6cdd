"""Keeps the leases of sessions while their learner computes, and watches which servers answer.

One small thread for all sessions of a pool: every third of a lease it sends one Ping per server,
over a socket of its own, with all sessions it keeps there. To watched servers a Ping goes every
second. What the Pong says of a session is not its business: the session's next call will hear it.
"""

from __future__ import annotations

import math
import os
import threading
import time

import zmq

from . import wire
from .errors import Error
from .line import Line

_MAX_PONG = 1 << 20  # bytes; a Pong of many sessions is still small
_SHORTEST_PERIOD = 0.01  # seconds, however short a lease the server grants
_WATCH = 1.0  # seconds between pings of a watched server; and how long one may take
_LOOK = 0.05  # seconds from a Ping to a first look for its Pong


class _Server:
    def __init__(self) -> None:
        self.line: Line | None = None  # before the first Ping
        self.leases: dict[int, float] = {}  # of sessions
        self.due = 0.0  # when the next Ping is
        self.look = math.inf  # when to look for the Pong before that
        self.is_watched = False
        self.asked = 0  # number of the last Ping
        self.answered = 0  # and of the last that had a Pong,
        self.is_silent = True  # which is not there in time, or was never there yet
        self.is_draining = False

    @property
    def is_kept(self) -> bool:
        return self.is_watched or bool(self.leases)

    def period(self) -> float:
        periods = [lease / 3 for lease in self.leases.values()]
        return max(min(periods + [_WATCH] * self.is_watched), _SHORTEST_PERIOD)


class Keeper:
    """A thread, from the first session on. The context outlives it."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], keys: str | os.PathLike[str] | None
    ) -> None:
        self._context = context
        self._keys = keys
        self._servers: dict[str, _Server] = {}
        self._changed = threading.Condition()
        self._stop = False
        self._pings = 0
        self._thread: threading.Thread | None = None

    def add(self, endpoint: str, session: int, lease: float) -> None:
        with self._changed:
            server = self._servers.setdefault(endpoint, _Server())
            server.leases[session] = lease
            self._hurry(server)

    def remove(self, session: int) -> None:
        with self._changed:
            for server in self._servers.values():
                server.leases.pop(session, None)

    def watch(self, endpoint: str) -> None:
        """From now on the server is pinged at least every second, with or without sessions."""
        with self._changed:
            server = self._servers.setdefault(endpoint, _Server())
            server.is_watched = True
            self._hurry(server)

    def answers(self, endpoint: str) -> bool:
        """Whether a watched server does, and says that it will stay."""
        with self._changed:
            server = self._servers[endpoint]
            return not (server.is_silent or server.is_draining)

    def is_draining(self, endpoint: str) -> bool:
        """Whether a watched server says that it will end soon."""
        with self._changed:
            server = self._servers[endpoint]
            return server.is_draining and not server.is_silent

    def close(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _hurry(self, server: _Server) -> None:
        server.due = min(server.due, time.monotonic() + server.period())
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="stepwire", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _keep(self) -> None:
        with self._changed:
            while not self._stop:
                now = time.monotonic()
                kept = [(end, s) for end, s in self._servers.items() if s.is_kept]
                for endpoint, server in kept:
                    if server.look <= now:
                        self._hear(server)
                    if server.due <= now:
                        self._ping(endpoint, server)
                news = min((min(s.due, s.look) for _, s in kept), default=now + 3600)
                self._changed.wait(max(news - now, 0))
            for server in self._servers.values():
                if server.line is not None:
                    server.line.close()

    def _hear(self, server: _Server) -> None:
        """Takes the Pongs that have come."""
        server.look = math.inf
        while server.line is not None and (message := server.line.receive(0.0)) is not None:
            if not server.is_watched:
                continue
            try:
                reply = wire.Reply.FromString(message)
            except Exception:  # of which protobuf's implementations have different ones
                continue
            if reply.HasField("pong"):
                server.answered, server.is_silent = reply.seq, False
                server.is_draining = reply.pong.draining

    def _ping(self, endpoint: str, server: _Server) -> None:
        """While connecting nothing can be sent: again soon, then."""
        self._hear(server)
        server.is_silent |= server.answered < server.asked
        self._pings += 1
        request = wire.Request(major=wire.MAJOR, seq=self._pings)
        request.ping.sessions.extend(server.leases)
        sent = False
        try:
            if server.line is None:
                server.line = Line(self._context, endpoint, self._keys, _MAX_PONG)
            while server.line.next_event() is not None:
                pass
            if server.line.over:
                server.line.connect()
            sent = server.line.send(request.SerializeToString())
        except Error:
            pass  # a host or a key file that is gone; the session's next call will say so
        now = time.monotonic()
        server.due = now + server.period() / (1 if sent else 10)
        server.asked = self._pings
        if sent and server.is_watched:
            server.look = now + _LOOK
