"""Stable-Baselines3 on a remote pool."""

import numpy as np
import pytest

import stepwire

pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines3.common.vec_env import VecMonitor  # noqa: E402

from stepwire import sb3, wire  # noqa: E402


def test_an_end_is_told_as_stable_baselines_wants_it(endpoint):
    env = sb3.VecEnv(endpoint, "Hopper-v5", 3, max_episode_steps=5)
    env.seed(1)
    env.reset()
    for step in range(5):
        observations, rewards, dones, infos = env.step(np.zeros((3, 3)))
        assert dones.all() == (step == 4)
        assert all("x_velocity" in info for info in infos)
    assert all(info["TimeLimit.truncated"] for info in infos)
    assert all("x_velocity" not in info and "x_position" in info for info in env.reset_infos)
    for row in range(3):
        assert not np.array_equal(infos[row]["terminal_observation"], observations[row])
    assert env.get_attr("render_mode") == [None] * 3
    env.close()


def test_a_step_that_did_not_happen_says_so_in_its_info(endpoint):
    env = sb3.VecEnv(endpoint, "Counter-v0", 2)
    env.reset()
    env.step({"add": np.ones(2), "command": np.zeros(2, np.int32)})
    _, rewards, dones, infos = env.step({"add": np.ones(2), "command": np.array([0, 3], np.int32)})
    assert rewards.tolist() == [1, 0] and dones.tolist() == [False, True]
    assert "faulty" not in infos[0] and infos[1]["faulty"] and infos[1]["TimeLimit.truncated"]
    assert infos[1]["terminal_observation"]["sum"].tolist() == [1, 1]  # what was delivered last
    assert "faulty" not in env.reset_infos[1]
    env.close()


def test_what_it_cannot_do_is_told(endpoint):
    env = sb3.VecEnv(endpoint, "CartPole-v1", 2)
    with pytest.raises(AttributeError, match="cannot be set"):
        env.set_attr("gravity", 1)
    with pytest.raises(AttributeError, match="cannot be called"):
        env.env_method("state")
    env.close()


@pytest.mark.slow
def test_ppo_solves_cartpole_over_a_remote_pool(serve):
    one, other = serve(), serve()
    env = VecMonitor(sb3.VecEnv([one.endpoint, other.endpoint], "CartPole-v1", 8))
    model = PPO(
        "MlpPolicy", env, n_steps=32, batch_size=256, n_epochs=20, gae_lambda=0.8, gamma=0.98,
        ent_coef=0.0, learning_rate=lambda left: 1e-3 * left, clip_range=lambda left: 0.2 * left,
        seed=1, device="cpu",
    )  # fmt: skip
    model.learn(100_000)
    mean, _ = evaluate_policy(model, env, n_eval_episodes=20)
    env.close()
    assert mean >= 475


def test_the_streams_are_those_of_the_base_seed(endpoint):
    env = sb3.VecEnv(endpoint, "CartPole-v1", 2)
    env.seed(42)
    env.reset()
    assert env.envs.episode_seeds[1] == wire.mix(wire.mix(42, 1), 0)
    assert stepwire.sb3 is sb3
    env.close()
