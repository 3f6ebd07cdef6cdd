"""What a server says when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Sequence

from .. import wire


class Refusal(Exception):
    """An Error reply: a code of the protocol, a text for people, and who is to blame."""

    def __init__(self, code: int, text: str, field: str = "", rows: Sequence[int] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.field = field
        self.rows = list(rows)

    def message(self) -> wire.Error:
        return wire.Error(
            code=self.code,
            text=printable(str(self)),
            field=self.field,
            rows=self.rows,
            retry=self.code == wire.CAPACITY,
        )


def printable(text: str) -> str:
    """One line of at most 400 printable characters: what others write may be long."""
    line = " ".join(text[:4000].split())[:400]
    return line if line.isprintable() else "".join(c if c.isprintable() else "?" for c in line)


def describe(error: BaseException) -> str:
    """An exception as one line: its type, and its text if it has one."""
    try:
        text = printable(str(error))
    except BaseException:  # it is the environment's: what it says of itself may fail as well
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name
