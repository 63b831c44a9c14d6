"""Rewards of states, the soft Q-function that they imply, and the variable in which both are explicit.

With a reward theta on entering a state, let z = theta + gamma V be the value of arriving. Then Q = P z,
V = tau log sum_a exp(Q / tau) and theta = z - gamma V: all three are explicit in z, as r is explicit in Q
for IQ-Learn, so neither planning nor adjoints are needed. A reward on *being in* a state has the same form
with z = V, features gamma P and theta = z - tau log sum_a exp(Q / tau).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.sparse import DENSE_LIMIT


@dataclass(frozen=True, eq=False)
class StateModel:
    """How the rewards of n states follow from z (n,): theta = z - weight V(features z).

    Attributes:
        features: (L*A, n) dense when small, else sparse; Q = features z over live states.
        live: (L,) position of every live state among the n.
        weight: gamma for rewards on arrival, 1 for rewards on being in a state.
        temperature: tau.
    """

    features: Any
    live: IntArray
    weight: float
    temperature: float

    @property
    def size(self) -> int:
        """n."""
        return int(self.features.shape[1])

    @property
    def dense(self) -> bool:
        """Whether the matrices are small enough to be dense."""
        return isinstance(self.features, np.ndarray)

    def q(self, z: FloatArray) -> FloatArray:
        """(L, A) soft action values."""
        return np.asarray(self.features @ z).reshape(self.live.size, -1)

    def theta(self, z: FloatArray, v: FloatArray) -> FloatArray:
        """(n,) rewards of z, given V(z) (L,)."""
        theta = z.copy()
        theta[self.live] -= self.weight * v
        return theta

    def averaged(self, policy: FloatArray) -> Any:
        """(L, n) features averaged over the actions of a policy (L, A)."""
        n_live, n_actions = policy.shape
        if self.dense:
            return np.matmul(policy[:, None, :], self.features.reshape(n_live, n_actions, -1))[:, 0]
        indptr = np.arange(0, policy.size + 1, n_actions)
        average = sp.csr_array((policy.ravel(), np.arange(policy.size), indptr), shape=(n_live, policy.size))
        return average @ self.features

    def jacobian(self, averaged: Any) -> Any:
        """(n, n) M = d theta / dz = I - weight P_pi, given the averaged features."""
        if self.dense:
            m = np.eye(self.size)
            m[self.live] -= self.weight * averaged
            return m
        place = sp.csr_array(
            (np.ones(self.live.size), (self.live, np.arange(self.live.size))),
            shape=(self.size, self.live.size),
        )
        return sp.csr_array(sp.eye_array(self.size) - self.weight * (place @ averaged))


def arrival_model(mdp: TabularMDP, temperature: float) -> StateModel:
    """Rewards theta(s') on entering a state, over the valid states."""
    valid = np.flatnonzero(mdp.valid)
    features = sp.csr_array(mdp.transition[mdp.live_pairs][:, valid])
    return StateModel(_packed(features), np.searchsorted(valid, mdp.live_states), mdp.gamma, temperature)


def presence_model(mdp: TabularMDP, temperature: float) -> StateModel:
    """Rewards r(s) on being in a state and acting, over the live states."""
    n_live = mdp.live_states.size
    return StateModel(_packed(mdp.gamma * mdp.continuation), np.arange(n_live), 1.0, temperature)


def _packed(features: sp.csr_array) -> Any:
    return features.toarray() if features.shape[1] <= DENSE_LIMIT else features
