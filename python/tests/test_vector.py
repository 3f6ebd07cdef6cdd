"""Vector environments, as Gymnasium's documentation has them."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError
from gymnasium.vector import AutoresetMode

import stepwire

MODES = list(AutoresetMode)


@pytest.fixture
def make_vec(endpoint):
    """stepwire.make_vec at the server of all tests, closed with the test."""
    made = []

    def make(*args, where=None, **rest):
        made.append(stepwire.make_vec(where or endpoint, *args, **rest))
        return made[-1]

    yield make
    for envs in made:
        envs.close()


def play(envs, steps, seed=42):
    """Observations, rewards and ends of random actions, after a reset with a seed."""
    envs.action_space.seed(7)
    seen = [envs.reset(seed=seed)[0]]
    for _ in range(steps):
        observations, rewards, terminated, truncated, _ = envs.step(envs.action_space.sample())
        seen += [observations, rewards, terminated, truncated]
    return seen


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs):
        np.testing.assert_array_equal(one, other)


# ---- what it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_spaces_and_metadata_are_gymnasiums(make_vec, mode):
    envs = make_vec("CartPole-v1", 3, autoreset_mode=mode)
    theirs = gymnasium.make_vec("CartPole-v1", 3)
    assert envs.single_observation_space == theirs.single_observation_space
    assert envs.observation_space == theirs.observation_space
    assert envs.single_action_space == theirs.single_action_space
    assert envs.action_space == theirs.action_space
    assert envs.metadata["autoreset_mode"] is mode
    assert envs.metadata["render_fps"] == theirs.metadata["render_fps"]
    assert envs.num_envs == 3 and envs.spec.id == "CartPole-v1"
    observations, _ = envs.reset(seed=1)
    assert observations in envs.observation_space


def test_a_mode_may_be_given_by_name(make_vec):
    for name in ("SameStep", "same_step"):
        envs = make_vec("CartPole-v1", 2, autoreset_mode=name)
        assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    with pytest.raises(ValueError, match="NextStep"):
        make_vec("CartPole-v1", 2, autoreset_mode="whenever")


def test_several_tensors_are_a_dictionary(make_vec):
    envs = make_vec("Counter-v0", 2)
    assert isinstance(envs.single_observation_space, gymnasium.spaces.Dict)
    observations, _ = envs.reset(seed=1)
    assert observations in envs.observation_space
    observations, *_ = envs.step(envs.action_space.sample())
    assert observations in envs.observation_space


def test_settings_and_options_are_told_apart(make_vec):
    envs = make_vec("Hopper-v5", 2, reset_noise_scale=0.0, max_episode_steps=3, info=False)
    assert envs.task.settings["reset_noise_scale"].value == 0.0
    observations, infos = envs.reset(seed=1)
    np.testing.assert_array_equal(observations[0], observations[1])
    assert infos == {}
    for step in range(3):
        *_, truncated, _ = envs.step(np.zeros((2, 3)))
        assert truncated.all() == (step == 2)


def test_float64_may_travel_as_float32(make_vec):
    envs = make_vec("Hopper-v5", 2, float32=True)
    assert envs.single_observation_space.dtype == np.float32
    assert envs.reset(seed=1)[0].dtype == np.float32


# ---- seeds ---------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_trajectory(make_vec):
    envs = make_vec("Hopper-v5", 4)
    first = play(envs, 60)
    assert_same(first, play(envs, 60))
    assert_same(first, play(make_vec("Hopper-v5", 4), 60))
    assert not np.array_equal(first[-4], play(envs, 60, seed=43)[-4])


def test_the_number_of_servers_and_groups_changes_nothing(make_vec, serve, endpoint):
    first = play(make_vec("Hopper-v5", 5), 60)
    assert_same(first, play(make_vec("Hopper-v5", 5, groups=3), 60))
    assert_same(first, play(make_vec("Hopper-v5", 5, where=[endpoint, serve().endpoint]), 60))


def test_a_seed_is_the_base_seed_of_any_client(make_vec):
    envs = make_vec("CartPole-v1", 2)
    observations, _ = envs.reset(seed=42)
    # the ResetDone of the conversation in docs/protocol.md
    expected = [[0.0419, 0.0227, -0.0047, 0.0247], [0.0040, 0.0051, 0.0488, -0.0148]]
    np.testing.assert_allclose(observations, expected, atol=6e-5)
    assert envs.episode_seeds.tolist() == [0x57E1FABA65107204, 0xFC991BCA1A1AA1AE]


def test_the_options_seed_is_the_seed_of_the_first_reset(make_vec):
    one, _ = make_vec("CartPole-v1", 2, seed=42).reset()
    other, _ = make_vec("CartPole-v1", 2).reset(seed=42)
    np.testing.assert_array_equal(one, other)


def test_a_list_has_the_seeds_of_the_episodes_themselves(make_vec):
    envs = make_vec("CartPole-v1", 3)
    observations, _ = envs.reset(seed=42)
    played = [int(seed) for seed in envs.episode_seeds]
    envs.step(np.ones(3, int))
    again, _ = envs.reset(seed=[played[1], None, played[1]])
    np.testing.assert_array_equal(again[0], observations[1])
    np.testing.assert_array_equal(again[2], observations[1])
    assert not np.array_equal(again[1], observations[1])


def test_an_environment_alone_is_row_0(make_vec, endpoint):
    envs = make_vec("Hopper-v5", 2)
    env = stepwire.make(endpoint, "Hopper-v5")
    rows, _ = envs.reset(seed=5)
    observation, _ = env.reset(seed=5)
    np.testing.assert_array_equal(observation, rows[0])
    env.close()


# ---- the end of an episode -----------------------------------------------------------------------


def until_an_end(envs):
    """Steps to the right until CartPole falls in some row; the last reply and the one before."""
    envs.reset(seed=3)
    reply = None
    while True:
        before, reply = reply, envs.step(np.ones(envs.num_envs, np.int64))
        if (reply[2] | reply[3]).any():
            return before, reply


def test_in_next_step_the_step_after_an_end_begins_an_episode(make_vec):
    envs = make_vec("CartPole-v1", 4, autoreset_mode="NextStep")
    _, (last, rewards, ended, _, infos) = until_an_end(envs)
    assert (np.abs(last[ended][:, 2]) > 0.2).all() and "final_obs" not in infos
    assert (rewards[ended] == 1).all()
    first, rewards, terminated, _, _ = envs.step(np.ones(4, np.int64))
    assert (np.abs(first[ended]) <= 0.05).all()
    assert (rewards[ended] == 0).all() and not terminated[ended].any()


def test_in_same_step_the_last_observation_stands_in_the_infos(make_vec):
    envs = make_vec("CartPole-v1", 4, autoreset_mode="SameStep")
    _, (first, rewards, ended, _, infos) = until_an_end(envs)
    assert (np.abs(first[ended]) <= 0.05).all() and (rewards[ended] == 1).all()
    assert infos["_final_obs"].tolist() == ended.tolist() == infos["_final_info"].tolist()
    for row in range(4):
        if ended[row]:
            assert abs(infos["final_obs"][row][2]) > 0.2
        else:
            assert infos["final_obs"][row] is None


def test_without_autoreset_only_the_masked_rows_begin(make_vec):
    envs = make_vec("CartPole-v1", 4, autoreset_mode="Disabled")
    _, (last, _, ended, _, _) = until_an_end(envs)
    with pytest.raises(stepwire.Error) as caught:
        envs.step(np.ones(4, np.int64))
    assert caught.value.rows == tuple(np.flatnonzero(ended))
    observations, _ = envs.reset(options={"reset_mask": ended})
    np.testing.assert_array_equal(observations[~ended], last[~ended])
    assert (np.abs(observations[ended]) <= 0.05).all()
    envs.step(np.ones(4, np.int64))


def test_infos_at_a_reset_have_only_what_is_there_at_a_reset(make_vec):
    envs = make_vec("Hopper-v5", 2)
    _, infos = envs.reset(seed=1)
    assert set(infos) == {
        "x_position", "_x_position", "z_distance_from_origin", "_z_distance_from_origin",
    }  # fmt: skip
    *_, infos = envs.step(np.zeros((2, 3)))
    assert infos["_x_velocity"].all() and infos["x_velocity"].shape == (2,)


# ---- what else it does ---------------------------------------------------------------------------


def test_what_is_returned_is_the_callers(make_vec):
    envs = make_vec("CartPole-v1", 2)
    first, _ = envs.reset(seed=1)
    kept = first.copy()
    envs.step(np.ones(2, np.int64))
    np.testing.assert_array_equal(first, kept)
    first[...] = 0  # and may be written to


def test_groups_are_stepped_by_themselves(make_vec):
    envs = make_vec("Counter-v0", 5, groups=2, autoreset_mode="SameStep")
    envs.reset(seed=1)
    assert [envs.group_rows(group) for group in range(2)] == [slice(0, 3), slice(3, 5)]
    for group in range(2):
        rows = envs.group_rows(group)
        count = rows.stop - rows.start
        add = np.arange(rows.start, rows.stop, dtype=float)
        envs.send({"add": add, "command": np.zeros(count, np.int32)}, group)
    seen = {}
    for _ in range(2):
        group, (observations, rewards, _, _, _) = envs.recv_any()
        seen[group] = rewards.tolist()
        assert observations["sum"][:, 0].tolist() == rewards.tolist()
    assert seen == {0: [0, 1, 2], 1: [3, 4]}
    with pytest.raises(RuntimeError, match="nothing was sent"):
        envs.recv(0)


def test_the_next_reset_drops_what_was_not_received(make_vec):
    envs = make_vec("CartPole-v1", 2)
    envs.reset(seed=1)
    envs.send(np.ones(2, np.int64))
    with pytest.raises(RuntimeError, match="still to be received"):
        envs.send(np.ones(2, np.int64))
    first, _ = envs.reset(seed=1)
    np.testing.assert_array_equal(first, make_vec("CartPole-v1", 2).reset(seed=1)[0])


def test_rows_go_on_from_saved_states(make_vec):
    envs = make_vec("Hopper-v5", 3, groups=2)
    envs.reset(seed=1)
    envs.step(np.full((3, 3), 0.1))
    states = envs.get_state()
    after = envs.step(np.full((3, 3), 0.2))
    envs.step(np.full((3, 3), 0.3))
    envs.set_state(states)
    again = envs.step(np.full((3, 3), 0.2))
    assert_same(after[:4], again[:4])
    observations = envs.set_state([states[0]], [2])
    np.testing.assert_array_equal(observations[0][:5], envs.set_state([states[0]], [0])[0][:5])


def test_a_row_from_a_state_has_an_episode_whose_seed_is_not_known(make_vec):
    envs = make_vec("CartPole-v1", 3, groups=2)
    envs.reset(seed=42)
    seeds = envs.episode_seeds.tolist()
    states = envs.get_state([1, 2])
    envs.reset()
    envs.set_state(states, [1, 2])
    assert envs.episode_seeds.tolist() == [stepwire.wire.mix(stepwire.wire.mix(42, 0), 1), 0, 0]
    envs.reset()  # the episodes after those that were saved
    assert envs.episode_seeds[1:].tolist() == [
        stepwire.wire.mix(stepwire.wire.mix(42, row), 1) for row in (1, 2)
    ]
    assert not set(seeds) & set(envs.episode_seeds.tolist())


def test_states_may_be_plain_numbers(make_vec):
    envs = make_vec("CartPole-v1", 2)
    envs.reset(seed=1)
    state = np.array([0.1, 0.2, 0.03, 0.4])
    observations = envs.set_state([state.tobytes()], [1], "cartpole/state")
    np.testing.assert_allclose(observations, state[None].astype(np.float32))
    assert np.frombuffer(envs.get_state([1], "cartpole/state")[0]).tolist() == state.tolist()


def test_pictures_are_drawn_of_every_row(make_vec, endpoint):
    envs = make_vec("CartPole-v1", 2, render_mode="rgb_array", render_size=(60, 40))
    envs.reset(seed=1)
    pictures = envs.render()
    assert [picture.shape for picture in pictures] == [(40, 60, 3)] * 2
    assert pictures[0].dtype == np.uint8 and pictures[0].std() > 0
    with pytest.raises(ValueError, match="rgb_array"):
        make_vec("CartPole-v1", 2, render_mode="human")


def test_actions_of_another_shape_are_refused(make_vec):
    envs = make_vec("Hopper-v5", 2)
    envs.reset(seed=1)
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        envs.step(np.zeros((3, 2)))
    envs.step(np.zeros((2, 3)))


@pytest.mark.parametrize("seed", [-1, 2**64, [-1, 2], [2**64, 1], [1.5, 2], [1, 2, 3]], ids=str)
def test_a_seed_that_is_none_is_named_and_changes_nothing(make_vec, seed):
    envs, same = make_vec("CartPole-v1", 2), make_vec("CartPole-v1", 2)
    envs.reset(seed=3)
    same.reset(seed=3)
    with pytest.raises((ValueError, TypeError), match="seed"):
        envs.reset(seed=seed)
    np.testing.assert_array_equal(envs.reset()[0], same.reset()[0])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("seed", -1),
        ("seed", 1.5),
        ("max_episode_steps", -1),
        ("lease", 0),
        ("lease", float("nan")),
        ("max_message", 10),
        ("groups", 9),
        ("groups", 1.5),
        ("num_envs", "8"),
        ("autoreset_mode", None),
    ],
)
def test_an_option_that_cannot_be_is_named(endpoint, option, value):
    with pytest.raises((ValueError, TypeError), match=option):
        stepwire.make_vec(endpoint, "CartPole-v1", **{"num_envs": 2, option: value})


def test_a_session_that_cannot_be_is_named(endpoint):
    with pytest.raises(ValueError, match="session is -1"):
        stepwire.resume(endpoint, -1)


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_a_closed_environment_says_so(make_vec, mode):
    envs = make_vec("CartPole-v1", 2, autoreset_mode=mode, render_mode="rgb_array")
    envs.reset(seed=1)
    envs.close()
    envs.close()
    for use in (envs.reset, lambda: envs.step([0, 1]), envs.recv, envs.get_state, envs.render):
        with pytest.raises(ClosedEnvironmentError, match="closed"):
            use()


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("count", "rows"), [(3, [0]), (3, None), (1, None)])
def test_a_wrong_number_of_states_sets_none(make_vec, groups, count, rows):
    envs = make_vec("Counter-v0", 2, groups=groups)
    envs.reset(seed=1)
    [state, _] = envs.get_state()
    envs.step({"add": [5.0, 6.0], "command": [0, 0]})
    with pytest.raises(ValueError, match=f"{count} states for"):
        envs.set_state([state] * count, rows=rows)
    observations, *_ = envs.step({"add": [1.0, 1.0], "command": [0, 0]})
    assert observations["sum"].tolist() == [[6, 2], [7, 2]]


@pytest.mark.parametrize(
    "actions",
    [[0.9, 1.9], [np.nan, 0], ["0", "1"], [0j, 1], [2**32, 1], np.array([2**64 - 1, 0], np.uint64)],
    ids=str,
)
def test_numbers_that_the_action_cannot_be_are_refused_not_rounded(make_vec, actions):
    envs = make_vec("CartPole-v1", 2)
    envs.reset(seed=1)
    with pytest.raises((ValueError, stepwire.Error), match="(?i)action|allowed"):
        envs.step(actions)
    for whole in ([0, 1], [0.0, 1.0], [False, True], np.array([0, 1], np.uint8)):
        envs.step(whole)


def test_a_number_beyond_int32_is_not_cut_to_it(make_vec):
    envs = make_vec("Counter-v0", 1)
    envs.reset(seed=1)
    with pytest.raises(ValueError, match="4294967297 is no int32"):
        envs.step({"add": [1.0], "command": [2**32 + 1]})
