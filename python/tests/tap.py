"""Listens to what a client and its server say to each other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from proxy import Proxy

from stepwire import spec as specs
from stepwire import wire


class Rows(NamedTuple):
    """What happened to all rows of a client, in the order of their numbers."""

    observations: NDArray  # after the reset and after each step, [1 + steps, rows, shape...]
    actions: NDArray  # [steps, rows, shape...]


class Tap(Proxy):
    """A good network that keeps what passes."""

    def __init__(self, server):
        self._requests, self._replies = [], []
        super().__init__(server, lose=0, repeat=0, seed=0)

    def _carry(self, socket, frames):
        if len(frames) == 1:
            self._requests.append(wire.Request.FromString(frames[0]))
        else:
            self._replies.append(wire.Reply.FromString(frames[1]))
        super()._carry(socket, frames)

    def rows(self):
        """Of a client that opened sessions one after the other, for a task with one observation and
        one action. What was sent twice counts once."""
        firsts = {r.open.token: r.open.first_row for r in self._requests if r.HasField("open")}
        opened = {r.opened.session: r.opened for r in self._replies if r.HasField("opened")}
        order = [session for _, session in sorted(zip(firsts.values(), opened, strict=True))]
        spec = specs.unpack(opened[order[0]].spec)
        seen = {
            (r.session, r.seq): (r.reset if r.HasField("reset") else r.step).observations[0]
            for r in self._replies
            if r.HasField("reset") or r.HasField("step")
        }
        done = {(r.session, r.seq): r.step.actions[0] for r in self._requests if r.HasField("step")}
        return Rows(_stack(seen, order, spec.observations[0]), _stack(done, order, spec.actions[0]))


def _stack(messages, sessions, tensor):
    """[steps, rows, shape...] of messages by session and number, up to where the first one ends."""
    parts = []
    for session in sessions:
        data = [messages[key] for key in sorted(messages) if key[0] == session]
        parts.append(
            np.frombuffer(b"".join(data), tensor.dtype).reshape(len(data), -1, *tensor.shape)
        )
    steps = min(len(part) for part in parts)
    return np.concatenate([part[:steps] for part in parts], axis=1)
