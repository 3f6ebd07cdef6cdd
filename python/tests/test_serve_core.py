"""The server as a state machine, driven by hand: numbers, tokens, leases, limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from serve_kit import COUNTER, CULPRIT, Drive, counter_step, request, sums

from stepwire import wire
from stepwire.serve.limits import Limits

STEP = counter_step([1, 2], [0, 0])


def _page() -> list[bytes]:
    """The messages of docs/protocol.md, in turn requests and replies."""
    page = Path(__file__).parents[2] / "docs" / "protocol.md"
    blocks = re.findall(r"```hex\n(.*?)```", page.read_text(), re.DOTALL)
    pairs = r"^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?:  .*)?$"
    return [bytes.fromhex("".join(re.findall(pairs, b, re.MULTILINE))) for b in blocks]


def test_hello_close_and_a_bad_action_are_answered_byte_for_byte_as_the_page_says() -> None:
    from stepwire.serve.task import gymnasium_task

    limits = Limits(max_message=65536, max_rows=8, max_sessions=4, max_envs=16, max_lease=60.0)
    d = Drive([gymnasium_task("CartPole-v1")], limits=limits)
    page = _page()
    assert len(page) >= 14
    same = []
    for asked, answered in zip(page[::2], page[1::2]):
        d.core.request(peer := _peer(), asked, 0.0)
        while errands := d.core.take_errands():
            for errand in errands:
                d.obey(errand)
        ((to, data),) = d.core.take_replies()
        assert to == peer
        expected, got = wire.Reply.FromString(answered), wire.Reply.FromString(data)
        same.append(data == answered)
        if got.HasField("error") and expected.HasField("states"):
            continue  # CartPole of Gymnasium saves no states
        assert got.WhichOneof("result") == expected.WhichOneof("result")
        assert (got.session, got.seq, got.incarnation) == (1001 * (got.session > 0), got.seq, 1000)
        if got.HasField("reset"):
            assert list(got.reset.seeds) == list(expected.reset.seeds)
            assert got.reset.flags == expected.reset.flags
        if got.HasField("opened"):
            mine, theirs = got.opened.spec, expected.opened.spec
            assert mine.observations[0].dtype == theirs.observations[0].dtype
            assert list(mine.observations[0].low) == list(theirs.observations[0].low)
            assert mine.actions == theirs.actions
            assert mine.max_episode_steps == theirs.max_episode_steps == 500
    assert same[0] and same[-1] and same[-2]


def _peer():
    from stepwire.serve.session import Peer

    return Peer(b"peer")


# ---- rule 1 --------------------------------------------------------------------------------------


def test_a_number_is_executed_once_and_its_reply_kept() -> None:
    d = Drive()
    s = d.open()
    s.reset()
    first = d.ask(session=s.id, seq=2, step=STEP)
    again = d.ask(session=s.id, seq=2, step=STEP)
    assert first == again
    assert sums(again.step.observations) == [[1, 1], [2, 1]]


def test_other_bytes_under_the_same_number_are_refused_and_use_none() -> None:
    d = Drive()
    s = d.open()
    s.reset()
    d.ask(session=s.id, seq=2, step=STEP)
    d.refused(wire.INVALID_ARGUMENT, session=s.id, seq=2, step=counter_step([5, 5], [0, 0]))
    reply = d.ask(session=s.id, seq=3, step=STEP)
    assert sums(reply.step.observations) == [[2, 2], [4, 2]]


def test_lower_numbers_are_stale_and_higher_ones_out_of_order() -> None:
    d = Drive()
    s = d.open()
    s.reset()
    s.step([1, 1], [0, 0])
    d.refused(wire.STALE, session=s.id, seq=1, step=STEP)
    d.refused(wire.STALE, session=s.id, seq=0, step=STEP)
    d.refused(wire.OUT_OF_ORDER, session=s.id, seq=4, step=STEP)
    assert d.ask(session=s.id, seq=3, step=STEP).HasField("step")


def test_an_error_reply_uses_its_number_and_is_kept() -> None:
    d = Drive()
    s = d.open()
    error = d.refused(wire.FAILED_PRECONDITION, session=s.id, seq=1, step=STEP)
    assert list(error.rows) == [0, 1]
    assert d.ask(session=s.id, seq=1, step=STEP).error == error
    assert d.ask(session=s.id, seq=2, reset=wire.Reset()).HasField("reset")


def test_a_request_that_runs_is_answered_once_and_to_whoever_asked_last() -> None:
    d = Drive()
    s = d.open()
    s.reset()
    d.holds = True
    step = request(session=s.id, seq=2, step=STEP)
    before = len(d.replies)
    d.say(step, "first")
    d.say(step, "second")
    d.say(request(seq=9, ping=wire.Ping(sessions=[s.id])), "third")
    assert d.replies[-1][1].pong.sessions[0].state == wire.SessionStatus.BUSY
    d.let_go()
    ((_, pong), (peer, reply)) = d.replies[before:]
    assert pong.HasField("pong") and reply.HasField("step") and peer.name == b"second"


def test_an_unknown_kind_in_a_session_uses_a_number() -> None:
    d = Drive()
    s = d.open()
    d.refused(wire.UNIMPLEMENTED, session=s.id, seq=1)
    assert d.ask(session=s.id, seq=2, reset=wire.Reset()).HasField("reset")
    d.refused(wire.UNIMPLEMENTED, session=0, seq=1)


def test_close_frees_the_session_at_once() -> None:
    d = Drive()
    s = d.open()
    s.reset()
    assert s.ask(close=wire.Close()).HasField("closed")
    assert not d.processes and not d.core.sessions
    d.refused(wire.SESSION_LOST, session=s.id, seq=2, close=wire.Close())
    assert d.open().id != s.id  # the same bytes again: a new session


# ---- Open ----------------------------------------------------------------------------------------


def test_the_same_open_again_joins_its_session_and_another_with_its_token_does_not() -> None:
    d = Drive()
    s = d.open()
    assert d.open().id == s.id
    assert len(d.core.sessions) == 1
    d.refused(wire.INVALID_ARGUMENT, seq=1, open=wire.Open(token=1, env_id="Counter-v0", rows=3))


def test_an_open_repeated_while_it_is_under_way_is_answered_once() -> None:
    d = Drive()
    d.holds = True
    data = request(seq=5, open=wire.Open(token=3, env_id="Counter-v0", rows=2))
    d.say(data, "first")
    d.say(data, "second")
    d.let_go()
    ((peer, reply),) = d.replies
    assert peer.name == b"second" and reply.HasField("opened")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"token": 0}, wire.INVALID_ARGUMENT, "token"),
        ({"env_id": "Nothing-v0"}, wire.NOT_FOUND, "env_id"),
        ({"rows": 0}, wire.INVALID_ARGUMENT, "rows"),
        ({"rows": 9}, wire.TOO_LARGE, "rows"),
        ({"rows": 8}, wire.CAPACITY, "rows"),
        ({"autoreset": 4}, wire.INVALID_ARGUMENT, "autoreset"),
        ({"observation_format": 2}, wire.INVALID_ARGUMENT, "observation_format"),
        ({"action_format": 7}, wire.INVALID_ARGUMENT, "action_format"),
        ({"max_episode_steps": 2**63}, wire.INVALID_ARGUMENT, "max_episode_steps"),
        ({"lease": -1.0}, wire.INVALID_ARGUMENT, "lease"),
        ({"lease": float("nan")}, wire.INVALID_ARGUMENT, "lease"),
        ({"max_reply": 100}, wire.TOO_LARGE, "max_reply"),
        ({"settings": [wire.Setting(name="nothing")]}, wire.INVALID_ARGUMENT, "settings"),
    ],
)
def test_what_cannot_be_opened_is_refused_by_name_and_leaves_nothing(fields, code, field) -> None:
    d = Drive(limits=Limits(max_rows=8, max_envs=7))
    asked = {"token": 1, "env_id": "Counter-v0", "rows": 2} | fields
    error = d.refused(code, seq=1, open=wire.Open(**asked))
    assert error.field == field
    assert error.retry == (code == wire.CAPACITY)
    assert not d.core.sessions


def test_sessions_are_counted() -> None:
    d = Drive(limits=Limits(max_sessions=2))
    d.open(token=1)
    d.open(token=2)
    error = d.refused(wire.CAPACITY, seq=1, open=wire.Open(token=3, env_id="Counter-v0", rows=1))
    assert "2 sessions" in error.text


def test_a_reply_that_could_exceed_max_message_is_refused_at_open() -> None:
    d = Drive(limits=Limits(max_message=4096))
    error = d.refused(wire.TOO_LARGE, seq=1, open=wire.Open(token=3, env_id="Counter-v0", rows=99))
    assert error.field == "rows" and not d.core.sessions


def test_a_session_belongs_to_the_key_that_opened_it() -> None:
    d = Drive()
    opened = wire.Open(token=7, env_id="Counter-v0", rows=1)
    mine = d.ask(key="mine", seq=1, open=opened).opened.session
    theirs = d.ask(key="theirs", seq=1, open=opened).opened.session
    assert mine != theirs
    error = d.ask(key="theirs", session=mine, seq=1, reset=wire.Reset()).error
    assert error.code == wire.SESSION_LOST
    pong = d.ask(key="theirs", seq=1, ping=wire.Ping(sessions=[mine, theirs])).pong
    assert [s.state for s in pong.sessions] == [wire.SessionStatus.LOST, wire.SessionStatus.IDLE]


# ---- outside a session ---------------------------------------------------------------------------


def test_another_major_is_refused_with_both_versions() -> None:
    error = Drive().refused(wire.VERSION, major=2, seq=1, hello=wire.Hello())
    assert "2" in error.text and "1.0" in error.text


def test_what_is_no_request_is_refused() -> None:
    d = Drive()
    d.say(b"\xff\xff\xff")
    ((_, reply),) = d.replies
    assert (reply.session, reply.seq, reply.error.code) == (0, 0, wire.INVALID_ARGUMENT)


def test_a_message_of_very_many_fields_is_not_parsed() -> None:
    d = Drive()
    many = wire.Open(token=1, env_id="Counter-v0", rows=1)
    setting = b"\x32\x00"  # field 6 of Open, empty
    body = many.SerializeToString() + setting * 200000
    from google.protobuf.internal.encoder import _VarintBytes

    data = b"\x08\x01\x18\x01\x92\x01" + _VarintBytes(len(body)) + body
    d.say(data)
    error = d.replies[-1][1].error
    assert error.code == wire.INVALID_ARGUMENT and "fields" in error.text


def test_describe_shows_the_spec_under_its_settings() -> None:
    d = Drive()
    setting = wire.Setting(name="hang_ms", type=wire.INT, int_value=5)
    asked = wire.Describe(env_id="Counter-v0", settings=[setting])
    spec = d.ask(seq=1, describe=asked).description.spec
    assert [t.name for t in spec.observations] == ["sum", "seed"]
    assert [t.dtype for t in spec.actions] == [wire.FLOAT64, wire.INT32]
    assert [(i.name, i.at_reset) for i in spec.infos] == [("sum", True), ("last", False)]
    assert [s.value.name for s in spec.settings] == ["hang_ms", "step_us", "fail_reset"]
    assert spec.settings[0].value.int_value == 0  # a Description has the defaults
    assert spec.supports_state and spec.agents == 1 and spec.max_episode_steps == 0


def test_an_environment_that_cannot_be_made_is_described_by_its_error() -> None:
    d = Drive([CULPRIT])
    setting = wire.Setting(name="at_make", type=wire.STRING, string_value="raise")
    error = d.refused(
        wire.ENVIRONMENT,
        seq=1,
        describe=wire.Describe(env_id="Culprit-v0", settings=[setting]),
    )
    assert error.text == "Culprit-v0: RuntimeError: on purpose" and error.field == "settings"


def test_ping_tells_of_each_session_in_order() -> None:
    d = Drive()
    s = d.open()
    s.reset()
    pong = d.ask(seq=4, ping=wire.Ping(sessions=[7, s.id])).pong
    assert pong.sessions[0].state == wire.SessionStatus.LOST
    assert (pong.sessions[1].state, pong.sessions[1].seq) == (wire.SessionStatus.IDLE, 1)
    d.refused(wire.TOO_LARGE, seq=5, ping=wire.Ping(sessions=[1] * 100))


def test_a_server_that_drains_opens_no_more_but_joins_and_steps() -> None:
    d = Drive()
    s = d.open()
    d.core.drain()
    d.refused(wire.DRAINING, seq=1, open=wire.Open(token=2, env_id="Nothing-v0"))
    assert d.open().id == s.id
    assert d.ask(seq=1, ping=wire.Ping()).pong.draining
    s.reset()


# ---- leases --------------------------------------------------------------------------------------


def test_a_silent_session_is_freed_after_its_lease() -> None:
    d = Drive()
    s = d.open(lease=3.0)
    for d.now in (1.0, 2.0, 2.9):
        d.core.tick(d.now)
        d.run()
    assert d.core.sessions
    d.now = 3.1
    d.core.tick(d.now)
    d.run()
    assert not d.core.sessions and not d.processes
    d.refused(wire.SESSION_LOST, session=s.id, seq=1, reset=wire.Reset())


def test_ping_renews_a_lease_and_so_does_any_message_of_the_session() -> None:
    d = Drive()
    s = d.open(lease=2.0)
    for second in range(1, 10):
        d.now = float(second)
        if second % 2:
            d.ask(seq=1, ping=wire.Ping(sessions=[s.id]))
        else:
            d.refused(wire.STALE, session=s.id, seq=0, reset=wire.Reset())
        d.core.tick(d.now)
        d.run()
    assert d.core.sessions


def test_a_server_that_stood_still_loses_no_session() -> None:
    d = Drive()
    d.open(lease=2.0)
    d.now = 3600.0
    d.core.tick(d.now)
    d.run()
    assert d.core.sessions


def test_a_session_that_works_is_not_freed() -> None:
    d = Drive()
    s = d.open(lease=2.0)
    d.holds = True
    d.say(request(session=s.id, seq=1, reset=wire.Reset()))
    for d.now in (1.0, 2.0, 3.0, 4.0):
        d.core.tick(d.now)
        d.run()
    assert d.core.sessions
    d.let_go()
    assert d.replies[-1][1].HasField("reset")
    d.core.tick(4.1)
    d.run()
    assert not d.core.sessions


def test_a_lease_is_capped() -> None:
    d = Drive([COUNTER], limits=Limits(max_lease=5.0))
    assert d.open(lease=100.0).opened.lease == 5.0
    assert d.open(token=2, lease=0.0).opened.lease == 5.0


# ---- Resume --------------------------------------------------------------------------------------


def test_resume_tells_where_a_session_stands() -> None:
    d = Drive()
    s = d.open(autoreset=wire.AUTORESET_DISABLED, lease=9.0)
    s.reset()
    done = s.step([1, 2], [0, 1])
    resumed = d.ask(session=s.id, seq=77, resume=wire.Resume()).resumed
    assert (resumed.seq, resumed.busy, resumed.lease) == (2, False, 9.0)
    assert (resumed.autoreset, resumed.info) == (wire.AUTORESET_DISABLED, True)
    assert resumed.flags == done.flags
    assert list(resumed.observations) == list(done.observations)
    assert resumed.spec == s.opened.spec
