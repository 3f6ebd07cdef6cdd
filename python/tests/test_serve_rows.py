"""The life of rows, driven by hand: autoreset, seeds, limits, actions, faults, lost workers."""

from __future__ import annotations

import numpy as np
import pytest
from serve_kit import CAMERA, CULPRIT, Drive, counter_step, sums

from stepwire import wire
from stepwire.serve.errors import describe

TERMINATED, TRUNCATED, FIRST, FAULTY = 1, 2, 4, 8
LOST = FAULTY | TRUNCATED
NAN = pytest.approx(np.nan, nan_ok=True)


# ---- autoreset -----------------------------------------------------------------------------------


def test_same_step_begins_anew_in_the_reply_that_ends(drive) -> None:
    s = drive.open()
    s.reset()
    s.step([1, 2], [0, 0])
    done = s.step([3, 4], [0, 1])
    assert list(done.flags) == [0, TERMINATED | FIRST]
    assert list(done.rewards) == [3, 4]
    assert sums(done.observations) == [[4, 2], [0, 0]]
    assert sums(done.final_observations) == [[6, 2]]
    assert list(done.infos) == [4, 3, 0, NAN]
    assert list(done.final_infos) == [6, 4]
    assert list(done.seeds) == [wire.mix(wire.mix(42, 1), 1)]
    done = s.step([1, 1], [0, 0])
    assert sums(done.observations) == [[5, 3], [1, 1]] and not done.seeds


def test_next_step_begins_anew_in_the_step_after_which_reads_no_action(drive) -> None:
    s = drive.open(autoreset=wire.AUTORESET_NEXT_STEP)
    s.reset()
    done = s.step([3, 4], [0, 2])
    assert list(done.flags) == [0, TRUNCATED]
    assert sums(done.observations) == [[3, 1], [4, 1]]
    assert not done.seeds and not done.final_observations
    done = s.step([1, np.nan], [0, 99])
    assert list(done.flags) == [0, FIRST]
    assert list(done.rewards) == [1, 0]
    assert sums(done.observations) == [[4, 2], [0, 0]]
    assert list(done.infos) == [4, 1, 0, NAN]
    assert list(done.seeds) == [wire.mix(wire.mix(42, 1), 1)]


def test_disabled_waits_for_a_reset(drive) -> None:
    s = drive.open(autoreset=wire.AUTORESET_DISABLED)
    s.reset()
    assert list(s.step([3, 4], [0, 1]).flags) == [0, TERMINATED]
    error = s.refused(wire.FAILED_PRECONDITION, step=counter_step([1, 1], [0, 0]))
    assert list(error.rows) == [1]
    done = s.reset(rows=[1])
    assert (list(done.flags), len(done.seeds)) == ([FIRST], 1)
    assert sums(s.step([1, 1], [0, 0]).observations) == [[4, 2], [1, 1]]


def test_the_time_limit_truncates_at_exactly_its_step_beside_termination(drive) -> None:
    s = drive.open(max_episode_steps=3)
    assert s.opened.spec.max_episode_steps == 3
    s.reset()
    flags = [list(s.step([1, 1], [0, n == 2]).flags) for n in range(5)]
    both = TERMINATED | TRUNCATED
    assert flags == [[0, 0], [0, 0], [TRUNCATED | FIRST, both | FIRST], [0, 0], [0, 0]]


def test_the_step_that_begins_an_episode_counts_as_none(drive) -> None:
    s = drive.open(autoreset=wire.AUTORESET_NEXT_STEP, max_episode_steps=2)
    s.reset()
    flags = [s.step([1, 1], [0, 0]).flags[0] for _ in range(6)]
    assert flags == [0, TRUNCATED, FIRST, 0, TRUNCATED, FIRST]


# ---- seeds ---------------------------------------------------------------------------------------


def test_seeds_are_mixed_of_stream_and_episode(drive) -> None:
    s = drive.open(first_row=3)  # docs/protocol.md: row 3 with base seed 42
    assert s.reset().seeds[0] == 0x3304D23DB2A8B503
    assert s.reset(rows=[0]).seeds[0] == 0x7AED7332B91656D8


@pytest.mark.parametrize(
    ("asked", "first", "second"),
    [
        ({"seeds": [5]}, 5, wire.mix(5, 1)),
        ({"seeds": [5], "episodes": [0]}, 5, wire.mix(5, 1)),
        ({"seeds": [5], "episodes": [7]}, wire.mix(5, 7), wire.mix(5, 8)),
        ({"episodes": [7]}, wire.mix(wire.mix(42, 0), 7), wire.mix(wire.mix(42, 0), 8)),
        ({"episodes": [0]}, wire.mix(wire.mix(42, 0), 0), wire.mix(wire.mix(42, 0), 1)),
    ],
)
def test_a_reset_may_say_seeds_and_episodes(drive, asked, first, second) -> None:
    s = drive.open()
    s.reset()
    done = s.reset(rows=[0], **asked)
    assert list(done.seeds) == [first]
    assert int.from_bytes(done.observations[1], "little") == first  # what it was given
    assert list(s.step([1, 1], [1, 0]).seeds) == [second]


def test_trajectories_do_not_depend_on_how_the_rows_are_divided() -> None:
    told = []
    for parts in (1, 2, 3):
        s = Drive(parts=parts).open(rows=5)
        s.reset()
        steps = [s.step([1, 2, 3, 4, 5], [0, n % 2, 0, n == 3, 2]) for n in range(6)]
        told.append([step.SerializeToString(deterministic=True) for step in steps])
    assert told[0] == told[1] == told[2]


# ---- what is asked for is checked ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field", "rows"),
    [
        ({"rows": [2]}, "rows", [2]),
        ({"rows": [1, 0]}, "rows", [0]),
        ({"rows": [1, 1]}, "rows", [1]),
        ({"seeds": [1]}, "seeds", []),
        ({"episodes": [1, 2, 3]}, "episodes", []),
    ],
)
def test_a_reset_that_cannot_be_is_refused(drive, asked, field, rows) -> None:
    error = drive.open().refused(wire.INVALID_ARGUMENT, reset=wire.Reset(**asked))
    assert (error.field, list(error.rows)) == (field, rows)


def test_bad_actions_are_named_and_nothing_is_stepped(drive) -> None:
    s = drive.open()
    s.reset()
    for step, field, rows in (
        (counter_step([1, np.nan], [0, 0]), "actions[0]", [1]),
        (counter_step([np.inf, 1], [0, 0]), "actions[0]", [0]),
        (counter_step([1, 1], [0, 7]), "actions[1]", [1]),
        (counter_step([1, 1], [-1, 0]), "actions[1]", [0]),
        (counter_step([1, 1, 1], [0, 0]), "actions[0]", []),
        (wire.Step(actions=[b""]), "actions", []),
    ):
        error = s.refused(wire.INVALID_ARGUMENT, step=step)
        assert (error.field, list(error.rows)) == (field, rows)
    assert sums(s.step([1, 2], [0, 0]).observations) == [[1, 1], [2, 1]]


def test_float_actions_outside_their_bounds_are_passed_on() -> None:
    s = Drive([CAMERA]).open()
    s.reset()
    actions = np.array([[5, 5], [0, 1]], "<f4").tobytes()
    assert list(s.ask(step=wire.Step(actions=[actions])).step.rewards) == [10, 1]


def test_float32_is_what_travels_where_it_is_asked_for(drive) -> None:
    s = drive.open(observation_format=wire.FORMAT_FLOAT32, action_format=wire.FORMAT_FLOAT32)
    assert [t.dtype for t in s.opened.spec.observations] == [wire.FLOAT32, wire.UINT8]
    assert [t.dtype for t in s.opened.spec.actions] == [wire.FLOAT32, wire.INT32]
    s.reset()
    actions = [np.array([0.5, np.inf], "<f4").tobytes(), np.zeros(2, "<i4").tobytes()]
    s.refused(wire.INVALID_ARGUMENT, step=wire.Step(actions=actions))
    actions[0] = np.array([0.5, 0.25], "<f4").tobytes()
    done = s.ask(step=wire.Step(actions=actions)).step
    assert np.frombuffer(done.observations[0], "<f4").tolist() == [0.5, 1, 0.25, 1]


def test_infos_come_only_if_they_are_asked_for(drive) -> None:
    s = drive.open(info=False)
    assert not s.reset().infos
    done = s.step([1, 1], [0, 1])
    assert not done.infos and not done.final_infos


# ---- faulty rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [3, 5, 6])
def test_a_faulty_row_ends_with_what_was_delivered_last(drive, command) -> None:
    s = drive.open()
    s.reset()
    s.step([1, 2], [0, 0])
    done = s.step([3, 4], [0, command])
    assert list(done.flags) == [0, LOST | FIRST]
    assert list(done.rewards) == [3, 0]
    assert sums(done.final_observations) == [[2, 1]]
    assert list(done.final_infos) == [NAN, NAN]
    assert sums(done.observations) == [[4, 2], [0, 0]]
    assert sums(s.step([1, 1], [0, 0]).observations) == [[5, 3], [1, 1]]


@pytest.mark.parametrize("mode", [wire.AUTORESET_NEXT_STEP, wire.AUTORESET_DISABLED])
def test_a_faulty_row_waits_where_others_do(drive, mode) -> None:
    s = drive.open(autoreset=mode)
    s.reset()
    s.step([1, 2], [0, 0])
    done = s.step([3, 4], [0, 3])
    assert list(done.flags) == [0, LOST]
    assert sums(done.observations) == [[4, 2], [2, 1]]
    assert list(done.infos) == [4, 3, NAN, NAN]
    error = s.refused(wire.FAILED_PRECONDITION, get_state=wire.GetState())
    assert list(error.rows) == [1]
    if mode == wire.AUTORESET_DISABLED:
        s.reset(rows=[1])
    else:
        assert list(s.step([0, 0], [0, 0]).flags) == [0, FIRST]
    assert s.step([1, 1], [0, 0]).flags == b"\0\0"


@pytest.mark.parametrize(
    ("crime", "why"),
    [
        ("raise", "RuntimeError: on purpose"),
        ("exit", "SystemExit: 3"),
        ("shape", r"'n' has shape (3,), its space says (2,)"),
        ("nan", "'n' is not finite"),
        ("reward", "the reward is inf"),
        ("tuple", "step() should return"),
        ("text", "the observation should have the keys"),
        ("dtype", "'which' is float64, its space says int64"),
        ("bounds", "'which' is outside the bounds of its space"),
    ],
)
def test_whatever_an_environment_does_wrong_is_told_and_makes_its_row_faulty(crime, why) -> None:
    import counter_env

    d = Drive([CULPRIT])
    s = d.open()
    s.reset()
    action = [0, counter_env.Culprit.CRIMES.index(crime)]
    done = s.ask(step=wire.Step(actions=[np.array(action, "<i8").tobytes()])).step
    assert list(done.flags) == [0, LOST | FIRST]
    told = [text for level, text in d.logged if level == "warning"]
    assert len(told) == 1 and why in told[0] and "row 1" in told[0]


def test_a_row_that_fails_again_and_again_says_so_once(drive) -> None:
    s = drive.open()
    s.reset()
    for _ in range(5):
        s.step([1, 1], [3, 0])
    assert sum(level == "warning" for level, _ in drive.logged) == 1
    s.step([1, 1], [1, 0])
    s.step([1, 1], [3, 0])
    assert sum(level == "warning" for level, _ in drive.logged) == 2


def test_a_reset_that_fails_names_its_rows_and_ends_the_session(drive) -> None:
    setting = wire.Setting(name="fail_reset", type=wire.INT, int_value=2)
    s = drive.open(settings=[setting])
    s.reset()
    error = s.refused(wire.ENVIRONMENT, step=counter_step([1, 1], [0, 1]))
    assert list(error.rows) == [1] and "as fail_reset asks" in error.text
    s.refused(wire.SESSION_LOST, reset=wire.Reset())
    assert not drive.core.sessions and not drive.processes


def test_an_environment_that_cannot_be_made_ends_the_opening() -> None:
    d = Drive([CULPRIT])
    setting = wire.Setting(name="at_reset", type=wire.STRING, string_value="shape")
    s = d.open(settings=[setting])
    error = s.refused(wire.ENVIRONMENT, reset=wire.Reset())
    assert list(error.rows) == [0, 1] and "has shape (3,)" in error.text


# ---- lost processes ------------------------------------------------------------------------------


def test_rows_whose_process_dies_in_a_step_are_faulty_and_go_on_in_a_new_one() -> None:
    d = Drive(parts=2)
    s = d.open(rows=4)
    s.reset()
    s.step([1, 2, 3, 4], [0] * 4)
    d.holds = True
    s_step = counter_step([1, 1, 1, 1], [0] * 4)
    s.seq += 1
    d.say(_step(s, s_step))
    key = next(e.key for e in d.held if e.key[1] == 1)
    d.kill(key)
    d.let_go()
    done = d.replies[-1][1].step
    assert list(done.flags) == [0, 0, LOST | FIRST, LOST | FIRST]
    assert sums(done.observations) == [[2, 2], [3, 2], [0, 0], [0, 0]]
    assert sums(done.final_observations) == [[3, 1], [4, 1]]
    assert list(done.seeds) == [wire.mix(wire.mix(42, i), 1) for i in (2, 3)]
    assert sums(s.step([1] * 4, [0] * 4).observations) == [[3, 3], [4, 3], [1, 1], [1, 1]]


@pytest.mark.parametrize(("mode", "flags"), [(1, LOST | FIRST), (2, LOST), (3, LOST)])
def test_rows_whose_process_died_before_a_step_are_faulty_in_it(mode, flags) -> None:
    d = Drive(parts=2)
    s = d.open(autoreset=mode)
    s.reset()
    d.kill(next(key for key in d.processes if key[1] == 1))
    done = s.step([1, 1], [0, 0])
    assert list(done.flags) == [0, flags]
    assert list(done.rewards) == [1, 0]
    if mode == 2:
        assert list(s.step([1, 1], [0, 0]).flags) == [0, FIRST]
    elif mode == 3:
        s.reset(rows=[1])
    assert s.step([1, 1], [0, 0]).flags == b"\0\0"


def test_a_lost_row_can_be_reset_and_loaded_but_not_drawn_or_saved() -> None:
    d = Drive(parts=2)
    s = d.open()
    s.reset()
    saved = s.ask(get_state=wire.GetState(rows=[1])).states.states[0]
    d.kill(next(key for key in d.processes if key[1] == 1))
    error = s.refused(wire.ENVIRONMENT, get_state=wire.GetState())
    assert list(error.rows) == [1]
    assert s.ask(set_state=wire.SetState(rows=[1], states=[saved])).HasField("state_set")
    assert s.step([1, 1], [0, 0]).flags == b"\0\0"


def test_a_process_that_dies_in_a_reset_ends_the_session() -> None:
    d = Drive(parts=2)
    s = d.open()
    d.holds = True
    s.seq += 1
    from serve_kit import request

    d.say(request(session=s.id, seq=s.seq, reset=wire.Reset()))
    d.kill(d.held[0].key, "its process was killed by SIGKILL")
    d.let_go()
    error = d.replies[-1][1].error
    assert error.code == wire.ENVIRONMENT and list(error.rows) == [0]
    assert "SIGKILL" in error.text and not d.core.sessions


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_that_cannot_be_told_is_named(error) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise error

    assert describe(Unspeakable("so")) == "Unspeakable"


def _step(s, step) -> bytes:
    from serve_kit import request

    return request(session=s.id, seq=s.seq, step=step)
