"""Groups are where they should be, and a call waits for servers as long as it was told."""

import signal
import types

import numpy as np
import pytest
from serve_kit import PATIENCE, Server, wait_until

import stepwire
from stepwire import fleet

COUNTER = ["gymnasium:counter_env:Counter-v0", "--workers", "1"]
ENDLESS = 3600.0


@pytest.fixture
def start():
    """Starts servers with states, which end with the test."""
    servers = []

    def start(bind="tcp://127.0.0.1:*"):
        servers.append(Server(*COUNTER, "--bind", bind, drain=ENDLESS))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


class Adder:
    """Steps rows of Counter-v0 that add 1, 2... in every step, and sees that no step is lost."""

    def __init__(self, endpoints, rows, mode="SameStep"):
        self.envs = stepwire.make_vec(endpoints, "Counter-v0", rows, autoreset_mode=mode)
        self.envs.reset(seed=42)
        self.steps = 0

    def step(self):
        add = np.arange(1.0, self.envs.num_envs + 1)
        command = np.zeros(len(add), np.int32)
        observations, rewards, _, truncated, infos = self.envs.step(
            {"add": add, "command": command}
        )
        self.steps += 1
        assert observations["sum"].tolist() == [[self.steps * x, self.steps] for x in add]
        assert rewards.tolist() == add.tolist() and not truncated.any() and "faulty" not in infos

    def where(self):
        return [group.live().endpoint for group in self.envs.pool.groups]

    def is_at(self, *endpoints):
        """After one more step."""
        self.step()
        return self.where() == list(endpoints)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep", "Disabled"])
def test_groups_leave_a_server_that_drains_and_go_home_to_the_next(start, mode):
    one, other = start(), start()
    adder = Adder([one.endpoint, other.endpoint], 3, mode)
    assert adder.is_at(one.endpoint, other.endpoint)
    one.signal(signal.SIGTERM)
    wait_until(lambda: adder.is_at(other.endpoint, other.endpoint))
    assert one.process.wait(PATIENCE) == 0  # since its last session is closed
    start(bind=one.endpoint)
    wait_until(lambda: adder.is_at(one.endpoint, other.endpoint))
    seeds = adder.envs.episode_seeds.copy()
    adder.envs.reset()  # the rows have kept their streams
    assert (adder.envs.episode_seeds != seeds).all()
    assert adder.envs.episode_seeds.tolist() == [
        stepwire.wire.mix(stepwire.wire.mix(42, row), 1) for row in range(3)
    ]
    adder.envs.close()


def test_a_group_with_no_other_server_stays_where_it_is(start):
    server = start()
    adder = Adder([server.endpoint], 2)
    server.signal(signal.SIGTERM)
    ping = stepwire.wire.Ping()
    wait_until(lambda: server.ask(seq=1, ping=ping).pong.draining)
    for _ in range(20):
        adder.step()
    assert adder.where() == [server.endpoint]
    adder.envs.close()


def test_a_move_that_fails_leaves_the_session_as_it_was(start, monkeypatch):
    one, other = start(), start()
    adder = Adder([one.endpoint, other.endpoint], 2)
    tried = []

    def fail(session, *_):
        tried.append(session)
        raise stepwire.Error("INVALID_ARGUMENT", "a state of another build")

    with monkeypatch.context() as patched:
        patched.setattr(stepwire.session.Session, "set_state", fail)
        one.signal(signal.SIGTERM)
        wait_until(lambda: adder.is_at(one.endpoint, other.endpoint) and bool(tried))
    wait_until(lambda: adder.is_at(other.endpoint, other.endpoint))
    adder.envs.close()


def test_a_call_has_one_patience_for_all_its_groups(serve, monkeypatch):
    """On a clock of its own, which goes on by looking for servers and pausing alone."""
    server = serve()
    envs = stepwire.make_vec(
        server.endpoint, "CartPole-v1", 4, groups=4, patience=7.0, autoreset_mode="SameStep"
    )
    envs.reset(seed=1)
    server.close()
    now = [0.0]

    def pass_by(seconds):
        now[0] += seconds

    def look_in_vain(*_):
        pass_by(1.0)
        raise stepwire.Error("UNAVAILABLE", "nobody listens")

    monkeypatch.setattr(
        fleet, "time", types.SimpleNamespace(monotonic=lambda: now[0], sleep=pass_by)
    )
    monkeypatch.setattr(fleet.Fleet, "_open_at", look_in_vain)
    for use in (lambda: envs.step(np.zeros(4, int)), envs.recv, envs.reset):
        began = now[0]
        with pytest.raises(stepwire.Error, match="nobody listens"):
            use()
        assert 6.9 < now[0] - began < 8.3  # of the last look, too
    envs.close()
