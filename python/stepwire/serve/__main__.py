"""`python -m stepwire.serve gymnasium:ID`: serves Gymnasium environments from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..errors import Error
from .desk import Options, log_to_stderr
from .limits import Limits
from .program import print_ready, run
from .settings import Setting, parse
from .task import gymnasium_task

_LEVELS = ("debug", "info", "warning", "error", "none")


def _count(text: str) -> int:
    """Numbers may be written 1e6."""
    value = float(text)
    if value != int(value) or value < 0:
        raise ValueError
    return int(value)


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m stepwire.serve",
        description="Serves Gymnasium environments. When ready it prints one line, `ready "
        "ENDPOINT`. Ctrl-C stops it; a SIGTERM gives its clients 5 s to leave for another server, "
        "a second one stops it. Either way what runs is answered.",
    )
    limits = Limits()
    p.add_argument(
        "tasks",
        nargs="+",
        metavar="gymnasium:[MODULE:]ID",
        help="what gymnasium.make() makes of it",
    )
    p.add_argument(
        "--bind",
        metavar="EP",
        default=Options.bind,
        help="ZeroMQ endpoint; tcp port * picks a free one (%(default)s)",
    )
    p.add_argument(
        "--workers",
        "--threads",
        metavar="N",
        type=_count,
        default=0,
        help="processes that share the rows of a session; 0: one for each core (0)",
    )
    p.add_argument(
        "--set",
        metavar="NAME=DEFAULT[:RANGE]",
        action="append",
        default=[],
        help="a keyword argument that clients may choose, its default, and LOW..HIGH or A|B|C; may "
        "be repeated",
    )
    p.add_argument(
        "--info",
        metavar="NAME",
        action="append",
        default=[],
        help="a number of `info` that clients can see, KEY or KEY[I]; may be repeated",
    )
    p.add_argument("--keys", metavar="DIR", help="encrypt, and let in only clients in DIR/clients")
    p.add_argument(
        "--insecure", action="store_true", help="serve beyond this machine to anyone, unencrypted"
    )
    for name, kind, what in (
        ("max_envs", _count, "most environments in all sessions together"),
        ("max_sessions", _count, "most sessions open at once"),
        ("max_rows", _count, "most rows of one session"),
        ("max_message", _count, "largest message, bytes"),
        ("max_lease", float, "longest time that a silent client's session is kept, s"),
    ):
        default = getattr(limits, name)
        p.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="N",
            type=kind,
            default=default,
            help=f"{what} ({default:g})",
        )
    p.add_argument(
        "--step-timeout",
        metavar="SECONDS",
        type=float,
        default=Options.step_timeout,
        help="an environment that takes longer is given up; 0: never (%(default)g)",
    )
    p.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    p.add_argument(
        "--log",
        metavar="LEVEL",
        choices=_LEVELS,
        default="info",
        help="|".join(_LEVELS) + " (info)",
    )
    return p


def _options(args: argparse.Namespace) -> Options:
    least = _LEVELS.index(args.log)

    def log(level: str, text: str) -> None:
        if _LEVELS.index(level) >= least:
            log_to_stderr(level, text)

    return Options(
        bind=args.bind,
        workers=args.workers,
        keys=args.keys,
        insecure=args.insecure,
        step_timeout=args.step_timeout,
        limits=Limits(
            args.max_message, args.max_rows, args.max_sessions, args.max_envs, args.max_lease
        ),
        log=log,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0; 2 for a command line that makes no sense, 1 for everything else."""
    args = _parser().parse_args(argv)
    try:
        settings: dict[str, Setting] = dict(parse(text) for text in args.set)
        tasks = []
        for name in args.tasks:
            if not name.startswith("gymnasium:"):
                raise ValueError(f"'{name}': expected gymnasium:ID, such as gymnasium:CartPole-v1")
            tasks.append(gymnasium_task(name.removeprefix("gymnasium:"), settings, args.info))
        run(tasks, _options(args), print_ready, args.until_eof)
    except (ValueError, OSError, Error) as error:
        print(f"stepwire.serve: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
