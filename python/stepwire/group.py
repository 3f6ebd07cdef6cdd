"""The rows of one session, which outlive it.

                 send_reset, send_step             recv
    [idle] ------------------------> [waiting] -----------> [idle]
                                         | the session is lost
                                         v
        SAME_STEP, Reset: another session begins the rows' next episodes; its reply, or the end and
                          new beginning of all rows, is what recv gives
        NEXT_STEP:        recv gives the end of all rows; the next step begins the others
        DISABLED:         recv gives the end of all rows; they must be reset

Rows have a stream and an episode number that every beginning counts up. A new session is reset to
just these.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import wire
from .errors import Error
from .fleet import Fleet
from .session import SURVIVABLE, Batch, Session, SessionOptions

_log = logging.getLogger("stepwire")

_MAX_FAILED_RESETS = 2
_LOOK = 0.25  # seconds after which a group asks again whether it should be elsewhere


class Group:
    """The rows of one session, which outlive it."""

    def __init__(self, number: int, home: int, options: SessionOptions, fleet: Fleet) -> None:
        """`home`: the number of the server where its session should be."""
        self.number, self.home = number, home
        self.first_row, self.rows = options.first_row, options.rows
        self._options, self._fleet = options, fleet
        # of each row: its stream, the number of its next episode, and whether number 0 of its
        # stream is the episode whose seed is the stream itself
        self.streams = [wire.mix(options.seed, self.first_row + row) for row in range(self.rows)]
        self.episodes = np.zeros(self.rows, np.int64)
        self.exact = np.zeros(self.rows, np.bool_)
        self.session: Session | None = None
        self._waits_for = ""  # "reset", "step" or "": what is to be received
        self._rows: Sequence[int] = ()  # of the reset that is
        self._lost: Error | None = None  # a loss that a reply has to show yet
        self._look = 0.0  # when to see next whether it should be elsewhere
        self.latest: list[NDArray[Any]] = []  # observations delivered last, read-only

    def open(self, wait: bool) -> None:
        """A session, at home or elsewhere."""
        assert self.session is None
        self.session = self._fleet.find(self.home, self._options, wait)
        self._info_count = len(self.session.spec.infos)
        if not self.latest:
            self.latest = [
                np.zeros((self.rows, *tensor.shape), tensor.dtype)
                for tensor in self.session.spec.observations
            ]

    def adopt(self, session: Session, batch: Batch) -> None:
        """Goes on with a session that another process opened."""
        self.session = session
        self._info_count = len(session.spec.infos)
        self.latest = batch.observations

    # ---- what is sent ----------------------------------------------------------------------------

    def send_reset(
        self, rows: Sequence[int] = (), streams: Sequence[int] = (), exact: bool = False
    ) -> None:
        """Begins an episode in each of the rows, () for all: its next, or of `streams`, one per
        row, the first; that is, if `exact`, the one whose seed is the stream itself."""
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
        if self.session is None:
            self._begin_rows_that_ended()
            return
        if self._lost is None:
            self._look_around()
        self._waits_for, self._rows = "step", ()
        if self._lost is None:
            try:
                self.session.send_step(actions)
            except Error as error:
                self._fail(error)

    def _begin_rows_that_ended(self) -> None:
        """A step of rows that ended with their session."""
        if self._options.autoreset != wire.AUTORESET_NEXT_STEP:
            raise Error(
                "FAILED_PRECONDITION",
                "the session was lost, and its rows must be reset",
                rows=range(self.first_row, self.first_row + self.rows),
            )
        self._waits_for, self._rows = "reset", ()

    def _look_around(self) -> None:
        """Moves to where it should be, if that is elsewhere. Until the state is there the old
        session is whole, and the new one is nothing that anybody would miss."""
        assert self.session is not None
        now = time.monotonic()
        if now < self._look:
            return
        self._look = now + _LOOK
        there = self._fleet.find_better(self.home, self._options, self.session)
        if there is None:
            return
        try:
            there.set_state(self.session.get_state())
        except Error as error:
            _log.info("group %d stays where it is: %s", self.number, error)
            self._fleet.blame(there.endpoint)
            there.close()
            if self.session.ended is not None:
                self._drop(error)
                self._lost = error
            return
        except BaseException:
            there.close(0)
            raise
        self.session.close()
        self.session = there
        _log.info("group %d: moved to %s", self.number, there.endpoint)

    def _check_idle(self) -> None:
        if self._waits_for:
            raise RuntimeError("something was sent and is still to be received: recv()")

    def _begin(self, session: Session, rows: Sequence[int]) -> None:
        """Sends the Reset that begins, in rows whose session knows nothing of it, the episode that
        is next in their streams."""
        chosen = list(rows) or list(range(self.rows))
        streams = [self.streams[row] for row in chosen]
        episodes = [int(self.episodes[row]) for row in chosen]
        if any(self.episodes[row] == 0 and not self.exact[row] for row in chosen):
            # A Reset with a stream and number 0 would begin the episode whose seed the stream is.
            # So first the streams, then the numbers.
            session.send_reset(rows, streams, [1] * len(chosen))
            session.recv()
            streams = []
        session.send_reset(rows, streams, episodes)

    def _begin_all(self) -> Batch:
        """All rows' next episodes, in a new session if there is none. After an error there may be
        none again, and nothing has begun."""
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

    # ---- what comes ------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        return bool(self._waits_for)

    def recv(self, wait: bool = True) -> Batch | None:
        """The reply; None if it is not there and `wait` is false. An error of the server that
        leaves the session is raised, and nothing was stepped. When no server could be had the reply
        is still to come: again."""
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
        self._fleet.blame(self.session.endpoint)
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
        nothing = np.full((self.rows, self._info_count), np.nan)
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
        if len(batch.seeds):
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
