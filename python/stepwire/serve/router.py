"""The socket that clients connect to, and who may."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import stat
import time
from pathlib import Path

import zmq
from zmq.utils import z85

from ..keys import read_key
from ..sockets import Socket, make_socket, watch
from .core import Log

_MAX_IPC = 107  # bytes of a path


# ---- endpoints -----------------------------------------------------------------------------------


def check_endpoint(endpoint: str, keys: str | None, insecure: bool) -> None:
    """ValueError unless it can be bound, and is safe or said not to be meant so."""
    if insecure and keys:
        raise ValueError("--keys lets in few and --insecure everybody: give one")
    if endpoint.startswith("ipc://"):
        _check_ipc(endpoint)
        return
    match = re.fullmatch(r"tcp://(.+):(\*|\d{1,5})", endpoint)
    if match is None or (match[2] != "*" and int(match[2]) > 65535):
        raise ValueError(
            f"'{endpoint}' is no endpoint; expected tcp://HOST:PORT or ipc://PATH, such as "
            "tcp://127.0.0.1:5555; * as the port picks one"
        )
    if not (keys or insecure or _is_loopback(match[1])):
        raise ValueError(
            f"{endpoint} can be reached from other machines: give --keys DIR (`stepwire-simserver "
            "keygen DIR` makes it), or bind loopback or ipc, or say --insecure to serve whoever "
            "comes"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check_ipc(endpoint: str) -> None:
    """ZeroMQ deletes whatever stands there before it binds."""
    path = endpoint[len("ipc://") :]
    if not path or len(path.encode()) > _MAX_IPC:
        raise ValueError(f"{endpoint}: a path has 1 to {_MAX_IPC} bytes")
    if path.startswith("@"):
        raise ValueError(f"{endpoint}: an abstract socket is open to every user of this machine")
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return  # nothing there, or bind will say what is wrong
    if not stat.S_ISSOCK(mode):
        raise ValueError(f"{endpoint}: there is a file of another kind")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:
            pass
        except OSError:
            return  # left behind by a process that has ended
        raise OSError(f"{endpoint}: in use by another process")


def bind(
    context: zmq.Context[Socket], endpoint: str, max_message: int, keys: str | None
) -> tuple[Socket, Gate | None]:
    """A bound ROUTER, and who guards it. OSError naming the endpoint if it is taken."""
    gate = None if keys is None else Gate(context, keys)
    router = make_socket(context, zmq.ROUTER, endpoint, max_message, keys is not None)
    if keys is not None:
        router.curve_secretkey = read_key(Path(keys, "server.key"), secret=True)
        router.curve_server = True
        router.zap_domain = b"stepwire"  # without one nobody is asked
    before = os.umask(0o177)  # an ipc file must not be open to others even for a moment
    try:
        router.bind(endpoint)
    except zmq.ZMQError as error:
        router.close(0)
        raise OSError(f"cannot bind {endpoint}: {error.strerror}") from None
    finally:
        os.umask(before)
    return router, gate


def watch_door(router: Socket) -> Socket:
    """A socket that tells of accepted connections and failed handshakes."""
    events = zmq.EVENT_ACCEPTED
    for name in ("NO_DETAIL", "PROTOCOL", "AUTH"):
        events |= getattr(zmq, f"EVENT_HANDSHAKE_FAILED_{name}")
    return watch(router, events)


def endpoint_of(router: Socket) -> str:
    """The endpoint in full, with the port that was picked."""
    name = router.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(name, bytes)
    return name.rstrip(b"\0").decode()


# ---- keys ----------------------------------------------------------------------------------------


class Gate:
    """Whom libzmq asks about every client's key (RFC 27): it must be one of DIR/clients/*.pub,
    which are read anew each time."""

    def __init__(self, context: zmq.Context[Socket], directory: str) -> None:
        self._clients = Path(directory, "clients")
        if not self._clients.is_dir():
            raise ValueError(
                f"{self._clients}: no such directory; the public keys of the clients to let in "
                "belong there"
            )
        self._warned = 0.0
        self.socket = context.socket(zmq.REP)
        self.socket.linger = 0
        self.socket.bind("inproc://zeromq.zap.01")

    def answer(self, log: Log) -> None:
        """Answers all questions that are there."""
        while True:
            try:
                question = self.socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return
            user = self._judge(question, log)
            number = question[1] if len(question) > 1 else b""
            status = b"200" if user else b"400"
            self.socket.send_multipart([b"1.0", number, status, b"", user, b""])

    def _judge(self, question: list[bytes], log: Log) -> bytes:
        """The client's key in Z85; empty if it is not let in."""
        if len(question) != 7 or question[0] != b"1.0" or question[5] != b"CURVE":
            return b""
        key: bytes = z85.encode(question[6])
        if self._is_listed(key, log):
            return key
        where = question[3].decode(errors="replace") or "this host"
        text = f"refused a client at {where}, its key is {key.decode()}: it is not in"
        self._warn(log, f"{text} {self._clients}")
        return b""

    def _is_listed(self, key: bytes, log: Log) -> bool:
        for path in self._clients.glob("*.pub"):
            try:
                if not path.name.startswith(".") and read_key(path) == key:
                    return True
            except Exception as error:  # one that holds none is passed over
                self._warn(log, str(error))
        return False

    def _warn(self, log: Log, text: str) -> None:
        """Strangers may come often, but must not fill a disk."""
        now = time.monotonic()
        if now - self._warned >= 1:
            self._warned = now
            log("warning", text)

    def close(self) -> None:
        self.socket.close(0)
