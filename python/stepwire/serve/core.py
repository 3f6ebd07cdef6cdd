"""The server as a state machine: no threads, sockets, clock, processes or entropy of its own.

Whoever drives it brings messages, tells the time, and does what it asks for:

    request(), done(), lost() or tick(), and after each of them
    for each of take_replies(): send the bytes to the peer
    for each of take_errands(): have the process of that key obey the orders, and report what became
                                of the last one with done(), or with lost() that it has ended

desk.py does so with a socket and processes (crew.py); the tests do it in place. Times are seconds.

Here are sessions, their jobs and their leases. What messages ask for is in requests.py, what
becomes of jobs in finish.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from .. import wire
from . import finish, orders, requests
from .errors import Refusal, describe
from .inquiries import Inquiries, Inquiry
from .limits import Limits
from .orders import Outcome
from .session import Asker, Job, Kind, Peer, Session
from .states import body
from .task import Task
from .thrift import check_fields

Key = tuple[Session | Inquiry, int]  # of a process: for whom, and for which part of it
Log = Callable[[str, str], None]  # level, text

_LOANS = 4  # largest messages that pictures and states of all sessions together may be
_TICK = 1.0  # s: most lease time that one tick adds; tick at least as often


@dataclass
class Errand:
    """Orders to one process, which is made if there is none of that key."""

    key: Key
    orders: list[orders.Order]
    is_last: bool = False  # the process is not needed any more


def _silent(level: str, text: str) -> None:
    pass


class Core:
    """`random()` gives 64 bits that nobody can guess; `parts` is how many processes share the rows
    of a session."""

    def __init__(
        self,
        tasks: Sequence[Task],
        limits: Limits,
        random: Callable[[], int],
        *,
        name: str = "stepwire",
        parts: int = 1,
        log: Log = _silent,
        now: float = 0.0,
    ) -> None:
        limits.check()
        self.tasks = list(tasks)
        self.limits = limits
        self.log = log
        self.sessions: list[Session] = []
        self.draining = False
        self._random = random
        self.name = name
        self.parts = parts
        self.inquiries = Inquiries(self)
        self._incarnation = random()
        self._ticked = now
        self._lease_clock = 0.0
        self._replies: list[tuple[Peer, bytes]] = []
        self._errands: list[Errand] = []

    def take_replies(self) -> list[tuple[Peer, bytes]]:
        replies, self._replies = self._replies, []
        return replies

    def take_errands(self) -> list[Errand]:
        errands, self._errands = self._errands, []
        return errands

    # ---- replies ---------------------------------------------------------------------------------

    def reply(self, to: Asker, **result: Any) -> bytes:
        """Sends a reply of which nothing is kept."""
        data: bytes = wire.Reply(
            session=to.session, seq=to.seq, incarnation=self._incarnation, **result
        ).SerializeToString()
        if len(data) > self.limits.max_message and "error" not in result:
            text = f"the reply is larger than max_message, {self.limits.max_message} bytes"
            return self.reply(to, error=Refusal(wire.TOO_LARGE, text).message())
        self._replies.append((to.peer, data))
        return data

    def refuse(self, to: Asker, refusal: Refusal) -> None:
        self.reply(to, error=refusal.message())

    def keep(self, x: Session, **result: Any) -> None:
        """Sends the reply to the session's next number, which is kept."""
        x.kept = self.reply(x.asker, **result)
        x.lent = len(x.kept) if "rendered" in result or "states" in result else 0
        x.answered = x.asker.seq
        x.answered_hash = x.running_hash

    def lend(self, x: Session, size: int) -> None:
        """Refuses what needs more memory for pictures and states than there is for all sessions."""
        most = _LOANS * self.limits.max_message
        lent = sum(other.lent for other in self.sessions if other is not x)
        if lent + size > most:
            text = f"pictures and states need {lent + size} bytes, there are {most} for all"
            raise Refusal(wire.CAPACITY, text)
        x.lent = size

    def send_kept(self, x: Session, peer: Peer) -> None:
        self._replies.append((peer, x.kept))

    def answer_opened(self, x: Session, asker: Asker) -> None:
        opened = wire.Opened(session=x.id, spec=x.spec_message(), lease=x.lease)
        self.reply(asker, opened=opened)

    # ---- messages --------------------------------------------------------------------------------

    def request(self, peer: Peer, data: bytes, now: float) -> None:
        """One message from a peer."""
        try:
            check_fields(data, self.limits)
            request = wire.Request.FromString(data)
        except (DecodeError, ValueError) as error:
            text = f"no Request of this protocol: {describe(error)}"
            self.refuse(Asker(peer, 0, 0), Refusal(wire.INVALID_ARGUMENT, text))
            return
        asker = Asker(peer, request.session, request.seq)
        kind = request.WhichOneof("kind")
        try:
            requests.judge(self, requests.Message(request, kind, asker, hash(data), now))
        except Refusal as refusal:
            self.refuse(asker, refusal)
        except Exception as error:  # no message ends a server
            self.log("error", f"a defect of the server: {describe(error)}")
            self.refuse(asker, Refusal(wire.INTERNAL, f"a defect of the server: {describe(error)}"))

    # ---- sessions --------------------------------------------------------------------------------

    def find(self, session: int, peer: Peer) -> Session | None:
        """The session with that id, of the peer's key: that of another does not exist."""
        for x in self.sessions:
            if session != 0 and x.id == session and x.key == peer.key:
                return x
        return None

    def renew(self, x: Session) -> None:
        """The lease starts anew."""
        x.expires = self._lease_clock + x.lease

    def new_id(self) -> int:
        """An id that no session has; 0 is what those have that no request finds."""
        taken = {x.id for x in self.sessions} | {0}
        while (number := self._random()) in taken:
            pass
        return number

    # ---- jobs ------------------------------------------------------------------------------------

    def errand(self, key: Key, told: list[orders.Order], is_last: bool = False) -> None:
        self._errands.append(Errand(key, told, is_last))

    def start(
        self, x: Session, job: Job, order: Callable[[list[int]], orders.Order] | None = None
    ) -> None:
        """Gives the session its next job; `order` makes a part's order from its rows."""
        x.job = job
        self.send(x, job.rows, order or (lambda rows: _order(x, job, rows)))

    def send(self, x: Session, rows: list[int], order: Callable[[list[int]], orders.Order]) -> None:
        """Sends orders to the parts that have some of the rows; the job waits for them."""
        assert x.job is not None
        for part, dealt in x.deal(rows).items():
            told: list[orders.Order] = [order(dealt)]
            if part in x.lost_parts:
                told.insert(0, x.opening([]))
                x.lost_parts.discard(part)
            x.job.sent[part] = dealt
            self.errand((x, part), told)

    def done(self, key: Key, outcome: Outcome, now: float) -> None:
        """The last order of an errand has been obeyed."""
        owner, part = key
        if isinstance(owner, Inquiry):
            why = outcome.failures.get(0, "")
            self.inquiries.finish(owner, outcome.spec, why)
            return
        job = owner.job
        assert job is not None
        job.outcomes.append((job.sent.pop(part), outcome))
        if not job.sent:
            finish.finish(self, owner, job, now)

    def lost(self, key: Key, row: int | None, why: str, now: float) -> None:
        """The process of that key has ended by itself, or was ended, with `row` the last thing it
        was busy with. With it go the environments of its part."""
        owner, part = key
        if isinstance(owner, Inquiry):
            self.inquiries.finish(owner, None, why)
            return
        x = owner
        x.lost_parts.add(part)
        gone = x.parts[part]
        self.log("warning", f"{x.task.id}: rows {gone[0]} to {gone[-1]} are lost: {why}")
        for i in x.parts[part]:
            x.lost[i] = why if row in (None, i) else f"beside row {row}, where {why}"
        job = x.job
        if job is not None and part in job.sent:
            job.losses.update((i, x.lost[i]) for i in job.sent.pop(part))
            if not job.sent:
                finish.finish(self, x, job, now)

    def lose(self, x: Session, now: float) -> None:
        """Hides a session and has its environments closed."""
        x.id = x.token = 0
        self.close(x, now)

    def close(self, x: Session, now: float) -> None:
        """Ends the processes that are there."""
        job = x.job = Job(Kind.CLOSE, [], now)
        for part, rows in enumerate(x.parts):
            if part not in x.lost_parts:
                job.sent[part] = list(rows)
                self.errand((x, part), [orders.Close(list(rows))], is_last=True)
        if not job.sent:
            finish.finish(self, x, job, now)

    def remove(self, x: Session) -> None:
        if x in self.sessions:
            self.sessions.remove(x)

    # ---- time ------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Time has passed: sessions whose lease has run out are closed. To be called only when no
        message is waiting, so that a server that was itself stopped loses no session."""
        self._lease_clock += min(now - self._ticked, _TICK)
        self._ticked = now
        for x in list(self.sessions):
            if x.job is None and x.expires <= self._lease_clock:
                self.log(
                    "info",
                    f"{x.task.id}: a session of {x.rows} rows was silent for {x.lease:g} s",
                )
                self.lose(x, now)

    def drain(self) -> None:
        """From now on an Open of a new session is answered DRAINING, and Pong says so."""
        self.draining = True

    def opened(self, x: Session) -> None:
        x.id = self.new_id()
        self.renew(x)
        self.answer_opened(x, x.asker)
        self.log("info", f"{x.task.id}: opened a session of {x.rows} rows")


def _order(x: Session, job: Job, rows: list[int]) -> orders.Order:
    """What a part is told of a job that has no more to say than rows."""
    if job.kind is Kind.OPEN:
        return x.opening(rows)
    if job.kind is Kind.RESET:
        return orders.Reset(rows, [job.seeds[i] for i in rows])
    if job.kind is Kind.SAVE:
        return orders.Save(rows)
    if job.kind is Kind.LOAD:
        blobs = dict(zip(job.rows, job.states))
        return orders.Load(rows, [body(blobs[i]) for i in rows])
    assert job.kind is Kind.UNDO
    return orders.Undo(rows)
