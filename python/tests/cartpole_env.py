"""CartPole-v1 with states, in the place of Gymnasium's."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleEnv


class StatefulCartPole(CartPoleEnv):
    def save_state(self) -> bytes:
        random = self.np_random.bit_generator.state
        return pickle.dumps((self.state, self.steps_beyond_terminated, random))

    def load_state(self, state: bytes) -> Any:
        """Of the server that asks it is believed that it made the state: there is a checksum."""
        self.state, self.steps_beyond_terminated, random = pickle.loads(state)
        self.np_random.bit_generator.state = random
        return np.array(self.state, np.float32)


gymnasium.register("CartPole-v1", StatefulCartPole, max_episode_steps=500)
