"""Counter-v0 of docs/protocol.md as a Gymnasium environment, and others that misbehave.

`python -m stepwire.serve gymnasium:counter_env:Counter-v0`, with this directory in PYTHONPATH.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
import time
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

GO_ON, TERMINATE, TRUNCATE, FAIL, HANG, DIVERGE, NAN_REWARD = range(7)


class Counter(gymnasium.Env[Any, Any]):
    """Adds up its actions."""

    _STATE = struct.Struct("<ddQq")

    def __init__(self, hang_ms: int = 1000, step_us: int = 0, fail_reset: int = 0) -> None:
        self.observation_space = spaces.Dict(
            [
                ("sum", spaces.Box(-np.inf, np.inf, (2,), np.float64)),
                ("seed", spaces.Box(0, 255, (8,), np.uint8)),
            ]
        )
        self.action_space = spaces.Dict(
            [
                ("add", spaces.Box(-np.inf, np.inf, (), np.float64)),
                ("command", spaces.Box(0, 6, (), np.int32)),
            ]
        )
        self.hang_ms, self.step_us, self.fail_reset = hang_ms, step_us, fail_reset
        self.total, self.steps, self.seed, self.resets = 0.0, 0.0, 0, 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.resets += 1
        if self.resets == self.fail_reset:
            raise RuntimeError(f"reset {self.resets} fails, as fail_reset asks")
        self.total, self.steps, self.seed = 0.0, 0.0, seed or 0
        return self._observe(), {"sum": self.total}

    def step(self, action: Any) -> Any:
        command, add = int(action["command"]), float(action["add"])
        time.sleep(1e-6 * self.step_us)
        if command == FAIL:
            raise RuntimeError("it was told to fail")
        if command == HANG:
            time.sleep(1e-3 * self.hang_ms)
        self.total += add
        self.steps += 1
        observation = self._observe()
        if command == DIVERGE:
            observation["sum"][0] = np.nan
        reward = np.nan if command == NAN_REWARD else add
        infos = {"sum": self.total, "last": add}
        return observation, reward, command == TERMINATE, command == TRUNCATE, infos

    def save_state(self) -> bytes:
        return self._STATE.pack(self.total, self.steps, self.seed, self.resets)

    def load_state(self, state: bytes) -> Any:
        total, steps, seed, resets = self._STATE.unpack(state)
        if steps < 0:
            raise ValueError("a negative number of steps")
        self.total, self.steps, self.seed, self.resets = total, steps, seed, resets
        return self._observe()

    def _observe(self) -> dict[str, Any]:
        seed = np.frombuffer(struct.pack("<Q", self.seed), np.uint8)
        return {"sum": np.array([self.total, self.steps]), "seed": seed.copy()}


gymnasium.register("Counter-v0", Counter)


class Culprit(gymnasium.Env[Any, Any]):
    """Observes the number of the step; action i does crime number i, 0 none."""

    CRIMES = (
        "none",
        "raise",
        "exit",
        "die",
        "hang",
        "shape",
        "nan",
        "reward",
        "tuple",
        "text",
        "dtype",
        "bounds",
    )
    metadata = {"render_modes": ["rgb_array"]}
    render_mode = "rgb_array"

    def __init__(
        self,
        at_make: str = "none",
        at_reset: str = "none",
        at_close: str = "none",
        render_mode: str | None = None,
    ) -> None:
        self.observation_space = spaces.Dict(
            {"n": spaces.Box(-1e9, 1e9, (2,), np.float32), "which": spaces.Discrete(3)}
        )
        self.action_space = spaces.Discrete(len(self.CRIMES))
        self.at_reset, self.at_close = at_reset, at_close
        self.n = 0
        self._commit(at_make)

    def _commit(self, crime: str) -> None:
        if crime == "raise":
            raise RuntimeError("on purpose")
        if crime == "exit":
            sys.exit(3)
        if crime == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if crime == "hang":
            time.sleep(1000)
        if crime == "slow":
            time.sleep(3.5)

    def _observe(self, crime: str = "none") -> Any:
        if crime == "text":
            return "what?"
        shape = (3,) if crime == "shape" else (2,)
        n = np.full(shape, np.nan if crime == "nan" else self.n, np.float32)
        which = 0.5 if crime == "dtype" else 3 if crime == "bounds" else 1
        return {"n": n, "which": which}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.n = 0
        self._commit(self.at_reset)
        return self._observe(self.at_reset), {}

    def step(self, action: Any) -> Any:
        crime = self.CRIMES[int(action)]
        self.n += 1
        self._commit(crime)
        if crime == "tuple":
            return self._observe(), 0.0, False
        return self._observe(crime), np.inf if crime == "reward" else 1.0, False, False, {}

    def render(self) -> Any:
        return np.full((4, 6, 3), self.n, np.uint8)

    def close(self) -> None:
        self._commit(self.at_close)


gymnasium.register("Culprit-v0", Culprit)


class Camera(gymnasium.Env[Any, Any]):
    """Sees an image whose pixels are the number of the step; ends after five."""

    def __init__(self) -> None:
        self.observation_space = spaces.Box(0, 255, (16, 16, 3), np.uint8)
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.n = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.n = 0
        return np.zeros((16, 16, 3), np.uint8), {}

    def step(self, action: Any) -> Any:
        self.n += 1
        image = np.full((16, 16, 3), self.n, np.uint8)
        return image, float(action.sum()), self.n == 5, False, {}


gymnasium.register("Camera-v0", Camera)


class Buttons(gymnasium.Env[Any, Any]):
    """Spaces of the remaining kinds: sees which buttons were pressed last, and the dial."""

    def __init__(self) -> None:
        dial = spaces.Discrete(5, start=-2)
        self.observation_space = spaces.Tuple([spaces.MultiBinary(3), dial])
        self.action_space = spaces.Dict(
            {"press": spaces.MultiBinary(3), "turn": spaces.MultiDiscrete([3, 2])}
        )
        self.pressed, self.dial = np.zeros(3, np.int8), 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.pressed, self.dial = np.zeros(3, np.int8), int(self.np_random.integers(-2, 3))
        return (self.pressed, self.dial), {}

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action)
        self.pressed = action["press"]
        self.dial = (self.dial + 2 + int(action["turn"].sum())) % 5 - 2
        done = bool(self.pressed.all())
        return (self.pressed, self.dial), float(self.dial), done, False, {}


gymnasium.register("Buttons-v0", Buttons, max_episode_steps=20)


class Sight(gymnasium.Env[Any, Any]):
    """Sees a picture and two numbers; what is brighter than half is to be answered with 1."""

    def __init__(self) -> None:
        self.observation_space = spaces.Dict(
            {
                "eye": spaces.Box(0, 255, (8, 8, 1), np.uint8),
                "body": spaces.Box(-1.0, 1.0, (2,), np.float32),
            }
        )
        self.action_space = spaces.Discrete(2)
        self.light = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return self._observe(), {}

    def step(self, action: Any) -> Any:
        reward = float(int(action) == (self.light > 127))
        return self._observe(), reward, False, False, {}

    def _observe(self) -> dict[str, Any]:
        self.light = int(self.np_random.integers(256))
        body = self.np_random.uniform(-1, 1, 2).astype(np.float32)
        return {"eye": np.full((8, 8, 1), self.light, np.uint8), "body": body}


gymnasium.register("Sight-v0", Sight, max_episode_steps=10)
