"""Gymnasium's spaces as named tensors, and their values as arrays.

    Box              a tensor of its shape; dtypes that the protocol lacks travel as the next larger
    Discrete(n)      int64, shape []: a category
    MultiDiscrete    int64 or int32, a category for each element
    MultiBinary      int32, a category of two for each element
    Dict, Tuple      a tensor for each part, named by its keys or indices with dots between them

A space with an unknown number of elements (Text, Sequence, Graph) has no tensors: UnservableSpace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

MAX_TENSORS = 16
_MAX_DIMS = 4
_MAX_ELEMENTS = 1 << 22
_MAX_NAME = 63  # bytes

# What travels in place of dtypes that the protocol has not.
_CARRIER = {
    "bool": "u1",
    "uint8": "u1",
    "int8": "<i4",
    "int16": "<i4",
    "uint16": "<i4",
    "int32": "<i4",
    "uint32": "<i8",
    "int64": "<i8",
    "float16": "<f4",
    "float32": "<f4",
    "float64": "<f8",
}


class UnservableSpace(ValueError):
    """A space that the protocol has no tensors for."""


@dataclass(frozen=True)
class Tensor:
    """One array of a row. Bounds [elements] are inclusive; None: unbounded."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None

    @property
    def elements(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def wire_dtype(self, float32: bool) -> np.dtype[Any]:
        """Its dtype on the wire, where float64 may travel as float32."""
        return np.dtype("<f4") if float32 and self.dtype == np.float64 else self.dtype

    def is_like(self, other: Tensor) -> bool:
        mine = (self.name, self.dtype, self.shape)
        return mine == (other.name, other.dtype, other.shape)


def tensors_of(space: spaces.Space[Any], name: str) -> tuple[Tensor, ...]:
    """The tensors of a space; `name` is that of the only one of a space without parts."""
    found = tuple(_tensor(part, path or name) for path, part in _parts(space, ""))
    names = [t.name for t in found]
    if not found or len(found) > MAX_TENSORS:
        raise UnservableSpace(f"{space}: {len(found)} tensors, possible are 1 to {MAX_TENSORS}")
    for n in names:
        if names.count(n) > 1 or not 0 < len(n.encode()) <= _MAX_NAME or "\0" in n:
            raise UnservableSpace(
                f"{space}: a part called {n!r}; names have up to 63 bytes and are there once"
            )
    _check_elements(name, sum(t.elements for t in found))
    return found


def _check_elements(name: str, elements: int) -> None:
    if elements > _MAX_ELEMENTS:
        raise UnservableSpace(f"'{name}' has {elements} elements, possible are {_MAX_ELEMENTS}")


def _parts(space: spaces.Space[Any], path: str) -> Iterator[tuple[str, spaces.Space[Any]]]:
    if isinstance(space, spaces.Dict):
        inner: Iterator[tuple[str, spaces.Space[Any]]] = iter(space.spaces.items())
    elif isinstance(space, spaces.Tuple):
        inner = ((str(i), part) for i, part in enumerate(space.spaces))
    else:
        yield path, space
        return
    for key, part in inner:
        yield from _parts(part, f"{path}.{key}" if path else str(key))


def _tensor(space: spaces.Space[Any], name: str) -> Tensor:
    if isinstance(space, spaces.Box):
        return _box(space, name)
    if isinstance(space, spaces.Discrete):
        start = int(space.start)
        return Tensor(name, np.dtype("<i8"), (), (float(start),), (float(start + space.n - 1),))
    if isinstance(space, spaces.MultiDiscrete):
        low = np.asarray(space.start).ravel()
        high = low + np.asarray(space.nvec).ravel() - 1
        return Tensor(name, _carrier(space, name), _shape(space, name), _bounds(low), _bounds(high))
    if isinstance(space, spaces.MultiBinary):
        shape = _shape(space, name)
        count = int(np.prod(shape))
        return Tensor(name, np.dtype("<i4"), shape, (0.0,) * count, (1.0,) * count)
    raise UnservableSpace(
        f"'{name}' is a {type(space).__name__}, for which there is no tensor; there are Box, "
        "Discrete, MultiDiscrete, MultiBinary, and Dict and Tuple of these"
    )


def _box(space: spaces.Box, name: str) -> Tensor:
    dtype, shape = _carrier(space, name), _shape(space, name)
    low, high = _bounds(space.low.ravel()), _bounds(space.high.ravel())
    if any(np.isnan(low)) or any(np.isnan(high)):
        raise UnservableSpace(f"'{name}': a bound is NaN")
    return Tensor(
        name,
        dtype,
        shape,
        None if all(x == -np.inf for x in low) else low,
        None if all(x == np.inf for x in high) else high,
    )


def _bounds(values: Any) -> tuple[float, ...]:
    return tuple(np.asarray(values, dtype=np.float64).tolist())


def _carrier(space: spaces.Space[Any], name: str) -> np.dtype[Any]:
    carrier = _CARRIER.get(str(space.dtype))
    if carrier is None:
        raise UnservableSpace(f"'{name}' is {space.dtype}; possible are {', '.join(_CARRIER)}")
    return np.dtype(carrier)


def _shape(space: spaces.Space[Any], name: str) -> tuple[int, ...]:
    shape = tuple(int(n) for n in space.shape or ())
    if len(shape) > _MAX_DIMS or 0 in shape:
        raise UnservableSpace(
            f"'{name}' has shape {shape}; possible are up to {_MAX_DIMS} dimensions, none of them 0"
        )
    _check_elements(name, int(np.prod(shape, dtype=np.int64)))
    return shape


# ---- values --------------------------------------------------------------------------------------


def flatten(space: spaces.Space[Any], value: Any, name: str) -> list[Any]:
    """The parts of a value in the order of tensors_of(). ValueError if one is missing."""
    if isinstance(space, spaces.Dict):
        if not isinstance(value, dict) or set(value) != set(space.spaces):
            has = sorted(map(str, value)) if isinstance(value, dict) else type(value).__name__
            raise ValueError(f"{name} should have the keys {sorted(space.spaces)}, it is {has}")
        return [
            x
            for key, part in space.spaces.items()
            for x in flatten(part, value[key], f"{name}.{key}")
        ]
    if isinstance(space, spaces.Tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(space.spaces):
            raise ValueError(f"{name} should be a tuple of {len(space.spaces)}")
        return [
            x for i, part in enumerate(space.spaces) for x in flatten(part, value[i], f"{name}.{i}")
        ]
    return [value]


def unflatten(space: spaces.Space[Any], parts: Sequence[Any]) -> Any:
    """A value of a space from its parts: what an environment is given as its action."""
    return _rebuild(space, iter(parts))


def _rebuild(space: spaces.Space[Any], parts: Iterator[Any]) -> Any:
    if isinstance(space, spaces.Dict):
        return {key: _rebuild(part, parts) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_rebuild(part, parts) for part in space.spaces)
    value = next(parts)
    if isinstance(space, spaces.Discrete):
        return space.dtype.type(value)
    return np.array(value, dtype=space.dtype)  # a copy: environments keep their actions
