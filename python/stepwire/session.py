"""One session on one server."""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import zmq
from numpy.typing import NDArray

from . import spec as specs
from . import wire
from .channel import Channel
from .errors import Error
from .keeper import Keeper

_ENDED = int(wire.TERMINATED) | int(wire.TRUNCATED)

# Errors of a server that leave the session as it was; all others end it.
SURVIVABLE = {
    "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "CAPACITY", "TOO_LARGE",
    "UNIMPLEMENTED", "DRAINING", "INTERNAL",
}  # fmt: skip

_LEAST_MESSAGE = 4096  # bytes, so that a server can at least say what is wrong


@dataclass(frozen=True)
class ClientOptions:
    """How to talk to servers."""

    keys: str | os.PathLike[str] | None = None  # directory with client.key and servers/HOST.pub
    lease: float = 30.0  # seconds the server keeps the session while we are silent, and we it
    max_message: int = 64 << 20  # largest reply accepted, bytes

    def __post_init__(self) -> None:
        if not 0 < self.lease < math.inf:
            raise ValueError(f"lease is {self.lease}; it must be a number of seconds above 0")
        if not _LEAST_MESSAGE <= self.max_message < 1 << 63:
            raise ValueError(
                f"max_message is {self.max_message}; it must be {_LEAST_MESSAGE} or more"
            )


@dataclass(frozen=True)
class SessionOptions:
    """What a session is; the fields are Open's."""

    env_id: str
    rows: int
    first_row: int = 0
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_episode_steps: int = 0  # 0: the task's own
    autoreset: int = 0  # a wire.AUTORESET_...
    float32: bool = False
    info: bool = True


@dataclass
class Batch:
    """What came back: line i of every array is row i of the session, or the i-th row asked for.

    The arrays are the message itself, and read-only."""

    observations: list[NDArray[Any]]  # per tensor [rows, shape...]
    flags: NDArray[np.uint8]  # [rows]
    rewards: NDArray[np.float64]  # [rows]; 0 unless it answers a step
    infos: NDArray[np.float64] | None  # [rows, columns]; None unless asked for
    seeds: NDArray[np.uint64]  # one per row with FIRST; none after set_state
    # SAME_STEP: of the rows that ended, in row order
    final_observations: list[NDArray[Any]]  # per tensor [ended rows, shape...]
    final_infos: NDArray[np.float64] | None


class Server:
    """A connection to a server, without a session yet."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, options: ClientOptions
    ) -> None:
        """Says Hello. UNAVAILABLE, VERSION, or what is wrong with the keys."""
        self.endpoint = endpoint
        self.options = options
        self.channel = Channel(context, endpoint, options.keys, options.lease, options.max_message)
        try:
            hello = wire.Hello(minor=wire.MINOR, name="stepwire for Python")
            self.welcome = self.ask("hello", hello, "welcome")
        except BaseException:
            self.channel.close()
            raise
        if self.welcome.major != wire.MAJOR:
            self.channel.close()
            raise Error(
                "VERSION",
                f"{endpoint}: the server speaks version {self.welcome.major}.{self.welcome.minor} "
                f"of the protocol, this client {wire.MAJOR}.{wire.MINOR}",
            )
        self.channel.max_request = self.welcome.limits.max_message

    def ask(self, kind: str, body: Any, expected: str) -> Any:
        self.channel.send(wire.Request(**{kind: body}), expected)
        return getattr(self.channel.receive(), expected)

    def describe(self, env_id: str, settings: Mapping[str, Any]) -> specs.Spec:
        """The spec of a task under settings as Python has them."""
        packed = self.pack_settings(env_id, settings)
        return specs.unpack(
            self.ask("describe", wire.Describe(env_id=env_id, settings=packed), "description").spec
        )

    def pack_settings(self, env_id: str, settings: Mapping[str, Any]) -> list[Any]:
        """Their types come from the task."""
        if not settings:
            return []
        return self.describe(env_id, {}).pack_settings(settings)

    def close(self) -> None:
        self.channel.close()


class Session:
    """Resets and steps rows. What is sent is received before anything else is sent."""

    def __init__(
        self,
        server: Server,
        keeper: Keeper,
        id: int,
        reply: Any,
        options: SessionOptions,
        number: int = 0,
    ) -> None:
        """For open() and resume(): of Opened, or of Resumed and the last `number` answered. Takes
        over the server's connection."""
        self.endpoint, self.spec_message = server.endpoint, reply.spec
        self.id, self.rows, self.info = id, options.rows, options.info
        self.autoreset = options.autoreset or wire.AUTORESET_SAME_STEP
        self.ended: Error | None = None
        self._channel, self._keeper = server.channel, keeper
        self._asked = self.rows
        lease = min(reply.lease, server.options.lease) if reply.lease > 0 else server.options.lease
        self._channel.enter(self.id, lease, number)
        self.spec = specs.unpack(reply.spec)
        self._shapes = [(tensor.dtype, tensor.shape) for tensor in self.spec.observations]
        keeper.add(self.endpoint, self.id, lease)

    @classmethod
    def open(cls, server: Server, keeper: Keeper, options: SessionOptions) -> Session:
        """Takes over the server's connection, which after an error is as it was."""
        limits = server.welcome.limits
        if limits.max_rows and options.rows > limits.max_rows:
            raise Error(
                "TOO_LARGE",
                f"{server.endpoint}: {options.rows} rows in a session, and this server takes at "
                f"most {limits.max_rows}: fewer environments or more groups",
            )
        form = wire.FORMAT_FLOAT32 if options.float32 else wire.FORMAT_NATIVE
        opened = server.ask(
            "open",
            wire.Open(
                token=secrets.randbits(64) or 1,
                env_id=options.env_id,
                rows=options.rows,
                first_row=options.first_row,
                base_seed=options.seed,
                settings=server.pack_settings(options.env_id, options.settings),
                max_episode_steps=options.max_episode_steps,
                autoreset=options.autoreset,
                observation_format=form,
                action_format=form,
                info=options.info,
                lease=server.options.lease,
                max_reply=server.options.max_message,
            ),
            "opened",
        )
        return cls(server, keeper, opened.session, opened, options)

    @classmethod
    def resume(cls, server: Server, keeper: Keeper, id: int) -> tuple[Session, Batch]:
        """Takes over a session that another client opened, with what it was told last; waits while
        the session is busy. SESSION_LOST if the server does not have it."""
        channel = server.channel
        while True:
            request = wire.Request(session=id, resume=wire.Resume())
            channel.send(request, "resumed")
            reply = channel.receive()
            assert reply is not None
            if not reply.resumed.busy:
                break
            time.sleep(0.02)
        resumed = reply.resumed
        options = SessionOptions(
            env_id=resumed.spec.env_id,
            rows=len(resumed.flags),
            autoreset=resumed.autoreset,
            info=resumed.info,
        )
        session = cls(server, keeper, id, resumed, options, resumed.seq)
        return session, session._read_few(resumed, session.rows)

    # ---- calls -----------------------------------------------------------------------------------

    def _send(self, expected: str, **kind: Any) -> None:
        if self.ended is not None:
            raise Error(
                self.ended.code, f"{self.endpoint}: the session has ended: {self.ended.text}"
            )
        if self._channel.waiting:
            self._forget_reply()
        self._channel.send(wire.Request(**kind), expected)

    def _forget_reply(self) -> None:
        """To a call that Ctrl-C cut short: the next has its number only after it."""
        try:
            self._receive()
        except Error:
            if self.ended is not None:
                raise

    def _receive(self, wait: bool = True) -> Any | None:
        try:
            return self._channel.receive(wait)
        except Error as error:
            self._end(error)
            raise

    def _end(self, error: Error) -> None:
        if error.code not in SURVIVABLE:
            self.ended = error
            self._keeper.remove(self.id)

    def _call(self, expected: str, **kind: Any) -> Any:
        self._send(expected, **kind)
        reply = self._receive()
        return getattr(reply, expected)

    @property
    def socket(self) -> zmq.Socket[bytes] | None:
        """What becomes readable when there may be something to receive."""
        return self._channel.line.socket

    @property
    def is_waiting(self) -> bool:
        return self._channel.waiting

    def send_reset(
        self,
        rows: Sequence[int] = (),
        seeds: Sequence[int] = (),
        episodes: Sequence[int] = (),
    ) -> None:
        """Begins an episode in each of the rows, () for all. `seeds` and `episodes`: one each, or
        ()."""
        self._asked = len(rows) or self.rows
        self._send("reset", reset=wire.Reset(rows=rows, seeds=seeds, episodes=episodes))

    def send_step(self, actions: Sequence[NDArray[Any]]) -> None:
        """Actions, one array [rows, shape...] per tensor in the spec's dtypes; copied."""
        self._send("step", step=wire.Step(actions=[array.tobytes() for array in actions]))

    def recv(self, wait: bool = True) -> Batch | None:
        """The reply to the last of these two; None if it is not there and `wait` is false."""
        reply = self._receive(wait)
        if reply is None:
            return None
        try:
            if reply.WhichOneof("result") == "step":
                return self._read_step(reply.step)
            return self._read_few(reply.reset, self._asked)
        except Error as error:
            self._end(error)
            raise

    def get_state(self, rows: Sequence[int] = (), format: str = "") -> list[bytes]:
        request = wire.GetState(rows=rows, format=wire.as_text("format", format))
        states = self._call("states", get_state=request)
        return list(states.states)

    def set_state(
        self, states: Sequence[bytes], rows: Sequence[int] = (), format: str = ""
    ) -> Batch:
        request = wire.SetState(rows=rows, states=states, format=wire.as_text("format", format))
        return self._read_few(self._call("state_set", set_state=request), len(rows) or self.rows)

    def render(self, row: int, width: int, height: int, camera: str = "") -> NDArray[np.uint8]:
        """A picture [height, width, 3]."""
        request = wire.Render(row=row, width=width, height=height, camera=camera)
        picture = self._call("rendered", render=request)
        self._check(len(picture.rgb) == 3 * picture.width * picture.height, "rgb")
        pixels = np.frombuffer(picture.rgb, np.uint8)
        return pixels.reshape(picture.height, picture.width, 3).copy()

    def close(self, timeout: float = 1.0) -> None:
        """Frees the session and closes the connection; else the session ends with its lease."""
        self._keeper.remove(self.id)
        deadline = time.monotonic() + timeout
        if self.ended is None:
            try:
                self._settle(deadline)
                self._channel.send(wire.Request(close=wire.Close()), "closed")
                self._settle(deadline)
            except Error:
                pass  # gone already
            self.ended = Error("SESSION_LOST", "closed")
        self._channel.close()

    def _settle(self, deadline: float) -> None:
        while self._channel.waiting and time.monotonic() < deadline:
            try:
                if self._channel.receive(wait=False) is None:
                    self._channel.line.wait(0.02)
            except Error as error:
                if error.code not in SURVIVABLE:
                    raise

    # ---- what came -------------------------------------------------------------------------------

    def _check(self, condition: bool, what: str) -> None:
        if not condition:
            raise Error("PROTOCOL", f"{self.endpoint}: {what} has not the size it must have")

    def _read_tensors(self, data: Sequence[bytes], rows: int) -> list[NDArray[Any]]:
        self._check(len(data) == len(self._shapes), "observations")
        try:
            return [
                np.frombuffer(part, dtype).reshape(rows, *shape)
                for part, (dtype, shape) in zip(data, self._shapes)
            ]
        except ValueError:
            raise Error("PROTOCOL", f"{self.endpoint}: observations of another size") from None

    def _read_infos(self, data: bytes, rows: int) -> NDArray[np.float64] | None:
        if not self.info:
            return None
        columns = len(self.spec.infos)
        self._check(len(data) == 8 * rows * columns, "infos")
        return np.frombuffer(data, "<f8").reshape(rows, columns)

    def _read_few(self, reply: Any, rows: int) -> Batch:
        """ResetDone, StateSet or Resumed."""
        flags = np.frombuffer(reply.flags, np.uint8)
        self._check(len(flags) == rows, "flags")
        seeds, infos = b"", None
        if hasattr(reply, "seeds"):
            seeds, infos = reply.seeds, self._read_infos(reply.infos, rows)
            self._check(len(seeds) == 8 * rows, "seeds")
        return Batch(
            observations=self._read_tensors(reply.observations, rows),
            flags=flags,
            rewards=np.zeros(rows),
            infos=infos,
            seeds=np.frombuffer(seeds, "<u8"),
            final_observations=[],
            final_infos=None,
        )

    def _read_step(self, step: Any) -> Batch:
        rows, data, rewards, seeds = self.rows, step.flags, step.rewards, step.seeds
        self._check(len(data) == rows and len(rewards) == 8 * rows, "rewards or flags")
        flags = np.frombuffer(data, np.uint8)
        begun = ended = 0
        if any(data):
            begun = int(np.count_nonzero(flags & wire.FIRST))
            ended = int(np.count_nonzero(flags & _ENDED))
        self._check(len(seeds) == 8 * begun, "seeds")
        has_finals = ended > 0 and self.autoreset == wire.AUTORESET_SAME_STEP
        return Batch(
            observations=self._read_tensors(step.observations, rows),
            flags=flags,
            rewards=np.frombuffer(rewards, "<f8"),
            infos=self._read_infos(step.infos, rows),
            seeds=np.frombuffer(seeds, "<u8"),
            final_observations=self._read_tensors(step.final_observations, ended)
            if has_finals
            else [],
            final_infos=self._read_infos(step.final_infos, ended) if has_finals else None,
        )
