"""The connection to one server: a DEALER with its monitor, renewed when ZeroMQ gives it up.

Nothing here waits for a peer but `receive`, and that for no longer than it is told. What cannot be
sent now counts as lost on the way, because whoever needs it will ask again.
"""

from __future__ import annotations

import os
import re
import socket
from enum import Enum

import zmq
from zmq.utils.monitor import parse_monitor_message

from . import greeting
from .errors import Error
from .keys import read_client, server_key_path
from .sockets import make_socket, watch


class Event(Enum):
    """What the transport tells."""

    CONNECTED = "connected, but nothing is heard from it"
    REFUSED = "connecting is refused, nobody listens there"
    DROPPED = "the connection was lost"
    RETRYING = "connecting again"
    SILENT = "it says nothing"
    REJECTED = "the handshake fails"
    UNLISTED = "the handshake fails: it does not know our key"


_EVENTS: dict[int, Event] = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: Event.CONNECTED,
    zmq.EVENT_CLOSED: Event.REFUSED,  # only a connection that never stood closes
    zmq.EVENT_DISCONNECTED: Event.DROPPED,
    zmq.EVENT_CONNECT_RETRIED: Event.RETRYING,
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: Event.REJECTED,
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: Event.REJECTED,
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: Event.UNLISTED,
}


def check_endpoint(endpoint: str) -> None:
    """Raises INVALID_ARGUMENT unless it is tcp://HOST:PORT or ipc://PATH, UNAVAILABLE if there is
    no such host."""
    tcp = re.fullmatch(r"tcp://([^/]+):(\d{1,5})", endpoint)
    if not tcp and not re.fullmatch(r"ipc://.+", endpoint):
        raise Error(
            "INVALID_ARGUMENT",
            f"'{endpoint}' is no endpoint; expected tcp://HOST:PORT or ipc://PATH, such as "
            "tcp://127.0.0.1:5555",
        )
    if tcp:
        if not 0 < int(tcp[2]) < 65536:
            raise Error("INVALID_ARGUMENT", f"'{endpoint}': {tcp[2]} is no port; 1 to 65535")
        host = tcp[1].rpartition(";")[2].strip("[]")
        try:
            socket.getaddrinfo(host, int(tcp[2]))
        except (OSError, UnicodeError) as error:
            raise Error("UNAVAILABLE", f"{endpoint}: no such host '{host}': {error}") from None


class Line:
    """Connects in the background as soon as it is made. Belongs to one thread."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        keys: str | os.PathLike[str] | None = None,
        max_message: int = 64 << 20,
    ) -> None:
        check_endpoint(endpoint)
        self.endpoint = endpoint
        self.keys = keys
        self._context = context
        self._max_message = max_message
        self._timeout = -1
        self.over = False  # ZeroMQ has given it up: connect once more
        self.socket: zmq.Socket[bytes] | None = None
        self.connect()

    def connect(self) -> None:
        """Again if need be, with the keys as they are in their files now."""
        keys = None if self.keys is None else read_client(self.keys, self.endpoint)
        dealer = make_socket(
            self._context, zmq.DEALER, self.endpoint, self._max_message, keys is not None
        )
        if keys:
            dealer.curve_publickey, dealer.curve_secretkey = keys.public, keys.secret
            dealer.curve_serverkey = keys.server
        self.close()
        monitor = watch(dealer, sum(_EVENTS))
        try:
            dealer.connect(self.endpoint)
        except zmq.ZMQError as error:
            dealer.disable_monitor()
            dealer.close(0)
            monitor.close(0)
            raise Error("INVALID_ARGUMENT", f"'{self.endpoint}': {error.strerror}") from None
        self.socket, self.monitor = dealer, monitor
        self._timeout = -1
        self.over = False

    def close(self) -> None:
        """Never waits."""
        if self.socket is not None:
            # first: an event that finds its PAIR gone blocks for ever
            self.socket.disable_monitor()
            self.socket.close(0)
            self.monitor.close(0)
            self.socket = None

    def send(self, message: bytes) -> bool:
        """False if there is no connection now."""
        assert self.socket is not None
        for _ in range(2):
            try:
                self.socket.send(message, zmq.DONTWAIT)
                return True
            except zmq.Again:
                # has it look at its connections, before EAGAIN is believed
                self.socket.get(zmq.EVENTS)
        return False

    def receive(self, timeout: float) -> bytes | None:
        """The next message of one frame; None if none comes within `timeout` seconds."""
        assert self.socket is not None
        milliseconds = int(1e3 * timeout)
        if milliseconds != self._timeout:
            self.socket.rcvtimeo = self._timeout = milliseconds
        try:
            frames = self.socket.recv_multipart()
        except zmq.Again:
            return None
        return frames[0] if len(frames) == 1 else None

    def wait(self, timeout: float) -> None:
        """Until there is a message or an event, for `timeout` seconds at most."""
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        poller.register(self.monitor, zmq.POLLIN)
        poller.poll(int(1e3 * timeout))

    def next_event(self) -> Event | None:
        """What the transport has to tell, without waiting."""
        while True:
            try:
                message = parse_monitor_message(self.monitor.recv_multipart(zmq.DONTWAIT))
            except zmq.Again:
                return None
            event = _EVENTS.get(message["event"])
            if event is Event.REJECTED and message["value"] == zmq.EAGAIN:
                event = Event.SILENT
            if event is Event.DROPPED:
                self.over = True
            elif event in (Event.RETRYING, Event.CONNECTED):
                self.over = False
            if event is not None:
                return event

    def explain(self, event: Event, tried: float) -> Error:
        """Why there is no connection, after `event`, the last that the transport told, or `tried`
        seconds without any. Asks the server who it is, for half a second at most."""
        if event is Event.UNLISTED and self.keys is not None:
            return self._unavailable(
                "the server does not know this client's key: add "
                f"{self.keys}/client.pub to the server's clients/"
            )
        if event is Event.REFUSED:
            return self._unavailable(f"given up after trying for {tried:.1f} s: {event.value}")
        who = greeting.ask(self.endpoint, 0.5)
        if who == greeting.CURVE and self.keys is None:
            return self._unavailable(
                "the server asks for keys: keys=DIRECTORY, which stepwire-simserver keygen makes"
            )
        if who == greeting.CURVE and event is not Event.CONNECTED:
            path = server_key_path(self.keys or "", self.endpoint)
            return self._unavailable(
                f"the key in {path} is not that of this server: copy its server.pub there"
            )
        if who == greeting.PLAIN and self.keys is not None:
            return self._unavailable(
                "the server has no keys: start it with --keys, or connect without"
            )
        return self._unavailable(f"given up after trying for {tried:.1f} s: {_WHO[who]}")

    def _unavailable(self, text: str) -> Error:
        return Error("UNAVAILABLE", f"{self.endpoint}: {text}")


_WHO = {
    greeting.NOBODY: "nobody listens there, or it cannot be reached",
    greeting.SILENT: "what listens there says nothing: no Stepwire server, or one that was stopped",
    greeting.CLOSED: "what listens there hangs up: no Stepwire server, or one that ends",
    greeting.FOREIGN: "what listens there is no Stepwire server",
    greeting.PLAIN: "it is a ZeroMQ socket that does not answer: no Stepwire server",
    greeting.CURVE: "it is a ZeroMQ socket with keys that does not answer: no Stepwire server",
    greeting.OTHER: "it is a ZeroMQ socket, but asks for something other than keys",
}
