"""Servers and bad networks for tests."""

import pytest
from proxy import Proxy
from serve_kit import Drive

from stepwire.local import LocalServer


@pytest.fixture(scope="session")
def endpoint():
    """A server for all tests that do it no harm."""
    server = LocalServer()
    yield server.endpoint
    server.close()


@pytest.fixture
def serve():
    """Starts servers that end with the test."""
    servers = []

    def start(*arguments, bind="tcp://127.0.0.1:*"):
        servers.append(LocalServer(arguments, bind))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def lossy(endpoint):
    """An endpoint behind a network that loses and repeats messages."""
    proxy = Proxy(endpoint, lose=0.15, repeat=0.15, seed=1)
    yield proxy
    proxy.stop()


@pytest.fixture(params=[1, 2])
def drive(request):
    """With both rows in one process, and each in its own."""
    return Drive(parts=request.param)
