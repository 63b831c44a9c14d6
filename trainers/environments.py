"""The environments in which K seeds act side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray


class Environments:
    """One environment a seed, begun anew where an episode ends.

    Args:
        make_env: an environment with a Box of shape O and whole-numbered actions; called K times.
        n: K.
        obs_shape: O.

    Attributes:
        obs: (K, *O) float32, what is observed now; ``reset`` comes first.
    """

    def __init__(self, make_env: Callable[[], gym.Env[Any, Any]], n: int, obs_shape: tuple[int, ...]) -> None:
        self._envs = [make_env() for _ in range(n)]
        self.obs: NDArray[np.float32] = np.zeros((n, *obs_shape), np.float32)
        self._running = [0.0] * n
        self._returns: list[list[float]] = [[] for _ in range(n)]

    def reset(self, seeds: Sequence[int]) -> None:
        """Cut the running episodes; every environment begins anew from its seed."""
        self._running = [0.0] * len(self._envs)
        for k, (env, seed) in enumerate(zip(self._envs, seeds, strict=True)):
            self.obs[k] = env.reset(seed=seed)[0]

    def step(self, actions: NDArray[np.int64]) -> dict[str, NDArray[np.generic]]:
        """One action (K,) each; the K transitions by the names of ``trainers.replay.FIELDS``."""
        before, after = self.obs.copy(), np.empty_like(self.obs)
        ended, rewards = np.zeros(len(actions), bool), np.zeros(len(actions), np.float32)
        for k, env in enumerate(self._envs):
            raw, reward, terminated, truncated, _ = env.step(int(actions[k]))
            after[k] = self.obs[k] = raw
            ended[k], rewards[k] = terminated, reward
            self._running[k] += float(reward)
            if terminated or truncated:
                self._returns[k].append(self._running[k])
                self._running[k] = 0.0
                self.obs[k] = env.reset()[0]
        return {"obs": before, "action": actions, "next_obs": after, "terminated": ended, "reward": rewards}

    def mean_returns(self) -> NDArray[np.float32] | None:
        """(K,) means over episodes that ended since the last call, NaN where none did; None if nowhere."""
        if not any(self._returns):
            return None
        means = [float(np.mean(own)) if own else float("nan") for own in self._returns]
        self._returns = [[] for _ in self._envs]
        return np.array(means, np.float32)
