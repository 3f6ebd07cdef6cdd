"""A Gymnasium vector environment whose rows are on one or several servers."""

from __future__ import annotations

import os
import secrets
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ClosedEnvironmentError
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from . import spec as specs
from . import wire
from .group import Group
from .infos import Infos
from .local import LocalServer
from .pool import Pool, PoolOptions
from .session import Batch, ClientOptions, SessionOptions

_MODES = {
    AutoresetMode.NEXT_STEP: wire.AUTORESET_NEXT_STEP,
    AutoresetMode.SAME_STEP: wire.AUTORESET_SAME_STEP,
    AutoresetMode.DISABLED: wire.AUTORESET_DISABLED,
}

Step = tuple[specs.Value, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]


@dataclass(frozen=True)
class Options:
    """What make() and make_vec() take beside the task's settings."""

    render_mode: str | None = None  # "rgb_array"
    render_size: tuple[int, int] = (480, 480)  # width and height, pixels
    camera: str = ""  # a name of the task's; "": its own choice
    max_episode_steps: int | None = None  # time limit; None: the task's own
    seed: int | None = None  # base seed until reset(seed=); None: random
    groups: int | None = None  # sessions; None: one for each endpoint
    float32: bool = False  # float64 observations and actions travel as float32
    info: bool = True  # have the info columns sent
    copy: bool = True  # what is returned may be written to; else some is the message itself
    keys: str | os.PathLike[str] | None = None  # directory with client.key and servers/HOST.pub
    lease: float = 30.0  # seconds the server keeps the rows while we are silent, and we it
    patience: float = 30.0  # seconds that a call goes on looking for a server once all are lost
    max_message: int = 64 << 20  # largest reply accepted, bytes


class RemoteVectorEnv(gymnasium.vector.VectorEnv[Any, Any, Any]):
    """Rows on one or several servers, as a vector environment. For `stepwire.make_vec()`.

    Beside Gymnasium's methods it has `send()` and `recv()`, which are `step()` in two halves, so
    that what is between them runs while the servers simulate; for the rows of one group too, with
    `recv_any()` for whichever answers first. `get_state()` and `set_state()` save and load rows.
    """

    def __init__(
        self,
        endpoints: str | Sequence[str] | None,
        id: str,
        num_envs: int,
        options: Options,
        settings: Mapping[str, Any],
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        resume: int | None = None,
    ) -> None:
        self._options = options
        server = LocalServer() if endpoints is None else None
        if server is not None:
            names = [server.endpoint]
        else:
            names = [endpoints] if isinstance(endpoints, str) else list(endpoints or ())
        try:
            self._pool = Pool(_plan(names, id, num_envs, options, settings, autoreset_mode), resume)
        except BaseException:
            if server is not None:
                server.close()
            raise
        # also when it is forgotten, or Python ends
        self._end = weakref.finalize(self, _end, self._pool, server, os.getpid())
        self._describe()

    def _describe(self) -> None:
        """Sets what Gymnasium wants to know, and the arrays that replies are read into."""
        spec = self.task = self.pool.spec
        self.num_envs = self.pool.options.rows
        self.single_observation_space = specs.space_of(spec.observations)
        self.single_action_space = specs.action_space_of(spec)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.render_mode = self._options.render_mode
        modes = {number: mode for mode, number in _MODES.items()}
        self.metadata = {
            "render_modes": list(spec.render_modes),
            "render_fps": round(1 / spec.dt) if spec.dt > 0 else 30,
            "autoreset_mode": modes[self.pool.autoreset],
        }
        self._infos = Infos(spec)
        self._reset_infos = np.zeros((self.num_envs, len(spec.infos)))
        # of the episodes that the rows are in; 0 where it is not known
        self.episode_seeds = np.zeros(self.num_envs, np.uint64)

    # ---- Gymnasium's methods ---------------------------------------------------------------------

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[specs.Value, dict[str, Any]]:
        """Begins an episode in every row, or where `options["reset_mask"]` is true.

        A `seed` is the base seed of all rows: row i draws from stream mix(seed, i), as in every
        Stepwire client, whatever the number of servers. A list has the seed of each row's episode
        itself, None where it is to go on. Without either all rows go on with their streams. Other
        options are not looked at: what a task offers are settings.
        """
        mask = self._mask(options)
        streams, exact = self._streams(seed)
        super().reset(seed=seed if isinstance(seed, int) else None)
        self.pool.begin_call()
        for group in self.pool.groups:
            if group.is_waiting:  # of a step that was interrupted
                group.recv()
        asked: list[tuple[Group, list[int]]] = []
        for group in self.pool.groups:
            own = slice(group.first_row, group.first_row + group.rows)
            for part in _split_rows(mask[own], streams[own]):
                if asked and asked[-1][0] is group:
                    self._take_reset(*asked.pop())  # a group has one Reset at a time
                chosen = [stream for row in part if (stream := streams[own][row]) is not None]
                group.send_reset(() if len(part) == group.rows else part, chosen, exact)
                asked.append((group, part))
        for group, part in asked:
            self._take_reset(group, part)
        values = self._reset_infos if self.pool.options.session.info else None
        latest = [np.concatenate(parts) for parts in zip(*(one.latest for one in self.pool.groups))]
        return specs.join(self.task.observations, latest), self._infos.of_reset(values, mask)

    def step(self, actions: specs.Value) -> Step:
        self.send(actions)
        return self.recv()

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """A picture [height, width, 3] of every row."""
        if self.render_mode is None:
            return None
        return tuple(self.render_row(row) for row in range(self.num_envs))

    def close_extras(self, **kwargs: Any) -> None:
        self._end()

    # ---- more ------------------------------------------------------------------------------------

    @property
    def pool(self) -> Pool:
        """All that is done goes there."""
        if self.closed:
            raise ClosedEnvironmentError("the environment was closed: make another")
        return self._pool

    @property
    def groups(self) -> int:
        return len(self.pool.groups)

    def group_rows(self, group: int) -> slice:
        """Which rows a group has."""
        chosen = self.pool.groups[group]
        return slice(chosen.first_row, chosen.first_row + chosen.rows)

    def send(self, actions: specs.Value, group: int | None = None) -> None:
        """Sends the actions of all rows, or of one group's; they may be changed as soon as it
        returns."""
        if group is None:
            tensors = specs.split(self.task.actions, actions, self.num_envs)
            for one in self.pool.groups:
                rows = slice(one.first_row, one.first_row + one.rows)
                one.send_step([tensor[rows] for tensor in tensors])
        else:
            chosen = self.pool.groups[group]
            chosen.send_step(specs.split(self.task.actions, actions, chosen.rows))

    def recv(self, group: int | None = None) -> Step:
        """What came of what was sent, of all rows or of one group's."""
        if group is not None:
            return self._take(self.group_rows(group), self.pool.recv(group))
        return self._take(slice(None), self.pool.recv_all())

    def recv_any(self) -> tuple[int, Step]:
        """The group that answers first, and what came of it."""
        group, batch = self.pool.recv_any()
        return group, self._take(self.group_rows(group), batch)

    def get_state(self, rows: Sequence[int] | None = None, format: str = "") -> list[bytes]:
        """The states of rows, all without `rows`. `format`: "" is the task's own, in which a row
        goes on from there bit for bit; others are listed in docs/protocol.md."""
        states: list[bytes] = []
        for group, part in self._by_group(rows):
            states += group.live().get_state(part, format)
        return states

    def set_state(
        self, states: Sequence[bytes], rows: Sequence[int] | None = None, format: str = ""
    ) -> specs.Value:
        """Puts rows, all without `rows`, into saved states. Returns the observations of these rows,
        whose `episode_seeds` are not known then. In another format than the task's own they begin
        an episode.

        In the task's own they go on with the stream and the number of the next episode that they
        were saved with, until their session is lost: after that with the stream that they were
        given here, by the last seed, and the episode after those that began here. So whoever goes
        on with a state in a new environment gives it another seed than the one before had, or a
        loss plays that one's episodes again."""
        parts = self._by_group(rows)
        counts = [len(part) or group.rows for group, part in parts]
        if len(states) != sum(counts):
            raise ValueError(f"{len(states)} states for {sum(counts)} rows")
        left = list(states)
        observations: list[list[NDArray[Any]]] = []
        for (group, part), count in zip(parts, counts):
            observations.append(group.set_state(left[:count], part, format).observations)
            self.episode_seeds[group.first_row + np.array(part or range(group.rows))] = 0
            del left[:count]
        joined = [np.concatenate(parts) for parts in zip(*observations)]
        return specs.join(self.task.observations, joined)

    def render_row(self, row: int) -> NDArray[np.uint8]:
        """A picture [height, width, 3] of one row."""
        [(group, part)] = self._by_group([row])
        width, height = self._options.render_size
        return group.live().render(part[0] if part else 0, width, height, self._options.camera)

    @property
    def sessions(self) -> list[int]:
        """The numbers of the groups' sessions, by which another process may take one over:
        secrets."""
        return [group.live().id for group in self.pool.groups]

    # ---- inside ----------------------------------------------------------------------------------

    def _mask(self, options: dict[str, Any] | None) -> NDArray[np.bool_]:
        """Which rows a reset is of. Taken out of `options`, as Gymnasium's own vector environments
        do: its RecordEpisodeStatistics depends on that."""
        mask = None if options is None else options.pop("reset_mask", None)
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise TypeError(f"options['reset_mask'] must be an array of bool, not {mask!r}")
        if mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(f"options['reset_mask'] must have shape ({self.num_envs},) and a True")
        return mask

    def _streams(
        self, seed: int | Sequence[int | None] | None
    ) -> tuple[Sequence[int | None], bool]:
        """Each row's new stream, None where it goes on, and whether they are the first episodes'
        seeds themselves."""
        if seed is None:
            return [None] * self.num_envs, False
        if isinstance(seed, (int, np.integer)):
            base = wire.as_uint64("seed", seed)
            return [wire.mix(base, row) for row in range(self.num_envs)], False
        if len(seed) != self.num_envs:
            raise ValueError(f"{len(seed)} seeds for {self.num_envs} environments")
        return [
            None if own is None else wire.as_uint64(f"seed[{row}]", own)
            for row, own in enumerate(seed)
        ], True

    def _by_group(self, rows: Sequence[int] | None) -> list[tuple[Group, list[int]]]:
        """Ascending rows as groups and their own rows, [] for all of a group."""
        if rows is None:
            return [(group, []) for group in self.pool.groups]
        if list(rows) != sorted(set(rows)) or not rows or rows[0] < 0 or rows[-1] >= self.num_envs:
            raise ValueError(f"rows {list(rows)}: ascending numbers below {self.num_envs}")
        parts = []
        for group in self.pool.groups:
            own = [row - group.first_row for row in rows if 0 <= row - group.first_row < group.rows]
            parts += [(group, own)] if own else []
        return parts

    def _take_reset(self, group: Group, rows: list[int]) -> None:
        batch = group.recv()
        assert batch is not None
        chosen = group.first_row + np.array(rows)
        self.episode_seeds[chosen] = batch.seeds
        if batch.infos is not None:
            self._reset_infos[chosen] = batch.infos

    def _take(self, rows: slice, batch: Batch) -> Step:
        observations, rewards = batch.observations, batch.rewards
        if self._options.copy:
            observations, rewards = [array.copy() for array in observations], rewards.copy()
        if len(batch.seeds):
            self.episode_seeds[rows][(batch.flags & wire.FIRST) != 0] = batch.seeds
        finals = [specs.join(self.task.observations, part) for part in _rows(batch)]
        return (
            specs.join(self.task.observations, observations),
            rewards,
            (batch.flags & wire.TERMINATED) != 0,
            (batch.flags & wire.TRUNCATED) != 0,
            self._infos.of_step(batch, finals),
        )


def _split_rows(mask: NDArray[np.bool_], streams: Sequence[int | None]) -> list[list[int]]:
    """The rows of a group that are to begin: those with new streams, and those that go on with
    theirs; one Reset cannot have both."""
    rows = np.flatnonzero(mask).tolist()
    new = [row for row in rows if streams[row] is not None]
    old = [row for row in rows if streams[row] is None]
    return [part for part in (new, old) if part]


def _rows(batch: Batch) -> list[list[NDArray[Any]]]:
    """The final observations, row by row."""
    if not batch.final_observations:
        return []
    count = len(batch.final_observations[0])
    return [[array[i].copy() for array in batch.final_observations] for i in range(count)]


def _plan(
    endpoints: list[str],
    id: str,
    num_envs: int,
    options: Options,
    settings: Mapping[str, Any],
    autoreset_mode: str | AutoresetMode,
) -> PoolOptions:
    """The pool that is asked for. ValueError or TypeError naming what there cannot be."""
    num_envs = wire.as_uint64("num_envs", num_envs)
    groups = min(len(endpoints), num_envs)
    if options.groups is not None:
        groups = wire.as_uint64("groups", options.groups)
    if not endpoints or not 1 <= groups <= num_envs:
        raise ValueError(
            f"{num_envs} environments in {groups} groups on {len(endpoints)} servers; there must "
            "be one of each, and no more groups than environments"
        )
    if options.render_mode not in (None, "rgb_array"):
        raise ValueError(f"render_mode is {options.render_mode!r}; there is 'rgb_array'")
    wire.as_text("camera", options.camera)
    session = SessionOptions(
        env_id=wire.as_text("id", id),
        rows=num_envs,
        seed=secrets.randbits(64) if options.seed is None else wire.as_uint64("seed", options.seed),
        settings=settings,
        max_episode_steps=wire.as_uint64("max_episode_steps", options.max_episode_steps or 0),
        autoreset=_MODES[as_mode(autoreset_mode)],
        float32=options.float32,
        info=options.info,
    )
    client = ClientOptions(options.keys, options.lease, options.max_message)
    return PoolOptions(endpoints, num_envs, groups, client, session, options.patience)


def _end(pool: Pool, server: LocalServer | None, pid: int) -> None:
    """But not in a process that was forked from the one whose sockets they are."""
    if os.getpid() == pid:
        pool.close()
        if server is not None:
            server.close()


def as_mode(mode: str | AutoresetMode) -> AutoresetMode:
    """Also by name, however it is written: "NextStep", "next_step"."""
    if isinstance(mode, AutoresetMode):
        return mode
    for known in AutoresetMode:
        if known.value.lower() == str(mode).replace("_", "").lower():
            return known
    raise ValueError(f"autoreset_mode {mode!r}; there are {[m.value for m in AutoresetMode]}")
