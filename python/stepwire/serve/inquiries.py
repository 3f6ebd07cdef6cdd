"""What tasks are under which settings, which takes an environment to see, in a process of its own.

Whoever describes or opens a task waits until it is known. What was seen is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import wire
from . import opening, orders
from .errors import Refusal
from .session import Asker, Job, Kind, Session
from .settings import Value
from .spec import Spec
from .task import Task

if TYPE_CHECKING:
    from .core import Core

_MAX_SPECS = 64  # that are remembered
_MAX_INQUIRIES = 16  # under way
_MAX_ASKERS = 64  # who wait for one of them


@dataclass(eq=False)
class Inquiry:
    """One that is under way."""

    task: Task
    values: dict[str, Value]
    askers: list[Asker] = field(default_factory=list)  # of Describe
    sessions: list[Session] = field(default_factory=list)  # that wait to be opened


class Inquiries:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._specs: dict[tuple[object, ...], Spec] = {}
        self._under_way: dict[tuple[object, ...], Inquiry] = {}

    def describe(self, number: int, values: dict[str, Value], asker: Asker) -> None:
        """Answers with the spec of task `number`, now or when it is known."""
        task = self._core.tasks[number]
        spec = self._specs.get(_key(task, values))
        if spec is not None:
            self._answer(asker, task, spec)
            return
        inquiry = self._inquire(number, values)
        if asker not in inquiry.askers:  # else it asks again
            if len(inquiry.askers) == _MAX_ASKERS:
                raise Refusal(wire.CAPACITY, f"{_MAX_ASKERS} clients wait to be told already")
            inquiry.askers.append(asker)

    def open(self, x: Session, now: float) -> None:
        """Has the session's environments made, now or when it is known what they are."""
        x.job = Job(Kind.DESCRIBE, [], now)
        spec = self._specs.get(_key(x.task, x.values))
        if spec is None:
            self._inquire(x.task_number, x.values).sessions.append(x)
        else:
            self._admit(x, spec)

    def finish(self, inquiry: Inquiry, spec: Spec | None, why: str) -> None:
        """One has come to its end: with a spec, or without for a reason."""
        task, values = inquiry.task, inquiry.values
        del self._under_way[_key(task, values)]
        if spec is None:
            is_default = all(values[name] == s.default for name, s in task.settings.items())
            failure = Refusal(
                wire.ENVIRONMENT, f"{task.id}: {why}", "" if is_default else "settings"
            )
            for asker in inquiry.askers:
                self._core.refuse(asker, failure)
            for x in inquiry.sessions:
                self._turn_away(x, failure)
            return
        while len(self._specs) >= _MAX_SPECS:
            del self._specs[next(iter(self._specs))]
        self._specs[_key(task, values)] = spec
        for asker in inquiry.askers:
            self._answer(asker, task, spec)
        for x in inquiry.sessions:
            try:
                self._admit(x, spec)
            except Refusal as refusal:
                self._turn_away(x, refusal)

    def _inquire(self, number: int, values: dict[str, Value]) -> Inquiry:
        """The inquiry for the task under these settings, which is under way from now on."""
        task = self._core.tasks[number]
        inquiry = self._under_way.get(_key(task, values))
        if inquiry is None:
            if len(self._under_way) == _MAX_INQUIRIES:
                text = f"{_MAX_INQUIRIES} environments are being made to describe them"
                raise Refusal(wire.CAPACITY, text)
            inquiry = self._under_way[_key(task, values)] = Inquiry(task, values)
            self._core.errand((inquiry, 0), [orders.Describe(number, values)], is_last=True)
        return inquiry

    def _admit(self, x: Session, spec: Spec) -> None:
        assert x.job is not None
        x.spec = spec
        opening.check_sizes(x, self._core.limits)
        x.set_up(spec, self._core.parts)
        self._core.start(x, Job(Kind.OPEN, list(range(x.rows)), x.job.since))

    def _turn_away(self, x: Session, refusal: Refusal) -> None:
        self._core.refuse(x.asker, refusal)
        self._core.remove(x)

    def _answer(self, asker: Asker, task: Task, spec: Spec) -> None:
        defaults = {name: setting.default for name, setting in task.settings.items()}
        message = spec.message(task.id, task.settings, defaults)
        self._core.reply(asker, description=wire.Description(spec=message))


def _key(task: Task, values: dict[str, Value]) -> tuple[object, ...]:
    """What a spec depends on."""
    return (task.id, *values.items())
