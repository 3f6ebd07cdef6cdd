"""Stable-Baselines3 on a remote pool."""

import numpy as np
import pytest

import stepwire

pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines3.common.vec_env import VecMonitor  # noqa: E402

from stepwire import sb3, wire  # noqa: E402
from stepwire.keeper import Keeper  # noqa: E402
from stepwire.session import ClientOptions, Server, Session, SessionOptions  # noqa: E402


def test_it_gets_what_any_client_gets(endpoint):
    """The first 1,000 observations of a session as the C agent opens it."""
    import zmq

    context = zmq.Context()
    keeper = Keeper(context, None)
    options = SessionOptions("CartPole-v1", rows=4, seed=42)
    session = Session.open(Server(context, endpoint, ClientOptions()), keeper, options)
    session.send_reset()
    env = sb3.VecEnv(endpoint, "CartPole-v1", 4)
    env.seed(42)
    observations = env.reset()
    random = np.random.default_rng(3)
    for _ in range(250):
        np.testing.assert_array_equal(session.recv().observations[0], observations)
        actions = random.integers(0, 2, 4)
        session.send_step([actions])
        observations, *_ = env.step(actions)
    session.recv()
    session.close()
    keeper.close()
    context.term()
    env.close()


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
