"""Gymnasium environments that run elsewhere, and any Gymnasium environment served.

    env = stepwire.make("tcp://127.0.0.1:5555", "Hopper-v5")
    envs = stepwire.make_vec("tcp://127.0.0.1:5555", "Hopper-v5", num_envs=64)
    stepwire.serve(MyEnv, "Mine-v0", bind="tcp://127.0.0.1:5555")

Without an endpoint a `stepwire-simserver` is started on this machine, and ends with the
environment. `stepwire.sb3` is for Stable-Baselines3, `stepwire.serve` serves environments, and what
goes wrong is an `Error`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import zmq
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode

from . import wire
from .env import RemoteEnv
from .errors import Error
from .local import LocalServer
from .serve import serve
from .session import ClientOptions, Server
from .spec import Spec
from .vector import Options, RemoteVectorEnv

__all__ = [
    "Error",
    "Options",
    "RemoteEnv",
    "RemoteVectorEnv",
    "list_tasks",
    "make",
    "make_vec",
    "resume",
    "serve",
]

_OPTIONS = {field.name for field in dataclasses.fields(Options)}


def make(
    endpoint: str | None = None,
    id: str | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    **rest: Any,
) -> RemoteEnv:
    """A task of the server at `endpoint` as a `gymnasium.Env`.

    Keyword arguments are the fields of `Options`, `render_mode="rgb_array"` say, and the task's own
    settings, `reset_noise_scale=0` say; those that have the name of an option stand in `settings`.
    Where there is one tensor, an observation or action is an array; else a dictionary by name.
    """
    endpoint, id = _endpoint_and_id(endpoint, id)
    options, own = _sort(rest, settings)
    env = RemoteEnv(endpoint, id, options, own)
    env.spec = _spec(env.task, endpoint, own, rest)
    return env


def make_vec(
    endpoint: str | Sequence[str] | None = None,
    id: str | None = None,
    num_envs: int = 1,
    *,
    autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
    settings: Mapping[str, Any] | None = None,
    **rest: Any,
) -> RemoteVectorEnv:
    """`num_envs` of a task, on one server or shared among several, as a
    `gymnasium.vector.VectorEnv`.

    `autoreset_mode` is Gymnasium's, or its name. Keyword arguments as those of make().
    """
    endpoint, id = _endpoint_and_id(endpoint, id)
    options, own = _sort(rest, settings)
    envs = RemoteVectorEnv(endpoint, id, num_envs, options, own, autoreset_mode)
    envs.spec = _spec(envs.task, endpoint, own, rest)
    return envs


def resume(endpoint: str, session: int, **rest: Any) -> RemoteVectorEnv:
    """Takes over a session that another process opened, and that was one of its `sessions`.

    Keyword arguments are fields of `Options`. If the session is lost later, its rows go on in new
    episodes, with seeds of their own.
    """
    options, unknown = _sort(rest, None)
    if unknown:
        raise TypeError(f"resume() has no argument {next(iter(unknown))!r}")
    return RemoteVectorEnv(endpoint, "", 1, options, {}, resume=wire.as_uint64("session", session))


def list_tasks(endpoint: str | None = None, **rest: Any) -> list[str]:
    """The ids of the tasks that a server has. `keys`, `lease` and `max_message` as in `Options`."""
    local = LocalServer() if endpoint is None else None
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        where = local.endpoint if local is not None else endpoint
        assert where is not None
        server = Server(context, where, ClientOptions(**rest))
        server.close()
        return list(server.welcome.env_ids)
    finally:
        context.term()
        if local is not None:
            local.close()


def _endpoint_and_id(endpoint: Any, id: str | None) -> tuple[Any, str]:
    """A lone argument that is no endpoint is an id."""
    if id is None and isinstance(endpoint, str) and "://" not in endpoint:
        endpoint, id = None, endpoint
    if id is None:
        raise TypeError("the id of a task is missing, such as 'Hopper-v5'")
    return endpoint, id


def _sort(
    rest: dict[str, Any], settings: Mapping[str, Any] | None
) -> tuple[Options, dict[str, Any]]:
    """Keyword arguments as options and settings."""
    options = Options(**{name: value for name, value in rest.items() if name in _OPTIONS})
    own = {name: value for name, value in rest.items() if name not in _OPTIONS}
    return options, own | dict(settings or {})


def _make_again(env_id: str, **rest: Any) -> RemoteEnv:
    """make() for a spec: gymnasium.make_vec() wants `id` for itself."""
    return make(id=env_id, **rest)


def _spec(
    task: Spec, endpoint: str | Sequence[str] | None, own: dict[str, Any], rest: dict[str, Any]
) -> EnvSpec | None:
    """With which Gymnasium's tools name an environment, and make another of the same. Where there
    are several servers the other one is on the first. None if the id is none that Gymnasium would
    take."""
    where = endpoint if endpoint is None or isinstance(endpoint, str) else endpoint[0]
    options = {name: value for name, value in rest.items() if name in _OPTIONS}
    kwargs = {"endpoint": where, "env_id": task.env_id, "settings": own, **options}
    try:
        return EnvSpec(
            task.env_id,
            entry_point="stepwire:_make_again",
            # Gymnasium's check of determinism takes an end after one step for an error
            nondeterministic=task.max_episode_steps == 1,
            max_episode_steps=task.max_episode_steps or None,
            kwargs=kwargs,
        )
    except gymnasium.error.Error:
        return None
