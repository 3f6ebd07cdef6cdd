"""Pictures and states of rows."""

from __future__ import annotations

import numpy as np
import pytest
from serve_kit import CAMERA, COUNTER, CULPRIT, Drive, counter_step, sums

from stepwire import wire
from stepwire.serve.limits import Limits
from stepwire.serve.task import Task, gymnasium_task

TERMINATED = 1


def test_a_picture_has_the_size_that_was_asked_for() -> None:
    s = Drive([CULPRIT]).open()
    s.refused(wire.FAILED_PRECONDITION, render=wire.Render(row=1, width=6, height=4))
    s.reset()
    s.ask(step=wire.Step(actions=[np.zeros(2, "<i8").tobytes()]))
    picture = s.ask(render=wire.Render(row=1, width=12, height=2)).rendered
    assert (picture.width, picture.height, picture.rgb) == (12, 2, b"\1" * (12 * 2 * 3))
    for asked, code in (
        ({"row": 2, "width": 5, "height": 5}, wire.INVALID_ARGUMENT),
        ({"width": 0, "height": 5}, wire.INVALID_ARGUMENT),
        ({"width": 5, "height": 4097}, wire.INVALID_ARGUMENT),
        ({"width": 5, "height": 5, "camera": "side"}, wire.NOT_FOUND),
    ):
        s.refused(code, render=wire.Render(**asked))


def test_pictures_and_states_of_all_sessions_have_a_bound() -> None:
    """Of four largest messages; 27,000 bytes are what a picture here has."""
    d = Drive([CULPRIT], limits=Limits(max_message=30000))
    sessions = [d.open(token=n, rows=1) for n in range(1, 7)]
    for s in sessions:
        s.reset()
    asked = wire.Render(width=100, height=90)
    for s in sessions[:4]:
        assert s.ask(render=asked).HasField("rendered")
    assert sessions[5].refused(wire.CAPACITY, render=asked).retry
    sessions[0].reset()  # whose picture is not kept any more
    assert sessions[5].ask(render=asked).HasField("rendered")


def test_what_has_no_pictures_or_states_says_so() -> None:
    s = Drive([CAMERA]).open()
    s.reset()
    s.refused(wire.UNIMPLEMENTED, render=wire.Render(width=5, height=5))
    s.refused(wire.UNIMPLEMENTED, get_state=wire.GetState())
    s.refused(wire.UNIMPLEMENTED, set_state=wire.SetState())


def test_a_row_goes_on_from_a_state_as_if_nothing_had_happened(drive) -> None:
    s = drive.open(max_episode_steps=4)
    s.reset()
    s.step([1, 2], [0, 0])
    states = s.ask(get_state=wire.GetState()).states
    assert states.format == "python/1"
    future = [s.step([n, 1], [0, n == 2]) for n in range(6)]
    done = s.ask(set_state=wire.SetState(states=states.states)).state_set
    assert done.flags == b"\0\0" and sums(done.observations) == [[1, 1], [2, 1]]
    assert [s.step([n, 1], [0, n == 2]) for n in range(6)] == future


def test_states_are_loaded_in_all_rows_or_none(drive) -> None:
    import struct

    from stepwire.serve.states import seal

    s = drive.open()
    s.reset()
    s.step([1, 2], [0, 0])
    good = s.ask(get_state=wire.GetState()).states.states
    x = drive.core.sessions[0]
    s.step([1, 1], [0, 0])
    impossible = seal(x, 1, struct.pack("<ddQq", 0.0, -1.0, 0, 0))
    error = s.refused(wire.INVALID_ARGUMENT, set_state=wire.SetState(states=[good[0], impossible]))
    assert list(error.rows) == [1] and error.field == "states" and "negative" in error.text
    assert sums(s.step([1, 1], [0, 0]).observations) == [[3, 3], [4, 3]]


@pytest.mark.parametrize("damage", ["cut", "flip", "short", "count"])
def test_a_damaged_state_is_refused(drive, damage) -> None:
    s = drive.open()
    s.reset()
    a, b = s.ask(get_state=wire.GetState()).states.states
    flipped = bytes([*b[:50], b[50] ^ 1, *b[51:]])
    bad = {"cut": [a, b[:-1]], "flip": [a, flipped], "short": [a, b""], "count": [a]}[damage]
    error = s.refused(wire.INVALID_ARGUMENT, set_state=wire.SetState(states=bad))
    assert error.field == "states"


def test_all_rows_whose_states_cannot_be_are_named(drive) -> None:
    s = drive.open(rows=3)
    s.reset()
    good = s.ask(get_state=wire.GetState()).states.states
    bad = [good[0][:-1], good[1], b""]
    error = s.refused(wire.INVALID_ARGUMENT, set_state=wire.SetState(states=bad))
    assert list(error.rows) == [0, 2] and "row 0: a state of another task" in error.text


def test_a_state_of_other_settings_is_refused(drive) -> None:
    s = drive.open()
    s.reset()
    states = s.ask(get_state=wire.GetState()).states.states
    other = wire.Setting(name="hang_ms", type=wire.INT, int_value=1)
    t = drive.open(token=2, settings=[other])
    t.refused(wire.INVALID_ARGUMENT, set_state=wire.SetState(states=states))


def test_an_ended_episode_is_loaded_only_where_episodes_can_be_over(drive) -> None:
    s = drive.open(autoreset=wire.AUTORESET_DISABLED)
    s.reset()
    s.step([1, 2], [0, 1])
    states = s.ask(get_state=wire.GetState()).states.states
    done = s.ask(set_state=wire.SetState(states=states)).state_set
    assert list(done.flags) == [0, TERMINATED]
    s.refused(wire.FAILED_PRECONDITION, step=counter_step([1, 1], [0, 0]))
    t = drive.open(token=2)
    error = t.refused(wire.INVALID_ARGUMENT, set_state=wire.SetState(states=states))
    assert list(error.rows) == [1]


@pytest.mark.parametrize("task", [COUNTER, gymnasium_task("Counter-v0")], ids=["plain", "wrapped"])
def test_set_state_needs_no_reset_before_it(task: Task) -> None:
    d = Drive([task])
    s = d.open()
    s.reset()
    s.step([1, 2], [0, 0])
    states = s.ask(get_state=wire.GetState()).states.states
    t = d.open(token=2)
    t.ask(set_state=wire.SetState(states=states))
    done = t.step([1, 1], [0, 0])
    assert done.flags == b"\0\0" and sums(done.observations) == [[2, 2], [3, 2]]
