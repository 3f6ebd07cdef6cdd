"""Settings: which keyword arguments of an environment a client may choose, and within what bounds.

What is not on the list cannot be set: a keyword argument may name a file, or say how much memory is
to be allocated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import wire
from .errors import Refusal, printable

Value = bool | int | float | str | tuple[float, ...]

_MAX_SETTINGS = 64
_MAX_NAME = 63  # bytes
_MAX_TEXT = 127  # bytes of a string
_MAX_VECTOR = 16
_MAX_INT = 2**63


@dataclass(frozen=True)
class Setting:
    """A keyword argument that clients may choose. Its type is that of `default`.

    low, high: the inclusive range of a number, and of each element of a vector; both 0: any.
    choices: what a string may be; none: any.
    doc: one sentence, with the unit.
    """

    default: Value
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    doc: str = ""

    @property
    def type(self) -> int:
        return _type_of(self.default)

    def allowed(self) -> str:
        """What a value may be, in words."""
        name: str = wire.SettingType.Name(self.type).lower()
        if self.type == wire.VECTOR:
            name = f"a vector of {len(self.default)} numbers"  # type: ignore[arg-type]
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.low or self.high:
            return f"{name} from {self.low:g} to {self.high:g}"
        return name

    def allows(self, value: Any) -> bool:
        """Is this a value of the right type, within the bounds?"""
        if _type_of(value) != self.type:
            return False
        if isinstance(value, str):
            short = len(value.encode()) <= _MAX_TEXT and "\0" not in value
            return short and (not self.choices or value in self.choices)
        if isinstance(value, tuple):
            same = len(value) == len(self.default)  # type: ignore[arg-type]
            return same and all(self._is_in_range(x) for x in value)
        return isinstance(value, bool) or self._is_in_range(value)

    def _is_in_range(self, x: float) -> bool:
        if isinstance(x, int) and not -_MAX_INT <= x < _MAX_INT:
            return False
        anything = not (self.low or self.high)
        return not math.isnan(x) and (anything or self.low <= x <= self.high)


def _type_of(value: Any) -> int:
    if isinstance(value, bool):
        return int(wire.BOOL)
    if isinstance(value, int):
        return int(wire.INT)
    if isinstance(value, float):
        return int(wire.FLOAT)
    if isinstance(value, str):
        return int(wire.STRING)
    is_vector = isinstance(value, tuple) and all(isinstance(x, float) for x in value)
    if is_vector and 0 < len(value) <= _MAX_VECTOR:
        return int(wire.VECTOR)
    return int(wire.SETTING_NONE)


def allow_list(settings: Mapping[str, Any]) -> dict[str, Setting]:
    """The settings as a server was given them: a Setting each, or a default with no bounds.

    ValueError names the one that cannot be.
    """
    if len(settings) > _MAX_SETTINGS:
        raise ValueError(f"{len(settings)} settings: at most {_MAX_SETTINGS} are possible")
    allowed = {}
    for name, value in settings.items():
        setting = value if isinstance(value, Setting) else Setting(_tidy(value))
        if not name.isidentifier() or len(name.encode()) > _MAX_NAME:
            raise ValueError(f"setting {name!r}: no name of a keyword argument of up to 63 bytes")
        if setting.type == wire.SETTING_NONE:
            raise ValueError(
                f"setting {name!r}: {setting.default!r} is no bool, int, float, str, nor a vector "
                f"of up to {_MAX_VECTOR} floats"
            )
        if not setting.allows(setting.default):
            raise ValueError(
                f"setting {name!r}: its default {setting.default!r} is not {setting.allowed()}"
            )
        allowed[name] = setting
    return allowed


def _tidy(value: Any) -> Any:
    is_vector = isinstance(value, (list, tuple)) and all(isinstance(x, (int, float)) for x in value)
    return tuple(float(x) for x in value) if is_vector else value


# ---- as people write them ------------------------------------------------------------------------


def parse(text: str) -> tuple[str, Setting]:
    """`NAME=DEFAULT`, `NAME=DEFAULT:LOW..HIGH` or `NAME=DEFAULT:A|B|C`."""
    name, equals, rest = text.partition("=")
    written, _, bounds = rest.partition(":")
    if not name or not equals or not written:
        raise ValueError(
            f"{text!r}: expected NAME=DEFAULT, NAME=DEFAULT:LOW..HIGH or NAME=DEFAULT:A|B|C"
        )
    default = _read(written)
    if not bounds:
        return name, Setting(default)
    if isinstance(default, str):
        return name, Setting(default, choices=tuple(bounds.split("|")))
    low, dots, high = bounds.partition("..")
    try:
        if not dots:
            raise ValueError
        return name, Setting(default, low=float(low), high=float(high))
    except ValueError:
        raise ValueError(f"{text!r}: {bounds!r} is no range LOW..HIGH") from None


def _read(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("[") and text.endswith("]"):
        return tuple(float(x) for x in text[1:-1].split(","))
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


# ---- on the wire ---------------------------------------------------------------------------------

_MEMBER = {
    wire.BOOL: "bool_value",
    wire.INT: "int_value",
    wire.FLOAT: "float_value",
    wire.STRING: "string_value",
    wire.VECTOR: "vector_value",
}


def pack(name: str, value: Value) -> wire.Setting:
    kind = _type_of(value)
    return wire.Setting(name=name, type=kind, **{_MEMBER[kind]: value})


def pack_spec(name: str, setting: Setting, value: Value) -> wire.SettingSpec:
    return wire.SettingSpec(
        value=pack(name, value),
        low=setting.low,
        high=setting.high,
        doc=setting.doc,
        choices="|".join(setting.choices),
    )


def unpack(
    env_id: str, allowed: Mapping[str, Setting], messages: Iterable[wire.Setting]
) -> dict[str, Value]:
    """The value of every setting: its default, or what the messages say, if they may."""
    values: dict[str, Value] = {}
    for message in messages:
        name = message.name
        if name not in allowed:
            there = ", ".join(allowed) or "none"
            raise _refuse(f"{env_id}: no setting '{printable(name)}'; there are: {there}")
        if name in values:
            raise _refuse(f"{env_id}: setting '{name}' is given twice")
        value: Any = None
        if message.type in _MEMBER:
            value = getattr(message, _MEMBER[message.type])
            value = tuple(value) if message.type == wire.VECTOR else value
        setting = allowed[name]
        if message.type == wire.INT and setting.type == wire.FLOAT:
            value = float(value)
        if not setting.allows(value):
            raise _refuse(f"{env_id}: setting '{name}' must be {setting.allowed()}")
        values[name] = value
    return {name: values.get(name, setting.default) for name, setting in allowed.items()}


def _refuse(text: str) -> Refusal:
    return Refusal(wire.INVALID_ARGUMENT, text, field="settings")
