"""Asks, with plain sockets, who listens at an endpoint where ZeroMQ finds no peer."""

from __future__ import annotations

import socket
import time

_LOOK = 0.05  # seconds; a longer one was not spent waiting
_SIGNATURE, _VERSION, _MECHANISM = 10, 12, 20  # the layout of a greeting (ZMTP, ZeroMQ RFC 23)

# What may come of it; "plain" and "curve" are ZeroMQ without and with keys.
NOBODY, SILENT, CLOSED, FOREIGN, PLAIN, CURVE, OTHER = (
    "nobody", "silent", "closed", "foreign", "plain", "curve", "other",
)  # fmt: skip


def ask(endpoint: str, timeout: float) -> str:
    """One of the words above, after `timeout` seconds at most, in which a pause of this process
    counts little."""
    try:
        with _connect(endpoint, timeout) as connection:
            # ours up to the major version, after which the other end sends all of its own
            connection.sendall(b"\xff\0\0\0\0\0\0\0\x01\x7f\x03")
            data, closed = _read(connection, timeout / 2)
            if not data and not closed:
                # ZeroMQ speaks first; others, a web server say, wait for a line
                connection.sendall(b"\r\n\r\n")
                data, closed = _read(connection, timeout / 2)
    except OSError:
        return NOBODY
    return _judge(data, closed)


def _connect(endpoint: str, timeout: float) -> socket.socket:
    scheme, _, address = endpoint.partition("://")
    if scheme == "ipc":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout)


def _read(connection: socket.socket, timeout: float) -> tuple[bytes, bool]:
    """As much of a greeting as comes, and whether that was all."""
    data = b""
    connection.settimeout(_LOOK)
    while len(data) < _VERSION + _MECHANISM and (not data or data[0] == 0xFF):
        began = time.monotonic()
        try:
            part = connection.recv(64)
            if not part:
                return data, True
            data += part
        except TimeoutError:
            pass
        except OSError:
            return data, True
        timeout -= min(time.monotonic() - began, _LOOK)
        if timeout <= 0:
            break
    return data, False


def _judge(data: bytes, closed: bool) -> str:
    if len(data) < _VERSION + _MECHANISM and (not data or data[0] == 0xFF):
        return CLOSED if closed else SILENT
    if data[0] != 0xFF or not data[_SIGNATURE - 1] & 1:
        return FOREIGN
    mechanism = data[_VERSION : _VERSION + _MECHANISM].rstrip(b"\0")
    return {b"NULL": PLAIN, b"CURVE": CURVE}.get(mechanism, OTHER)
