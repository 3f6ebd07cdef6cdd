"""Whole servers: processes that are killed or hang, keys, signals, the command line."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import zmq
from counter_env import Culprit
from serve_kit import (
    HERE,
    PATIENCE,
    Server,
    Start,
    counter_step,
    is_alive,
    request,
    sums,
    wait_until,
)

from stepwire import serve, wire
from stepwire.serve.__main__ import main

TRUNCATED, FIRST, FAULTY = 2, 4, 8
LOST = FAULTY | TRUNCATED | FIRST
_HANDSHAKE_FAILED = (
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


@pytest.fixture
def serving() -> Any:
    """Starts servers, which end with the test."""
    servers: list[Server] = []

    def start(*arguments: str, **rest: Any) -> Server:
        servers.append(Server(*arguments, "--bind", "tcp://127.0.0.1:*", **rest))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.context.destroy(0)
        server.process.communicate()


def culprit_step(*crimes: str) -> wire.Step:
    actions = [Culprit.CRIMES.index(crime) for crime in crimes]
    return wire.Step(actions=[np.array(actions, "<i8").tobytes()])


def test_crimes_of_all_kinds_make_their_rows_faulty_and_the_server_lives(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Culprit-v0", "--workers", "2")
    s = server.open("Culprit-v0", 2)
    s.reset()
    for crime in Culprit.CRIMES[1:]:
        if crime != "hang":
            assert list(s.ask(step=culprit_step("none", "none")).step.flags) == [0, 0]
            assert list(s.ask(step=culprit_step("none", crime)).step.flags) == [0, LOST], crime
    status, log = server.end()
    assert status == 0 and "killed by SIGKILL" in log


def test_an_environment_that_hangs_is_given_up_and_the_server_lives(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Culprit-v0", "--workers", "2", "--step-timeout", "4")
    s = server.open("Culprit-v0", 2)
    s.reset()
    assert list(s.ask(step=culprit_step("none", "hang")).step.flags) == [0, LOST]
    assert list(s.ask(step=culprit_step("none", "none")).step.flags) == [0, 0]
    status, log = server.end()
    assert status == 0 and "has not come back for 4 s" in log


def test_a_worker_that_is_killed_between_steps_is_replaced(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", "--workers", "2")
    s = server.open("Counter-v0", 2)
    s.reset()
    os.kill(server.workers(2)[1], signal.SIGKILL)
    flags: set[tuple[int, ...]] = set()
    while (0, LOST) not in flags and (LOST, 0) not in flags:  # it takes a moment
        flags.add(tuple(s.step([1, 1], [0, 0]).flags))
    assert len(flags) <= 2
    assert s.step([1, 1], [0, 0]).flags == b"\0\0"
    assert s.ask(close=wire.Close()).HasField("closed")
    server.workers(0)


def test_a_killed_nursery_takes_its_rows_along_and_is_replaced(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", "--workers", "1")
    s = server.open("Counter-v0", 2)
    s.reset()
    [worker] = server.workers(1)
    nursery = int(open(f"/proc/{worker}/stat").read().rpartition(")")[2].split()[1])
    os.kill(nursery, signal.SIGKILL)
    while s.step([1, 1], [0, 0]).flags != bytes([LOST, LOST]):
        pass
    assert s.step([1, 1], [0, 0]).flags == b"\0\0"
    assert "has ended" in server.end()[1]


def test_a_step_that_takes_long_holds_up_neither_ping_nor_anybody_else(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", "--workers", "1")
    s = server.open("Counter-v0", 1)
    s.reset()
    [worker] = server.workers(1)
    os.kill(worker, signal.SIGSTOP)
    server.dealer.send(request(session=s.id, seq=2, step=counter_step([1], [0])))
    other = server.open("Counter-v0", 1, token=2)
    other.reset()
    for n in range(3):
        assert sums(other.step([1], [0]).observations) == [[n + 1, n + 1]]
        pong = server.ask(seq=7, ping=wire.Ping(sessions=[s.id, other.id])).pong
        states = [x.state for x in pong.sessions]
        assert states == [wire.SessionStatus.BUSY, wire.SessionStatus.IDLE]
    os.kill(worker, signal.SIGCONT)
    reply = wire.Reply.FromString(server.dealer.recv())
    assert reply.session == s.id and sums(reply.step.observations) == [[1, 1]]


@pytest.mark.parametrize("setting", ["at_make=die", "at_make=exit", "at_make=raise"])
def test_a_task_that_cannot_be_made_is_told_at_once(setting: str) -> None:
    p = subprocess.run(
        [sys.executable, "-m", "stepwire.serve", "gymnasium:counter_env:Culprit-v0"]
        + ["--set", setting, "--bind", "tcp://127.0.0.1:*"],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    why = {"die": "SIGKILL", "exit": "SystemExit: 3", "raise": "RuntimeError: on purpose"}
    assert p.returncode == 2 and "ready" not in p.stdout
    assert "Culprit-v0" in p.stderr and why[setting.partition("=")[2]] in p.stderr


def test_a_setting_that_kills_what_describes_it_is_refused_and_the_server_lives(
    serving: Start,
) -> None:
    server = serving("gymnasium:counter_env:Culprit-v0", "--set", "at_make=none")
    setting = wire.Setting(name="at_make", type=wire.STRING, string_value="die")
    asked = wire.Open(token=1, env_id="Culprit-v0", rows=2, settings=[setting])
    error = server.ask(seq=1, open=asked).error
    assert (error.code, error.field) == (wire.ENVIRONMENT, "settings")
    assert "SIGKILL" in error.text
    server.open("Culprit-v0", 2).reset()


@pytest.mark.parametrize("crime", ["raise", "hang"])
def test_an_environment_that_does_not_close_can_be_opened(serving: Start, crime: str) -> None:
    server = serving("gymnasium:counter_env:Culprit-v0", "--set", "at_close=none")
    setting = wire.Setting(name="at_close", type=wire.STRING, string_value=crime)
    server.open("Culprit-v0", 2, settings=[setting]).reset()


@pytest.mark.parametrize(
    ("crime", "why", "timeout"),
    [("die", "SIGKILL", "0"), ("hang", "not come back for 3 s", "3"), ("raise", "purpose", "0")],
)
def test_a_crime_in_a_reset_is_told_with_its_row_and_the_server_lives(
    serving: Start, crime: str, why: str, timeout: str
) -> None:
    arguments = ["--set", "at_reset=none", "--step-timeout", timeout, "--workers", "2"]
    server = serving("gymnasium:counter_env:Culprit-v0", *arguments)
    setting = wire.Setting(name="at_reset", type=wire.STRING, string_value=crime)
    s = server.open("Culprit-v0", 2, settings=[setting])
    error = s.refused(wire.ENVIRONMENT, reset=wire.Reset(rows=[1]))
    assert list(error.rows) == [1] and why in error.text
    s.refused(wire.SESSION_LOST, reset=wire.Reset())
    server.open("Culprit-v0", 2, token=2).reset()


# ---- the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["CartPole-v1"], "expected gymnasium:ID"),
        (["gymnasium:CartPole-v1", "--bind", "tcp://0.0.0.0:*"], "--insecure"),
        (["gymnasium:CartPole-v1", "--bind", "tcp://nowhere"], "no endpoint"),
        (["gymnasium:CartPole-v1", "--bind", "ipc:///dev/null"], "file of another kind"),
        (["gymnasium:CartPole-v1", "--keys", "/nowhere"], "/nowhere"),
        (["gymnasium:CartPole-v1", "--keys", "x", "--insecure"], "give one"),
        (["gymnasium:CartPole-v1", "--set", "x"], "NAME=DEFAULT"),
        (["gymnasium:CartPole-v1", "--max-rows", "0"], "max_rows"),
        (["gymnasium:CartPole-v1", "--max-message", "10"], "max_message: 10"),
        (["gymnasium:CartPole-v1", "--step-timeout", "nan"], "step_timeout"),
        (["gymnasium:CartPole-v1", "gymnasium:CartPole-v1"], "twice"),
        (["gymnasium:" + "x" * 64], "1 to 63 bytes"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_told_so(arguments, why, capsys) -> None:
    assert main(arguments) != 0
    said = capsys.readouterr()
    assert why in said.err and not said.out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["gymnasium:Nothing-v0"], "Nothing"),
        (["gymnasium:CartPole-v1", "--set", "nothing=1"], "nothing"),
    ],
)
def test_a_task_that_gymnasium_does_not_make_is_told(arguments, why, capfd) -> None:
    assert main([*arguments, "--bind", "tcp://127.0.0.1:*"]) == 2
    assert why in capfd.readouterr().err


def test_a_task_has_the_name_of_what_makes_it_or_must_be_given_one() -> None:
    make = functools.partial(Culprit, at_make="raise")
    with pytest.raises(ValueError, match="^Culprit: RuntimeError: on purpose"):
        serve(make, bind="tcp://127.0.0.1:*")
    with pytest.raises(ValueError, match="env_id is missing"):
        serve(lambda: Culprit(), bind="tcp://127.0.0.1:*")


def test_an_endpoint_in_use_is_named(capsys) -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.bind("tcp://127.0.0.1:*")
        endpoint = router.last_endpoint.decode().rstrip("\0")
        assert main(["gymnasium:CartPole-v1", "--bind", endpoint]) == 1
    assert endpoint in capsys.readouterr().err


def test_a_sigterm_drains_and_a_second_one_ends(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", drain=3600)
    s = server.open("Counter-v0", 1)
    s.reset()
    server.signal(signal.SIGTERM)
    while not server.ask(seq=1, ping=wire.Ping()).pong.draining:
        pass
    refused = server.ask(seq=1, open=wire.Open(token=5, env_id="Counter-v0", rows=1)).error
    assert refused.code == wire.DRAINING
    s.step([1], [0])
    server.signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0


def test_a_drained_server_ends_with_its_last_session(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", drain=3600)
    s = server.open("Counter-v0", 1)
    server.signal(signal.SIGTERM)
    assert s.ask(close=wire.Close()).HasField("closed")
    assert server.process.wait(PATIENCE) == 0


def test_a_drained_server_ends_though_a_session_stays(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", drain=0.5)
    server.open("Counter-v0", 1)
    server.signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0


def test_it_ends_with_standard_input_and_leaves_no_process(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", "--workers", "2")
    server.open("Counter-v0", 2).reset()
    workers = server.workers(2)
    assert server.end()[0] == 0
    wait_until(lambda: not any(map(is_alive, workers)))


def test_a_server_that_is_killed_leaves_no_process(serving: Start) -> None:
    server = serving("gymnasium:counter_env:Counter-v0", "--workers", "1")
    server.open("Counter-v0", 1).reset()
    workers = server.workers(1)
    server.signal(signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: not any(map(is_alive, workers)))


# ---- keys ----------------------------------------------------------------------------------------


def _write_keys(directory, name: str) -> tuple[bytes, bytes]:
    public, secret = zmq.curve_keypair()
    path = directory / f"{name}.key"
    path.write_bytes(secret + b"\n")
    path.chmod(0o600)
    return public, secret


def test_only_clients_on_the_list_come_in(serving: Start, tmp_path) -> None:
    (tmp_path / "clients").mkdir()
    server_key, _ = _write_keys(tmp_path, "server")
    listed, stranger = zmq.curve_keypair(), zmq.curve_keypair()
    server = serving("gymnasium:counter_env:Counter-v0", "--keys", str(tmp_path))
    (tmp_path / "clients" / "one.pub").write_bytes(listed[0])  # counts from now on

    def is_let_in(keys) -> bool:
        """An answer comes, or word that the handshake has failed."""
        dealer = server.context.socket(zmq.DEALER)
        dealer.linger = 0
        if keys is not None:
            dealer.curve_serverkey = server_key
            dealer.curve_publickey, dealer.curve_secretkey = keys
        failures = dealer.get_monitor_socket(_HANDSHAKE_FAILED)
        dealer.connect(server.endpoint)
        dealer.send(request(seq=1, hello=wire.Hello()))
        ready, _, _ = zmq.select([dealer, failures], [], [], PATIENCE)
        answered = dealer in ready and wire.Reply.FromString(dealer.recv()).HasField("welcome")
        assert answered or failures in ready
        dealer.disable_monitor()
        dealer.close()
        return answered

    assert is_let_in(listed)
    assert not is_let_in(stranger)
    assert not is_let_in(None)
    assert "refused a client" in server.end()[1]


def test_a_secret_key_that_others_may_read_is_refused(tmp_path, capsys) -> None:
    (tmp_path / "clients").mkdir()
    _write_keys(tmp_path, "server")
    (tmp_path / "server.key").chmod(0o644)
    asked = ["gymnasium:CartPole-v1", "--keys", str(tmp_path), "--bind", "tcp://127.0.0.1:*"]
    assert main(asked) == 1
    assert "chmod 600" in capsys.readouterr().err
