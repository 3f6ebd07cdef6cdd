"""Writes a file per task of classic control beside this one: trajectories of the real Gymnasium.

    pip install gymnasium && python make_classic.py

Each line is a key and its values. The first ones are the versions and the spaces: `max_episode_steps`,
and the lowest and highest value of each element of an observation and an action. After a line `option
NAME VALUE`, which goes to the constructor, come episodes. One begins with `state` (float64, as drawn by
reset) and `obs` (float32); a step is `action`, `obs`, `reward`, `terminated`, `truncated`.
"""

import math
import pathlib

import gymnasium
import numpy as np


def text(values):
    """float32 with 9 digits, float64 with 17: as many as it takes to read the same number back."""
    values = np.atleast_1d(values)
    digits = 9 if values.dtype == np.float32 else 17
    return " ".join(f"{float(v):.{digits}g}" for v in values)


def bounds(space):
    if isinstance(space, gymnasium.spaces.Discrete):
        return 0, space.n - 1
    return space.low, space.high


def write_spaces(out, env):
    out.write(f"gymnasium {gymnasium.__version__}\nnumpy {np.__version__}\n")
    out.write(f"max_episode_steps {env.spec.max_episode_steps}\n")
    for name, space in (("obs", env.observation_space), ("action", env.action_space)):
        low, high = bounds(space)
        out.write(f"{name}_low {text(low)}\n{name}_high {text(high)}\n")


def write_episode(out, env, seed, policy):
    obs, _ = env.reset(seed=seed)
    out.write(f"state {text(np.array(env.unwrapped.state, np.float64))}\nobs {text(obs)}\n")
    random = np.random.default_rng(seed)
    over = False
    while not over:
        action = policy(obs, random)
        if isinstance(env.action_space, gymnasium.spaces.Box):
            action = np.array([action], np.float32)
        obs, reward, terminated, truncated, _ = env.step(action)
        out.write(f"action {text(action)}\nobs {text(obs)}\nreward {text(float(reward))}\n")
        out.write(f"terminated {int(terminated)}\ntruncated {int(truncated)}\n")
        over = terminated or truncated


def write_task(env_id, option, values, policies):
    path = pathlib.Path(__file__).with_name(f"{env_id}.txt")
    with path.open("w") as out:
        seed = 0
        for value in values:
            options = {} if option is None else {option: value}
            env = gymnasium.make(env_id, disable_env_checker=True, **options)
            if seed == 0:
                write_spaces(out, env)
            if option is not None:
                out.write(f"option {option} {text(float(value))}\n")
            for policy in policies:
                write_episode(out, env, seed, policy)
                seed += 1


def choice(count):
    return lambda obs, random: int(random.integers(count))


def uniform(limit):
    return lambda obs, random: random.uniform(-limit, limit)


def constant(action):
    return lambda obs, random: action


def balance_cart(obs, random):
    """Balances well enough to reach the time limit."""
    return int(obs[2] + 0.5 * obs[3] + 0.05 * obs[0] + 0.1 * obs[1] > 0)


def run_away(obs, random):
    """Leans to one side, so that the cart leaves the track."""
    return int(obs[2] + 0.5 * obs[3] > 0.05)


def push_along(force, velocity=1):
    """Pushes where it moves, so that it swings ever higher."""
    return lambda obs, random: force if obs[velocity] >= 0 else -force


def choose_along(velocity):
    return lambda obs, random: 2 if obs[velocity] >= 0 else 0


def swing_up(obs, random):
    """Gives the rod the energy to stand upright, then holds it there; asks for more than it gets."""
    angle = math.atan2(obs[1], obs[0])
    if abs(angle) < 0.5:
        return -20 * angle - 4 * obs[2]
    return 5 * np.sign(obs[2] * (15 - obs[2] ** 2 / 2 - 15 * obs[0]))


def main():
    write_task("CartPole-v1", "sutton_barto_reward", (0, 1),
               (choice(2), choice(2), run_away, balance_cart))
    write_task("MountainCar-v0", "goal_velocity", (0, 0.03, 0.1),
               (choice(3), constant(0), choose_along(1)))
    write_task("MountainCarContinuous-v0", "goal_velocity", (0, 0.025),
               (push_along(1), push_along(0.7), push_along(30), uniform(1.5)))
    write_task("Acrobot-v1", None, (None,),
               (choice(3), choose_along(4), choose_along(5), choose_along(5), constant(2)))
    write_task("Pendulum-v1", "g", (10, 9.81, -3),
               (uniform(2), uniform(6), constant(0), swing_up))


if __name__ == "__main__":
    main()
