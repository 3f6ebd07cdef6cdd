"""What a server asks of the process that has some of a session's rows, and what it hears back.

An order names its rows by their numbers in the session. Arrays have one entry for each of them, in
that order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .settings import Value
from .spec import Spec

Array = npt.NDArray[Any]


@dataclass
class Describe:
    """Make an environment of task number `task`, and say what it is."""

    task: int
    values: dict[str, Value]


@dataclass
class Open:
    """Make the environments; they are as these fields say from then on."""

    rows: list[int]
    task: int
    values: dict[str, Value]
    spec: Spec
    float32_observations: bool
    same_step: bool  # whoever ends an episode begins the next one at once
    info: bool


@dataclass
class Reset:
    """Begin the episodes with these seeds; rows without an environment get one."""

    rows: list[int]
    seeds: list[int]


@dataclass
class Step:
    """Step the rows."""

    rows: list[int]
    actions: list[Array]  # per tensor [rows, shape...], in the dtype of the wire
    begin: list[int]  # rows whose episode is over: begin one with the seed instead
    last: list[int]  # rows whose time is up with this step
    seeds: list[int]  # of the episode that would begin next


@dataclass
class Render:
    rows: list[int]  # one
    width: int
    height: int


@dataclass
class Save:
    rows: list[int]


@dataclass
class Load:
    """Put the rows into these states. What was there before is kept until the next order."""

    rows: list[int]
    states: list[bytes]


@dataclass
class Undo:
    """Put the rows back to where they were before the Load that came last."""

    rows: list[int]


@dataclass
class Close:
    rows: list[int]


Order = Describe | Open | Reset | Step | Render | Save | Load | Undo | Close


def _none() -> Array:
    return np.zeros(0)


@dataclass
class Outcome:
    """What became of an order. Observations are as the wire has them."""

    failures: dict[int, str] = field(default_factory=dict)  # row -> why the order failed for it
    faults: dict[int, str] = field(default_factory=dict)  # row -> why its step did not happen
    is_step: bool = False
    rewards: Array = field(default_factory=_none)  # [rows] float64
    flags: Array = field(default_factory=_none)  # [rows] uint8: TERMINATED and TRUNCATED of a step
    observations: list[Array] = field(default_factory=list)  # per tensor [rows, shape...]
    infos: Array = field(default_factory=_none)  # [rows, columns]
    # of the rows with a flag, if the order was to begin the next episode at once
    final_observations: list[Array] = field(default_factory=list)
    final_infos: Array = field(default_factory=_none)
    states: list[bytes] = field(default_factory=list)
    picture: Array = field(default_factory=_none)  # [height, width, 3] uint8
    spec: Spec | None = None  # of Describe
