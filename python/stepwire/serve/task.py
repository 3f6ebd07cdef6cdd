"""A task: how its environments are made, and what they are when they have been."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator
from gymnasium.wrappers import TimeLimit

from .settings import Setting, Value, allow_list
from .spaces import tensors_of
from .spec import Info, Spec

_MAX_NAME = 63  # bytes of an id and of an info column's name
_MAX_INFOS = 256
_NO_LIMIT = 2**62


@dataclass(frozen=True)
class Task:
    """`make(**values)` gives a new environment; `settings` says what the values may be."""

    id: str
    make: Callable[..., gymnasium.Env[Any, Any]]
    settings: Mapping[str, Setting]
    infos: tuple[str, ...]


def make_task(
    env_id: str,
    make: Callable[..., gymnasium.Env[Any, Any]],
    settings: Mapping[str, Any] | None = None,
    infos: Iterable[str] = (),
) -> Task:
    """A task; ValueError if its names cannot be what they are."""
    columns = tuple(infos)
    for name in (env_id, *columns):
        if not 0 < len(name.encode()) <= _MAX_NAME or "\0" in name:
            raise ValueError(f"{name!r}: a name has 1 to {_MAX_NAME} bytes")
    if len(set(columns)) < len(columns) or len(columns) > _MAX_INFOS:
        raise ValueError(f"{env_id}: info columns are different, and at most {_MAX_INFOS}")
    return Task(env_id, make, allow_list(settings or {}), columns)


def gymnasium_task(
    name: str, settings: Mapping[str, Any] | None = None, infos: Iterable[str] = ()
) -> Task:
    """The task that gymnasium.make() makes of `name`, an id or `module:id`."""
    return make_task(name.rpartition(":")[2], partial(_make_gymnasium, name), settings, infos)


def _make_gymnasium(name: str, **values: Any) -> gymnasium.Env[Any, Any]:
    """Ready for pictures, if there are any. Its own checks are left out: the server checks."""
    module, _, env_id = name.rpartition(":")
    if module:
        __import__(module)
    entry = gymnasium.spec(env_id).entry_point
    creator = load_env_creator(entry) if isinstance(entry, str) else entry
    modes = (getattr(creator, "metadata", None) or {}).get("render_modes", ())
    if "rgb_array" in modes and _takes(creator, "render_mode"):
        values["render_mode"] = "rgb_array"
    return gymnasium.make(env_id, disable_env_checker=True, **values)


def _takes(creator: Any, argument: str) -> bool:
    """Can it be called with a keyword argument of that name?"""
    parameters = inspect.signature(creator).parameters.values()
    return any(p.name == argument or p.kind is p.VAR_KEYWORD for p in parameters)


# ---- environments --------------------------------------------------------------------------------


def make_environment(
    task: Task, values: Mapping[str, Value]
) -> tuple[gymnasium.Env[Any, Any], int]:
    """A new environment, and its time limit (0: none), which it does not keep itself any more: the
    server does, for clients may ask for another."""
    env = task.make(**values)
    if not isinstance(env, gymnasium.Env):
        raise TypeError(f"a {type(env).__name__} was made, which is no gymnasium.Env")
    limit = 0
    layer: gymnasium.Env[Any, Any] = env
    while isinstance(layer, gymnasium.Wrapper):
        if isinstance(layer, TimeLimit):
            limit = min(limit or _NO_LIMIT, layer._max_episode_steps)
            layer._max_episode_steps = _NO_LIMIT
        layer = layer.env
    return env, limit


def describe(env: gymnasium.Env[Any, Any], limit: int, infos: tuple[str, ...]) -> Spec:
    """What an environment is that has just been made. Whatever that raises is the caller's to
    tell."""
    return Spec(
        observations=tensors_of(env.observation_space, "observation"),
        actions=tensors_of(env.action_space, "action"),
        infos=_columns(env, infos),
        max_episode_steps=limit,
        dt=_seconds(getattr(env.unwrapped, "dt", 0.0)),
        renders=env.render_mode == "rgb_array",
        has_state=has_state(env),
    )


def has_state(env: gymnasium.Env[Any, Any]) -> bool:
    """Does it offer `save_state() -> bytes` and `load_state(bytes) -> observation`?"""
    return all(
        callable(getattr(env.unwrapped, name, None)) for name in ("save_state", "load_state")
    )


def _columns(env: gymnasium.Env[Any, Any], names: tuple[str, ...]) -> tuple[Info, ...]:
    if not names:
        return ()
    _, info = env.reset(seed=0)
    return tuple(Info(name, not math.isnan(info_value(info, name))) for name in names)


def _seconds(dt: Any) -> float:
    is_time = isinstance(dt, (int, float)) and math.isfinite(dt) and dt > 0
    return float(dt) if is_time else 0.0


def info_value(info: Mapping[str, Any], name: str) -> float:
    """Column `name` of an info: a key, an element `key[i]` of an array; NaN if it is not there."""
    try:
        if name in info:
            return float(info[name])
        key, _, index = name.rpartition("[")
        return float(info[key][int(index.rstrip("]"))])
    except (KeyError, IndexError, TypeError, ValueError):
        return math.nan
