"""Served to both clients: what they see is what the environment does here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import counter_env  # noqa: F401 - registers its tasks
import gymnasium
import numpy as np
import pytest
from serve_kit import HERE, PATIENCE, Server, agent

import stepwire
from stepwire import wire
from stepwire.serve.spaces import flatten

TASKS = [
    "CartPole-v1",
    "Pendulum-v1",
    "FrozenLake-v1",
    "Blackjack-v1",
    "counter_env:Counter-v0",
    "counter_env:Camera-v0",
    "counter_env:Buttons-v0",
    "counter_env:Sight-v0",
]


@pytest.fixture(scope="module")
def server() -> Any:
    served = Server(*(f"gymnasium:{task}" for task in TASKS), "--bind", "tcp://127.0.0.1:*")
    yield served
    assert served.end()[0] == 0


def _parts(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else [value]


def _action(space: gymnasium.Space[Any], random: np.random.Generator) -> Any:
    """The same for both: uint64 seeds a space that is like another."""
    space.seed(int(random.integers(2**31)))
    return space.sample()


@pytest.mark.parametrize("task", TASKS)
def test_the_python_client_sees_what_the_environment_does(server: Server, task: str) -> None:
    """The episodes have the seeds of row 0 in the stream of the one that was asked for."""
    here = gymnasium.make(task)
    there = stepwire.make(server.endpoint, task.rpartition(":")[2])
    random = np.random.default_rng(1)
    stream, episode = wire.mix(5, 0), 0
    seen, _ = there.reset(seed=5)
    same, _ = here.reset(seed=wire.mix(stream, 0))
    for _ in range(60):
        for a, b in zip(_parts(seen), flatten(here.observation_space, same, ""), strict=True):
            np.testing.assert_array_equal(a, b)
        action = _harmless(_action(here.action_space, random))
        parts = flatten(here.action_space, action, "")
        names = [tensor.name for tensor in there.task.actions]
        asked = dict(zip(names, parts, strict=True)) if len(names) > 1 else parts[0]
        seen, reward, *ends, _ = there.step(asked)
        same, expected, *same_ends, _ = here.step(action)
        assert (reward, ends) == (float(expected), same_ends)
        if any(ends):
            episode += 1
            seen, _ = there.reset()
            same, _ = here.reset(seed=wire.mix(stream, episode))
    there.close()


def _harmless(action: Any) -> Any:
    """Counter-v0 is not told to fail."""
    if isinstance(action, dict) and "command" in action:
        action["command"] = np.int32(action["command"] % 3)
    return action


def _play(envs: Any, steps: int) -> list[bytes]:
    """All that is seen of the first row, with the same actions in every row."""
    seen = []
    random = np.random.default_rng(2)
    observations, _ = envs.reset(seed=3)
    for _ in range(steps):
        action = _harmless(_action(envs.single_action_space, random))
        if isinstance(action, dict):
            actions = {key: np.stack([a] * envs.num_envs) for key, a in action.items()}
        else:
            actions = np.stack([action] * envs.num_envs)
        observations, *rest, _ = envs.step(actions)
        numbers = [np.asarray(x) for x in (*_parts(observations), *rest)]
        assert all(np.isfinite(x).all() for x in numbers)
        seen.append(b"".join(x[:1].tobytes() for x in numbers))
    envs.close()
    return seen


@pytest.mark.parametrize("task", TASKS)
def test_the_seed_decides_and_instances_are_independent(server: Server, task: str) -> None:
    def vector(rows: int) -> Any:
        return stepwire.make_vec(server.endpoint, task.rpartition(":")[2], rows)

    once = _play(vector(3), 40)
    assert _play(vector(3), 40) == once
    assert _play(vector(1), 40) == once


def test_float64_actions_stay_that_for_whoever_knows_the_task(server: Server) -> None:
    assert "Counter-v0" in gymnasium.registry
    envs = stepwire.make_vec(server.endpoint, "Counter-v0", 2)
    assert envs.single_action_space["add"].dtype == np.float64
    envs.close()


@pytest.mark.parametrize("task", ["CartPole-v1", "Pendulum-v1"])
def test_the_time_limit_is_exact(server: Server, task: str) -> None:
    env = stepwire.make(server.endpoint, task, max_episode_steps=4)
    for seed in range(5):
        env.reset(seed=seed)
        action = env.action_space.sample()
        assert [env.step(action)[3] for _ in range(4)] == [False, False, False, True]
    env.close()


@pytest.mark.parametrize("mode", ["SameStep", "NextStep", "Disabled"])
def test_a_vector_environment_steps_dict_observations(server: Server, mode: str) -> None:
    envs = stepwire.make_vec(server.endpoint, "Counter-v0", 4, autoreset_mode=mode, groups=2)
    envs.reset(seed=1)
    for n in range(3):
        command = np.array([0, 0, 0, n == 2], np.int32)
        observations, rewards, terminated, _, infos = envs.step(
            {"add": np.arange(4.0), "command": command}
        )
    assert rewards.tolist() == [0, 1, 2, 3]
    assert terminated.tolist() == [False, False, False, True]
    last = infos["final_obs"][3]["sum"] if mode == "SameStep" else observations["sum"][3]
    assert last.tolist() == [9, 3]
    assert observations["sum"][2].tolist() == [6, 3]
    envs.close()


def test_stepwire_serve_serves_a_function(tmp_path: Path) -> None:
    """From a script without a main guard: a lambda, a setting, an info column."""
    script = tmp_path / "mine.py"
    script.write_text(
        "import sys, stepwire\n"
        "from counter_env import Counter\n"
        "from stepwire.serve import Setting\n"
        "scale = 3\n"
        "def mine(hang_ms):\n"
        "    assert scale == 3\n"
        "    return Counter(hang_ms=hang_ms)\n"
        "stepwire.serve(mine, 'Mine-v0', settings={'hang_ms': Setting(1, low=0, high=9)},\n"
        "               info=['sum'], bind='tcp://127.0.0.1:*', workers=2)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE)},
    )
    assert process.stdout is not None
    endpoint = process.stdout.readline().removeprefix("ready ").strip()
    assert stepwire.list_tasks(endpoint) == ["Mine-v0"]
    env = stepwire.make(endpoint, "Mine-v0", hang_ms=2)
    env.reset(seed=1)
    *_, info = env.step({"add": np.array(2.0), "command": np.int32(0)})
    assert info["sum"] == 2.0
    with pytest.raises(stepwire.Error, match="from 0 to 9"):
        stepwire.make(endpoint, "Mine-v0", hang_ms=10)
    env.close()
    process.terminate()
    assert process.wait(PATIENCE) == 0


needs_agent = pytest.mark.skipif(agent() is None, reason="there is no stepwire-agent")


@needs_agent
@pytest.mark.parametrize("task", ["CartPole-v1", "Camera-v0", "FrozenLake-v1", "Sight-v0"])
def test_the_agent_learns_from_it(server: Server, tmp_path: Path, task: str) -> None:
    command = [str(agent()), "train", "--env", task, "--algo", "ppo", "--steps", "256", "--quiet"]
    command += ["--connect", server.endpoint, "--run", str(tmp_path / "run")]
    p = subprocess.run(
        [*command, "--envs", "4"], capture_output=True, text=True, timeout=10 * PATIENCE
    )
    assert p.returncode == 0, p.stderr
    assert '"steps": ' in (tmp_path / "run" / "summary.json").read_text()


@needs_agent
def test_the_agent_describes_dict_observations(server: Server) -> None:
    command = [str(agent()), "describe", "--env", "Counter-v0", "--connect", server.endpoint]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout
    assert "sum: float64 [2]" in said and "seed: uint8 [8]" in said and "command: int32" in said
