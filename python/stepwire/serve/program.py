"""A server from beginning to end: signals, the ready line, standard input."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from .desk import Desk, Options
from .task import Task

__all__ = ["Options", "print_ready", "run"]


def print_ready(endpoint: str) -> None:
    print(f"ready {endpoint}", flush=True)


def run(
    tasks: list[Task],
    options: Options,
    ready: Callable[[str], None],
    until_eof: bool = False,
) -> None:
    """Serves tasks until Ctrl-C, SIGTERM, or the end of standard input. A SIGTERM gives clients 5 s
    to leave for another server, a second one does not."""
    desk = Desk(tasks, options)

    def drain(*_: object) -> None:
        if desk.is_draining:
            desk.stop()
        desk.drain()

    handlers: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        handlers[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: desk.stop())
        handlers[signal.SIGTERM] = signal.signal(signal.SIGTERM, drain)
    try:
        desk.explore()
        if not desk.is_over:
            ready(desk.endpoint)
            desk.serve(sys.stdin.fileno() if until_eof else None)
    finally:
        desk.close()
        for number, handler in handlers.items():
            signal.signal(number, handler)
