"""Many environments of one task, stepped side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.spaces import held_as

Obs = NDArray[np.float32]
Actions = NDArray[Any]
Policy = Callable[[Obs, np.random.Generator], Actions]  # (B, *O) observations -> (B, *A) actions


class Step(NamedTuple):
    """What came of one action in each of m environments.

    Attributes:
        obs: (m, *O) float32 observation after the action, before any reset.
        reward: (m,) the environment's own. terminated: (m,) ended by the task's rules.
        truncated: (m,) cut off by the limit of moves, never where the task ended.
    """

    obs: Obs
    reward: FloatArray
    terminated: BoolArray
    truncated: BoolArray


class VectorEnv(Protocol):
    """n environments in slots 0 to n-1, each reset and stepped when its user says so.

    A slot that was reset with a seed goes through the same episode as the task's Gymnasium environment after
    ``reset(seed=...)``, whatever happens in the other slots. No slot may be given twice in one call.
    """

    def reset(self, slots: IntArray, seeds: IntArray) -> Obs:
        """Start an episode in each of the slots (m,) with these seeds (m,) >= 0; (m, *O) observations."""
        ...

    def step(self, slots: IntArray, action: Actions) -> Step:
        """Take one action (m, *A) in each of the slots (m,), none of which may have ended."""
        ...


MakeVectorEnv = Callable[[int], VectorEnv]


class GymVectorEnv:
    """The obvious batch: one Gymnasium environment a slot, made when first needed.

    Args:
        make: gives a new environment with its own limit of moves.
        n: number of slots.
    """

    def __init__(self, make: Callable[[], gym.Env[Any, Any]], n: int) -> None:
        self._make = make
        self._envs: list[gym.Env[Any, Any] | None] = [None] * n

    def reset(self, slots: IntArray, seeds: IntArray) -> Obs:
        """As `VectorEnv.reset`."""
        return np.stack(
            [self._reset(slot, seed) for slot, seed in zip(slots.tolist(), seeds.tolist(), strict=True)]
        )

    def _reset(self, slot: int, seed: int) -> Obs:
        env = self._envs[slot]
        if env is None:
            env = self._envs[slot] = self._make()
        return _kept(env.reset(seed=seed)[0])

    def step(self, slots: IntArray, action: Actions) -> Step:
        """As `VectorEnv.step`."""
        steps = []
        for slot, chosen in zip(slots.tolist(), action, strict=True):
            env = self._envs[slot]
            if env is None:
                raise gym.error.ResetNeeded(f"call reset for slot {slot} before the first step")
            steps.append(env.step(chosen))
        terminated = np.array([step[2] for step in steps], dtype=bool)
        return Step(
            np.stack([_kept(step[0]) for step in steps]),
            np.array([step[1] for step in steps], dtype=np.float64),
            terminated,
            np.array([step[3] for step in steps], dtype=bool) & ~terminated,
        )


def _kept(obs: Any) -> Obs:
    """An observation in the precision in which it is kept."""
    array = np.asarray(obs)
    return array.astype(held_as(array.dtype))


class MovesLeft:
    """Counts the moves of each slot, for batches without environments.

    Args:
        n: slots. limit: moves after which an episode is cut off.
    """

    def __init__(self, n: int, limit: int) -> None:
        self._limit = limit
        self._moves = np.full(n, -1, dtype=np.int64)

    def restart(self, slots: IntArray) -> None:
        """Begin counting anew in these slots."""
        self._moves[slots] = 0

    def count(self, slots: IntArray, terminated: BoolArray) -> BoolArray:
        """Count one move in each of the slots (m,); (m,) where the limit cuts an episode that goes on.

        Raises:
            gymnasium.error.ResetNeeded: a slot was never reset.
        """
        if (self._moves[slots] < 0).any():
            raise gym.error.ResetNeeded("call reset for a slot before its first step")
        self._moves[slots] += 1
        return ~terminated & (self._moves[slots] >= self._limit)
