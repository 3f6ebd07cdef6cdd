"""What the sockets of clients and servers are set to. docs/protocol.md says why, under Liveness."""

from __future__ import annotations

import itertools
from typing import Any

import zmq

CURVE_BYTES = 33  # of a frame, beside what it encrypts (ZeroMQ RFC 26)

Socket = zmq.Socket[Any]

# Times in ms but for the TTL.
_ALL = {
    zmq.LINGER: 0,  # closing never waits
    zmq.HANDSHAKE_IVL: 10000,  # a peer that never finishes its handshake
    zmq.HEARTBEAT_IVL: 5000,  # links that died without a word
    zmq.HEARTBEAT_TIMEOUT: 15000,
    zmq.HEARTBEAT_TTL: 15000,
    zmq.SNDHWM: 16,
    zmq.RCVHWM: 0,
}
_OF_A_KIND = {
    zmq.DEALER: {
        zmq.CONNECT_TIMEOUT: 10000,
        zmq.RECONNECT_IVL: 20,  # a server that restarts is found soon,
        zmq.RECONNECT_IVL_MAX: 1000,  # one that stays away costs little
        # no queue without a connection: nothing old reaches a server that came back
        zmq.IMMEDIATE: 1,
    },
    zmq.ROUTER: {zmq.ROUTER_MANDATORY: 1},
}
_numbers = itertools.count()  # of monitors: their names must differ


def make_socket(
    context: zmq.Context[Socket], kind: int, endpoint: str, max_message: int, has_keys: bool
) -> Socket:
    """A DEALER or ROUTER for an endpoint, to which it is not connected or bound yet. What is longer
    than `max_message` bytes costs its sender the connection."""
    made = context.socket(kind)
    for option, value in (_ALL | _OF_A_KIND[zmq.SocketType(kind)]).items():
        made.setsockopt(option, value)
    made.setsockopt(zmq.IPV6, int("[" in endpoint))
    made.setsockopt(zmq.MAXMSGSIZE, max_message + (CURVE_BYTES if has_keys else 0))
    return made


def watch(watched: Socket, events: int) -> Socket:
    """A socket that tells of these events. `watched.disable_monitor()` comes before it is closed:
    an event that finds its PAIR gone blocks for ever."""
    monitor: Socket = watched.context.socket(zmq.PAIR)
    monitor.linger = 0
    monitor.rcvhwm = 0  # a full queue would block the context's I/O thread
    name = f"inproc://monitor-{next(_numbers)}"
    watched.monitor(name, events)
    monitor.connect(name)
    return monitor
