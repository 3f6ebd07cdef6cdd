"""The protocol's messages and numbers: what a client and a server share.

Messages are protobuf's classes (`wire.Request`, `wire.Reply`, ...), enum values plain integers
(`wire.TERMINATED`, `wire.SESSION_LOST`, ...). What they mean stands in stepwire.proto.
"""

from __future__ import annotations

import operator
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from . import schema

MAJOR = 1
MINOR = 0

_text = resources.files(__package__).joinpath("stepwire.proto").read_text(encoding="utf-8")
_schema = schema.load(_text, "stepwire.proto")

# A Reply whose StepDone and ResetDone have their numbers as the bytes that they travel as.
FlatReply: Any = schema.load(_text, "flat.proto", flat={"StepDone", "ResetDone"}).Reply


# Messages and enum values of the specification, as names of this module.
globals().update(vars(_schema))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


# numpy's type of each DType, little-endian as on the wire
NUMPY: dict[int, np.dtype[Any]] = {
    _schema.UINT8: np.dtype("u1"),
    _schema.INT32: np.dtype("<i4"),
    _schema.INT64: np.dtype("<i8"),
    _schema.FLOAT32: np.dtype("<f4"),
    _schema.FLOAT64: np.dtype("<f8"),
}

_MASK = 2**64 - 1


def as_uint64(name: str, value: Any) -> int:
    """TypeError or ValueError, with the name, if it is no whole number from 0 to 2**64 - 1."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; it must be a whole number") from None
    if not 0 <= number <= _MASK:
        raise ValueError(f"{name} is {value}; it must be from 0 to 2**64 - 1")
    return number


def as_text(name: str, value: Any) -> str:
    """TypeError or ValueError, with the name, if it is no string, or one with a NUL: bytes with
    such a string are no Request."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}; it must be a string")
    if "\0" in value:
        raise ValueError(f"{name} is {value!r}; it must not have a NUL")
    return value


def mix(a: int, b: int) -> int:
    """Output b, from 0, of SplitMix64 started at a."""
    z = (a + (b + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


def error_name(code: int) -> str:
    """The name of an error code; of one that is not known, INTERNAL."""
    names = _schema.ErrorCode
    return names.Name(code) if code in names.values() else "INTERNAL"
