"""Policies that act by Q-values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.tasks.batch import Obs, Policy
from trainers.mdp import IntArray

QValues = Callable[[Obs], NDArray[np.floating[Any]]]
"""Observations (..., *O) -> Q-values (..., A)."""


def boltzmann_policy(q_values: QValues, temperature: float) -> Policy:
    """Acts by pi(a | s) = exp((Q(s, a) - V(s)) / tau), drawn by the Gumbel trick; greedily at tau = 0."""

    def act(obs: Obs, generator: np.random.Generator) -> IntArray:
        q = np.asarray(q_values(obs), np.float64)
        if temperature > 0.0:
            q = q / temperature + generator.gumbel(size=q.shape)
        return np.asarray(q.argmax(axis=-1))

    return act
