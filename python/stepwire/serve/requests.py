"""What a message asks for.

A message outside a session is answered from what the server knows. A message of a session first
passes rule 1's numbers, and then is either answered at once or becomes a job of the session, whose
reply is made (finish.py) when the last of its parts has answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import wire
from . import finish, load, opening, orders
from .errors import Refusal
from .session import Asker, Session

if TYPE_CHECKING:
    from .core import Core


@dataclass(frozen=True)
class Message:
    """The message at hand."""

    request: Any  # a wire.Request
    kind: str | None  # the request's; None: one that is not known here
    asker: Asker
    digest: int  # hash of its bytes
    now: float


def judge(core: Core, m: Message) -> None:
    """Answers it, now or later. Refusal: with that."""
    if m.request.major != wire.MAJOR:
        raise Refusal(
            wire.VERSION,
            f"the request is of protocol version {m.request.major}, this server of "
            f"{wire.MAJOR}.{wire.MINOR}",
        )
    if m.kind == "hello":
        _welcome(core, m)
    elif m.kind == "describe":
        asked = m.request.describe
        number, values = opening.find_task(core.tasks, asked.env_id, asked.settings)
        core.inquiries.describe(number, values, m.asker)
    elif m.kind == "open":
        _open(core, m)
    elif m.kind == "ping":
        _ping(core, m)
    else:
        _in_session(core, m)


# ---- outside a session ---------------------------------------------------------------------------


def _welcome(core: Core, m: Message) -> None:
    welcome = wire.Welcome(
        major=wire.MAJOR,
        minor=wire.MINOR,
        name=core.name,
        limits=wire.Limits(**vars(core.limits)),
        env_ids=[task.id for task in core.tasks],
    )
    core.reply(m.asker, welcome=welcome)


def _open(core: Core, m: Message) -> None:
    asked = m.request.open
    for x in core.sessions:
        if asked.token != 0 and x.token == asked.token and x.key == m.asker.peer.key:
            _join(core, m, x)
            return
    if core.draining:
        raise Refusal(wire.DRAINING, "this server will end soon and opens no more sessions")
    used = (len(core.sessions), sum(x.rows for x in core.sessions))
    x = opening.load_open(asked, m.asker, core.tasks, used, core.limits)
    x.open_hash = m.digest
    core.inquiries.open(x, m.now)
    core.sessions.append(x)


def _join(core: Core, m: Message, x: Session) -> None:
    """The same Open again is answered with its session; another with its token is refused."""
    if x.open_hash != m.digest:
        text = "token: another Open made a session with the same one"
        raise Refusal(wire.INVALID_ARGUMENT, text, "token")
    if x.id == 0:
        x.asker = m.asker
        return
    core.renew(x)
    core.answer_opened(x, m.asker)


def _ping(core: Core, m: Message) -> None:
    asked = m.request.ping.sessions
    most = core.limits.max_sessions
    if len(asked) > most:
        text = f"Ping of {len(asked)} sessions, at most {most} are open here"
        raise Refusal(wire.TOO_LARGE, text, "sessions")
    pong = wire.Pong(draining=core.draining)
    for session in asked:
        status = pong.sessions.add()
        x = core.find(session, m.asker.peer)
        if x is not None:  # else it is LOST
            core.renew(x)
            status.seq = x.answered
            status.state = wire.SessionStatus.IDLE
            if x.job is not None:
                status.state = wire.SessionStatus.BUSY
                status.busy_ms = int(1000 * (m.now - x.job.since))
    core.reply(m.asker, pong=pong)


# ---- in a session --------------------------------------------------------------------------------


def _unknown_kind() -> Refusal:
    return Refusal(wire.UNIMPLEMENTED, "requests of this kind are not offered by this server")


def _in_session(core: Core, m: Message) -> None:
    if m.kind is None and m.asker.session == 0:
        raise _unknown_kind()
    x = core.find(m.asker.session, m.asker.peer)
    if x is None:
        raise Refusal(wire.SESSION_LOST, "there is no such session here")
    core.renew(x)
    if m.kind == "resume":
        finish.answer_resumed(core, x, m.asker)
    else:
        _number(core, m, x)


def _number(core: Core, m: Message, x: Session) -> None:
    """Rule 1."""
    seq = m.asker.seq
    if seq == 0 or seq < x.answered or seq > x.answered + 1:
        code = wire.OUT_OF_ORDER if seq > x.answered + 1 else wire.STALE
        raise Refusal(code, f"number {seq}: the last one answered is {x.answered}")
    if seq == x.answered + 1 and x.job is None:
        x.asker, x.running_hash = m.asker, m.digest
        try:
            _execute(core, m, x)
        except Refusal as refusal:
            core.keep(x, error=refusal.message())
    elif seq == x.answered and m.digest == x.answered_hash:
        core.send_kept(x, m.asker.peer)
    elif seq == x.answered + 1 and m.digest == x.running_hash:
        x.asker = m.asker  # the one reply goes to the latest sender
    else:
        raise Refusal(wire.INVALID_ARGUMENT, f"number {seq} came before with other bytes")


def _execute(core: Core, m: Message, x: Session) -> None:
    """A message with the next number, while nothing runs: its number is used."""
    request, now = m.request, m.now
    if m.kind == "step":
        finish.start_step(core, x, load.load_step(x, request.step), now)
    elif m.kind == "reset":
        core.start(x, load.load_reset(x, request.reset, now))
    elif m.kind == "render":
        width, height = request.render.width, request.render.height
        job = load.load_render(x, request.render, now)
        core.lend(x, 3 * width * height)
        core.start(x, job, lambda rows: orders.Render(rows, width, height))
    elif m.kind == "get_state":
        job = load.load_get_state(x, request.get_state, now)
        core.lend(x, 0)  # how much is known when they are there
        core.start(x, job)
    elif m.kind == "set_state":
        job = load.load_set_state(x, request.set_state, now)
        core.lend(x, sum(map(len, job.states)))
        core.start(x, job)
    elif m.kind == "close":
        x.token = 0  # the same Open again opens anew
        core.close(x, now)
    else:
        raise _unknown_kind()
