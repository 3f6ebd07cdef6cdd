"""Writes a file per finite task beside this one: the tables of the real Gymnasium.

    pip install gymnasium && python make_tabular.py

Each line is a key and its values. The first ones are the versions. `table NAME=VALUE...` begins the
table of one environment: the options are those of the constructor. Then come `max_episode_steps` (0:
none), `states`, `actions`, a line `start STATE PROBABILITY` for every state where an episode may begin,
and for every outcome in env.unwrapped.P, in its order, a line

    outcome STATE ACTION PROBABILITY NEXT REWARD TERMINATED
"""

import pathlib

import gymnasium


def text(value):
    """A number with 17 digits, as many as it takes to read the same one back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(text(v) for v in value)
    return value if isinstance(value, str) else f"{float(value):.17g}"


def write_table(out, env_id, options):
    env = gymnasium.make(env_id, disable_env_checker=True, **options)
    world = env.unwrapped
    out.write(" ".join(["table"] + [f"{k}={text(v)}" for k, v in options.items()]) + "\n")
    out.write(f"max_episode_steps {env.spec.max_episode_steps or 0}\n")
    out.write(f"states {env.observation_space.n}\nactions {env.action_space.n}\n")
    for state, probability in enumerate(world.initial_state_distrib):
        if probability > 0:
            out.write(f"start {state} {text(probability)}\n")
    for state, actions in world.P.items():
        for action in range(env.action_space.n):
            for probability, following, reward, terminated in actions[action]:
                out.write(f"outcome {state} {action} {text(probability)} {following} {text(reward)}"
                          f" {int(terminated)}\n")


def write_task(name, variants):
    with pathlib.Path(__file__).with_name(f"{name}.txt").open("w") as out:
        out.write(f"gymnasium {gymnasium.__version__}\n")
        for env_id, options in variants:
            write_table(out, env_id, options)


def main():
    write_task("FrozenLake-v1", (
        ("FrozenLake-v1", {"map_name": "4x4"}),
        ("FrozenLake-v1", {"map_name": "4x4", "is_slippery": False}),
        ("FrozenLake-v1", {"map_name": "4x4", "success_rate": 0.75, "reward_schedule": (10, -5, -0.5)}),
        ("FrozenLake8x8-v1", {"map_name": "8x8"}),
        ("FrozenLake8x8-v1", {"map_name": "8x8", "is_slippery": False}),
    ))
    write_task("CliffWalking-v1", (
        ("CliffWalking-v1", {}),
        ("CliffWalking-v1", {"is_slippery": True}),
    ))


if __name__ == "__main__":
    main()
