"""The server's part of a row's state, in front of what the environment saved.

0-7 checksum of all that follows, the task's id and its settings   8-11 version of this layout
12-15 the flags with which the episode ended   16-23 stream   24-31 k   32-39 steps
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from .. import wire
from .errors import Refusal
from .session import Job, Session

_HEADER = struct.Struct("<8sIIQQq")
_VERSION = 1


@dataclass(frozen=True)
class Header:
    """Where a row is in its episode and in its stream."""

    flags: int  # the ends; 0 while the episode runs
    stream: int
    k: int
    elapsed: int


def seal(x: Session, row: int, state: bytes) -> bytes:
    """The blob of a row whose environment saved `state`."""
    ends = wire.TERMINATED | wire.TRUNCATED
    flags = int(x.flags[row]) & ends if x.ended[row] else 0
    rest = _HEADER.pack(b"", _VERSION, flags, x.stream[row], x.k[row], int(x.elapsed[row]))[8:]
    return _checksum(x, rest + state) + rest + state


def body(blob: bytes) -> bytes:
    """The environment's part."""
    return blob[_HEADER.size :]


def read_states(x: Session, job: Job) -> list[Header]:
    """The headers of a Load's blobs. Refusal naming the rows whose blobs are not for them, and what
    is wrong with the first of these."""
    headers: list[Header] = []
    wrong: dict[int, str] = {}
    for row, blob in zip(job.rows, job.states):
        try:
            headers.append(_read(x, blob))
        except ValueError as error:
            wrong[row] = str(error)
    if wrong:
        row = min(wrong)
        text = f"{x.task.id}: row {row}: {wrong[row]}"
        raise Refusal(wire.INVALID_ARGUMENT, text, "states", list(wrong))
    return headers


def _checksum(x: Session, data: bytes) -> bytes:
    origin = repr((x.task.id, x.values)).encode()
    return hashlib.blake2b(data, digest_size=8, key=hashlib.sha256(origin).digest()).digest()


def _read(x: Session, blob: bytes) -> Header:
    if len(blob) < _HEADER.size:
        raise ValueError(f"a state of {len(blob)} bytes, expected are at least {_HEADER.size}")
    checksum, version, flags, stream, k, elapsed = _HEADER.unpack_from(blob)
    if version != _VERSION:
        raise ValueError(f"a state of version {version}, this server reads {_VERSION}")
    if checksum != _checksum(x, blob[8:]):
        raise ValueError("a state of another task, or of other settings, or a damaged one")
    if flags & ~(wire.TERMINATED | wire.TRUNCATED):
        raise ValueError(f"a state with flags {flags}")
    if flags and x.same_step:
        raise ValueError("a state of an ended episode, which a session in SAME_STEP never has")
    if elapsed < 0 or (x.limit and elapsed > x.limit - (flags == 0)):
        raise ValueError(
            f"a state that {'ended' if flags else 'runs'} after {elapsed} steps, with a time limit "
            f"of {x.limit}"
        )
    return Header(flags, stream, k, elapsed)
