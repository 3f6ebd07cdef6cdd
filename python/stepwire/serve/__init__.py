"""Serves Gymnasium environments: to Stepwire's agents, and to whoever speaks docs/protocol.md.

    stepwire.serve(make_env, env_id="Cave-v0", settings={"gravity": Setting(9.8, low=0, high=20)})

or, without a line of Python, `python -m stepwire.serve gymnasium:CartPole-v1`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gymnasium

from .limits import Limits
from .settings import Setting
from .task import gymnasium_task, make_task

__all__ = ["Limits", "Setting", "serve"]


def serve(
    make_env: Callable[..., gymnasium.Env[Any, Any]] | str,
    env_id: str = "",
    *,
    settings: Mapping[str, Any] | None = None,
    info: Iterable[str] = (),
    ready: Callable[[str], None] | None = None,
    **options: Any,
) -> None:
    """Serves one task until Ctrl-C or SIGTERM.

    make_env: makes a new environment; or an id for gymnasium.make(). It is called in other
        processes, with the settings as keyword arguments.
    env_id: what clients call the task; if empty, the name of the function or class, or the id.
    settings: what clients may set: a default, or a Setting with bounds, for each keyword argument.
    info: names of the numbers in `info` that clients can see, as columns beside the reward;
        `key[i]` is element i of an array.
    ready: told the endpoint when clients can connect; None prints `ready ENDPOINT`.
    options: what the flags of `python -m stepwire.serve --help` of that name are:
        bind: ZeroMQ endpoint (tcp://127.0.0.1:5555); tcp port * picks a free one.
        workers: processes that share the rows of a session; 0: one for each core (0).
        keys: directory with server.key and clients/*.pub; None: no encryption (None).
        insecure: serve beyond this machine without keys (False).
        step_timeout: seconds after which an environment is given up; 0: never (300).
        limits: what clients may ask for, a Limits.
        log: is called with a level and a line; standard error unless given.

    ValueError naming what is wrong, also if the environment cannot be made; OSError if the endpoint
    is taken.
    """
    from .program import Options, print_ready, run  # which clients elsewhere have no use for

    if isinstance(make_env, str):
        task = gymnasium_task(make_env.removeprefix("gymnasium:"), settings, info)
    else:
        task = make_task(env_id or _name_of(make_env), make_env, settings, info)
    run([task], Options(**options), ready or print_ready)


def _name_of(make_env: Callable[..., Any]) -> str:
    """That of a class or function, which a lambda has not."""
    while isinstance(make_env, functools.partial):
        make_env = make_env.func
    name: str = getattr(make_env, "__name__", "")
    if not name.isidentifier():
        raise ValueError("env_id is missing: what clients call the task, such as 'Cave-v0'")
    return name
