"""Every request happens exactly once, and rows outlive their servers."""

import os
import signal
import time

import numpy as np
import pytest
from serve_kit import PATIENCE, Server

import stepwire
from stepwire import local
from stepwire.channel import Channel
from stepwire.local import LocalServer

ANY_PORT = ("--bind", "tcp://127.0.0.1:*")


def counter(endpoint, rows=2, mode="SameStep", **rest):
    """Counter-v0 adds up its actions, so a step that was lost or happened twice shows."""
    return stepwire.make_vec(endpoint, "Counter-v0", rows, autoreset_mode=mode, **rest)


def actions(adds, command=0):
    adds = np.asarray(adds, np.float64)
    return {"add": adds, "command": np.full(len(adds), command, np.int32)}


def test_every_step_happens_once_where_messages_are_lost_and_repeated(lossy):
    envs = counter(lossy.endpoint)
    envs.reset(seed=1)
    total = np.zeros(2)
    for step in range(1, 81):
        total += [step, -step]
        observations, rewards, _, _, _ = envs.step(actions([step, -step]))
        np.testing.assert_array_equal(observations["sum"], np.stack([total, [step, step]], 1))
        np.testing.assert_array_equal(rewards, [step, -step])
    envs.close()
    assert lossy.lost > 10 and lossy.repeated > 10


def test_a_session_outlives_silence_longer_than_its_lease(serve):
    # long enough for either side to be stopped for seconds by a busy machine
    envs = counter(serve().endpoint, lease=9.0)
    envs.reset(seed=1)
    time.sleep(10)
    observations, *_, infos = envs.step(actions([5, 6]))
    assert observations["sum"][:, 0].tolist() == [5, 6] and "faulty" not in infos
    envs.close()


def test_a_step_that_takes_longer_than_any_attempt_is_waited_for(endpoint):
    envs = counter(endpoint, settings={"hang_ms": 700})
    envs.reset(seed=1)
    observations, *_ = envs.step(actions([5, 6], command=4))
    assert observations["sum"].tolist() == [[5, 1], [6, 1]]
    envs.close()


def test_an_open_that_takes_longer_than_the_lease_is_waited_for():
    server = Server("gymnasium:counter_env:Culprit-v0", "--set", "at_make=none", *ANY_PORT)
    try:
        began = time.monotonic()
        envs = stepwire.make_vec(server.endpoint, "Culprit-v0", 1, lease=6.0, at_make="slow")
        assert time.monotonic() - began > 6.0
        observations, _ = envs.reset(seed=1)
        assert observations["which"].tolist() == [1]
        envs.close()
    finally:
        status, _ = server.end()
    assert status == 0


@pytest.mark.parametrize("call", ["get_state", "set_state", "render"])
def test_a_call_that_was_interrupted_is_forgotten(endpoint, monkeypatch, call):
    envs = counter(endpoint, render_mode="rgb_array")
    envs.reset(seed=1)
    arguments = [envs.get_state()] if call == "set_state" else []

    def press_ctrl_c(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Channel, "receive", press_ctrl_c)
        getattr(envs, call)(*arguments)
    observations, *_, infos = envs.step(actions([5, 6]))
    assert observations["sum"].tolist() == [[5, 1], [6, 1]] and "faulty" not in infos
    assert not envs.reset()[0]["sum"].any()
    envs.close()


def kill(server):
    os.kill(server.pid, signal.SIGKILL)
    server.close()


def seeds_of(mix_of_stream, row, number):
    """The seed of an episode, by the table in docs/protocol.md."""
    return mix_of_stream(mix_of_stream(42, row), number)


def test_after_a_restart_rows_go_on_with_their_next_episodes(serve):
    server = serve()
    envs = counter(server.endpoint)
    envs.reset(seed=42)
    before = envs.step(actions([1, 2]))[0]
    kill(server)
    serve(bind=server.endpoint)
    observations, rewards, terminated, truncated, infos = envs.step(actions([3, 4]))
    assert truncated.all() and not terminated.any() and not rewards.any()
    assert infos["faulty"].all()
    for row in range(2):  # the step did not happen
        assert infos["final_obs"][row]["sum"].tolist() == before["sum"][row].tolist()
        assert envs.episode_seeds[row] == seeds_of(stepwire.wire.mix, row, 1)
    assert not observations["sum"].any()
    observations, *_, infos = envs.step(actions([5, 6]))
    assert observations["sum"].tolist() == [[5, 1], [6, 1]] and "faulty" not in infos
    envs.close()


def test_without_autoreset_a_lost_session_asks_for_a_reset(serve):
    server = serve()
    envs = counter(server.endpoint, mode="Disabled")
    envs.reset(seed=42)
    kill(server)
    serve(bind=server.endpoint)
    _, _, _, truncated, infos = envs.step(actions([3, 4]))
    assert truncated.all() and infos["faulty"].all()
    with pytest.raises(stepwire.Error, match="FAILED_PRECONDITION") as caught:
        envs.step(actions([3, 4]))
    assert caught.value.rows == (0, 1)
    envs.reset(options={"reset_mask": truncated})
    assert envs.episode_seeds[1] == seeds_of(stepwire.wire.mix, 1, 1)
    envs.close()


def test_in_next_step_a_lost_session_begins_anew_in_the_next_step(serve):
    server = serve()
    envs = counter(server.endpoint, mode="NextStep")
    envs.reset(seed=42)
    kill(server)
    serve(bind=server.endpoint)
    _, _, _, truncated, _ = envs.step(actions([3, 4]))
    assert truncated.all()
    observations, rewards, _, truncated, _ = envs.step(actions([3, 4]))
    assert not rewards.any() and not truncated.any() and not observations["sum"].any()
    assert envs.episode_seeds[0] == seeds_of(stepwire.wire.mix, 0, 1)
    envs.close()


def test_of_two_servers_the_one_that_is_left_takes_all_rows(serve):
    one, other = serve(), serve()
    envs = counter([one.endpoint, other.endpoint], rows=3)
    assert envs.groups == 2
    envs.reset(seed=42)
    envs.step(actions([1, 1, 1]))
    kill(one)
    observations, _, _, truncated, _ = envs.step(actions([1, 1, 1]))
    assert truncated.tolist() == [True, True, False]
    assert observations["sum"].tolist() == [[0, 0], [0, 0], [2, 2]]
    envs.close()


def test_without_any_server_it_gives_up_after_its_patience(serve):
    server = serve()
    envs = counter(server.endpoint, patience=0.0)
    envs.reset(seed=42)
    kill(server)
    with pytest.raises(stepwire.Error, match="UNAVAILABLE.*nobody listens"):
        envs.step(actions([1, 2]))
    envs.close()


def test_another_process_takes_a_session_over(endpoint):
    envs = counter(endpoint)
    envs.reset(seed=42)
    envs.step(actions([1, 2]))
    taken = stepwire.resume(endpoint, envs.sessions[0])
    assert taken.num_envs == 2
    assert taken.metadata["autoreset_mode"] == envs.metadata["autoreset_mode"]
    observations, *_ = taken.step(actions([10, 20]))
    assert observations["sum"].tolist() == [[11, 2], [22, 2]]
    taken.close()
    with pytest.raises(stepwire.Error, match="SESSION_LOST"):
        stepwire.resume(endpoint, 12345)


def test_errors_carry_code_text_and_rows(endpoint):
    envs = counter(endpoint, rows=4, groups=2)
    envs.reset(seed=42)
    wrong = actions([1, 1, 1, np.nan])
    with pytest.raises(stepwire.Error) as caught:
        envs.step(wrong)
    assert caught.value.code == "INVALID_ARGUMENT" and caught.value.rows == (3,)
    assert "'add'" in caught.value.text and caught.value.field == "actions[0]"
    envs.close()


def test_a_faulty_row_is_named_and_the_others_go_on(endpoint):
    envs = counter(endpoint, rows=2)
    envs.reset(seed=42)
    envs.step(actions([1, 2]))
    sent = actions([1, 2])
    sent["command"][1] = 3
    observations, rewards, terminated, truncated, infos = envs.step(sent)
    assert infos["faulty"].tolist() == [False, True]
    assert truncated.tolist() == [False, True] and not terminated.any()
    assert rewards.tolist() == [1, 0] and observations["sum"][0].tolist() == [2, 2]
    assert infos["final_obs"][1]["sum"].tolist() == [2, 1]  # what was delivered last
    envs.close()


def test_a_local_server_ends_though_a_forked_process_holds_its_input(monkeypatch):
    monkeypatch.setattr(local, "_STOP", PATIENCE)  # after which it would be killed
    server = LocalServer()
    pid = os.fork()
    if pid == 0:
        time.sleep(2 * PATIENCE)
        os._exit(0)
    server.close()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert server._child.returncode == 0


def test_a_local_server_ends_with_its_environment():
    envs = stepwire.make_vec(None, "CartPole-v1", 2)
    path = envs.pool.options.endpoints[0][len("ipc://") :]
    assert os.path.exists(path)
    envs.close()
    assert not os.path.exists(path)


def test_a_program_that_is_no_server_is_told(monkeypatch):
    monkeypatch.setenv("STEPWIRE_SIMSERVER", "/bin/false")
    with pytest.raises(stepwire.Error, match="ended before it was ready, with status 1"):
        LocalServer()
    monkeypatch.setenv("STEPWIRE_SIMSERVER", "/nowhere/simserver")
    with pytest.raises(stepwire.Error, match="cannot start '/nowhere/simserver'"):
        LocalServer()
