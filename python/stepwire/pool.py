"""Many sessions, over one or many servers, as one batch of rows.

The rows are numbered through; they come in groups, each a session that lives whole on one server.
What comes of them depends neither on how many servers there are, nor on the order of arrival.

A session that is lost, because its server died, restarted, broke the protocol or has an environment
that cannot go on, is opened again: at its group's home (endpoint g mod n for group g), else at the
next server that gives one. Its rows go on with their streams and episode numbers, so only the
episodes that were running are cut off. If a step was outstanding it did not happen: every row of
the group is FAULTY and TRUNCATED, with reward 0, and its last observation is the one delivered
before; then the autoreset mode applies as after any end.

A group away from home, or on a server that is about to end, moves between two steps, with its state
and without any of this, if the task supports states.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import zmq
from numpy.typing import NDArray

from .channel import LOOK
from .errors import Error
from .fleet import Fleet
from .group import Group
from .keeper import Keeper
from .session import Batch, ClientOptions, Server, Session, SessionOptions


@dataclass(frozen=True)
class PoolOptions:
    endpoints: Sequence[str]
    rows: int  # of the whole pool
    groups: int  # contiguous blocks of rows, the first rows % groups of them one larger
    client: ClientOptions
    session: SessionOptions  # its rows and first_row are not read
    patience: float  # seconds that a call goes on looking for a server when none can be had


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
        """Opens every session, or takes over one that another process opened. Of several servers
        those that do not answer, or take no session, are left out as long as one does."""
        self.options = options
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.context.max_sockets = 1 << 14
        self._keeper = Keeper(self.context, options.client.keys)
        self.groups: list[Group] = []
        try:
            self._fleet = Fleet(
                self.context, self._keeper, options.endpoints, options.client, options.patience
            )
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

    def _open_groups(self) -> None:
        rows, groups = self.options.rows, self.options.groups
        first = 0
        for number in range(groups):
            count = rows // groups + (number < rows % groups)
            home = number % len(self.options.endpoints)
            options = replace(self.options.session, rows=count, first_row=first)
            self.groups.append(Group(number, home, options, self._fleet))
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
        self.groups = [Group(0, 0, known, self._fleet)]
        self.groups[0].adopt(session, batch)

    def begin_call(self) -> None:
        """To be called before whatever may wait, but for the receiving here."""
        self._fleet.begin_call()

    def recv(self, group: int) -> Batch:
        """A group's reply."""
        self.begin_call()
        batch = self.groups[group].recv()
        assert batch is not None
        return batch

    def recv_all(self) -> Batch:
        """All groups' replies as one. An error is raised when all are there: then the rows of the
        other groups have been stepped."""
        self.begin_call()
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
        self.begin_call()
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
