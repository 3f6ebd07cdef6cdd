"""The same seed and actions give the C agent and Python's clients the same observations.

The agent learns through a tap; then Python does what it did.
"""

import subprocess

import numpy as np
import pytest
from serve_kit import agent
from tap import Tap

import stepwire

pytestmark = pytest.mark.skipif(agent() is None, reason="there is no stepwire-agent")
ROWS, COUNT = 4, 1000  # environments, and observations of each


@pytest.fixture(scope="module", params=["CartPole-v1", "Hopper-v5"])
def learned(request, endpoint, tmp_path_factory):
    """The task, and what happened to the rows of an agent with seed 42."""
    tap = Tap(endpoint)
    command = [agent(), "train", "--env", request.param, "--algo", "ppo", "--seed", "42", "--quiet"]
    command += ["--envs", str(ROWS), "--steps", str(ROWS * COUNT), "--set", "horizon=250"]
    command += ["--connect", tap.endpoint, "--run", str(tmp_path_factory.mktemp("agent") / "run")]
    p = subprocess.run(command, capture_output=True, text=True, timeout=300)
    tap.stop()
    assert p.returncode == 0, p.stderr
    return request.param, tap.rows()


def expect(rows, first, step):
    """That `first`, and what step(actions) gives, is what the rows observed."""
    assert len(rows.observations) >= COUNT and rows.observations.shape[1] == ROWS
    np.testing.assert_array_equal(first, rows.observations[0], strict=True)
    ended = np.zeros(ROWS, int)
    for number in range(1, COUNT):
        observations, ends = step(rows.actions[number - 1])
        np.testing.assert_array_equal(observations, rows.observations[number], strict=True)
        ended += ends
    assert (ended > 2).all()  # also those of later episodes


def test_a_vector_environment_observes_what_the_agent_does(endpoint, learned):
    task, rows = learned
    envs = stepwire.make_vec(endpoint, task, ROWS, autoreset_mode="SameStep", float32=True)

    def step(actions):
        observations, _, terminated, truncated, _ = envs.step(actions)
        return observations, terminated | truncated

    expect(rows, envs.reset(seed=42)[0], step)
    envs.close()


def test_stable_baselines_observes_what_the_agent_does(endpoint, learned):
    sb3 = pytest.importorskip("stepwire.sb3", exc_type=ImportError)
    task, rows = learned
    env = sb3.VecEnv(endpoint, task, ROWS, float32=True)
    env.seed(42)

    def step(actions):
        observations, _, done, _ = env.step(actions)
        return observations, done

    expect(rows, env.reset(), step)
    env.close()
