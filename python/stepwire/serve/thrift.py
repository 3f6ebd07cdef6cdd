"""Whether a message is worth parsing: one of many tiny fields takes many times its size to hold."""

from __future__ import annotations

from .limits import Limits

_SMALL = 1 << 16  # bytes: these are parsed, whatever they are
_BESIDE_ROWS = (
    1000  # fields that a request may have besides those that there are one for each row of
)
_FIXED = {1: 8, 5: 4}  # bytes of wire types


def check_fields(data: bytes, limits: Limits) -> None:
    """ValueError for a large message with more fields than any request has, in itself and in the
    messages directly in it."""
    if len(data) > _SMALL:
        most = 4 * max(limits.max_rows, limits.max_sessions) + _BESIDE_ROWS
        left = _count(data, 0, len(data), most, True)
        if left < 0:
            raise ValueError(f"it has more than {most} fields")


def _count(data: bytes, at: int, end: int, most: int, goes_in: bool) -> int:
    """How many fields are left of `most` after those from `at` to `end`; -1: none. What does not
    parse is left to the parser."""
    while at < end and most >= 0:
        tag, at = _varint(data, at, end)
        most -= 1
        kind = tag & 7
        if kind == 0:
            _, at = _varint(data, at, end)
        elif kind in _FIXED:
            at += _FIXED[kind]
        elif kind == 2:
            size, at = _varint(data, at, end)
            inner_end = min(at + size, end)
            if goes_in:
                most = _count(data, at, inner_end, most, False)
            at = inner_end
        else:
            break
    return most


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            break
    return value, at
