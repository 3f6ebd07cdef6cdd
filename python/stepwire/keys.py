"""Keys of CURVE, in the directories that `stepwire-simserver keygen` makes."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

import zmq
from zmq.utils import z85

from .errors import Error


class ClientKeys(NamedTuple):
    """What a client needs to connect to one server, in Z85."""

    public: bytes
    secret: bytes
    server: bytes  # public key of the server


def read_key(path: Path, secret: bool = False) -> bytes:
    """The key in a file: 40 characters of Z85. A secret one must be its owner's alone, as with
    ssh."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise Error("INVALID_ARGUMENT", f"{path}: a key must be a file")
        if secret and mode & 0o077:
            raise Error(
                "INVALID_ARGUMENT",
                f"{path}: its mode is {stat.S_IMODE(mode):04o}, a secret key must be its owner's "
                f"alone: chmod 600 {path}",
            )
        key = path.read_bytes()[:100].rstrip(b" \t\r\n")
    except FileNotFoundError:
        raise Error(
            "NOT_FOUND", f"{path}: no such file; stepwire-simserver keygen makes keys"
        ) from None
    except OSError as error:
        raise Error("UNAVAILABLE", f"{path}: {error.strerror}") from None
    try:
        z85.decode(key)
    except (ValueError, KeyError, IndexError):
        key = b""
    if len(key) != 40:
        raise Error("INVALID_ARGUMENT", f"{path}: not a key: expected 40 characters of Z85")
    return key


def server_key_path(directory: str | os.PathLike[str], endpoint: str) -> Path:
    """Where a client's directory has the key of the server at an endpoint."""
    host = "localhost"
    if endpoint.startswith("tcp://"):
        host = endpoint[len("tcp://") :].rpartition(":")[0].rpartition(";")[2].strip("[]")
    if not host or "/" in host:
        raise Error("INVALID_ARGUMENT", f"'{endpoint}' has no host whose key could be looked for")
    return Path(directory, "servers", f"{host}.pub")


def read_client(directory: str | os.PathLike[str], endpoint: str) -> ClientKeys:
    """The keys with which to connect to a server. Errors name the file."""
    path = server_key_path(directory, endpoint)
    secret = read_key(Path(directory, "client.key"), secret=True)
    return ClientKeys(zmq.curve_public(secret), secret, read_key(path))
