"""Rows of a session: their environments, and what is done with them.

The only caller of environments. Whatever one of them raises, returns or forgets to return becomes a
line of text here: a row that failed. Nothing that it returns is believed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np

from .. import wire
from . import orders, task
from .errors import describe
from .orders import Array, Outcome
from .spaces import Tensor, flatten, tensors_of, unflatten

_Env = gymnasium.Env[Any, Any]


class Unfit(Exception):
    """What an environment returned is not what its spaces promise."""


class _Row:
    env: _Env | None = None  # None: none yet, or what there was failed
    begun = False  # had a reset or a state
    aside: bytes | None = None  # its state before the last Load


class Rows:
    """Does what orders say. `enter(row)` is called before every call into an environment."""

    def __init__(self, tasks: Sequence[task.Task], enter: Callable[[int], None]) -> None:
        self._tasks = tasks
        self._enter = enter
        self._rows: defaultdict[int, _Row] = defaultdict(_Row)

    def obey(self, order: orders.Order) -> Outcome:
        if isinstance(order, orders.Describe):
            return self._describe(order)
        if isinstance(order, orders.Open):
            return self._open(order)
        if isinstance(order, orders.Reset):
            return self._reset(order)
        if isinstance(order, orders.Step):
            return self._step(order)
        if isinstance(order, orders.Render):
            return self._render(order)
        if isinstance(order, orders.Save):
            return self._save(order)
        if isinstance(order, orders.Load):
            return self._load(order)
        if isinstance(order, orders.Undo):
            return self._undo(order)
        return self._close(order)

    def close(self) -> None:
        """Closes the environments that are left."""
        for row in list(self._rows):
            self._drop(row)

    # ---- beginning and end ----------------------------------------------------------------------

    def _describe(self, order: orders.Describe) -> Outcome:
        self._enter(0)
        out = Outcome()
        try:
            shown = self._tasks[order.task]
            env, limit = task.make_environment(shown, order.values)
            self._rows[0].env = env  # until close(): its end is nobody's concern
            out.spec = task.describe(env, limit, shown.infos)
        except BaseException as error:
            out.failures[0] = describe(error)
        return out

    def _open(self, order: orders.Open) -> Outcome:
        self._opened = order
        spec = order.spec
        self._tensors = spec.observations
        self._bounds = [_integer_bounds(t) for t in spec.observations]
        self._names = [info.name for info in spec.infos] if order.info else []
        out = Outcome()
        for row in order.rows:
            try:
                self._environment(row)
            except BaseException as error:
                out.failures[row] = describe(error)
        return out

    def _close(self, order: orders.Close) -> Outcome:
        for row in order.rows:
            self._drop(row)
        return Outcome()

    def _environment(self, row: int) -> _Env:
        """The row's environment, made if it has none."""
        self._enter(row)
        env = self._rows[row].env
        if env is not None:
            return env
        opened = self._opened
        env, _ = task.make_environment(self._tasks[opened.task], opened.values)
        spec = opened.spec
        for space, name, tensors in (
            (env.observation_space, "observation", spec.observations),
            (env.action_space, "action", spec.actions),
        ):
            made = tensors_of(space, name)
            if len(made) != len(tensors) or not all(a.is_like(b) for a, b in zip(made, tensors)):
                raise Unfit(f"its {name} space is another than that of the one before: {space}")
        self._rows[row].env = env
        return env

    def _drop(self, row: int) -> None:
        """Whoever failed is not asked again: the row's next episode has a new environment."""
        r = self._rows[row]
        env, r.env, r.begun = r.env, None, False
        if env is not None:
            try:
                self._enter(row)
                env.close()
            except BaseException:
                pass  # it had failed already, or nobody needs it any more

    # ---- episodes --------------------------------------------------------------------------------

    def _outcome(self, rows: int) -> Outcome:
        """Room for what the rows will say."""
        float32 = self._opened.float32_observations
        return Outcome(
            observations=[np.zeros((rows, *t.shape), t.wire_dtype(float32)) for t in self._tensors],
            infos=np.full((rows, len(self._names)), np.nan),
        )

    def _reset(self, order: orders.Reset) -> Outcome:
        out = self._outcome(len(order.rows))
        for n, row in enumerate(order.rows):
            self._begin(out, n, row, order.seeds[n])
        return out

    def _begin(self, out: Outcome, n: int, row: int, seed: int) -> None:
        try:
            env = self._environment(row)
            result = env.reset(seed=seed)
            if not isinstance(result, tuple) or len(result) != 2:
                raise Unfit("reset() should return an observation and an info")
            self._write(env, out.observations, n, result[0])
            self._write_infos(out, n, result[1], at_reset=True)
            self._rows[row].begun = True
        except BaseException as error:
            out.failures[row] = f"after reset: {_say(error)}"
            self._drop(row)

    def _step(self, order: orders.Step) -> Outcome:
        rows = len(order.rows)
        out = self._outcome(rows)
        out.is_step = True
        out.rewards = np.zeros(rows)
        out.flags = np.zeros(rows, np.uint8)
        begin, last = set(order.begin), set(order.last)
        finals: list[list[Array]] = []  # per ended row: its tensors, and its infos
        for n, row in enumerate(order.rows):
            if row in begin:
                self._begin(out, n, row, order.seeds[n])
                continue
            self._advance(out, n, row, [a[n] for a in order.actions], row in last)
            if self._opened.same_step and (out.flags[n] or row in out.faults):
                if row not in out.faults:
                    finals.append([a[n].copy() for a in (*out.observations, out.infos)])
                self._begin(out, n, row, order.seeds[n])
        if finals:
            *out.final_observations, out.final_infos = (np.stack(a) for a in zip(*finals))
        return out

    def _advance(self, out: Outcome, n: int, row: int, action: list[Any], is_last: bool) -> None:
        try:
            env = self._environment(row)
            result = env.step(unflatten(env.action_space, action))
            if not isinstance(result, tuple) or len(result) != 5:
                raise Unfit(
                    "step() should return observation, reward, terminated, truncated and info"
                )
            observation, reward, terminated, truncated, info = result
            value = float(reward)
            if not math.isfinite(value):
                raise Unfit(f"the reward is {value}")
            self._write(env, out.observations, n, observation)
            self._write_infos(out, n, info, at_reset=False)
            ends = wire.TERMINATED if bool(terminated) else 0
            ends |= wire.TRUNCATED if bool(truncated) or is_last else 0
            out.rewards[n] = value
            out.flags[n] = ends
        except BaseException as error:
            out.faults[row] = _say(error)
            self._drop(row)

    # ---- what environments return ----------------------------------------------------------------

    def _write(self, env: _Env, arrays: list[Array], n: int, observation: Any) -> None:
        parts = flatten(env.observation_space, observation, "the observation")
        for tensor, array, bounds, part in zip(self._tensors, arrays, self._bounds, parts):
            value = np.asarray(part)
            if value.shape != tensor.shape:
                raise Unfit(
                    f"'{tensor.name}' has shape {value.shape}, its space says {tensor.shape}"
                )
            _copy(tensor, array, n, value, bounds)

    def _write_infos(self, out: Outcome, n: int, info: Any, at_reset: bool) -> None:
        if not isinstance(info, dict):
            raise Unfit(f"its info is a {type(info).__name__}, and should be a dict")
        for c, name in enumerate(self._names):
            is_there = not at_reset or self._opened.spec.infos[c].at_reset
            out.infos[n, c] = task.info_value(info, name) if is_there else math.nan

    # ---- pictures and states ---------------------------------------------------------------------

    def _render(self, order: orders.Render) -> Outcome:
        row = order.rows[0]
        out = Outcome()
        try:
            out.picture = _picture(self._environment(row).render(), order.width, order.height)
        except BaseException as error:
            out.failures[row] = _say(error)
        return out

    def _save(self, order: orders.Save) -> Outcome:
        out = Outcome()
        for row in order.rows:
            try:
                out.states.append(_save(self._environment(row)))
            except BaseException as error:
                out.failures[row] = _say(error)
        return out

    def _load(self, order: orders.Load) -> Outcome:
        out = self._outcome(len(order.rows))
        for n, row in enumerate(order.rows):
            r = self._rows[row]
            r.aside = None
            try:
                env = self._environment(row)
                if r.begun:
                    r.aside = _save(env)
                else:
                    env.reset(seed=0)  # which Gymnasium's wrappers want to see before any step
                observation = env.unwrapped.load_state(order.states[n])  # type: ignore[attr-defined]
                self._write(env, out.observations, n, observation)
                r.begun = True
            except BaseException as error:
                out.failures[row] = _say(error)
        return out

    def _undo(self, order: orders.Undo) -> Outcome:
        out = Outcome()
        for row in order.rows:
            aside = self._rows[row].aside
            try:
                if aside is not None:
                    self._environment(row).unwrapped.load_state(aside)  # type: ignore[attr-defined]
            except BaseException as error:
                out.failures[row] = _say(error)
        return out


def _say(error: BaseException) -> str:
    return str(error) if isinstance(error, Unfit) else describe(error)


def _integer_bounds(tensor: Tensor) -> tuple[Array, Array] | None:
    """The bounds of a tensor of categories, shaped like it."""
    if tensor.dtype.kind != "i":
        return None
    low = -np.inf if tensor.low is None else np.reshape(tensor.low, tensor.shape)
    high = np.inf if tensor.high is None else np.reshape(tensor.high, tensor.shape)
    return np.asarray(low), np.asarray(high)


def _copy(
    tensor: Tensor, array: Array, n: int, value: Array, bounds: tuple[Array, Array] | None
) -> None:
    """Row n of `array` becomes `value`, if that may be delivered."""
    kind = value.dtype.kind
    if kind not in ("biu" if tensor.dtype.kind in "iu" else "biuf"):
        raise Unfit(f"'{tensor.name}' is {value.dtype}, its space says {tensor.dtype}")
    with np.errstate(over="ignore"):
        array[n] = value
    place = array[n]
    if tensor.dtype.kind == "f":
        if not np.isfinite(place).all():
            raise Unfit(f"'{tensor.name}' is not finite")
    elif value.dtype != tensor.dtype and not np.array_equal(place, value):
        raise Unfit(f"'{tensor.name}' has numbers that are no {tensor.dtype}")
    if bounds is not None and not ((bounds[0] <= place) & (place <= bounds[1])).all():
        raise Unfit(f"'{tensor.name}' is outside the bounds of its space")


def _picture(drawn: Any, width: int, height: int) -> Array:
    """Of the size that was asked for: each pixel is the nearest of those that were drawn."""
    pixels = np.asarray(drawn)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise Unfit(
            f"render() should return uint8 [height, width, 3], not {pixels.dtype} "
            f"{list(pixels.shape)}"
        )
    y = np.arange(height) * pixels.shape[0] // height
    x = np.arange(width) * pixels.shape[1] // width
    return np.ascontiguousarray(pixels[y[:, None], x[None, :]])


def _save(env: _Env) -> bytes:
    state = env.unwrapped.save_state()  # type: ignore[attr-defined]
    if not isinstance(state, (bytes, bytearray)):
        raise Unfit(f"save_state() should return bytes, not {type(state).__name__}")
    return bytes(state)
