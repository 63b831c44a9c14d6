"""The environments in which K seeds act side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from trainers.arrays import BoolArray, Float32Array
from trainers.spaces import Box, Space


class Environments:
    """One environment a seed, begun anew where an episode ends.

    Args:
        make_env: an environment with these spaces; called K times. n: K.
        observation_space, action_space: of each.

    Attributes:
        obs: (K, *O), what is observed now; ``reset`` comes first.
        begun: (K,) whether that begins an episode, which the last step began.
    """

    def __init__(
        self, make_env: Callable[[], gym.Env[Any, Any]], n: int, observation_space: Box, action_space: Space
    ) -> None:
        self._envs = [make_env() for _ in range(n)]
        self._space = action_space
        self.obs: NDArray[Any] = np.zeros((n, *observation_space.shape), observation_space.dtype)
        self.begun = np.zeros(n, bool)
        self._running = [0.0] * n
        self._returns: list[list[float]] = [[] for _ in range(n)]

    def reset(self, seeds: Sequence[int]) -> NDArray[Any]:
        """Cut the running episodes; each environment begins anew from its seed; (K, *O) observations."""
        self._running = [0.0] * len(self._envs)
        for k, (env, seed) in enumerate(zip(self._envs, seeds, strict=True)):
            self.obs[k] = env.reset(seed=seed)[0]
        return self.obs

    def step(self, actions: NDArray[Any]) -> tuple[Float32Array, NDArray[Any], BoolArray]:
        """One action (K, *A) each, as networks have them.

        Returns:
            (K,) rewards, (K, *O) observations before any reset, (K,) ends.
        """
        after, ended = np.empty_like(self.obs), np.zeros(len(actions), bool)
        rewards = np.zeros(len(actions), np.float32)
        chosen = self._space.decoded(actions)
        for k, env in enumerate(self._envs):
            raw, reward, terminated, truncated, _ = env.step(chosen[k])
            after[k] = self.obs[k] = raw
            ended[k], rewards[k] = terminated, reward
            self._running[k] += float(reward)
            self.begun[k] = terminated or truncated
            if self.begun[k]:
                self._returns[k].append(self._running[k])
                self._running[k] = 0.0
                self.obs[k] = env.reset()[0]
        return rewards, after, ended

    def mean_returns(self) -> Float32Array | None:
        """(K,) means over episodes that ended since the last call, NaN where none did; None if nowhere."""
        if not any(self._returns):
            return None
        means = [float(np.mean(own)) if own else float("nan") for own in self._returns]
        self._returns = [[] for _ in self._envs]
        return np.array(means, np.float32)
