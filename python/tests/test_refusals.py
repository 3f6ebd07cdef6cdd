"""Why there is no connection is said, within 3 s."""

import http.server
import shutil
import socket
import subprocess
import threading

import pytest
import zmq
from serve_kit import Stopwatch

import stepwire
from stepwire import wire
from stepwire.local import find_program


def refusal(endpoint, **options):
    """The error of connecting, which must come within 3 s."""
    with Stopwatch() as watch, pytest.raises(stepwire.Error) as caught:
        stepwire.make(endpoint, "CartPole-v1", **options)
    assert watch.seconds < 3
    assert endpoint in str(caught.value) or caught.value.code in ("NOT_FOUND", "INVALID_ARGUMENT")
    return caught.value


def test_what_is_no_endpoint_is_refused():
    for endpoint in ("localhost:5555", "http://localhost:80", "tcp://localhost", "tcp://a:99999"):
        with pytest.raises(stepwire.Error, match="INVALID_ARGUMENT.*endpoint|port"):
            stepwire.make(endpoint if "://" in endpoint else f"x://{endpoint}", "CartPole-v1")


def test_an_endpoint_where_nobody_listens_is_unavailable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = refusal(f"tcp://127.0.0.1:{unused.getsockname()[1]}")
    assert error.code == "UNAVAILABLE" and "nobody listens" in error.text


def test_a_listener_that_says_nothing_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = refusal(f"tcp://127.0.0.1:{silent.getsockname()[1]}")
    assert error.code == "UNAVAILABLE" and "says nothing" in error.text


def test_a_web_server_is_no_stepwire_server():
    handler = type("Quiet", (http.server.BaseHTTPRequestHandler,), {"log_message": lambda *a: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        error = refusal(f"tcp://127.0.0.1:{web.server_address[1]}")
        web.shutdown()
    assert error.code == "UNAVAILABLE" and "no Stepwire server" in error.text


def test_a_zeromq_socket_that_does_not_answer_is_no_stepwire_server():
    with zmq.Context() as context, context.socket(zmq.ROUTER) as mute:
        error = refusal(f"tcp://127.0.0.1:{mute.bind_to_random_port('tcp://127.0.0.1')}")
    assert error.code == "UNAVAILABLE" and "does not answer" in error.text


def answer(router, reply, over):
    """A server that has one reply to everything."""
    while not over.is_set():
        if router.poll(50):
            client, data = router.recv_multipart()
            reply.seq = wire.Request.FromString(data).seq
            router.send_multipart([client, reply.SerializeToString()])


@pytest.mark.parametrize(
    "reply",
    [
        wire.Reply(welcome=wire.Welcome(major=2, minor=7)),
        wire.Reply(error=wire.Error(code=wire.VERSION, text="this server speaks 2.7, you 1.0")),
    ],
    ids=["welcome", "error"],
)
def test_another_version_is_named(reply):
    over = threading.Event()
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        port = router.bind_to_random_port("tcp://127.0.0.1")
        thread = threading.Thread(target=answer, args=(router, reply, over))
        thread.start()
        try:
            error = refusal(f"tcp://127.0.0.1:{port}")
        finally:
            over.set()
            thread.join()
    assert error.code == "VERSION"
    assert "2.7" in error.text and "1.0" in error.text


@pytest.fixture
def keys(tmp_path):
    subprocess.run([find_program(), "keygen", tmp_path / "a"], check=True, capture_output=True)
    (tmp_path / "a/servers/127.0.0.1.pub").write_bytes((tmp_path / "a/server.pub").read_bytes())
    return tmp_path / "a"


def test_with_the_right_keys_it_is_let_in(serve, keys):
    server = serve("--keys", keys)
    env = stepwire.make(server.endpoint, "CartPole-v1", keys=keys)
    env.reset()
    env.close()


def test_without_keys_it_is_told_to_have_some(serve, keys):
    error = refusal(serve("--keys", keys).endpoint)
    assert error.code == "UNAVAILABLE" and "asks for keys" in error.text


def test_a_key_that_is_not_on_the_list_is_refused(serve, keys, tmp_path):
    subprocess.run([find_program(), "keygen", tmp_path / "b"], check=True, capture_output=True)
    shutil.copy(keys / "server.pub", tmp_path / "b/servers/127.0.0.1.pub")
    error = refusal(serve("--keys", keys).endpoint, keys=tmp_path / "b")
    assert error.code == "UNAVAILABLE" and "does not know this client's key" in error.text


def test_the_key_of_another_server_is_named(serve, keys, tmp_path):
    server = serve("--keys", keys)
    shutil.copytree(keys, tmp_path / "c")
    shutil.copy(keys / "client.pub", tmp_path / "c/servers/127.0.0.1.pub")
    error = refusal(server.endpoint, keys=tmp_path / "c")
    assert error.code == "UNAVAILABLE" and "not that of this server" in error.text


def test_keys_at_a_server_without_are_named(serve, keys):
    error = refusal(serve().endpoint, keys=keys)
    assert error.code == "UNAVAILABLE" and "has no keys" in error.text


def test_a_secret_key_that_others_may_read_is_refused(serve, keys):
    (keys / "client.key").chmod(0o644)
    error = refusal("tcp://127.0.0.1:5555", keys=keys)
    assert error.code == "INVALID_ARGUMENT" and "chmod 600" in error.text


def test_a_key_file_that_is_missing_or_none_is_named(keys):
    (keys / "servers/127.0.0.1.pub").write_text("nonsense")
    assert "127.0.0.1.pub: not a key" in refusal("tcp://127.0.0.1:5555", keys=keys).text
    (keys / "servers/127.0.0.1.pub").unlink()
    assert "127.0.0.1.pub" in refusal("tcp://127.0.0.1:5555", keys=keys).text


def test_a_task_that_is_not_there_is_told_which_are(endpoint):
    with pytest.raises(stepwire.Error) as caught:
        stepwire.make(endpoint, "CartPole-v7")
    assert caught.value.code == "NOT_FOUND" and "CartPole-v1" in caught.value.text


def test_text_that_no_request_may_have_is_refused_at_once(endpoint):
    for wrong in ("Cart\0Pole", 5):
        with pytest.raises((ValueError, TypeError), match="^id is "):
            stepwire.make(endpoint, wrong)
    with pytest.raises(stepwire.Error, match="setting 'xml_file'"):
        stepwire.make(endpoint, "Ant-v5", xml_file="a\0.xml")
    with pytest.raises(ValueError, match="^camera is "):
        stepwire.make(endpoint, "Ant-v5", camera="a\0")
    env = stepwire.make(endpoint, "CartPole-v1")
    with pytest.raises(ValueError, match="^format is "):
        env.get_state("a\0")
    env.close()


def test_a_setting_that_is_not_there_is_told_which_are(endpoint):
    with pytest.raises(stepwire.Error) as caught:
        stepwire.make(endpoint, "Hopper-v5", reset_nois=1)
    assert caught.value.code == "INVALID_ARGUMENT" and "reset_noise_scale" in caught.value.text
    with pytest.raises(stepwire.Error, match="'reset_noise_scale': 'much' is no float"):
        stepwire.make(endpoint, "Hopper-v5", reset_noise_scale="much")
