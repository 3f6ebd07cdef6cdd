"""The server as a state machine: no threads, sockets, clock, processes or entropy of its own.

Whoever drives it brings messages, tells the time, and does what it asks for:

    request(), done(), lost() or tick(), and after each of them
    for each of take_replies(): send the bytes to the peer
    for each of take_errands(): have the process of that key obey the orders, and report what became
                                of the last one with done(), or with lost() that it has ended

desk.py does so with a socket and processes (crew.py); the tests do it in place. Times are seconds.

A message outside a session is answered from what the server knows. A message of a session first
passes rule 1's numbers, and then is either answered at once or becomes a job of the session, whose
reply is made (finish.py) when the last of its parts has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError

from .. import wire
from . import finish, load, opening, orders
from .errors import Refusal, describe
from .limits import Limits
from .orders import Outcome
from .session import Asker, Job, Kind, Peer, Session, key_of
from .settings import Value
from .spec import Spec
from .states import body
from .task import Task
from .thrift import check_fields

Log = Callable[[str, str], None]  # level, text

_TICK = 1.0  # s: most lease time that one tick adds; tick at least as often
_MAX_SPECS = 64  # that are remembered
_MAX_INQUIRIES = 16  # under way
_MAX_ASKERS = 64  # who wait for one of them


@dataclass(eq=False)
class Inquiry:
    """What a task is under some settings, which takes an environment to see."""

    task: int
    values: dict[str, Value]
    askers: list[Asker] = field(default_factory=list)  # of Describe
    sessions: list[Session] = field(default_factory=list)  # that wait to be opened


@dataclass
class Errand:
    """Orders to one process, which is made if there is none of that key."""

    key: tuple[Session | Inquiry, int]
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
        self._name = name
        self._parts = parts
        self._incarnation = random()
        self._ticked = now
        self._lease_clock = 0.0
        self._specs: dict[tuple[object, ...], Spec] = {}
        self._inquiries: dict[tuple[object, ...], Inquiry] = {}
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
        if len(data) <= self.limits.max_message:
            self._replies.append((to.peer, data))
        return data

    def refuse(self, to: Asker, refusal: Refusal) -> None:
        self.reply(to, error=refusal.message())

    def keep(self, x: Session, **result: Any) -> None:
        """Sends the reply to the session's next number, which is kept."""
        x.kept = self.reply(x.asker, **result)
        x.answered = x.asker.seq
        x.answered_hash = x.running_hash

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
        try:
            self._judge(request, asker, hash(data), now)
        except Refusal as refusal:
            self.refuse(asker, refusal)

    def _judge(self, request: wire.Request, asker: Asker, digest: int, now: float) -> None:
        if request.major != wire.MAJOR:
            raise Refusal(
                wire.VERSION,
                f"the request is of protocol version {request.major}, this server of "
                f"{wire.MAJOR}.{wire.MINOR}",
            )
        kind = request.WhichOneof("kind")
        if kind == "hello":
            self._welcome(asker)
        elif kind == "describe":
            self._describe(request.describe, asker)
        elif kind == "open":
            self._open(request.open, asker, digest, now)
        elif kind == "ping":
            self._ping(request.ping, asker, now)
        else:
            self._in_session(request, kind, asker, digest, now)

    # ---- outside a session -----------------------------------------------------------------------

    def _welcome(self, asker: Asker) -> None:
        limits = wire.Limits(**vars(self.limits))
        welcome = wire.Welcome(
            major=wire.MAJOR,
            minor=wire.MINOR,
            name=self._name,
            limits=limits,
            env_ids=[task.id for task in self.tasks],
        )
        self.reply(asker, welcome=welcome)

    def _describe(self, asked: wire.Describe, asker: Asker) -> None:
        number, values = opening.find_task(self.tasks, asked.env_id, asked.settings)
        spec = self._specs.get(key_of(self.tasks[number], values))
        if spec is not None:
            self._answer_description(asker, self.tasks[number], spec)
            return
        inquiry = self._inquire(number, values)
        if asker not in inquiry.askers:
            if len(inquiry.askers) == _MAX_ASKERS:
                raise Refusal(wire.CAPACITY, f"{_MAX_ASKERS} clients wait to be told already")
            inquiry.askers.append(asker)

    def _answer_description(self, asker: Asker, task: Task, spec: Spec) -> None:
        defaults = {name: setting.default for name, setting in task.settings.items()}
        message = spec.message(task.id, task.settings, defaults)
        self.reply(asker, description=wire.Description(spec=message))

    def _inquire(self, number: int, values: dict[str, Value]) -> Inquiry:
        """The inquiry for the task under these settings, which is under way from now on."""
        key = key_of(self.tasks[number], values)
        inquiry = self._inquiries.get(key)
        if inquiry is None:
            if len(self._inquiries) == _MAX_INQUIRIES:
                text = f"{_MAX_INQUIRIES} environments are being made to describe them"
                raise Refusal(wire.CAPACITY, text)
            inquiry = self._inquiries[key] = Inquiry(number, values)
            order = orders.Describe(number, values)
            self._errands.append(Errand((inquiry, 0), [order], is_last=True))
        return inquiry

    def _ping(self, asked: wire.Ping, asker: Asker, now: float) -> None:
        if len(asked.sessions) > self.limits.max_sessions:
            text = (
                f"Ping of {len(asked.sessions)} sessions, at most {self.limits.max_sessions} are "
                "open here"
            )
            raise Refusal(wire.TOO_LARGE, text, "sessions")
        pong = wire.Pong(draining=self.draining)
        for session in asked.sessions:
            status = pong.sessions.add()
            x = self._find(session, asker.peer)
            if x is not None:  # else it is LOST
                self._renew(x)
                status.seq = x.answered
                status.state = wire.SessionStatus.IDLE
                if x.job is not None:
                    status.state = wire.SessionStatus.BUSY
                    status.busy_ms = int(1000 * (now - x.job.since))
        self.reply(asker, pong=pong)

    # ---- sessions --------------------------------------------------------------------------------

    def _find(self, session: int, peer: Peer) -> Session | None:
        for x in self.sessions:
            if session != 0 and x.id == session and x.key == peer.key:
                return x
        return None

    def _renew(self, x: Session) -> None:
        x.expires = self._lease_clock + x.lease

    def new_id(self) -> int:
        """An id that no session has; 0 is what those have that no request finds."""
        taken = {x.id for x in self.sessions} | {0}
        while (number := self._random()) in taken:
            pass
        return number

    def _open(self, asked: wire.Open, asker: Asker, digest: int, now: float) -> None:
        for x in self.sessions:
            if asked.token != 0 and x.token == asked.token and x.key == asker.peer.key:
                self._join(x, asker, digest)
                return
        if self.draining:
            text = "this server will end soon and opens no more sessions"
            raise Refusal(wire.DRAINING, text)
        used = (len(self.sessions), sum(x.rows for x in self.sessions))
        x = opening.load_open(asked, asker, self.tasks, used, self.limits)
        x.open_hash = digest
        x.job = Job(Kind.DESCRIBE, [], now)
        spec = self._specs.get(key_of(x.task, x.values))
        if spec is None:
            self._inquire(x.task_number, x.values).sessions.append(x)
        else:
            self._admit(x, spec)
        self.sessions.append(x)

    def _join(self, x: Session, asker: Asker, digest: int) -> None:
        """The same Open again is answered with its session; another with its token is refused."""
        if x.open_hash != digest:
            text = "token: another Open made a session with the same one"
            raise Refusal(wire.INVALID_ARGUMENT, text, "token")
        if x.id == 0:
            x.asker = asker
            return
        self._renew(x)
        self.answer_opened(x, asker)

    def answer_opened(self, x: Session, asker: Asker) -> None:
        opened = wire.Opened(session=x.id, spec=x.spec_message(), lease=x.lease)
        self.reply(asker, opened=opened)

    def _admit(self, x: Session, spec: Spec) -> None:
        """It is known what its rows are: they are made, if they may be."""
        assert x.job is not None
        x.spec = spec
        opening.check_sizes(x, self.limits)
        x.set_up(spec, self._parts)
        self.start(x, Job(Kind.OPEN, list(range(x.rows)), x.job.since))

    def _described(self, inquiry: Inquiry, spec: Spec | None, why: str, now: float) -> None:
        """An inquiry has come to its end."""
        task, values = self.tasks[inquiry.task], inquiry.values
        key = key_of(task, values)
        del self._inquiries[key]
        if spec is None:
            is_default = all(values[name] == s.default for name, s in task.settings.items())
            code = wire.ENVIRONMENT if is_default else wire.INVALID_ARGUMENT
            failure = Refusal(code, f"{task.id}: {why}", "" if is_default else "settings")
            for asker in inquiry.askers:
                self.refuse(asker, failure)
            for x in inquiry.sessions:
                self._turn_away(x, failure)
            return
        while len(self._specs) >= _MAX_SPECS:
            del self._specs[next(iter(self._specs))]
        self._specs[key] = spec
        for asker in inquiry.askers:
            self._answer_description(asker, task, spec)
        for x in inquiry.sessions:
            try:
                self._admit(x, spec)
            except Refusal as refusal:
                self._turn_away(x, refusal)

    def _turn_away(self, x: Session, refusal: Refusal) -> None:
        self.refuse(x.asker, refusal)
        self.remove(x)

    # ---- in a session ----------------------------------------------------------------------------

    def _in_session(
        self, request: wire.Request, kind: str | None, asker: Asker, digest: int, now: float
    ) -> None:
        if kind is None and asker.session == 0:
            raise _unknown_kind()
        x = self._find(asker.session, asker.peer)
        if x is None:
            raise Refusal(wire.SESSION_LOST, "there is no such session here")
        self._renew(x)
        if kind == "resume":
            finish.answer_resumed(self, x, asker)
        else:
            self._number(x, request, kind, asker, digest, now)

    def _number(
        self,
        x: Session,
        request: wire.Request,
        kind: str | None,
        asker: Asker,
        digest: int,
        now: float,
    ) -> None:
        """Rule 1."""
        seq = asker.seq
        if seq == 0 or seq < x.answered or seq > x.answered + 1:
            code = wire.OUT_OF_ORDER if seq > x.answered + 1 else wire.STALE
            raise Refusal(code, f"number {seq}: the last one answered is {x.answered}")
        if seq == x.answered + 1 and x.job is None:
            x.asker, x.running_hash = asker, digest
            try:
                self._execute(x, request, kind, now)
            except Refusal as refusal:
                self.keep(x, error=refusal.message())
        elif seq == x.answered and digest == x.answered_hash:
            self._replies.append((asker.peer, x.kept))
        elif seq == x.answered + 1 and digest == x.running_hash:
            x.asker = asker  # the one reply goes to the latest sender
        else:
            text = f"number {seq} came before with other bytes"
            raise Refusal(wire.INVALID_ARGUMENT, text)

    def _execute(self, x: Session, request: wire.Request, kind: str | None, now: float) -> None:
        """A message with the next number, while nothing runs: its number is used."""
        if kind == "step":
            finish.start_step(self, x, load.load_step(x, request.step), now)
        elif kind == "reset":
            self.start(x, load.load_reset(x, request.reset, now))
        elif kind == "render":
            asked = request.render
            job = load.load_render(x, asked, now)
            self.start(x, job, lambda rows: orders.Render(rows, asked.width, asked.height))
        elif kind == "get_state":
            self.start(x, load.load_get_state(x, request.get_state, now))
        elif kind == "set_state":
            self.start(x, load.load_set_state(x, request.set_state, now))
        elif kind == "close":
            x.token = 0  # the same Open again opens anew
            self._close(x, now)
        else:
            raise _unknown_kind()

    # ---- jobs ------------------------------------------------------------------------------------

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
            self._errands.append(Errand((x, part), told))

    def done(self, key: tuple[Session | Inquiry, int], outcome: Outcome, now: float) -> None:
        """The last order of an errand has been obeyed."""
        owner, part = key
        if isinstance(owner, Inquiry):
            why = outcome.failures.get(0, "")
            self._described(owner, outcome.spec, why, now)
            return
        job = owner.job
        assert job is not None
        job.outcomes.append((job.sent.pop(part), outcome))
        if not job.sent:
            finish.finish(self, owner, job, now)

    def lost(
        self, key: tuple[Session | Inquiry, int], row: int | None, why: str, now: float
    ) -> None:
        """The process of that key has ended by itself, or was ended, with `row` the last thing it
        was busy with. With it go the environments of its part."""
        owner, part = key
        if isinstance(owner, Inquiry):
            self._described(owner, None, why, now)
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
        self._close(x, now)

    def _close(self, x: Session, now: float) -> None:
        """Ends the processes that are there."""
        job = x.job = Job(Kind.CLOSE, [], now)
        for part, rows in enumerate(x.parts):
            if part not in x.lost_parts:
                job.sent[part] = list(rows)
                self._errands.append(Errand((x, part), [orders.Close(list(rows))], is_last=True))
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
        self._renew(x)
        self.answer_opened(x, x.asker)
        self.log("info", f"{x.task.id}: opened a session of {x.rows} rows")


def _unknown_kind() -> Refusal:
    return Refusal(wire.UNIMPLEMENTED, "requests of this kind are not offered by this server")


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
