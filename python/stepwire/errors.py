"""What can go wrong, as exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Error(Exception):
    """A server refused a request, or there is no server to ask.

    `code` is one of the protocol's (`"INVALID_ARGUMENT"`, `"CAPACITY"`, ...: the table under Errors
    in docs/protocol.md), or `"UNAVAILABLE"`: nobody answers at the endpoint, or does not let us in,
    or `"PROTOCOL"`: who answers breaks the protocol. `text` is for people, `field` the request's
    field at fault, `rows` the rows at fault, `retry` whether the same may succeed later.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        field: str = "",
        rows: Sequence[int] = (),
        retry: bool = False,
    ) -> None:
        super().__init__(code, text, field, tuple(rows), retry)
        self.code = code
        self.text = text
        self.field = field
        self.rows = tuple(rows)
        self.retry = retry

    def __str__(self) -> str:
        rows = f" (rows {', '.join(map(str, self.rows))})" if self.rows else ""
        return f"{self.code}: {self.text}{rows}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, self.args


def _restore(code: str, text: str, field: str, rows: tuple[int, ...], retry: bool) -> Error:
    return Error(code, text, field=field, rows=rows, retry=retry)
