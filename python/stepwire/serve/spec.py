"""What a task looks like from outside, under given settings: the Spec of the protocol."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .. import wire
from .settings import Setting, Value, pack_spec
from .spaces import Tensor

_DTYPE = {dtype: number for number, dtype in wire.NUMPY.items()}


@dataclass(frozen=True)
class Info:
    """A column beside the reward; absent at reset, it is NaN in a reply that begins an episode."""

    name: str
    at_reset: bool


@dataclass(frozen=True)
class Spec:
    observations: tuple[Tensor, ...]
    actions: tuple[Tensor, ...]
    infos: tuple[Info, ...] = ()
    max_episode_steps: int = 0  # 0: no time limit
    dt: float = 0.0  # simulated seconds per step; 0: not a matter of time
    renders: bool = False
    has_state: bool = False

    def message(
        self,
        env_id: str,
        settings: Mapping[str, Setting],
        values: Mapping[str, Value],
        float32_observations: bool = False,
        float32_actions: bool = False,
    ) -> wire.Spec:
        """As a session has it that was opened with these values and formats."""
        return wire.Spec(
            env_id=env_id,
            observations=[_pack(t, float32_observations) for t in self.observations],
            actions=[_pack(t, float32_actions) for t in self.actions],
            settings=[pack_spec(name, s, values[name]) for name, s in settings.items()],
            reward_low=-math.inf,
            reward_high=math.inf,
            infos=[wire.InfoColumn(name=i.name, at_reset=i.at_reset) for i in self.infos],
            max_episode_steps=self.max_episode_steps,
            dt=self.dt,
            render_modes=["rgb_array"] if self.renders else [],
            supports_state=self.has_state,
            agents=1,
        )


def _pack(tensor: Tensor, float32: bool) -> wire.Tensor:
    return wire.Tensor(
        name=tensor.name,
        dtype=_DTYPE[tensor.wire_dtype(float32)],
        shape=tensor.shape,
        low=_shorten(tensor.low),
        high=_shorten(tensor.high),
    )


def _shorten(bounds: tuple[float, ...] | None) -> tuple[float, ...]:
    """One value where all are equal: an image has as many bounds as numbers."""
    if bounds is None:
        return ()
    return bounds[:1] if bounds.count(bounds[0]) == len(bounds) else bounds
