"""Keeps the leases of sessions while their learner computes.

One small thread for all sessions of a pool: every third of a lease it sends one Ping per server,
over a socket of its own, with all sessions it keeps there. What the Pong says is not its business:
the session's next call will hear it.
"""

from __future__ import annotations

import os
import threading
import time

import zmq

from . import wire
from .errors import Error
from .line import Line

_MAX_PONG = 1 << 20  # bytes; a Pong of many sessions is still small
_SHORTEST_PERIOD = 0.01  # seconds, however short a lease the server grants


class _Server:
    def __init__(self) -> None:
        self.line: Line | None = None  # before the first Ping
        self.leases: dict[int, float] = {}  # of sessions
        self.due = 0.0

    def period(self) -> float:
        return max(min(self.leases.values()) / 3, _SHORTEST_PERIOD)


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
            server.due = min(server.due, time.monotonic() + server.period())
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="stepwire", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, session: int) -> None:
        with self._changed:
            for server in self._servers.values():
                server.leases.pop(session, None)

    def close(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _keep(self) -> None:
        with self._changed:
            while not self._stop:
                now = time.monotonic()
                kept = [(end, s) for end, s in self._servers.items() if s.leases]
                for endpoint, server in kept:
                    if server.due <= now:
                        self._ping(endpoint, server)
                next_due = min((server.due for _, server in kept), default=now + 3600)
                self._changed.wait(max(next_due - now, 0))
            for server in self._servers.values():
                if server.line is not None:
                    server.line.close()

    def _ping(self, endpoint: str, server: _Server) -> None:
        """While connecting nothing can be sent: again soon, then."""
        self._pings += 1
        request = wire.Request(major=wire.MAJOR, seq=self._pings)
        request.ping.sessions.extend(server.leases)
        sent = False
        try:
            if server.line is None:
                server.line = Line(self._context, endpoint, self._keys, _MAX_PONG)
            while server.line.next_event() is not None:
                pass
            while server.line.receive(0.0) is not None:
                pass
            if server.line.over:
                server.line.connect()
            sent = server.line.send(request.SerializeToString())
        except Error:
            pass  # a host or a key file that is gone; the session's next call will say so
        server.due = time.monotonic() + server.period() / (1 if sent else 10)
