#!/usr/bin/env python3
"""Draws the learning curve of one or several runs of the same task.

    docs/plot.py -o hopper.png --title "PPO on Hopper-v5" runs/hopper-*/progress.csv

The line is the median over the runs of return_mean (the mean return of the last 100 episodes), the
band reaches from the worst run to the best. Needs matplotlib.
"""
import argparse
import csv
import math

import matplotlib

matplotlib.use("Agg")  # no display
import matplotlib.pyplot as plt
import numpy as np

BLUE = "#2563a8"


def read_curve(path):
    """Returns (steps, return_mean) of a progress.csv, without the rows before the first episode ended."""
    with open(path, newline="") as file:
        points = [(float(row["steps"]), float(row["return_mean"] or "nan")) for row in csv.DictReader(file)]
    points = [point for point in points if math.isfinite(point[1])]
    if not points:
        raise SystemExit(f"{path}: no finished episode in it")
    return np.array(points).T


def read_curves(paths):
    """Returns steps [points] and returns [runs, points], all runs on the first one's steps."""
    curves = [read_curve(path) for path in paths]
    steps = curves[0][0]
    return steps, np.array([np.interp(steps, *curve) for curve in curves])


def draw(steps, returns, title, output):
    figure, axes = plt.subplots(figsize=(7, 3.6), dpi=120, layout="constrained")
    if len(returns) > 1:
        axes.fill_between(steps, returns.min(axis=0), returns.max(axis=0), color=BLUE, alpha=0.2,
                          linewidth=0, label=f"worst to best of {len(returns)} seeds")
    axes.plot(steps, np.median(returns, axis=0), color=BLUE, linewidth=1.8,
              label="median" if len(returns) > 1 else "one run")
    axes.set_title(title)
    axes.set_xlabel("steps")
    axes.set_ylabel("return, mean of the last 100 episodes")
    axes.set_xlim(0, steps[-1])
    axes.xaxis.set_major_formatter(matplotlib.ticker.EngFormatter(sep=""))
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("progress", nargs="+", help="progress.csv of a run")
    parser.add_argument("-o", "--output", required=True, help="PNG file to write")
    parser.add_argument("--title", default="", help="text above the curve")
    args = parser.parse_args()
    steps, returns = read_curves(args.progress)
    draw(steps, returns, args.title, args.output)


if __name__ == "__main__":
    main()
