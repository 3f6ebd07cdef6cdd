"""Writes CartPole-v1.txt beside this file: trajectories of the real Gymnasium.

    pip install gymnasium && python make_cartpole.py

Each line is a key and its values. An episode begins with `state` (float64, as drawn by reset) and
`obs` (float32); a step is `action`, `obs`, `reward`, `terminated`, `truncated`. A line
`option sutton_barto_reward 1` holds for the episodes after it.
"""

import pathlib

import gymnasium
import numpy as np


def text(values):
    return " ".join(f"{float(v):.17g}" for v in np.atleast_1d(values))


def write_episode(out, env, seed, policy):
    obs, _ = env.reset(seed=seed)
    out.write(f"state {text(env.unwrapped.state)}\nobs {text(obs)}\n")
    random = np.random.default_rng(seed)
    over = False
    while not over:
        action = policy(obs, random)
        obs, reward, terminated, truncated, _ = env.step(action)
        out.write(f"action {action}\nobs {text(obs)}\nreward {text(reward)}\n")
        out.write(f"terminated {int(terminated)}\ntruncated {int(truncated)}\n")
        over = terminated or truncated


def random_push(obs, random):
    return int(random.integers(2))


def balance(obs, random):
    """Balances well enough to reach the time limit."""
    return int(obs[2] + 0.5 * obs[3] + 0.05 * obs[0] + 0.1 * obs[1] > 0)


def run_away(obs, random):
    """Leans to one side, so that the cart leaves the track."""
    return int(obs[2] + 0.5 * obs[3] > 0.05)


def main():
    path = pathlib.Path(__file__).with_name("CartPole-v1.txt")
    with path.open("w") as out:
        out.write(f"gymnasium {gymnasium.__version__}\n")
        for sutton_barto in (False, True):
            env = gymnasium.make("CartPole-v1", sutton_barto_reward=sutton_barto)
            out.write(f"option sutton_barto_reward {int(sutton_barto)}\n")
            for seed in range(4):
                write_episode(out, env, seed, random_push)
            write_episode(out, env, 4, run_away)
            if not sutton_barto:
                write_episode(out, env, 5, balance)


if __name__ == "__main__":
    main()
