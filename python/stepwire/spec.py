"""What a task looks like: tensors, settings, and the Gymnasium spaces they make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from . import wire
from .errors import Error

# A value of a space: an array or a number, or, where there are several tensors, these by name.
Value = Any


@dataclass(frozen=True)
class Tensor:
    """One array of a row."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    low: tuple[float, ...]  # per element, or one for all, or () for unbounded
    high: tuple[float, ...]

    def bound(self, values: tuple[float, ...], default: float) -> NDArray[Any]:
        """In the tensor's dtype, or what of it fits: float64 has no largest int64."""
        full = [self._clip(x) for x in values or (default,)]
        array = np.array(full, self.dtype).reshape(self.shape if len(full) > 1 else ())
        return np.broadcast_to(array, self.shape)

    def _clip(self, x: float) -> float:
        if self.dtype.kind == "f":
            return x
        limits = np.iinfo(self.dtype)
        return limits.min if x <= limits.min else limits.max if x >= limits.max else int(x)

    def space(self) -> gymnasium.Space[Any]:
        """Discrete or MultiDiscrete of integers with bounds, if they can be counted; else Box."""
        low, high = self.bound(self.low, -math.inf), self.bound(self.high, math.inf)
        if self.dtype.kind == "i" and self.low and self.high and self._can_count(low, high):
            count = high - low + 1
            if self.shape == ():
                return gymnasium.spaces.Discrete(
                    int(count), start=int(low), **_unless_int64(self.dtype)
                )
            return gymnasium.spaces.MultiDiscrete(count, dtype=self.dtype, start=low)
        return gymnasium.spaces.Box(low, high, self.shape, self.dtype)

    def _can_count(self, low: NDArray[Any], high: NDArray[Any]) -> bool:
        """Has the dtype the number of the values between the bounds?"""
        most = high.astype(object) - low.astype(object) + 1
        return bool(np.all(most <= np.iinfo(self.dtype).max))


def _unless_int64(dtype: np.dtype[Any]) -> dict[str, Any]:
    """Gymnasium before 1.2 knows no other dtype of a Discrete."""
    return {} if dtype == np.int64 else {"dtype": dtype.type}


@dataclass(frozen=True)
class InfoColumn:
    """A float64 per row beside the reward."""

    name: str
    at_reset: bool


@dataclass(frozen=True)
class Setting:
    """What can be set of a task."""

    name: str
    type: int
    value: bool | int | float | str | tuple[float, ...]
    low: float
    high: float
    doc: str
    choices: tuple[str, ...]

    def pack(self, value: Any) -> Any:
        """A wire.Setting of a value. INVALID_ARGUMENT if it is of another type."""
        message = wire.Setting(name=self.name, type=self.type)
        try:
            if self.type == wire.BOOL and isinstance(value, (bool, np.bool_)):
                message.bool_value = bool(value)
            elif self.type == wire.INT and int(value) == value:
                message.int_value = int(value)
            elif self.type == wire.FLOAT:
                message.float_value = float(value)
            elif self.type == wire.STRING:
                message.string_value = wire.as_text(self.name, str(value))
            elif self.type == wire.VECTOR:
                message.vector_value.extend(float(x) for x in value)
            else:
                raise TypeError
        except (TypeError, ValueError):
            kind = wire.SettingType.Name(self.type).lower()
            raise Error(
                "INVALID_ARGUMENT",
                f"setting '{self.name}': {value!r} is no {kind}; its value now: {self.value!r}",
                field="settings",
            ) from None
        return message


@dataclass(frozen=True)
class Spec:
    """A task under given settings."""

    env_id: str
    observations: tuple[Tensor, ...]
    actions: tuple[Tensor, ...]
    settings: Mapping[str, Setting]
    reward_range: tuple[float, float]
    infos: tuple[InfoColumn, ...]
    max_episode_steps: int  # 0: no time limit
    dt: float  # simulated seconds per step; 0: not a matter of time
    render_modes: tuple[str, ...]
    supports_state: bool
    agents: int

    def pack_settings(self, values: Mapping[str, Any]) -> list[Any]:
        unknown = [name for name in values if name not in self.settings]
        if unknown:
            raise Error(
                "INVALID_ARGUMENT",
                f"{self.env_id} has no setting '{unknown[0]}'; there are "
                f"{', '.join(sorted(self.settings)) or 'none'}",
                field="settings",
            )
        return [self.settings[name].pack(value) for name, value in values.items()]


def unpack(message: Any) -> Spec:
    """Raises PROTOCOL if it is none."""
    if not message.observations or not message.actions or message.agents < 1:
        raise Error("PROTOCOL", f"the spec of '{message.env_id}' lacks tensors or agents")
    settings = [_setting(setting) for setting in message.settings]
    return Spec(
        env_id=message.env_id,
        observations=tuple(_tensor(tensor) for tensor in message.observations),
        actions=tuple(_tensor(tensor) for tensor in message.actions),
        settings={setting.name: setting for setting in settings},
        reward_range=(message.reward_low, message.reward_high),
        infos=tuple(InfoColumn(info.name, info.at_reset) for info in message.infos),
        max_episode_steps=message.max_episode_steps,
        dt=message.dt,
        render_modes=tuple(message.render_modes),
        supports_state=message.supports_state,
        agents=message.agents,
    )


def _tensor(message: Any) -> Tensor:
    tensor = Tensor(
        message.name,
        wire.NUMPY.get(message.dtype, np.dtype("V")),
        tuple(message.shape),
        tuple(message.low),
        tuple(message.high),
    )
    size = math.prod(tensor.shape)
    if tensor.dtype.kind == "V" or any(
        len(bound) not in (0, 1, size) or any(map(math.isnan, bound))
        for bound in (tensor.low, tensor.high)
    ):
        raise Error("PROTOCOL", f"tensor '{tensor.name}': its dtype or bounds make no sense")
    return tensor


def _setting(message: Any) -> Setting:
    member = {
        wire.BOOL: "bool_value",
        wire.INT: "int_value",
        wire.FLOAT: "float_value",
        wire.STRING: "string_value",
        wire.VECTOR: "vector_value",
    }.get(message.value.type)
    if member is None:
        raise Error("PROTOCOL", f"setting '{message.value.name}' is of no type that we know")
    value = getattr(message.value, member)
    return Setting(
        name=message.value.name,
        type=message.value.type,
        value=tuple(value) if member == "vector_value" else value,
        low=message.low,
        high=message.high,
        doc=message.doc,
        choices=tuple(message.choices.split("|")) if message.choices else (),
    )


# ---- values of spaces ----------------------------------------------------------------------------
#
# A lone tensor is the value itself; several are a dictionary by name.


def space_of(tensors: Sequence[Tensor]) -> gymnasium.Space[Any]:
    if len(tensors) == 1:
        return tensors[0].space()
    return gymnasium.spaces.Dict({tensor.name: tensor.space() for tensor in tensors})


def action_space_of(spec: Spec) -> gymnasium.Space[Any]:
    """As space_of(). Gymnasium's MuJoCo tasks say float32 of their actions, and take float64 ones
    as they are; so do ours, because its wrappers round to what a space says."""
    tensors = spec.actions
    known = gymnasium.registry.get(spec.env_id)
    if known is not None and str(known.entry_point).startswith("gymnasium.envs.mujoco"):
        narrow = np.dtype(np.float32)
        tensors = tuple(
            replace(tensor, dtype=narrow) if tensor.dtype == np.float64 else tensor
            for tensor in tensors
        )
    return space_of(tensors)


def join(tensors: Sequence[Tensor], arrays: Sequence[NDArray[Any]]) -> Value:
    """Arrays, one per tensor, as a value."""
    if len(tensors) == 1:
        return arrays[0]
    return {tensor.name: array for tensor, array in zip(tensors, arrays)}


def split(tensors: Sequence[Tensor], value: Value, rows: int) -> list[NDArray[Any]]:
    """A value of a batch as contiguous arrays [rows, shape...], one per tensor, in its dtype.
    ValueError if a shape is wrong, or a number is none that the dtype has."""
    parts = [value] if len(tensors) == 1 else [value[tensor.name] for tensor in tensors]
    return [_cast(tensor, part, rows) for tensor, part in zip(tensors, parts)]


def _cast(tensor: Tensor, value: Any, rows: int) -> NDArray[Any]:
    given = np.asarray(value)
    if given.shape != (rows, *tensor.shape):
        raise ValueError(
            f"'{tensor.name}' has shape {given.shape}; expected {(rows, *tensor.shape)}"
        )
    if given.dtype.kind not in "biuf":
        raise ValueError(f"'{tensor.name}' is {given.dtype}; expected {tensor.dtype}")
    with np.errstate(invalid="ignore"):
        array = np.ascontiguousarray(given, tensor.dtype)
    if tensor.dtype.kind != "f" and given.dtype != tensor.dtype:
        differs = array != given
        if differs.any():
            raise ValueError(f"'{tensor.name}': {given[differs][0]} is no {tensor.dtype}")
    return array
