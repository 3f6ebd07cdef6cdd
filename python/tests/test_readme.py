"""The examples of the README do what it says."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import stepwire

README = (Path(__file__).parents[2] / "README.md").read_text()
SECTION = README.split("\n## From Python\n")[1].split("\n## ")[0]
EXAMPLES = re.findall(r"```python\n(.*?)```", SECTION, re.S)


def test_there_are_three():
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("example", EXAMPLES[:2], ids=["make_vec", "sb3"])
def test_a_client_runs(example, endpoint):
    if "stable_baselines3" in example and not importlib.util.find_spec("stable_baselines3"):
        pytest.skip("no Stable-Baselines3")
    assert "tcp://127.0.0.1:5555" in example
    exec(example.replace("tcp://127.0.0.1:5555", endpoint), {})


def test_the_server_serves(tmp_path):
    program = tmp_path / "cave.py"
    program.write_text(EXAMPLES[2].replace("tcp://127.0.0.1:5556", "tcp://127.0.0.1:*"))
    server = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True)
    try:
        word, endpoint = server.stdout.readline().split()
        assert word == "ready"
        envs = stepwire.make_vec(endpoint, "Cave-v0", 2)
        observations, _ = envs.reset(seed=1)
        assert observations in envs.observation_space
        assert envs.step([0, 3])[1].tolist() == [1, 1]
        envs.close()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
