"""Stable-Baselines3 on remote environments; needs the extra `sb3`.

model = PPO("MlpPolicy", stepwire.sb3.VecEnv("tcp://127.0.0.1:5555", "CartPole-v1", 8), seed=1)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import base_vec_env

from . import make_vec


class VecEnv(base_vec_env.VecEnv):
    """Rows on one or several servers, as Stable-Baselines3's vector environment.

    `envs` is what `make_vec()` gives. The seed that the model gets is the base seed of all rows, as
    of any Stepwire client. A step that did not happen is the truncated end of an episode, with
    `faulty` in its info.
    """

    def __init__(
        self,
        endpoint: str | Sequence[str] | None = None,
        id: str | None = None,
        num_envs: int = 1,
        **rest: Any,
    ) -> None:
        """Arguments as those of make_vec(), but for `autoreset_mode`."""
        self.envs = make_vec(endpoint, id, num_envs, autoreset_mode="SameStep", **rest)
        self._seed: int | None = None
        super().__init__(
            num_envs, self.envs.single_observation_space, self.envs.single_action_space
        )

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Counts from the next reset on; None: what reset() does without."""
        self._seed = None if seed is None else int(seed)
        return [self._seed] * self.num_envs

    def reset(self) -> Any:
        observations, infos = self.envs.reset(seed=self._seed)
        self._seed = None
        self.reset_infos = _by_row(infos, self.num_envs)
        return observations

    def step_async(self, actions: NDArray[Any]) -> None:
        self.envs.send(actions)

    def step_wait(self) -> base_vec_env.VecEnvStepReturn:
        observations, rewards, terminated, truncated, infos = self.envs.recv()
        finals = infos.pop("final_obs", None)
        final_infos = infos.pop("final_info", {})
        faulty = infos.pop("faulty", None)
        by_row = _by_row(infos, self.num_envs)
        done = terminated | truncated
        if done.any():
            ended = _by_row(final_infos, self.num_envs)
            for row in np.flatnonzero(done):
                self.reset_infos[row] = by_row[row]
                by_row[row] = ended[row]
                if faulty is not None and faulty[row]:
                    by_row[row]["faulty"] = True
                by_row[row]["terminal_observation"] = finals[row]
                by_row[row]["TimeLimit.truncated"] = bool(truncated[row] and not terminated[row])
        return observations, rewards.astype(np.float32), done, by_row

    def close(self) -> None:
        self.envs.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        return self.envs.render() or [None] * self.num_envs

    # ---- attributes of sub-environments, of which there are none here ----------------------------

    def get_attr(self, attr_name: str, indices: base_vec_env.VecEnvIndices = None) -> list[Any]:
        """The same for all rows."""
        return [getattr(self.envs, attr_name) for _ in self._get_indices(indices)]

    def set_attr(
        self, attr_name: str, value: Any, indices: base_vec_env.VecEnvIndices = None
    ) -> None:
        raise AttributeError(f"'{attr_name}' of a remote environment cannot be set")

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: base_vec_env.VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        raise AttributeError(f"'{method_name}' of a remote environment cannot be called")

    def env_is_wrapped(
        self, wrapper_class: Any, indices: base_vec_env.VecEnvIndices = None
    ) -> list[bool]:
        return [False for _ in self._get_indices(indices)]

    def _get_indices(self, indices: None | int | Iterable[int]) -> Iterable[int]:
        return range(self.num_envs) if indices is None else super()._get_indices(indices)


def _by_row(infos: dict[str, Any], rows: int) -> list[dict[str, Any]]:
    """A dictionary for each row, with what its masks say that it has."""
    by_row: list[dict[str, Any]] = [{} for _ in range(rows)]
    for name, values in infos.items():
        mask = infos.get(f"_{name}")
        if mask is not None:
            for row in np.flatnonzero(mask):
                by_row[row][name] = values[row]
    return by_row
