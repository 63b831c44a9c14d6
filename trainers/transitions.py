"""Transitions as arrays: what a learner with networks is given, without a word of where it came from."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Transitions:
    """N steps (s, a, s') of any episodes in any order; arrays are copied and made read-only.

    Attributes:
        obs: (N, *O) float32.
        action: (N,) int64, >= 0.
        next_obs: (N, *O) float32, the observation before any reset.
        terminated: (N,) bool, the task's rules ended the episode here; a time limit does not.
        reward: (N,) float32 of the environment; imitation never reads it.
        first: (N,) bool, obs is the first of its episode.

    Raises:
        ValueError: lengths or shapes disagree, there is no transition, or a number is not finite.
    """

    obs: NDArray[np.float32]
    action: NDArray[np.int64]
    next_obs: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    reward: NDArray[np.float32]
    first: NDArray[np.bool_]

    def __post_init__(self) -> None:
        kinds: dict[str, type[np.generic]] = {
            "obs": np.float32,
            "action": np.int64,
            "next_obs": np.float32,
            "terminated": np.bool_,
            "reward": np.float32,
            "first": np.bool_,
        }
        for name, kind in kinds.items():
            array = np.array(getattr(self, name), dtype=kind)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        n = len(self.action)
        if n == 0:
            raise ValueError("there is no transition to learn from: give at least one")
        if self.obs.shape != self.next_obs.shape or any(len(getattr(self, name)) != n for name in kinds):
            shapes = {name: getattr(self, name).shape for name in kinds}
            raise ValueError(f"the arrays of transitions must have one length and shape, got {shapes}")
        if self.action.min() < 0:
            raise ValueError(f"actions are numbered from 0, got {self.action.min()}")
        for name in ("obs", "next_obs", "reward"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name} holds a number that is not finite")

    def __len__(self) -> int:
        return len(self.action)

    @property
    def obs_shape(self) -> tuple[int, ...]:
        """O, the shape of one observation."""
        return self.obs.shape[1:]

    def first_steps(self) -> Transitions:
        """The first steps of the episodes; all of them if subsampling has left none."""
        return self.at(np.flatnonzero(self.first)) if self.first.any() else self

    def at(self, rows: NDArray[np.int64]) -> Transitions:
        """The steps at these places (n,), in this order."""
        return Transitions(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})
