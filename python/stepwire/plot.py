"""Learning curves of runs, with their uncertainty; needs the extra `plot`.

    stepwire-plot runs/hopper-* -o curve.png

Runs of the same task and algorithm that differ in their seeds are one curve: the interquartile mean
over the runs, and a band in which it would lie in 95 % of experiments with other seeds (percentile
bootstrap), both as in Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical
Precipice (2021). What is drawn is a column of progress.csv, by default return_mean, the mean return
of the last 100 episodes.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
COLOURS = ("#2563a8", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    task: str
    algo: str
    steps: Array  # [points], ascending
    values: Array  # [points]


def read_run(path: Path, column: str) -> Run:
    """Of a run directory, or its progress.csv. Points without a value, before the first episode has
    ended, are left out. What a run without an end is of stands in its config.yaml. ValueError
    naming the file that cannot be read or has nothing to draw."""
    directory = path if path.is_dir() else path.parent
    file = directory / "progress.csv" if path.is_dir() else path
    try:
        points = _read_points(file, column)
        file = directory / "config.yaml"
        about = _read_config(file) if file.exists() else {}
        file = directory / "summary.json"
        about |= _read_summary(file) if file.exists() else {}
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{file}: {error}") from None
    return Run(str(about.get("env", "")), str(about.get("algo", "")), points[:, 0], points[:, 1])


def _read_points(file: Path, column: str) -> Array:
    """[points, 2]: steps and values."""
    with open(file, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for name in ("steps", column):
        if rows and name not in rows[0]:
            raise ValueError(f"no column '{name}'; there are {', '.join(map(str, rows[0]))}")
    cells = [(row["steps"] or "nan", row[column] or "nan") for row in rows]
    points: Array = np.array(cells, float).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ValueError("no finished episode in it")
    if (np.diff(points[:, 0]) < 0).any():
        raise ValueError("its steps do not ascend")
    return points


def _read_config(file: Path) -> dict[str, Any]:
    """Its first level, which is all plain words where it matters here."""
    lines = re.findall(r"^(\w+): *(.*?) *$", file.read_text(encoding="utf-8"), re.M)
    return {name: value.strip("'\"") for name, value in lines}


def _read_summary(file: Path) -> dict[str, Any]:
    about = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(about, dict):
        raise ValueError("no JSON object")
    return about


def interquartile_mean(values: Array) -> Array:
    """Over axis 0, of which a quarter, rounded down, is left out at each end."""
    cut = len(values) // 4
    middle = np.sort(values, axis=0)[cut : len(values) - cut]
    return np.asarray(middle.mean(axis=0))


def bootstrap_band(values: Array, seed: int = 0) -> tuple[Array, Array]:
    """Bounds [points] of the interquartile mean of [runs, points] in 95 % of resamples of the
    runs."""
    random = np.random.default_rng(seed)
    chosen = random.integers(0, len(values), (RESAMPLES, len(values)))
    means = np.stack([interquartile_mean(values[rows]) for rows in chosen])
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    return low, high


def align(runs: Sequence[Run]) -> tuple[Array, Array]:
    """Steps [points] that all runs have, those of the first, and values [runs, points] there."""
    first, last = max(run.steps[0] for run in runs), min(run.steps[-1] for run in runs)
    steps = runs[0].steps
    steps = steps[(steps >= first) & (steps <= last)]
    if not len(steps):
        raise ValueError("the runs have no steps in common")
    return steps, np.array([np.interp(steps, run.steps, run.values) for run in runs])


def draw(runs: Sequence[Run], output: Path, title: str, label: str) -> None:
    """Writes the picture; its format follows from the name."""
    import matplotlib

    matplotlib.use("Agg")  # no display
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter

    curves: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        curves.setdefault((run.task, run.algo), []).append(run)
    tasks = {run.task for run in runs}
    figure, axes = plt.subplots(figsize=(7, 3.6), dpi=120, layout="constrained")
    for number, ((task, algo), same) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        steps, values = align(same)
        name = " ".join(filter(None, (algo, task if len(tasks) > 1 else "")))
        count = f"IQM of {len(same)} seeds" if len(same) > 1 else "one run"
        if len(same) > 1:
            axes.fill_between(steps, *bootstrap_band(values), color=colour, alpha=0.2, linewidth=0)
        axes.plot(
            steps, interquartile_mean(values), color=colour, linewidth=1.8,
            label=f"{name}, {count}" if name else count,
        )  # fmt: skip
    axes.set_title(title or (tasks.pop() if len(tasks) == 1 else ""))
    axes.set_xlabel("steps")
    axes.set_ylabel(label)
    axes.set_xlim(0, max(run.steps[-1] for run in runs))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(output)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="stepwire-plot",
        description="Draws learning curves: the interquartile mean over seeds, and a 95 %% "
        "bootstrap band.",
    )
    parser.add_argument("run", nargs="+", type=Path, help="run directory, or its progress.csv")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, help="picture to write: .png, .svg, ..."
    )
    parser.add_argument("--title", default="", help="text above the curves; the task's id")
    parser.add_argument("--column", default="return_mean", help="of progress.csv (return_mean)")
    given = parser.parse_args(arguments)
    label = "return, mean of the last 100 episodes"
    try:
        runs = [read_run(path, given.column) for path in given.run]
        draw(
            runs,
            given.output,
            given.title,
            label if given.column == "return_mean" else given.column,
        )
    except ImportError as missing:
        parser.error(f"needs {missing.name}: pip install 'stepwire[plot]'")
    except (OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
