"""What is asked of learners while they learn: their Q-values, and no more."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Learner(Protocol):
    """K learners side by side."""

    update: int

    def q_values(self, obs: NDArray[np.float32]) -> NDArray[np.float32]:
        """(K, B, A) Q of every one at obs (B, *O), or at (K, B, *O), each one's own."""


class TargetedLearner(Learner, Protocol):
    """Learners who take their targets from slow copies of their networks."""

    def target_q_values(self, obs: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``q_values``, of the slow copies."""
