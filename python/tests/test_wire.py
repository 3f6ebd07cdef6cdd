"""The messages, against the bytes of the conversation in docs/protocol.md."""

import re
import struct
from pathlib import Path

import pytest

from stepwire import schema, wire

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()


def blocks():
    """The messages of the page as bytes, in its order."""
    for block in re.findall(r"```hex\n(.*?)```", PAGE, re.S):
        digits = [re.match(r"(?: ?[0-9a-f]{2}\b(?! ?=))+", line) for line in block.splitlines()]
        yield bytes.fromhex("".join(match.group() for match in digits if match))


def test_the_page_has_a_conversation_of_requests_and_replies():
    kinds = []
    for index, data in enumerate(blocks()):
        if index % 2 == 0:
            kinds.append(wire.Request.FromString(data).WhichOneof("kind"))
        else:
            kinds.append(wire.Reply.FromString(data).WhichOneof("result"))
    assert kinds == [
        "hello", "welcome", "open", "opened", "reset", "reset", "get_state", "states",
        "step", "step", "step", "error", "close", "closed",
    ]  # fmt: skip


@pytest.mark.parametrize("index", range(14))
def test_what_is_parsed_and_packed_again_is_the_same_bytes(index):
    data = list(blocks())[index]
    kind = wire.Request if index % 2 == 0 else wire.Reply
    assert kind.FromString(data).SerializeToString(deterministic=True) == data


def test_mix_gives_the_values_of_the_page():
    table = re.findall(r"^\| (\d+) \| (\d+) \| `(0x[0-9a-f]+)` \|$", PAGE, re.M)
    assert len(table) == 8
    for a, b, value in table:
        assert wire.mix(int(a), int(b)) == int(value, 16)


def test_a_code_that_is_not_known_is_internal():
    assert wire.error_name(8) == "SESSION_LOST"
    assert wire.error_name(99) == "INTERNAL"


def test_a_flat_reply_has_its_numbers_as_bytes():
    step = wire.StepDone(rewards=[1.5, -2], flags=b"\0\4", seeds=[7], infos=[0.25])
    data = wire.Reply(seq=3, step=step).SerializeToString()
    flat = wire.FlatReply.FromString(data)
    assert flat.seq == 3 and flat.step.flags == b"\0\4"
    assert struct.unpack("<2d", flat.step.rewards) == (1.5, -2)
    assert struct.unpack("<Q", flat.step.seeds) == (7,) and flat.step.final_infos == b""
    pong = wire.Reply(pong=wire.Pong(sessions=[wire.SessionStatus(seq=9)])).SerializeToString()
    assert wire.FlatReply.FromString(pong).pong.sessions[0].seq == 9


def test_what_the_reader_does_not_understand_is_refused():
    with pytest.raises(ValueError, match="no type 'Nothing'"):
        schema.load('syntax = "proto3"; package p; message M { Nothing n = 1; }', "x.proto")
    with pytest.raises(ValueError, match="expected"):
        schema.load('syntax = "proto2"; package p;', "x.proto")
