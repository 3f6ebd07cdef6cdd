#!/usr/bin/env python3
"""Puts pictures of tasks on one sheet, each with the name of its file.

    stepwire-simserver --bind ipc:///tmp/tasks &
    mkdir pictures && build/examples/album ipc:///tmp/tasks pictures
    docs/contact_sheet.py -o docs/tasks.png pictures/*-v5.ppm pictures/*-v[01].ppm

examples/album.c asks the server for the pictures. Needs matplotlib.
"""
import argparse
import pathlib

import matplotlib

matplotlib.use("Agg")  # no display
import matplotlib.pyplot as plt

COLUMNS = 4
INCHES = 2.4  # the side of a picture
DPI = 100


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", type=pathlib.Path, help="TASK.ppm or other image files")
    parser.add_argument("-o", "--output", required=True, help="the sheet, a PNG file")
    args = parser.parse_args()

    rows = -(-len(args.pictures) // COLUMNS)
    figure, axes = plt.subplots(
        rows, COLUMNS, figsize=(COLUMNS * INCHES, rows * (INCHES + 0.3)), squeeze=False, layout="constrained"
    )
    for axis in axes.flat[len(args.pictures) :]:
        axis.axis("off")
    for axis, path in zip(axes.flat, args.pictures):
        axis.imshow(plt.imread(path))
        axis.set(xticks=[], yticks=[])
        axis.set_title(path.stem, fontsize=9)
    figure.savefig(args.output, dpi=DPI)


if __name__ == "__main__":
    main()
