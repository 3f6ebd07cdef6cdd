"""Objects between the server and its own processes, over a pair of stream sockets.

A frame is its size in eight bytes and a pickled object. The server's end never waits: what cannot
be written yet is kept, and a frame that has not come whole is none. So a process that is stopped,
or killed in the middle of a frame, holds nobody up. Nothing from the network is ever unpickled.
"""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_SIZE = struct.Struct("<Q")
_CHUNK = 1 << 20


def _pack(thing: Any) -> bytes:
    data = pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL)
    return _SIZE.pack(len(data)) + data


class Channel:
    """The server's end."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._unsent = bytearray()
        self._received = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    def send(self, thing: Any) -> None:
        self._unsent += _pack(thing)
        self.flush()

    def flush(self) -> None:
        """Sends what can be sent. Whoever cannot be reached any more is found out by receive()."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent.clear()

    def receive(self) -> tuple[list[Any], bool]:
        """The frames that have come whole, and whether more may come."""
        is_open = True
        try:
            while chunk := self._socket.recv(_CHUNK):
                self._received += chunk
            is_open = False
        except BlockingIOError:
            pass
        except OSError:
            is_open = False
        return self._take_frames(), is_open

    def _take_frames(self) -> list[Any]:
        things = []
        while len(self._received) >= _SIZE.size:
            (size,) = _SIZE.unpack_from(self._received)
            end = _SIZE.size + size
            if len(self._received) < end:
                break
            with memoryview(self._received) as view:
                things.append(pickle.loads(view[_SIZE.size : end]))
            del self._received[:end]
        return things


# ---- the other end, which waits ------------------------------------------------------------------


def send(end: socket.socket, thing: Any) -> None:
    end.sendall(_pack(thing))


def receive(end: socket.socket) -> Any:
    """EOFError if nothing will come any more."""
    (size,) = _SIZE.unpack(_read(end, _SIZE.size))
    return pickle.loads(_read(end, size))


def _read(end: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = end.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return data
