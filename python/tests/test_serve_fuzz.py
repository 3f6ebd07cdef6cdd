"""Whatever comes, a core answers it or does not, and goes on."""

from __future__ import annotations

import random
from typing import Any

import pytest
from serve_kit import COUNTER, Drive, counter_step, request

from stepwire import wire
from stepwire.serve.limits import Limits

SMALL = Limits(max_message=1 << 16, max_rows=8, max_sessions=4, max_envs=16)


def _number(r: random.Random) -> int:
    return r.choice([0, 1, 2, 3, 5, 255, 2**31, 2**32 - 1])


def _kind(r: random.Random, own: int) -> dict[str, Any]:
    """A request that could be meant so, or nearly, of a session with so many rows."""
    if r.random() < 0.5:
        commands = [r.choice([0, 0, 0, 1, 2, 3, 5, 6, 9 * r.randint(0, 1)]) for _ in range(own)]
        return r.choice([{"reset": wire.Reset()}, {"step": counter_step([1.0] * own, commands)}])
    rows = sorted(r.sample(range(4), r.randint(0, 3)))
    seeds = [r.getrandbits(64) for _ in range(r.choice([0, len(rows), 1]))]
    n = r.choice([1, 2, 3])
    kinds: list[dict[str, Any]] = [
        {"hello": wire.Hello()},
        {"describe": wire.Describe(env_id=r.choice(["Counter-v0", "", "x" * 70, "\0"]))},
        {
            "open": wire.Open(
                token=r.choice([0, 1, 2, 3]),
                env_id="Counter-v0",
                rows=r.choice([1, 2, 3, _number(r)]),
                autoreset=r.randint(0, 4),
                lease=r.choice([0.0, 0.0, 60.0, 0.5, -1.0, float("nan"), float("inf")]),
                info=r.random() < 0.5,
                max_episode_steps=r.choice([0, 1, 3, 2**64 - 1]),
                observation_format=r.randint(0, 2),
            )
        },
        {"reset": wire.Reset(rows=rows, seeds=seeds)},
        {"step": counter_step([1.0] * n, [r.choice([0, 0, 1, 2, 3, 5, 6, 9])] * n)},
        {"render": wire.Render(row=_number(r), width=_number(r), height=_number(r))},
        {"get_state": wire.GetState(rows=rows)},
        {"set_state": wire.SetState(rows=rows, states=[r.randbytes(72)] * len(rows))},
        {"resume": wire.Resume()},
        {"ping": wire.Ping(sessions=seeds)},
        {"close": wire.Close()},
        {},
    ]
    return r.choice(kinds)


def _mangle(r: random.Random, data: bytes) -> bytes:
    if r.random() < 0.7 or not data:
        return data
    at = r.randrange(len(data))
    return r.choice([data[:at], data[:at] + r.randbytes(3) + data[at:], r.randbytes(40)])


@pytest.mark.parametrize("seed", range(8))
def test_no_sequence_of_messages_is_a_defect(seed: int) -> None:
    r = random.Random(seed)
    d = Drive([COUNTER], limits=SMALL)
    for _ in range(600):
        if not d.core.sessions and r.random() < 0.3:
            d.open(autoreset=r.randint(1, 3))
        sessions = [x.id for x in d.core.sessions] or [0]
        x = next((x for x in d.core.sessions if x.id == sessions[-1]), None)
        seq = (x.answered if x else 0) + r.choice([1, 1, 1, 1, 0, 2])
        session = r.choice([*sessions, sessions[-1], 0, 7])
        d.say(_mangle(r, request(session=session, seq=seq, **_kind(r, x.rows if x else 1))))
        d.now += r.choice([0.0, 0.01, 0.4])
        d.core.tick(d.now)
        d.run()
        if d.processes and r.random() < 0.05:
            d.kill(r.choice(list(d.processes)))
    results = {reply.WhichOneof("result") for _, reply in d.replies}
    assert {"opened", "reset", "step", "error", "pong"} <= results
    assert not [text for level, text in d.logged if level == "error"]
    assert all(e.error.code != wire.INTERNAL for _, e in d.replies)
    d.now += 1000
    for _ in range(1000):
        d.now += 1
        d.core.tick(d.now)
        d.run()
    assert not d.core.sessions and not d.processes
