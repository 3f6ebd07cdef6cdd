"""Cuts off who speaks without end: in a message that never is one, or faster than can be answered.

ZeroMQ reads whatever comes, up to its largest message, and queues requests without a bound. What
came over a TCP connection and was taken by ZeroMQ, but is in no request that was read, is one
unfinished request of an honest client and a few heartbeats; anything more, twice in a row, is cut.
When requests are left over after a turn, what waits is counted in requests of that connection's
mean size: an honest client has one for each of its sessions.

A connection's file is ZeroMQ's, which may close it at any time, and its number may be given to
another file at once. So it is only looked at, and cut only if it is a connection to our port.
Should it be a newer one than was meant, its client connects again.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..sockets import CURVE_BYTES

_SLACK = 256 << 10  # bytes: handshake, headers, heartbeats
_MOST_WAITING = 1000  # requests of one connection
_RECEIVED = struct.Struct("@Q")
_RECEIVED_AT = 128  # of tcpi_bytes_received in Linux's struct tcp_info


@dataclass
class _Speaker:
    mark: int  # bytes that came, of which everything is accounted for
    requests: int = 0  # read since the last look...
    said: int = 0  # ...and their bytes on the wire
    suspected: bool = False


def _trim() -> None:
    """By now ZeroMQ has freed what came over those that were cut; libc would keep it."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        pass  # another libc


class Speakers:
    def __init__(self, endpoint: str, max_message: int, has_keys: bool) -> None:
        port = endpoint.rpartition(":")[2]
        can_tell = endpoint.startswith("tcp://") and hasattr(socket, "TCP_INFO")
        self._port = int(port) if can_tell else 0  # 0: nobody is looked at
        self._most = max_message + _SLACK
        self._curve = CURVE_BYTES if has_keys else 0
        self._speakers: dict[int, _Speaker] = {}
        self._has_cut = False  # somebody, in the last look

    def add(self, file: int) -> None:
        """A connection was accepted."""
        measured = self._measure(file)
        if measured is not None:
            self._speakers[file] = _Speaker(measured[0])

    @property
    def count(self) -> int:
        return len(self._speakers)

    def hear(self, file: int, size: int) -> None:
        """A request of `size` bytes was read."""
        speaker = self._speakers.get(file)
        if speaker is not None:
            body = size + self._curve
            speaker.requests += 1
            speaker.said += body + (9 if body > 255 else 2)

    def look(self, drained: bool) -> int:
        """How many were cut. `drained`: no request is left to be read."""
        cut = sum(self._look_at(file, drained) for file in list(self._speakers))
        if self._has_cut:
            _trim()
        self._has_cut = cut > 0
        return cut

    def _look_at(self, file: int, drained: bool) -> bool:
        speaker = self._speakers[file]
        measured = self._measure(file)
        if measured is None:
            del self._speakers[file]
            return False
        was_suspected = speaker.suspected
        speaker.suspected = self._has_too_much(speaker, drained, *measured)
        speaker.requests = speaker.said = 0
        if not (was_suspected and speaker.suspected):
            return False
        del self._speakers[file]
        return self._cut(file)

    def _has_too_much(self, one: _Speaker, drained: bool, came: int, taken: int) -> bool:
        if one.requests == 0:
            return taken - one.mark > self._most
        if drained:
            one.mark = came
            return False
        one.mark += one.said
        return taken - one.mark > _MOST_WAITING * one.said / one.requests

    def _measure(self, file: int) -> tuple[int, int] | None:
        """The bytes that came over a connection to us, and how many of these ZeroMQ has taken."""
        try:
            with self._borrow(file) as connection:
                info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
                unread = fcntl.ioctl(connection, termios.FIONREAD, bytes(4))
        except OSError:
            return None
        if len(info) < _RECEIVED_AT + _RECEIVED.size:
            return None
        (came,) = _RECEIVED.unpack_from(info, _RECEIVED_AT)
        return came, came - int(struct.unpack("@i", unread)[0])

    def _cut(self, file: int) -> bool:
        """With a reset: a peer that is kept waiting to send would not hear of it for minutes."""
        try:
            with self._borrow(file) as connection:
                linger = struct.pack("@ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return False
        return True

    @contextmanager
    def _borrow(self, file: int) -> Iterator[socket.socket]:
        """The connection with that number, if it is one to our port; else OSError."""
        copy = os.dup(file)
        try:
            connection = socket.socket(fileno=copy)
        except OSError:  # no socket any more
            os.close(copy)
            raise
        try:
            name = connection.getsockname()
            if self._port == 0 or not isinstance(name, tuple) or name[1] != self._port:
                raise OSError
            yield connection
        finally:
            connection.close()
