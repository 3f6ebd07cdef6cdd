"""The servers of a pool: where a group without a session finds one, and where one that has a
session should rather be.

A group's home is endpoint g mod n for group g. It is the first to be asked for a session, and the
group goes back there when it answers again; it leaves a server that says it will end soon. A server
that failed is left alone for a while. Which ones answer, the keeper knows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import zmq

from .errors import Error
from .keeper import Keeper
from .session import ClientOptions, Server, Session, SessionOptions

_log = logging.getLogger("stepwire")

_PAUSE = 0.2  # seconds between two rounds of looking for a server
_LONGEST_TRY = 3.0  # seconds for a server; a longer one was not spent waiting
_SKIP = 5.0  # seconds for which no group moves to a server that failed
# errors of Open that no time heals
_FOR_GOOD = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "UNIMPLEMENTED", "VERSION"}


class Fleet:
    """Belongs to the pool's thread."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        keeper: Keeper,
        endpoints: Sequence[str],
        client: ClientOptions,
        patience: float,
    ) -> None:
        self._context, self._keeper = context, keeper
        self._endpoints, self._client, self._patience = endpoints, client, patience
        self._spec: bytes | None = None  # of every session
        self._skip_until = dict.fromkeys(endpoints, 0.0)
        self._has_choice = len(self._skip_until) > 1
        self.begin_call()
        if self._has_choice:
            for endpoint in endpoints:
                keeper.watch(endpoint)

    def begin_call(self) -> None:
        """What the user has called now may wait for servers as long as the patience lasts, in all
        groups together."""
        self._left = self._patience
        self._gave_up: Error | None = None

    def find(self, home: int, options: SessionOptions, wait: bool) -> Session:
        """A session at the first server, from home on, that gives one; with `wait` for as long as
        the call's patience lasts. The error is the last server's."""
        if wait and self._gave_up is not None:
            raise self._gave_up
        while True:
            began = time.monotonic()
            try:
                return self._ask_all(home, options)
            except Error as error:
                if not wait or error.code in _FOR_GOOD:
                    raise
                longest = _LONGEST_TRY * len(self._endpoints)
                self._left -= min(time.monotonic() - began, longest)
                if self._left <= 0:
                    self._gave_up = error
                    raise
            time.sleep(_PAUSE)
            self._left -= _PAUSE

    def _ask_all(self, home: int, options: SessionOptions) -> Session:
        for endpoint in self._from(home):
            try:
                return self._open_at(endpoint, options)
            except Error as error:
                trouble = error
                if self._has_choice:
                    _log.warning("no session: %s", error)
        raise trouble

    def _from(self, home: int) -> Sequence[str]:
        return [*self._endpoints[home:], *self._endpoints[:home]]

    def find_better(self, home: int, options: SessionOptions, now: Session) -> Session | None:
        """A session where a group should be instead of where it is now; None if it should stay, or
        there is none to be had."""
        if not self._has_choice or not now.spec.supports_state:
            return None
        target = self._choose(home, now.endpoint)
        if target is None:
            return None
        try:
            return self._open_at(target, options)
        except Error as error:
            _log.info("no session to move to: %s", error)
            return None

    def _choose(self, home: int, now: str) -> str | None:
        at_home = self._endpoints[home]
        if now != at_home and self._is_usable(at_home):
            return at_home
        if self._keeper.is_draining(now):
            return next(filter(self._is_usable, self._from(home)), None)
        return None

    def _is_usable(self, endpoint: str) -> bool:
        return time.monotonic() >= self._skip_until[endpoint] and self._keeper.answers(endpoint)

    def blame(self, endpoint: str) -> None:
        """A session there failed, or there was none."""
        self._skip_until[endpoint] = time.monotonic() + _SKIP

    def _open_at(self, endpoint: str, options: SessionOptions) -> Session:
        try:
            return self._open(Server(self._context, endpoint, self._client), options)
        except Error:
            self.blame(endpoint)
            raise

    def _open(self, server: Server, options: SessionOptions) -> Session:
        try:
            session = Session.open(server, self._keeper, options)
        except BaseException:
            server.close()
            raise
        spec = session.spec_message.SerializeToString(deterministic=True)
        if self._spec is None:
            self._spec = spec
        if spec != self._spec:
            session.close()
            raise Error(
                "FAILED_PRECONDITION",
                f"{server.endpoint}: has another idea of {options.env_id} than others",
            )
        return session
