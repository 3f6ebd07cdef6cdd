"""Many sessions, over one or many servers, as one batch of rows.

The rows are numbered through; they come in groups, each a session that lives whole on one server. What
comes of them depends neither on how many servers there are, nor on the order of arrival.

A session that is lost, because its server died, restarted, broke the protocol or has an environment that
cannot go on, is opened again: at its group's home (endpoint g mod n for group g), else at the next server
that gives one. Its rows go on with their streams and episode numbers, so only the episodes that were
running are cut off. If a step was outstanding it did not happen: every row of the group is FAULTY and
TRUNCATED, with reward 0, and its last observation is the one delivered before; then the autoreset mode
applies as after any end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import zmq
from numpy.typing import NDArray

from . import wire
from .channel import LOOK
from .errors import Error
from .keeper import Keeper
from .session import SURVIVABLE, Batch, ClientOptions, Server, Session, SessionOptions

_log = logging.getLogger("stepwire")

_PAUSE = 0.2  # seconds between two rounds of looking for a server
_MAX_FAILED_RESETS = 2
# errors of Open that no time heals
_FOR_GOOD = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "UNIMPLEMENTED", "VERSION"}


@dataclass(frozen=True)
class PoolOptions:
    endpoints: Sequence[str]
    rows: int  # of the whole pool
    groups: int  # contiguous blocks of rows, the first rows % groups of them one larger
    client: ClientOptions
    session: SessionOptions  # its rows and first_row are not read
    patience: float  # seconds to go on looking for a server when none can be had


class Group:
    """The rows of one session, which outlive it."""

    def __init__(self, pool: Pool, number: int, first_row: int, rows: int) -> None:
        self.number, self.first_row, self.rows = number, first_row, rows
        self.home = number % len(pool.options.endpoints)
        self._pool = pool
        self._options = replace(pool.options.session, rows=rows, first_row=first_row)
        # of each row: its stream, the number of its next episode, and whether number 0 of its stream
        # is the episode whose seed is the stream itself
        self.streams = [wire.mix(self._options.seed, first_row + row) for row in range(rows)]
        self.episodes = np.zeros(rows, np.int64)
        self.exact = np.zeros(rows, np.bool_)
        self.session: Session | None = None
        self._waits_for = ""  # "reset", "step" or "": what is to be received
        self._rows: Sequence[int] = ()  # of the reset that is
        self._lost: Error | None = None  # a loss that a reply has to show yet
        self.latest: list[NDArray[Any]] = []  # observations delivered last, read-only

    def open(self, wait: bool) -> None:
        """A session, at home or elsewhere."""
        assert self.session is None
        self.session = self._pool.find_session(self.home, self._options, wait)
        if not self.latest:
            self.latest = [
                np.zeros((self.rows, *tensor.shape), tensor.dtype)
                for tensor in self.session.spec.observations
            ]

    def adopt(self, session: Session, batch: Batch) -> None:
        """Goes on with a session that another process opened."""
        self.session = session
        self.latest = batch.observations

    # ---- what is sent ------------------------------------------------------------------------------

    def send_reset(
        self, rows: Sequence[int] = (), streams: Sequence[int] = (), exact: bool = False
    ) -> None:
        """Begins an episode in each of the rows, () for all: its next, or of `streams`, one per row, the
        first; that is, if `exact`, the one whose seed is the stream itself."""
        self._check_idle()
        chosen = list(rows) or list(range(self.rows))
        if streams:
            for row, stream in zip(chosen, streams):
                self.streams[row] = stream
            self.episodes[chosen] = 0
            self.exact[chosen] = exact
        self._waits_for, self._rows = "reset", rows
        if self.session is None:
            return
        try:
            if streams:
                self._begin(self.session, rows)
            else:
                self.session.send_reset(rows)
        except Error as error:
            self._fail(error)

    def send_step(self, actions: Sequence[NDArray[Any]]) -> None:
        """Actions, one array [rows, shape...] per tensor."""
        self._check_idle()
        if self.session is not None:
            self._waits_for, self._rows = "step", ()
            try:
                if self._lost is None:
                    self.session.send_step(actions)
            except Error as error:
                self._fail(error)
        elif self._options.autoreset == wire.AUTORESET_NEXT_STEP:
            self._waits_for, self._rows = "reset", ()  # the episodes after those that were lost
        else:
            raise Error(
                "FAILED_PRECONDITION",
                "the session was lost, and its rows must be reset",
                rows=range(self.first_row, self.first_row + self.rows),
            )

    def _check_idle(self) -> None:
        if self._waits_for:
            raise RuntimeError("something was sent and is still to be received: recv()")

    def _begin(self, session: Session, rows: Sequence[int]) -> None:
        """Sends the Reset that begins, in rows whose session knows nothing of it, the episode that is
        next in their streams."""
        chosen = list(rows) or list(range(self.rows))
        streams = [self.streams[row] for row in chosen]
        episodes = [int(self.episodes[row]) for row in chosen]
        if any(self.episodes[row] == 0 and not self.exact[row] for row in chosen):
            # A Reset with a stream and number 0 would begin the episode whose seed the stream is. So
            # first the streams, then the numbers.
            session.send_reset(rows, streams, [1] * len(chosen))
            session.recv()
            streams = []
        session.send_reset(rows, streams, episodes)

    def _begin_all(self) -> Batch:
        """All rows' next episodes, in a new session if there is none. After an error there may be none
        again, and nothing has begun."""
        failed = 0
        while True:
            if self.session is None:
                self.open(wait=True)
            assert self.session is not None
            try:
                self._begin(self.session, ())
                batch = self.session.recv()
                assert batch is not None
                return batch
            except Error as error:
                self._drop(error)
                failed += error.code == "ENVIRONMENT"
                if failed == _MAX_FAILED_RESETS or error.code in SURVIVABLE:
                    raise

    # ---- what comes --------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        return bool(self._waits_for)

    def recv(self, wait: bool = True) -> Batch | None:
        """The reply; None if it is not there and `wait` is false. An error of the server that leaves the
        session is raised, and nothing was stepped. When no server could be had the reply is still to
        come: again."""
        if not self._waits_for:
            raise RuntimeError("nothing was sent that could be received")
        batch: Batch | None
        if self.session is None or self._lost is not None:
            batch = self._replace_reply()
        else:
            try:
                batch = self.session.recv(wait)
            except Error as error:
                self._fail(error)
                batch = self._replace_reply()
        return None if batch is None else self._deliver(batch)

    def _fail(self, error: Error) -> None:
        """What was sent failed. If the session is gone, recv() makes the best of it."""
        if error.code not in SURVIVABLE:
            self._drop(error)
            self._lost = error
            return
        self._waits_for = ""
        rows = [self.first_row + row for row in error.rows]  # the pool's numbers
        raise Error(error.code, error.text, field=error.field, rows=rows, retry=error.retry)

    def _drop(self, error: Error) -> None:
        _log.warning("group %d: its session is lost: %s", self.number, error)
        assert self.session is not None
        self.session.close(0)
        self.session = None

    def _replace_reply(self) -> Batch:
        """What there is in place of the reply that was lost."""
        if self._waits_for == "step":
            if self._options.autoreset == wire.AUTORESET_SAME_STEP:
                batch = self._end(self._begin_all())
            else:
                if self.session is not None:
                    self.session.close()
                    self.session = None
                batch = self._end()
            self._lost = None
            return batch
        batch = self._begin_all()
        if not self._rows:
            self._lost = None
        # else rows that were not asked for may have been cut off: `_lost` stays for the next step
        return batch

    def _end(self, begun: Batch | None = None) -> Batch:
        """A step that did not happen: every row ends, and in SAME_STEP begins anew."""
        flags = wire.FAULTY | wire.TRUNCATED | (wire.FIRST if begun else 0)
        nothing = np.full((self.rows, self._pool.info_count), np.nan)
        infos = nothing if self._options.info else None
        last = self.latest
        return Batch(
            observations=begun.observations if begun else last,
            flags=np.full(self.rows, flags, np.uint8),
            rewards=np.zeros(self.rows),
            infos=begun.infos if begun else infos,
            seeds=begun.seeds if begun else np.empty(0, np.uint64),
            final_observations=last if begun else [],
            final_infos=infos if begun else None,
        )

    def _deliver(self, batch: Batch) -> Batch:
        rows = list(self._rows) if self._waits_for == "reset" else []
        self._waits_for = ""
        if rows and len(batch.flags) == self.rows:
            batch = pick(batch, rows)  # of a session that had to begin all
        self.episodes[rows or slice(None)] += (batch.flags & wire.FIRST) != 0
        self._remember(rows, batch.observations)
        return batch

    def _remember(self, rows: Sequence[int], observations: list[NDArray[Any]]) -> None:
        if rows:
            self.latest = [array.copy() for array in self.latest]
            for array, new in zip(self.latest, observations):
                array[list(rows)] = new
        else:
            self.latest = observations

    def set_state(self, states: Sequence[bytes], rows: Sequence[int], format: str) -> Batch:
        self._check_idle()
        batch = self.live().set_state(states, rows, format)
        self._remember(rows, batch.observations)
        return batch

    def live(self) -> Session:
        """The session, for calls that make no sense in another one."""
        self._check_idle()
        if self.session is None:
            raise Error("SESSION_LOST", f"group {self.number} has lost its session")
        return self.session


def pick(batch: Batch, rows: Sequence[int]) -> Batch:
    """Some rows of a ResetDone of all."""
    chosen = list(rows)
    return replace(
        batch,
        observations=[array[chosen] for array in batch.observations],
        flags=batch.flags[chosen],
        rewards=batch.rewards[chosen],
        infos=None if batch.infos is None else batch.infos[chosen],
        seeds=batch.seeds[chosen],
    )


def merge(batches: Sequence[Batch]) -> Batch:
    """The batches of all groups, in order, as one."""

    def tensors(parts: list[list[NDArray[Any]]]) -> list[NDArray[Any]]:
        return [np.concatenate(part) for part in zip(*(part for part in parts if part))]

    def columns(parts: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
        known = [part for part in parts if part is not None]
        return np.concatenate(known) if known else None

    return Batch(
        observations=tensors([batch.observations for batch in batches]),
        flags=np.concatenate([batch.flags for batch in batches]),
        rewards=np.concatenate([batch.rewards for batch in batches]),
        infos=columns([batch.infos for batch in batches]),
        seeds=np.concatenate([batch.seeds for batch in batches]),
        final_observations=tensors([batch.final_observations for batch in batches]),
        final_infos=columns([batch.final_infos for batch in batches]),
    )


class Pool:
    """Belongs to one thread."""

    def __init__(self, options: PoolOptions, resume: int | None = None) -> None:
        """Opens every session, or takes over one that another process opened. Of several servers those
        that do not answer, or take no session, are left out as long as one does."""
        self.options = options
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.context.max_sockets = 1 << 14
        self._keeper = Keeper(self.context, options.client.keys)
        self._spec_bytes: bytes | None = None
        self.groups: list[Group] = []
        try:
            if resume is None:
                self._open_groups()
            else:
                self._resume(resume)
        except BaseException:
            self.close()
            raise
        session = self.groups[0].session
        assert session is not None
        self.spec = session.spec
        self.autoreset = session.autoreset

    @property
    def info_count(self) -> int:
        return len(self.spec.infos)

    def _open_groups(self) -> None:
        rows, groups = self.options.rows, self.options.groups
        first = 0
        for number in range(groups):
            count = rows // groups + (number < rows % groups)
            self.groups.append(Group(self, number, first, count))
            self.groups[-1].open(wait=False)
            first += count

    def _resume(self, number: int) -> None:
        server = Server(self.context, self.options.endpoints[0], self.options.client)
        try:
            session, batch = Session.resume(server, self._keeper, number)
        except BaseException:
            server.close()
            raise
        known = SessionOptions(
            session.spec.env_id,
            session.rows,
            seed=self.options.session.seed,
            settings={s.name: s.value for s in session.spec.settings.values()},
            max_episode_steps=session.spec.max_episode_steps,
            autoreset=session.autoreset,
            info=session.info,
        )
        self.options = replace(self.options, rows=session.rows, groups=1, session=known)
        self.groups = [Group(self, 0, 0, session.rows)]
        self.groups[0].adopt(session, batch)

    def find_session(self, home: int, options: SessionOptions, wait: bool) -> Session:
        """A session at the first server, from home on, that gives one; with `wait` for as long as the
        pool's patience lasts. The error is the last server's."""
        deadline = time.monotonic() + (self.options.patience if wait else 0.0)
        count = len(self.options.endpoints)
        while True:
            for i in range(count):
                try:
                    return self._open_at(self.options.endpoints[(home + i) % count], options)
                except Error as error:
                    trouble = error
                    if count > 1:
                        _log.warning("no session: %s", error)
            if time.monotonic() >= deadline or trouble.code in _FOR_GOOD:
                raise trouble
            time.sleep(_PAUSE)

    def _open_at(self, endpoint: str, options: SessionOptions) -> Session:
        server = Server(self.context, endpoint, self.options.client)
        try:
            session = Session.open(server, self._keeper, options)
        except BaseException:
            server.close()
            raise
        spec = session.spec_message.SerializeToString(deterministic=True)
        if self._spec_bytes is None:
            self._spec_bytes = spec
        if spec != self._spec_bytes:
            session.close()
            raise Error(
                "FAILED_PRECONDITION", f"{endpoint}: has another idea of {options.env_id} than others"
            )
        return session

    def recv_all(self) -> Batch:
        """All groups' replies as one. An error is raised when all are there: then the rows of the other
        groups have been stepped."""
        batches, errors = [], []
        for group in self.groups:
            try:
                batch = group.recv()
                assert batch is not None
                batches.append(batch)
            except Error as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return batches[0] if len(batches) == 1 else merge(batches)

    def recv_any(self) -> tuple[int, Batch]:
        """Whichever waiting group answers first; at least one must wait."""
        waiting = [group for group in self.groups if group.is_waiting]
        if not waiting:
            raise RuntimeError("recv_any() before send()")
        while True:
            for group in waiting:
                batch = group.recv(wait=False)
                if batch is not None:
                    return group.number, batch
            poller = zmq.Poller()
            for group in waiting:
                if group.session is not None and group.session.socket is not None:
                    poller.register(group.session.socket, zmq.POLLIN)
            poller.poll(int(1e3 * LOOK))

    def close(self) -> None:
        """Closes every session; waits at most 1 s for all servers together."""
        deadline = time.monotonic() + 1.0
        for group in self.groups:
            if group.session is not None:
                group.session.close(max(deadline - time.monotonic(), 0.0))
                group.session = None
        self._keeper.close()
        self.context.term()

