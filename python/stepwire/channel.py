"""Calls that happen exactly once over a transport that loses, repeats and reconnects.

A call is a request and its reply. Inside a session calls are numbered 1, 2, 3..., so that the
server does each once however often it is sent; the packed bytes are kept until the reply is there,
because a repetition must be the same bytes. The life of a call (d begins at FIRST_ATTEMPT):

    send ---> on the way --- reply ---> done
                |    ^
       d passed |    | sent again, d doubled up to LONGEST_ATTEMPT
                v    |
              asked: Ping --- idle, or no answer: send again
                          --- busy: on the way once more, d doubled, nothing sent
                          --- lost: SESSION_LOST

Outside a session there is nothing to ask about: the request is sent again at once, and with it a
Ping of no session, for nothing else tells that a server lives that takes minutes to open one. All
times are on a clock that runs only while somebody waits, so that a learner that computes for an
hour, or a laptop that slept, does not take its own silence for the server's.
"""

from __future__ import annotations

import os
import time
from typing import Any

import zmq

from . import wire
from .errors import Error
from .line import Event, Line

FIRST_ATTEMPT = 0.1  # seconds after which a reply is late; doubled with each attempt
LONGEST_ATTEMPT = 2.0
REFUSED = 1.5  # given up when connecting has been refused for so long
FIRST_CONTACT = 1.8  # given up when a server was never heard in so long
LOOK = 0.05  # how often to look at the transport and the clock
MAX_TICK = 0.1  # a longer pause was not spent waiting
# Where half of all messages are lost, one attempt in four succeeds: 60 fail once in 30 million
# calls.
MAX_FRUITLESS = 60
MAX_GARBAGE = 16  # messages of one call that do not parse


class Channel:
    """One connection to one server, with one call at a time. Belongs to one thread at a time."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        keys: str | os.PathLike[str] | None,
        lease: float,
        max_message: int,
    ) -> None:
        self.endpoint = endpoint
        self.line = Line(context, endpoint, keys, max_message)
        self.lease = lease  # also how long to wait for a server that says nothing at all
        self.max_request = 0  # bytes the server takes; 0: any
        self.incarnation: int | None = None
        self.session = 0
        self.waiting = False
        self._opened_by: int | None = None  # incarnation that the session is of
        self._numbered = 0  # calls of the session
        self._others = 0  # calls outside a session, and pings
        self._clock = 0.0
        self._last = time.monotonic()
        self._heard = 0.0  # on the clock
        self._ever_heard = False
        self._connected = False
        self._parted = 0.0  # on the clock: since when there has been no connection, if so
        self._refused_since: float | None = None
        self._trouble = Event.RETRYING  # what the transport said last

    def close(self) -> None:
        self.line.close()

    def enter(self, session: int, lease: float, number: int) -> None:
        """Later calls belong to a session, of which `number` calls were answered."""
        self.session, self.lease, self._numbered = session, lease, number
        self._opened_by = self.incarnation

    # ---- sending ---------------------------------------------------------------------------------

    def send(self, request: Any, expected: str) -> None:
        """Begins a call whose reply must be of the kind `expected`. `request` gets its numbers
        here. TOO_LARGE if the server would not take it: then nothing was sent or numbered."""
        if self.waiting and self.session:
            raise RuntimeError("the last call of the session is still to be received")
        request.major = wire.MAJOR
        if self.session:
            request.session = self.session
            request.seq = self._numbered + 1
        else:
            request.seq = self._others + 1
        data = request.SerializeToString()
        if self.max_request and len(data) > self.max_request:
            raise Error(
                "TOO_LARGE",
                f"{self.endpoint}: a request of {len(data)} bytes, and this server takes at most "
                f"{self.max_request}",
            )
        if self.session:
            self._numbered += 1
        else:
            self._others += 1
        self._data, self._expected = data, expected
        self._what = request.WhichOneof("kind")
        self._call = (request.session, request.seq)
        self._interval = FIRST_ATTEMPT
        self._fruitless, self._answers, self._garbage = 0, False, 0
        self._last = time.monotonic()
        self.waiting = True
        self._transmit()

    def _transmit(self) -> None:
        self._unsent = not self.line.send(self._data)
        self._ping = 0
        self._fruitless += self._answers
        self._answers = False
        self._due = self._clock + self._interval

    def _wait_longer(self) -> None:
        # a server at work must be heard a few times in a lease
        self._interval = min(2 * self._interval, LONGEST_ATTEMPT, self.lease / 3)

    def _send_ping(self) -> None:
        self._others += 1
        self._ping = self._others
        ping = wire.Ping(sessions=[self._call[0]] if self._call[0] else [])
        self.line.send(
            wire.Request(major=wire.MAJOR, seq=self._ping, ping=ping).SerializeToString()
        )

    # ---- receiving -------------------------------------------------------------------------------

    def receive(self, wait: bool = True) -> Any | None:
        """The reply of the call, a wire.FlatReply; None if it is not there and `wait` is false.
        Repeats the request, or pings, when it is time. An error reply is raised; UNAVAILABLE when
        the server is given up, SESSION_LOST, also when it was restarted, PROTOCOL when nothing
        usable can come any more."""
        if not self.waiting:
            raise RuntimeError("nothing was sent that could be received")
        try:
            while True:
                if wait and not self._connected:
                    self.line.wait(LOOK)
                message = self.line.receive(LOOK if wait and self._connected else 0.0)
                self._tick()
                if message is None:
                    self._advance()
                    if not wait:
                        return None
                    continue
                reply = self._take(message)
                if reply is not None:
                    self.waiting = False
                    return reply
        except Error:
            self.waiting = False
            raise

    def _tick(self) -> None:
        now = time.monotonic()
        self._clock += min(now - self._last, MAX_TICK)
        self._last = now

    def _take(self, message: bytes) -> Any | None:
        try:
            reply = wire.FlatReply.FromString(message)
        except Exception as error:  # of which protobuf's implementations have different ones
            self._garbage += 1
            if self._garbage < MAX_GARBAGE:
                return None
            raise self._error("PROTOCOL", f"messages that do not parse: {error}") from None
        self._heard = self._clock
        self._ever_heard = True
        self.incarnation = reply.incarnation
        kind = reply.WhichOneof("result")
        if self._ping and kind == "pong" and (reply.session, reply.seq) == (0, self._ping):
            if self._call[0]:
                self._answers = True
                self._take_pong(reply.pong)
            return None
        self._answers = True
        if (reply.session, reply.seq) != self._call:
            return None  # usual after a repetition: both were answered
        if self.session and self.incarnation != self._opened_by:
            raise self._error("SESSION_LOST", "the server was restarted, its sessions are lost")
        if kind == "error":
            raise self._as_told(reply.error)
        if kind != self._expected:
            raise self._error("PROTOCOL", f"{self._what} was answered by {kind}")
        return reply

    def _take_pong(self, pong: Any) -> None:
        if len(pong.sessions) != 1:
            return
        state = pong.sessions[0].state
        if state == wire.SessionStatus.LOST:
            raise self._error("SESSION_LOST", "the server does not know the session any more")
        self._wait_longer()
        if state == wire.SessionStatus.BUSY:
            self._fruitless, self._answers = 0, False  # all that was sent was not in vain
            self._ping = 0
            self._due = self._clock + self._interval
        else:
            self._transmit()

    def _error(self, code: str, text: str) -> Error:
        return Error(code, f"{self.endpoint}: {text}")

    def _as_told(self, error: Any) -> Error:
        return Error(
            wire.error_name(error.code),
            f"{self.endpoint}: {self._what}: {error.text}",
            field=error.field,
            rows=error.rows,
            retry=error.retry,
        )

    # ---- time ------------------------------------------------------------------------------------

    def _advance(self) -> None:
        self._watch()
        if self._clock >= self._due:
            self._be_late()
        self._lose_patience()

    def _watch(self) -> None:
        while (event := self.line.next_event()) is not None:
            if event is Event.CONNECTED:
                self._connected, self._refused_since = True, None
                self._trouble = event
                if self._unsent:
                    self._transmit()
                else:
                    self._due = self._clock  # what was on its way went down with the old connection
            elif event in (Event.REFUSED, Event.REJECTED, Event.UNLISTED):
                self._refuse(event)
            elif event is Event.DROPPED:
                self._part()

    def _part(self) -> None:
        if self._connected:
            self._parted, self._trouble = self._clock, Event.DROPPED
        self._connected = False

    def _refuse(self, event: Event) -> None:
        self._part()
        if self._refused_since is None:
            # a failed handshake may have taken long, while it looked like a connection to come
            self._refused_since = self._clock if event is Event.REFUSED else self._parted
        if event is not Event.REFUSED or self._trouble is not Event.UNLISTED:
            self._trouble = event

    def _be_late(self) -> None:
        if self.line.over:
            self._refuse(Event.REJECTED if self._trouble is not Event.UNLISTED else Event.UNLISTED)
            self.line.connect()
        if self._call[0] and not self._ping:
            self._send_ping()
            self._due = self._clock + FIRST_ATTEMPT
        else:
            self._wait_longer()
            self._transmit()
            if not self._call[0]:
                self._send_ping()

    def _lose_patience(self) -> None:
        if self._fruitless >= MAX_FRUITLESS:
            raise self._error(
                "PROTOCOL",
                "given up: it is heard and says that it is not busy, but a request that was sent "
                f"{self._fruitless} times gets no answer",
            )
        if self._trouble is Event.UNLISTED:
            raise self.line.explain(self._trouble, 0.0)
        if self._refused_since is not None:
            tried = self._clock - self._refused_since
            if tried >= REFUSED:
                raise self.line.explain(self._trouble, tried)
        silence = self._clock - self._heard
        if not self._ever_heard and silence >= FIRST_CONTACT:
            raise self.line.explain(self._trouble, silence)
        if silence >= self.lease:
            raise self._error(
                "UNAVAILABLE", f"given up after trying for {silence:.1f} s: {self._trouble.value}"
            )
