"""Checks what requests to the rows of a session ask for: all of it, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .. import wire
from .errors import Refusal, printable
from .limits import picture_bytes
from .orders import Array
from .session import Job, Kind, Session
from .spaces import Tensor
from .states import read_states

_LARGEST_SIDE = 4096  # of a picture, pixels
STATE_FORMAT = "python/1"


def _invalid(text: str, field: str = "", rows: Sequence[int] = ()) -> Refusal:
    return Refusal(wire.INVALID_ARGUMENT, text, field, rows)


def _rows(x: Session, rows: Sequence[int], field: str = "rows") -> list[int]:
    for n, row in enumerate(rows):
        if row >= x.rows:
            raise _invalid(f"row {row}: the session has rows 0 to {x.rows - 1}", field, [row])
        if n > 0 and row <= rows[n - 1]:
            raise _invalid(
                f"row {row} after row {rows[n - 1]}: rows must be ascending", field, [row]
            )
    return list(rows) or list(range(x.rows))


def _refuse_where(
    x: Session, rows: list[int] | None, bad: npt.NDArray[np.bool_], what: str
) -> None:
    """FAILED_PRECONDITION if any of the rows is bad."""
    at_fault = [i for i in (range(x.rows) if rows is None else rows) if bad[i]]
    if at_fault:
        count = x.rows if rows is None else len(rows)
        text = f"{len(at_fault)} of {count} rows {what}"
        raise Refusal(wire.FAILED_PRECONDITION, text, rows=at_fault)


def _check_usable(x: Session, rows: list[int]) -> None:
    _refuse_where(x, rows, ~x.begun, "had no Reset yet")
    _refuse_where(x, rows, x.broken, "are faulty and had no Reset since")
    for row in rows:
        if row in x.lost:
            text = f"{x.task.id}: row {row}: {x.lost[row]}"
            raise Refusal(wire.ENVIRONMENT, text, rows=[i for i in rows if i in x.lost])


# ---- Reset ---------------------------------------------------------------------------------------


def load_reset(x: Session, asked: wire.Reset, now: float) -> Job:
    """Rule 5: the rows have their new seeds from here on."""
    rows = _rows(x, asked.rows)
    for field, name in (("seeds", "seeds"), ("episodes", "episode numbers")):
        count = len(getattr(asked, field))
        if count not in (0, len(rows)):
            raise _invalid(f"{count} {name} for {len(rows)} rows", field)
    job = Job(Kind.RESET, rows, now)
    for n, row in enumerate(rows):
        if asked.seeds:
            x.stream[row] = asked.seeds[n]
            x.k[row] = 0
        if asked.episodes:
            x.k[row] = asked.episodes[n]
        is_given = bool(asked.seeds) and x.k[row] == 0
        x.next_seed[row] = x.stream[row] if is_given else wire.mix(x.stream[row], x.k[row])
        job.seeds[row] = x.begin_episode(row)
    x.begun[rows] = True
    x.ended[rows] = x.broken[rows] = False
    return job


# ---- Step ----------------------------------------------------------------------------------------


def load_step(x: Session, asked: wire.Step) -> list[Array]:
    """The actions, per tensor [rows, shape...], in the dtype of the wire."""
    if not x.begun.all():
        _refuse_where(x, None, ~x.begun, "had no Reset yet")
    if x.autoreset == wire.AUTORESET_DISABLED and x.ended.any():
        _refuse_where(x, None, x.ended, "ended: without autoreset they need a Reset")
    tensors = x.spec.actions
    if len(asked.actions) != len(tensors):
        raise _invalid(
            f"{len(asked.actions)} action tensors, {x.task.id} has {len(tensors)}", "actions"
        )
    return [_action(x, t, asked.actions[t]) for t in range(len(tensors))]


def _action(x: Session, t: int, data: bytes) -> Array:
    tensor = x.spec.actions[t]
    dtype = tensor.wire_dtype(x.float32_actions)
    expected = x.rows * tensor.elements * dtype.itemsize
    if len(data) != expected:
        raise _invalid(
            f"action '{tensor.name}': {len(data)} bytes, expected {expected}: {x.rows} rows of "
            f"{tensor.elements} {dtype.name}",
            f"actions[{t}]",
        )
    array = np.frombuffer(data, dtype).reshape(x.rows, tensor.elements)
    low, high = x.action_bounds[t]
    if dtype.kind == "f":
        good = np.isfinite(array)
    else:
        good = (low <= array) & (array <= high)
    if not good.all():
        good |= x.ended[:, None]  # of a row that begins anew the action is not looked at
        if not good.all():
            raise _refuse_element(tensor, t, array, int(np.argmin(good)), low, high)
    return array.reshape(x.rows, *tensor.shape)


def _refuse_element(
    tensor: Tensor, t: int, array: Array, bad: int, low: Array, high: Array
) -> Refusal:
    row, e = divmod(bad, tensor.elements)
    value = array[row, e]
    if array.dtype.kind == "f":
        why = f"{value:g}: not finite"
    else:
        lowest, highest = (np.broadcast_to(b, tensor.elements)[e] for b in (low, high))
        why = f"{value}: allowed are {lowest:.17g} to {highest:.17g}"
    text = f"action '{tensor.name}': row {row}, element {e} is {why}"
    return _invalid(text, f"actions[{t}]", [row])


# ---- Render --------------------------------------------------------------------------------------


def load_render(x: Session, asked: wire.Render, now: float) -> Job:
    if not x.spec.renders:
        raise Refusal(wire.UNIMPLEMENTED, f"{x.task.id}: there are no pictures of it")
    rows = _rows(x, [asked.row], "row")
    for field in ("width", "height"):
        pixels = getattr(asked, field)
        if not 1 <= pixels <= _LARGEST_SIDE:
            text = f"{field}: {pixels} pixels, allowed are 1 to {_LARGEST_SIDE}"
            raise _invalid(text, field)
    if asked.camera:
        text = f"{x.task.id}: no camera '{printable(asked.camera)[:63]}'; it has but its own"
        raise Refusal(wire.NOT_FOUND, text, "camera")
    _check_usable(x, rows)
    check_reply(x, picture_bytes(asked.width, asked.height), "width")
    return Job(Kind.RENDER, rows, now)


def check_reply(x: Session, size: int, field: str) -> None:
    if size > x.max_reply:
        text = f"the reply has up to {size} bytes, at most {x.max_reply} are accepted"
        raise Refusal(wire.TOO_LARGE, text, field)


# ---- states --------------------------------------------------------------------------------------


def _check_format(x: Session, name: str) -> None:
    if not x.spec.has_state:
        raise Refusal(wire.UNIMPLEMENTED, f"{x.task.id}: its state cannot be saved or loaded")
    if name not in ("", STATE_FORMAT):
        text = f"{x.task.id}: no state format '{printable(name)[:63]}'; it has {STATE_FORMAT}"
        raise Refusal(wire.NOT_FOUND, text, "format")


def load_get_state(x: Session, asked: wire.GetState, now: float) -> Job:
    _check_format(x, asked.format)
    rows = _rows(x, asked.rows)
    _check_usable(x, rows)
    return Job(Kind.SAVE, rows, now)


def load_set_state(x: Session, asked: wire.SetState, now: float) -> Job:
    _check_format(x, asked.format)
    rows = _rows(x, asked.rows)
    if len(asked.states) != len(rows):
        raise _invalid(f"{len(asked.states)} states for {len(rows)} rows", "states")
    job = Job(Kind.LOAD, rows, now)
    job.states = list(asked.states)
    read_states(x, job)  # whoever cannot be in this session is not loaded
    return job
