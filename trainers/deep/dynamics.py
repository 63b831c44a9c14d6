"""Dynamics fitted to demonstrated steps: where actions lead, as far as the steps tell it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainers.arrays import FloatArray, IntArray
from trainers.transitions import Transitions


@dataclass(frozen=True, eq=False)
class LinearDynamics:
    """s' = s + [s, one-hot a] M: exact to first order around a balance, where many demonstrations stay.

    Attributes:
        change: M, (O + A, O); O numbers in an observation.
    """

    change: FloatArray

    @classmethod
    def fit(cls, steps: Transitions, n_actions: int) -> LinearDynamics:
        """Least squares; of several best fits, as where an action is never shown, the one of least norm."""
        obs, after = (x.reshape(len(steps), -1).astype(np.float64) for x in (steps.obs, steps.next_obs))
        features = np.concatenate([obs, np.eye(n_actions)[steps.action]], axis=1)
        return cls(np.linalg.lstsq(features, after - obs, rcond=None)[0])

    def step(self, obs: FloatArray, action: IntArray) -> FloatArray:
        """(..., O) states after the actions (...) in obs (..., O)."""
        n = self.change.shape[1]
        return obs + obs @ self.change[:n] + self.change[n:][action]
