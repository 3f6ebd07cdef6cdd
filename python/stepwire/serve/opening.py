"""Checks what Describe and Open ask for."""

from __future__ import annotations

from collections.abc import Sequence

from .. import wire
from .errors import Refusal, printable
from .limits import Limits, largest_reply, largest_request
from .session import Asker, Session
from .settings import Value, unpack
from .task import Task

_DEFAULT_LEASE = 30.0  # s


def find_task(
    tasks: Sequence[Task], env_id: str, settings: Sequence[wire.Setting]
) -> tuple[int, dict[str, Value]]:
    """The task's number, and the values of its settings."""
    for number, task in enumerate(tasks):
        if task.id == env_id:
            return number, unpack(env_id, task.settings, settings)
    there = ", ".join(task.id for task in tasks)
    text = f"no task '{printable(env_id)[:63]}'; there are: {there}"
    raise Refusal(wire.NOT_FOUND, text, "env_id")


def _check_rows(rows: int, sessions: int, envs: int, limits: Limits) -> None:
    if rows == 0:
        raise Refusal(wire.INVALID_ARGUMENT, "rows must be at least 1", "rows")
    if rows > limits.max_rows:
        text = f"{rows} rows: a session has at most {limits.max_rows} here (max_rows)"
        raise Refusal(wire.TOO_LARGE, text, "rows")
    if rows > limits.max_envs - envs:
        text = f"{rows} rows: {envs} of {limits.max_envs} environments are in use (max_envs)"
        raise Refusal(wire.CAPACITY, text, "rows")
    if sessions >= limits.max_sessions:
        text = f"all {limits.max_sessions} sessions are in use (max_sessions)"
        raise Refusal(wire.CAPACITY, text, "rows")


def _check_choices(asked: wire.Open) -> None:
    def refuse(text: str, field: str) -> Refusal:
        return Refusal(wire.INVALID_ARGUMENT, text, field)

    if asked.autoreset not in (
        wire.AUTORESET_DEFAULT,
        wire.AUTORESET_SAME_STEP,
        wire.AUTORESET_NEXT_STEP,
        wire.AUTORESET_DISABLED,
    ):
        raise refuse(f"autoreset {asked.autoreset}: 0 to 3 are defined", "autoreset")
    for field in ("observation_format", "action_format"):
        value = getattr(asked, field)
        if value not in (wire.FORMAT_NATIVE, wire.FORMAT_FLOAT32):
            raise refuse(f"{field} {value}: 0 (native) and 1 (float32) are defined", field)
    if asked.max_episode_steps >= 2**63:
        raise refuse("max_episode_steps is above 2^63 - 1", "max_episode_steps")
    if not asked.lease >= 0:
        raise refuse("lease must be seconds, 0 or more", "lease")


def load_open(
    asked: wire.Open, asker: Asker, tasks: Sequence[Task], used: tuple[int, int], limits: Limits
) -> Session:
    """The session that is asked for, without memory for its rows. `used`: sessions, rows."""
    if asked.token == 0:  # most likely forgotten; shared by all who forget it
        text = "token must be 64 random bits, not 0"
        raise Refusal(wire.INVALID_ARGUMENT, text, "token")
    number, values = find_task(tasks, asked.env_id, asked.settings)
    _check_rows(asked.rows, *used, limits)
    _check_choices(asked)
    return Session(
        task=tasks[number],
        task_number=number,
        values=values,
        rows=asked.rows,
        first_row=asked.first_row,
        base_seed=asked.base_seed,
        float32_observations=asked.observation_format == wire.FORMAT_FLOAT32,
        float32_actions=asked.action_format == wire.FORMAT_FLOAT32,
        info=asked.info,
        autoreset=asked.autoreset or wire.AUTORESET_SAME_STEP,
        max_episode_steps=asked.max_episode_steps,
        max_reply=asked.max_reply,
        lease=min(asked.lease or _DEFAULT_LEASE, limits.max_lease),
        token=asked.token,
        open_hash=0,
        key=asker.peer.key,
        asker=asker,
    )


def check_sizes(x: Session, limits: Limits) -> None:
    """The largest messages that the session can bring about, against what both sides accept."""
    reply, request = largest_reply(x), largest_request(x)
    if x.max_reply and reply > x.max_reply:
        text = f"the largest reply to Step has {reply} bytes, max_reply is {x.max_reply}"
        raise Refusal(wire.TOO_LARGE, text, "max_reply")
    if max(reply, request) > limits.max_message:
        text = (
            f"a Step has up to {request} bytes and its reply {reply}, "
            f"max_message is {limits.max_message}"
        )
        raise Refusal(wire.TOO_LARGE, text, "rows")
    x.max_reply = min(x.max_reply or limits.max_message, limits.max_message)
