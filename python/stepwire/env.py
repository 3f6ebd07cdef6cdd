"""A Gymnasium environment that is on a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from . import spec as specs
from .vector import Options, RemoteVectorEnv


class RemoteEnv(gymnasium.Env[Any, Any]):
    """A row on a server, as an environment. For `stepwire.make()`."""

    def __init__(
        self,
        endpoint: str | None,
        id: str,
        options: Options,
        settings: Mapping[str, Any],
    ) -> None:
        self._row = RemoteVectorEnv(endpoint, id, 1, options, settings, AutoresetMode.DISABLED)
        self.task = self._row.task
        self.observation_space = self._row.single_observation_space
        self.action_space = self._row.single_action_space
        self.render_mode = options.render_mode
        self.metadata = {
            key: value for key, value in self._row.metadata.items() if key != "autoreset_mode"
        }

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[specs.Value, dict[str, Any]]:
        """Begins an episode. `seed` as in `make_vec`, of whose row 0 this is; `options` are not
        looked at."""
        super().reset(seed=seed)
        observation, infos = self._row.reset(seed=seed)
        return self._first(observation), _own(infos)

    def step(self, action: specs.Value) -> tuple[specs.Value, float, bool, bool, dict[str, Any]]:
        """A step that did not happen is truncated, and its info has `faulty`."""
        tensors = self.task.actions
        parts = [action] if len(tensors) == 1 else [action[tensor.name] for tensor in tensors]
        batch = specs.join(tensors, [np.asarray(part)[None] for part in parts])
        observation, rewards, terminated, truncated, infos = self._row.step(batch)
        return (
            self._first(observation),
            float(rewards[0]),
            bool(terminated[0]),
            bool(truncated[0]),
            _own(infos),
        )

    def render(self) -> NDArray[np.uint8] | None:
        """A picture [height, width, 3]."""
        return None if self.render_mode is None else self._row.render_row(0)

    def get_state(self, format: str = "") -> bytes:
        """As `get_state` of a vector environment, of the only row."""
        return self._row.get_state(format=format)[0]

    def set_state(self, state: bytes, format: str = "") -> specs.Value:
        """The observation of the state."""
        return self._first(self._row.set_state([state], format=format))

    @property
    def session(self) -> int:
        """Its number, by which another process may take it over: a secret."""
        return self._row.sessions[0]

    def close(self) -> None:
        self._row.close()

    def _first(self, observations: specs.Value) -> specs.Value:
        if isinstance(observations, dict):
            return {name: array[0] for name, array in observations.items()}
        return observations[0]


def _own(infos: dict[str, Any]) -> dict[str, Any]:
    """The only row's part, without the masks."""
    return {
        name: value[0].item() if value.ndim == 1 else value[0]
        for name, value in infos.items()
        if f"_{name}" in infos and infos[f"_{name}"][0]
    }
