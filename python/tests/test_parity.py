"""The same numbers as Gymnasium's own vector environments, through its wrappers, on every MuJoCo
task.

Gymnasium's environments begin each episode in the state in which ours began it; from then on both
get the same actions, and must agree to the tolerance with which the C tests replay Gymnasium's
recorded trajectories (the headers of tests/golden). It takes a server with the MuJoCo that
Gymnasium has.
"""

import functools
import re
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector as wrappers

import stepwire

mujoco = pytest.importorskip("mujoco")

GOLDEN = Path(__file__).parents[2] / "tests" / "golden"
TASKS = [
    "Ant", "HalfCheetah", "Hopper", "Humanoid", "HumanoidStandup", "InvertedDoublePendulum",
    "InvertedPendulum", "Pusher", "Reacher", "Swimmer", "Walker2d",
]  # fmt: skip
STEPS, ROWS = 200, 3


def server_mujoco(endpoint):
    """The version of the server's MuJoCo, which stands first in the environment's part of a
    state."""
    env = stepwire.make(endpoint, "InvertedPendulum-v5")
    env.reset()
    version = np.frombuffer(env.get_state()[40:48], "<f8")[0]
    env.close()
    return int(version)


@pytest.fixture(scope="module")
def same(endpoint):
    """The endpoint, if its MuJoCo is the one that Gymnasium has."""
    theirs, ours = mujoco.mj_version(), server_mujoco(endpoint)
    if theirs != ours:
        pytest.skip(f"the server has MuJoCo {ours}, Gymnasium {theirs}")
    return endpoint


def tolerances(task, version):
    """Of observations, rewards and infos; the largest of all recordings of the task."""
    headers = [path.read_text()[:4000] for path in GOLDEN.glob(f"mujoco-*/{task}-{version}.txt")]
    assert headers, f"no recording of {task}-{version}"
    return {
        kind: max(float(re.search(rf"^tol_{kind} (\S+)", text, re.M)[1]) for text in headers)
        for kind in ("obs", "reward", "info")
    }


def assert_close(ours, theirs, tolerance, what):
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    error = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
    assert ours.shape == theirs.shape and (error <= tolerance).all(), f"{what}: {error.max()}"


def assert_infos_close(ours, theirs, tolerance, what):
    times = {"t", "_t"}  # of RecordEpisodeStatistics: wall time
    assert set(ours) - times == set(theirs) - times, what
    for key in set(theirs) - times:
        if isinstance(theirs[key], dict):
            assert_infos_close(ours[key], theirs[key], tolerance, f"{what}, {key}")
        elif theirs[key].dtype == object:
            for one, other in zip(ours[key], theirs[key]):
                assert (one is None) == (other is None), f"{what}, {key}"
                if other is not None:
                    assert_close(one, other, tolerance, f"{what}, {key}")
        else:
            assert_close(ours[key], theirs[key], tolerance, f"{what}, {key}")


def start_at(envs, begun):
    """Has every sub-environment begin its episodes in states that stand in begun[row]."""
    for row, env in enumerate(envs.envs):
        inner = env.unwrapped

        def reset_model(inner=inner, row=row):
            state = np.frombuffer(begun.pop(row))
            inner.set_state(state[: inner.model.nq], state[inner.model.nq :])
            return inner._get_obs()

        inner.reset_model = reset_model


def wrap(envs, mode):
    """In Gymnasium's wrappers, as many as take the mode."""
    envs = wrappers.ClipAction(envs)
    envs = wrappers.RecordEpisodeStatistics(envs)
    if mode is AutoresetMode.NEXT_STEP:
        envs = wrappers.NormalizeObservation(envs)
    return wrappers.NormalizeReward(envs)


class Pair:
    """Our environments and Gymnasium's, which do the same."""

    def __init__(self, endpoint, id, mode, wrapped, limit=60):
        # an episode ends within the test, by its time limit if not before
        self.base = stepwire.make_vec(
            endpoint, id, ROWS, autoreset_mode=mode, max_episode_steps=limit
        )
        theirs = gymnasium.make_vec(
            id, ROWS, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode},
            max_episode_steps=limit,
        )  # fmt: skip
        self.begun = {}
        start_at(theirs, self.begun)
        self.ours, self.theirs = self.base, theirs
        if wrapped:
            self.ours, self.theirs = wrap(self.base, mode), wrap(theirs, mode)
        self.seeds = None

        assert self.base.action_space == theirs.action_space
        assert self.base.observation_space == theirs.observation_space

    def do(self, what):
        """Ours first, because theirs begins where ours began."""
        ours = what(self.ours)
        seeds = self.base.episode_seeds.copy()
        new = range(ROWS) if self.seeds is None else np.flatnonzero(seeds != self.seeds).tolist()
        self.seeds = seeds
        if len(new):
            self.begun.update(zip(new, self.base.get_state(list(new), "mujoco/qpos-qvel")))
        return ours, what(self.theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("version", ["v5", "v4"])
@pytest.mark.parametrize("task", TASKS)
def test_a_trajectory_is_gymnasiums(same, task, version):
    if (task, version) == ("Pusher", "v4"):
        pytest.skip("Gymnasium has it with MuJoCo 2 only")
    tolerance = tolerances(task, version)
    play(Pair(same, f"{task}-{version}", AutoresetMode.SAME_STEP, False), tolerance)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("task", TASKS)
def test_through_gymnasiums_wrappers_too(same, task, mode):
    tolerance = tolerances(task, "v5")
    if mode is AutoresetMode.NEXT_STEP:
        tolerance["obs"] = 1e-6  # NormalizeObservation gives float32
    # ClipAction gives float32 actions, of whose squares Gymnasium makes float32 costs;
    # NormalizeReward divides by a standard deviation that is small in the beginning
    tolerance |= {"info": 1e-6, "reward": 1e-4}
    play(Pair(same, f"{task}-v5", mode, True), tolerance)


def play(pair, tolerance):
    """A reset and 200 steps, in which episodes end."""
    mode = pair.base.metadata["autoreset_mode"]
    space = pair.base.action_space
    random = np.random.default_rng(5)
    (ours, our_infos), (theirs, their_infos) = pair.do(lambda envs: envs.reset())
    assert_close(ours, theirs, tolerance["obs"], "reset")
    assert_infos_close(our_infos, their_infos, tolerance["info"], "reset")
    for step in range(STEPS):
        actions = 1.2 * random.uniform(space.low, space.high)  # also outside the bounds
        ours, theirs = pair.do(lambda envs: envs.step(actions))
        assert_close(ours[0], theirs[0], tolerance["obs"], f"step {step}, observations")
        assert_close(ours[1], theirs[1], tolerance["reward"], f"step {step}, rewards")
        np.testing.assert_array_equal(ours[2], theirs[2], f"step {step}")
        np.testing.assert_array_equal(ours[3], theirs[3], f"step {step}")
        assert_infos_close(ours[4], theirs[4], tolerance["info"], f"step {step}, infos")
        ended = theirs[2] | theirs[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            reset = functools.partial(reset_rows, mask=ended)
            (ours, _), (theirs, _) = pair.do(reset)
            assert_close(ours, theirs, tolerance["obs"], f"step {step}, reset")
    pair.ours.close()
    pair.theirs.close()


def reset_rows(envs, mask):
    return envs.reset(options={"reset_mask": mask.copy()})
