"""Learning curves over seeds."""

import json

import numpy as np
import pytest

from stepwire import plot

pytest.importorskip("matplotlib")


def write_run(directory, returns, algo="ppo"):
    """A run of 100 steps a line; None where no episode has ended."""
    directory.mkdir()
    lines = ["steps,episodes,return_mean"]
    for number, value in enumerate(returns):
        lines.append(f"{100 * (number + 1)},1,{'' if value is None else value}")
    (directory / "progress.csv").write_text("\n".join(lines) + "\n")
    (directory / "summary.json").write_text(json.dumps({"env": "Hopper-v5", "algo": algo}))
    return directory


def test_the_interquartile_mean_leaves_out_a_quarter_at_each_end():
    values = np.array([[100.0], [3], [1], [2], [-50], [4], [5], [0]])
    assert plot.interquartile_mean(values).tolist() == [2.5]  # of 1, 2, 3, 4
    assert plot.interquartile_mean(np.array([[1.0], [2], [9]])).tolist() == [4]  # 3 // 4 = 0


def test_the_band_of_equal_runs_has_no_width():
    low, high = plot.bootstrap_band(np.full((5, 2), 7.0))
    assert low.tolist() == high.tolist() == [7, 7]


def test_the_band_covers_the_mean_of_normal_runs_as_often_as_it_says():
    random = np.random.default_rng(1)
    runs = random.normal(10, 1, (16, 400))  # 400 experiments of 16 runs
    low, high = plot.bootstrap_band(runs)
    covered = np.mean((low <= 10) & (10 <= high))
    assert 0.88 < covered < 0.98


def test_runs_are_read_from_their_first_episode_on(tmp_path):
    run = plot.read_run(write_run(tmp_path / "a", [None, 1, 2]), "return_mean")
    assert (run.task, run.algo) == ("Hopper-v5", "ppo")
    assert run.steps.tolist() == [200, 300] and run.values.tolist() == [1, 2]


def test_a_run_without_an_end_is_what_its_config_says(tmp_path):
    run = write_run(tmp_path / "a", [1, 2])
    (run / "summary.json").unlink()
    (run / "config.yaml").write_text("env: Hopper-v5\nalgo: 'ppo'\nenv_settings:\n  env: x\n")
    one = plot.read_run(run, "return_mean")
    other = plot.read_run(write_run(tmp_path / "b", [3, 4]), "return_mean")
    assert (one.task, one.algo) == (other.task, other.algo) == ("Hopper-v5", "ppo")


def test_runs_of_different_steps_are_drawn_where_all_are(tmp_path):
    runs = [
        plot.read_run(write_run(tmp_path / "a", [1, 2, 3]), "return_mean"),
        plot.read_run(write_run(tmp_path / "b", [None, 4, 6, 8]), "return_mean"),
    ]
    steps, values = plot.align(runs)
    assert steps.tolist() == [200, 300] and values.tolist() == [[2, 3], [4, 6]]


def test_a_picture_is_written(tmp_path):
    runs = [write_run(tmp_path / f"{i}", [i, i + 1, i + 2]) for i in range(4)]
    runs.append(write_run(tmp_path / "trpo", [5, 6, 7], "trpo"))
    plot.main([*map(str, runs), "-o", str(tmp_path / "curve.png")])
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_named(tmp_path, capsys):
    empty = write_run(tmp_path / "empty", [None])
    for arguments in ([str(empty)], [str(tmp_path / "nowhere")], [str(empty), "--column", "x"]):
        with pytest.raises(SystemExit):
            plot.main([*arguments, "-o", str(tmp_path / "curve.png")])
    told = capsys.readouterr().err
    assert "no finished episode" in told and "nowhere" in told and "no column 'x'" in told


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("summary.json", b"[1]", "no JSON object"),
        ("summary.json", b"{", "Expecting"),
        ("summary.json", b"\xff", "utf-8"),
        ("progress.csv", b"\xff", "utf-8"),
        ("progress.csv", b"wall_s,return_mean\n1,2\n", "no column 'steps'"),
        ("progress.csv", b"steps,return_mean\n100,x\n", "could not convert"),
        ("progress.csv", b"steps,return_mean\n200,1\n100,2\n", "do not ascend"),
        ("progress.csv", b"steps,return_mean\nnan,1\n", "no finished episode"),
    ],
)
def test_a_broken_file_is_named(tmp_path, capsys, name, text, why):
    run = write_run(tmp_path / "run", [1, 2])
    (run / name).write_bytes(text)
    with pytest.raises(SystemExit):
        plot.main([str(run), "-o", str(tmp_path / "curve.png")])
    told = capsys.readouterr().err
    assert f"run/{name}: " in told and why in told
