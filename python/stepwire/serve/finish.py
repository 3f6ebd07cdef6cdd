"""What becomes of a session's job when the last of its parts has answered, and a Step before that.

Rule 8 for processes that are gone: the steps of their rows did not happen, and where the reply is
to begin the next episodes, a new process is asked to first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import wire
from . import load, orders
from .errors import Refusal
from .limits import states_bytes
from .orders import Array, Outcome
from .session import Asker, Job, Kind, Session
from .states import read_states, seal

if TYPE_CHECKING:
    from .core import Core


def finish(core: Core, x: Session, job: Job, now: float) -> None:
    """All parts have answered, or are lost."""
    if job.kind is Kind.STEP and job.losses and x.same_step and not job.faulty:
        _revive(core, x, job)
    elif job.kind is Kind.OPEN:
        _finish_open(core, x, job, now)
    elif job.kind is Kind.CLOSE:
        _finish_close(core, x)
    elif job.kind is Kind.LOAD:
        _finish_load(core, x, job, now)
    elif job.kind is Kind.UNDO:
        _finish_undo(core, x, job, now)
    else:
        _finish_rows(core, x, job, now)


def _failure(x: Session, job: Job) -> Refusal | None:
    """Why the job failed, naming the rows; None if it did not."""
    failures = dict(job.losses) if job.kind is not Kind.STEP or x.same_step else {}
    for _, outcome in job.outcomes:
        failures.update(outcome.failures)
    if not failures:
        return None
    rows = sorted(failures)
    text = f"{x.task.id}: row {rows[0]}: {failures[rows[0]]}"
    return Refusal(wire.ENVIRONMENT, text, rows=rows)


def _finish_open(core: Core, x: Session, job: Job, now: float) -> None:
    failure = _failure(x, job)
    if failure is not None:
        core.refuse(x.asker, failure)
        core.lose(x, now)
        return
    x.job = None
    core.opened(x)


def _finish_close(core: Core, x: Session) -> None:
    """Whoever asked for it still finds the session and is told; a lost one goes silently."""
    if x.id != 0:
        core.reply(x.asker, closed=wire.Closed())
        core.log("info", f"{x.task.id}: closed a session of {x.rows} rows")
    core.remove(x)


def _finish_rows(core: Core, x: Session, job: Job, now: float) -> None:
    failure = _failure(x, job)
    if failure is None:
        x.job = None
        if job.kind is Kind.STEP:
            core.keep(x, step=_step_done(core, x, job))
        elif job.kind is Kind.RESET:
            core.keep(x, reset=_reset_done(x, job))
        elif job.kind is Kind.RENDER:
            core.keep(x, rendered=_rendered(job))
        else:
            _answer_states(core, x, job)
        return
    core.keep(x, error=failure.message())
    x.job = None
    if job.kind in (Kind.STEP, Kind.RESET):
        core.lose(x, now)


# ---- Step ----------------------------------------------------------------------------------------


def start_step(core: Core, x: Session, actions: list[Array], now: float) -> None:
    """Steps all rows but those whose environment is gone already."""
    job = x.job = Job(Kind.STEP, list(range(x.rows)), now)
    begin = set(np.flatnonzero(x.ended).tolist()) if x.ended.any() else set()
    last = x.elapsed + 1 >= x.limit if x.limit else np.zeros(x.rows, bool)
    rows = job.rows
    if x.lost:
        job.losses = {i: why for i, why in x.lost.items() if i not in begin}
        rows = [i for i in rows if i not in job.losses]

    def order(dealt: list[int]) -> orders.Step:
        return orders.Step(
            dealt,
            [a[dealt[0] : dealt[-1] + 1] if _is_block(dealt) else a[dealt] for a in actions],
            [i for i in dealt if i in begin],
            [i for i in dealt if last[i] and i not in begin],
            [x.next_seed[i] for i in dealt],
        )

    if rows:
        core.send(x, rows, order)
    else:
        finish(core, x, job, now)


def _is_block(rows: list[int]) -> bool:
    return rows[-1] - rows[0] + 1 == len(rows)


def _revive(core: Core, x: Session, job: Job) -> None:
    """Where the steps did not happen because the process is gone, a new one begins the episodes."""
    job.faulty, job.losses = job.losses, {}
    core.send(
        x,
        sorted(job.faulty),
        lambda rows: orders.Reset(rows, [x.next_seed[i] for i in rows]),
    )


def _step_done(core: Core, x: Session, job: Job) -> wire.StepDone:
    rewards = np.zeros(x.rows)
    flags = np.zeros(x.rows, np.uint8)
    faulty = {**job.faulty, **job.losses}
    for rows, outcome in job.outcomes:
        if outcome.is_step:  # else it is of the rows that were revived
            rewards[rows] = outcome.rewards
            flags[rows] = outcome.flags
            faulty.update(outcome.faults)
    if faulty:
        flags[list(faulty)] = wire.FAULTY | wire.TRUNCATED
    _tell(core, x, faulty, flags)
    done = wire.StepDone()
    begun = _settle(x, flags, faulty)
    if x.same_step and flags.any():
        _fill_finals(x, job, np.flatnonzero(flags).tolist(), done)
    infos = np.full((x.rows, x.columns), np.nan)
    for rows, outcome in job.outcomes:
        fresh = [n for n, i in enumerate(rows) if x.same_step or i not in faulty]
        _deliver(x, rows, outcome, fresh)
        if x.columns:
            infos[[rows[n] for n in fresh]] = outcome.infos[fresh]
    flags[begun] |= wire.FIRST
    x.flags = flags
    done.rewards.extend(rewards.tolist())
    done.flags = flags.tobytes()
    done.observations.extend(a.tobytes() for a in x.observations)
    done.infos.extend(infos.ravel().tolist())
    done.seeds.extend(x.begin_episode(i) for i in begun)
    for i in begun:
        x.lost.pop(i, None)
    return done


def _settle(x: Session, flags: Array, faulty: dict[int, str]) -> list[int]:
    """Notes which rows ended; which have begun an episode."""
    begun: list[int] = np.flatnonzero(flags if x.same_step else x.ended).tolist()
    x.elapsed += ~x.ended
    if not x.same_step:
        x.ended = flags != 0
        x.broken = np.zeros(x.rows, bool)
        x.broken[list(faulty)] = True
    return begun


def _tell(core: Core, x: Session, faulty: dict[int, str], flags: Array) -> None:
    """Of a row that has ended no episode since it was faulty last it is said in a whisper."""
    for i in sorted(faulty):
        level = "debug" if i in x.failing else "warning"
        core.log(level, f"{x.task.id}: row {i} is faulty: {faulty[i]}")
    if x.failing:
        x.failing -= set(np.flatnonzero(flags).tolist())
    x.failing |= set(faulty)


def _deliver(x: Session, rows: list[int], outcome: Outcome, which: list[int]) -> None:
    """The rows of an outcome that are numbers `which` have these observations from now on."""
    if len(which) == len(rows) and rows and _is_block(rows):
        for place, array in zip(x.observations, outcome.observations):
            place[rows[0] : rows[-1] + 1] = array
    else:
        for place, array in zip(x.observations, outcome.observations):
            place[[rows[n] for n in which]] = array[which]


def _fill_finals(x: Session, job: Job, ended: list[int], done: wire.StepDone) -> None:
    """How the episodes ended; a faulty one with what was delivered last."""
    place = {i: n for n, i in enumerate(ended)}
    observations = [a[ended] for a in x.observations]
    infos = np.full((len(ended), x.columns), np.nan)
    for rows, outcome in job.outcomes:
        if not outcome.final_observations:
            continue
        to = [place[rows[n]] for n in np.flatnonzero(outcome.flags)]
        for array, finals in zip(observations, outcome.final_observations):
            array[to] = finals
        if x.columns:
            infos[to] = outcome.final_infos
    done.final_observations.extend(a.tobytes() for a in observations)
    done.final_infos.extend(infos.ravel().tolist())


# ---- Reset ---------------------------------------------------------------------------------------


def _reset_done(x: Session, job: Job) -> wire.ResetDone:
    infos: dict[int, Array] = {}
    for rows, outcome in job.outcomes:
        _deliver(x, rows, outcome, list(range(len(rows))))
        infos.update(zip(rows, outcome.infos))
    x.flags[job.rows] = wire.FIRST
    for i in job.rows:
        x.lost.pop(i, None)
    return wire.ResetDone(
        flags=x.flags[job.rows].tobytes(),
        seeds=[job.seeds[i] for i in job.rows],
        observations=_listed(x, job.rows),
        infos=np.concatenate([infos[i] for i in job.rows]).tolist(),
    )


def _listed(x: Session, rows: list[int]) -> list[bytes]:
    return [a[rows].tobytes() for a in x.observations]


# ---- pictures and states -------------------------------------------------------------------------


def _rendered(job: Job) -> wire.Rendered:
    picture = job.outcomes[0][1].picture
    height, width, _ = picture.shape
    return wire.Rendered(width=width, height=height, rgb=picture.tobytes())


def _answer_states(core: Core, x: Session, job: Job) -> None:
    saved: dict[int, bytes] = {}
    for rows, outcome in job.outcomes:
        saved.update(zip(rows, outcome.states))
    states = [seal(x, i, saved[i]) for i in job.rows]
    try:
        load.check_reply(x, states_bytes(states), "rows")
        core.lend(x, states_bytes(states))
    except Refusal as refusal:
        core.keep(x, error=refusal.message())
        return
    core.keep(x, states=wire.States(format=load.STATE_FORMAT, states=states))


def _finish_load(core: Core, x: Session, job: Job, now: float) -> None:
    """All rows or none."""
    failure = _failure(x, job)
    if failure is None:
        x.job = None
        core.keep(x, state_set=_state_set(x, job))
    elif job.losses:
        core.keep(x, error=failure.message())
        core.lose(x, now)
    else:
        undo = Job(Kind.UNDO, job.rows, job.since)
        undo.failure = Refusal(wire.INVALID_ARGUMENT, str(failure), "states", failure.rows)
        core.start(x, undo)


def _finish_undo(core: Core, x: Session, job: Job, now: float) -> None:
    """A row that could not be put back is in no state to go on with."""
    failure = _failure(x, job)
    if failure is not None:
        text = f"{failure} (it could not be put back into the state before SetState)"
        core.keep(x, error=Refusal(wire.ENVIRONMENT, text, rows=failure.rows).message())
        core.lose(x, now)
        return
    assert job.failure is not None
    x.job = None
    core.keep(x, error=job.failure.message())


def _state_set(x: Session, job: Job) -> wire.StateSet:
    for rows, outcome in job.outcomes:
        _deliver(x, rows, outcome, list(range(len(rows))))
    for i, header in zip(job.rows, read_states(x, job)):
        x.stream[i], x.k[i] = header.stream, header.k
        x.next_seed[i] = wire.mix(header.stream, header.k)
        x.elapsed[i] = header.elapsed
        x.ended[i] = header.flags != 0
        x.flags[i] = header.flags
        x.lost.pop(i, None)
    x.begun[job.rows] = True
    x.broken[job.rows] = False
    return wire.StateSet(flags=x.flags[job.rows].tobytes(), observations=_listed(x, job.rows))


# ---- Resume --------------------------------------------------------------------------------------


def answer_resumed(core: Core, x: Session, asker: Asker) -> None:
    resumed = wire.Resumed(
        spec=x.spec_message(),
        seq=x.answered,
        busy=x.job is not None,
        autoreset=x.autoreset,
        info=x.info,
        lease=x.lease,
    )
    if x.job is None:
        resumed.flags = x.flags.tobytes()
        resumed.observations.extend(a.tobytes() for a in x.observations)
    core.reply(asker, resumed=resumed)
