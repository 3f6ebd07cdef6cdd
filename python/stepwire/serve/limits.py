"""Bounds of all that a peer can make a server allocate, and how large messages can become."""

from __future__ import annotations

from dataclasses import dataclass

from .session import Session

_FIELD = 12  # bytes of a protobuf field's tag and length, at most
_ENVELOPE = 64  # of a Request or Reply around its kind
_LEAST_MESSAGE = 4096  # bytes, so that every error can be told


@dataclass(frozen=True)
class Limits:
    max_message: int = 64 << 20  # bytes of a request or reply
    max_rows: int = 4096  # of a session
    max_sessions: int = 64  # each has a few processes
    max_envs: int = 4096  # in all sessions together
    max_lease: float = 600.0  # seconds

    def check(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name}: {value}, it must be positive")
        if self.max_message < _LEAST_MESSAGE:
            raise ValueError(
                f"max_message: {self.max_message}, it must be {_LEAST_MESSAGE} or more"
            )


def _message_bytes(fields: int, payload: int) -> int:
    return _ENVELOPE + fields * _FIELD + payload


def largest_request(x: Session) -> int:
    """A Step."""
    actions = x.spec.actions
    row = sum(t.elements * t.wire_dtype(x.float32_actions).itemsize for t in actions)
    return _message_bytes(len(actions), x.rows * row)


def largest_reply(x: Session) -> int:
    """A StepDone in which every row ended; a ResetDone or StateSet is smaller."""
    observations = x.spec.observations
    infos = len(x.spec.infos) if x.info else 0
    row = 8 + 1 + 8 + 2 * infos * 8
    row += sum(2 * t.elements * t.wire_dtype(x.float32_observations).itemsize for t in observations)
    return _message_bytes(5 + 2 * len(observations), x.rows * row)


def states_bytes(states: list[bytes]) -> int:
    return _message_bytes(len(states) + 1, 64 + sum(map(len, states)))


def picture_bytes(width: int, height: int) -> int:
    return _message_bytes(3, 3 * width * height)
