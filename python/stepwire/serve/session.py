"""What a server knows of one client's batch of environments.

Rows are dealt to parts, blocks of consecutive rows, and each part to a process of its own
(crew.py). A session has one job at a time, which is an order to each part that has rows in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np

from .. import wire
from . import orders
from .errors import Refusal
from .orders import Array, Outcome
from .settings import Value
from .spec import Spec
from .task import Task


@dataclass(frozen=True)
class Peer:
    """Whoever a reply goes to: a ROUTER's name for a connection, and whose key it uses."""

    name: bytes
    key: str = ""  # public CURVE key; empty without encryption


@dataclass(frozen=True)
class Asker:
    """Where a reply goes and what it says it answers."""

    peer: Peer
    session: int
    seq: int


class Kind(Enum):
    """What is done with the rows of a session."""

    DESCRIBE = auto()  # nothing yet: it is not known what the task is under these settings
    OPEN = auto()
    RESET = auto()
    STEP = auto()
    RENDER = auto()
    SAVE = auto()
    LOAD = auto()
    UNDO = auto()
    CLOSE = auto()


@dataclass
class Job:
    kind: Kind
    rows: list[int]  # ascending
    since: float  # s
    sent: dict[int, list[int]] = field(
        default_factory=dict
    )  # part that has not answered -> rows of its order
    outcomes: list[tuple[list[int], Outcome]] = field(default_factory=list)  # with their rows
    losses: dict[int, str] = field(default_factory=dict)  # row -> why its process is gone
    seeds: dict[int, int] = field(default_factory=dict)  # row -> of the episode it begins
    states: list[bytes] = field(default_factory=list)  # of a Load, in the order of the rows
    failure: Refusal | None = None  # of an Undo: why the Load failed
    faulty: dict[int, str] = field(default_factory=dict)  # of a Step: losses that were made good


@dataclass(eq=False)
class Session:
    # As opened.
    task: Task
    task_number: int
    values: dict[str, Value]
    rows: int
    first_row: int
    base_seed: int
    float32_observations: bool
    float32_actions: bool
    info: bool
    autoreset: int
    max_episode_steps: int  # 0: the task's own
    max_reply: int
    lease: float  # seconds, as granted
    token: int
    open_hash: int
    key: str  # of the peer that opened it, and to whom alone it exists
    asker: Asker  # of the running job

    # The conversation.
    id: int = 0  # 0 before it is opened and after it is lost: then no request finds it
    expires: float = 0.0  # on the server's lease clock
    running_hash: int = 0
    answered: int = 0  # L: the last number answered...
    answered_hash: int = 0
    kept: bytes = b""  # ...and its reply
    lent: int = 0  # bytes of a picture or of states in that, or in the running job
    job: Job | None = None

    def set_up(self, spec: Spec, parts: int) -> None:
        """Memory for the rows of a session that may be opened."""
        self.spec = spec
        self.limit = self.max_episode_steps or spec.max_episode_steps
        n = self.rows
        count = min(parts, n)
        self.parts = [range(n * p // count, n * (p + 1) // count) for p in range(count)]
        self.part_of = [p for p, rows in enumerate(self.parts) for _ in rows]
        self.lost_parts: set[int] = set()  # whose process is gone
        self.stream = [wire.mix(self.base_seed, (self.first_row + i) % 2**64) for i in range(n)]
        self.k = [0] * n  # numbers of the next episodes
        self.next_seed = [wire.mix(stream, 0) for stream in self.stream]
        self.elapsed = np.zeros(n, np.int64)  # steps in this episode
        self.begun = np.zeros(n, bool)  # had a Reset or SetState
        self.ended = np.zeros(n, bool)  # its episode is over, and no reply has begun the next one
        self.broken = np.zeros(n, bool)  # its last step was faulty
        self.lost: dict[int, str] = {}  # row -> why its environment is gone
        self.failing: set[int] = set()  # rows that have ended no episode since they were faulty
        self.flags = np.zeros(n, np.uint8)  # of the last reply that had the row
        self.observations: list[Array] = [
            np.zeros((n, *t.shape), t.wire_dtype(self.float32_observations))
            for t in spec.observations
        ]
        self.action_bounds = [
            (
                np.array([-np.inf] if t.low is None else t.low),
                np.array([np.inf] if t.high is None else t.high),
            )
            for t in spec.actions
        ]

    @property
    def same_step(self) -> bool:
        return bool(self.autoreset == wire.AUTORESET_SAME_STEP)

    @property
    def is_hidden(self) -> bool:
        """True if no request finds the session: it is lost."""
        return self.id == 0 and self.token == 0

    @property
    def columns(self) -> int:
        return len(self.spec.infos) if self.info else 0

    def opening(self, rows: list[int]) -> orders.Open:
        """What tells a part's process what it is for, and to make these rows' environments."""
        return orders.Open(
            rows,
            self.task_number,
            self.values,
            self.spec,
            self.float32_observations,
            self.same_step,
            self.info,
        )

    def deal(self, rows: list[int]) -> dict[int, list[int]]:
        """The rows of each part that has some of them."""
        if len(rows) == self.rows:
            return {p: list(part) for p, part in enumerate(self.parts)}
        dealt: dict[int, list[int]] = {}
        for row in rows:
            dealt.setdefault(self.part_of[row], []).append(row)
        return dealt

    def begin_episode(self, row: int) -> int:
        """The seed of the row's next episode, which begins now."""
        seed = self.next_seed[row]
        self.k[row] = (self.k[row] + 1) % 2**64
        self.next_seed[row] = wire.mix(self.stream[row], self.k[row])
        self.elapsed[row] = 0
        return seed

    def spec_message(self) -> wire.Spec:
        message = self.spec.message(
            self.task.id,
            self.task.settings,
            self.values,
            self.float32_observations,
            self.float32_actions,
        )
        message.max_episode_steps = self.limit
        return message
