"""Gymnasium's own tools take our environments for its own."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import stepwire


@pytest.mark.filterwarnings("ignore")
def test_every_task_passes_gymnasiums_checks(endpoint):
    for id in stepwire.list_tasks(endpoint):
        env = stepwire.make(endpoint, id)
        check_env(env, skip_render_check=True)
        env.close()


@pytest.mark.filterwarnings("ignore")
def test_gymnasium_makes_another_of_the_same_from_its_spec(endpoint):
    env = stepwire.make(endpoint, "Hopper-v5", reset_noise_scale=0.1, max_episode_steps=9)
    first, _ = env.reset(seed=1)
    for spec in (env.spec, type(env.spec).from_json(env.spec.to_json())):
        other = gymnasium.make(spec)
        np.testing.assert_array_equal(other.reset(seed=1)[0], first)
        other.close()
        others = gymnasium.make_vec(spec, num_envs=2, vectorization_mode="sync")
        np.testing.assert_array_equal(others.reset(seed=1)[0][0], first)
        others.close()
    env.close()


@pytest.mark.filterwarnings("ignore")
def test_pictures_pass_gymnasiums_checks(endpoint):
    env = stepwire.make(endpoint, "CartPole-v1", render_mode="rgb_array")
    check_env(env)
    env.close()
