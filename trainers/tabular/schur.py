"""The Newton system of an objective in r and V*(r), reduced from one unknown per pair to one per state.

A change of the rewards splits into a change dV of the soft-optimal value and an advantage u with pi u = 0:
dr = u + K dV, K = E - gamma P, and the curvature of V* is sum rho_pi u^2 / tau. Per state the advantage is
eliminated in closed form (Schur complement), which leaves sum_s K_s^T B_s K_s dV = rhs with small positive
definite blocks B_s (A, A).
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from trainers.arrays import FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.sparse import FixedPattern

WIDE = 16
"""A state with more successors keeps its A reward changes as unknowns, so that the matrix stays sparse."""


class SchurSystem:
    """Index arrays and pattern of the reduced system of one MDP; the numbers change at every step.

    States with few successors add their block K_s^T B_s K_s directly. For a wide state (a teleporting goal)
    the unknown z = K_s dV is added with the rows [K_s^T B_s; B_s K_s, -B_s], whose elimination gives the
    same block.
    """

    def __init__(self, mdp: TabularMDP) -> None:
        self._mdp = mdp
        n_live, n_actions = mdp.live_states.size, mdp.n_actions
        rows, cols = mdp.entries
        state = rows // n_actions
        diagonal = np.arange(n_live)
        keys, slot = np.unique(
            np.concatenate([diagonal * n_live + diagonal, state * n_live + cols]), return_inverse=True
        )
        owner = keys // n_live
        start = np.searchsorted(owner, diagonal)
        count = np.diff(start, append=keys.size)
        self._narrow = np.flatnonzero(count <= WIDE)
        self._wide = [
            self._wide_state(int(s), keys[start[s] : start[s] + count[s]] % n_live)
            for s in np.flatnonzero(count > WIDE)
        ]
        width = int(count[self._narrow].max(initial=1))
        local = np.arange(keys.size) - start[owner]
        neighbours = np.repeat(diagonal[:, None], width, axis=1)
        narrow_key = count[owner] <= WIDE
        neighbours[owner[narrow_key], local[narrow_key]] = keys[narrow_key] % n_live
        k = np.zeros((n_live, n_actions, width))
        k[diagonal, :, local[slot[:n_live]] * (count <= WIDE)] = 1.0
        entry = slot[n_live:]
        kept = count[state] <= WIDE
        np.subtract.at(
            k,
            (state[kept], rows[kept] % n_actions, local[entry[kept]]),
            mdp.gamma * mdp.continuation.data[kept],
        )
        self._k = np.ascontiguousarray(k[self._narrow])
        self._pattern = self._make_pattern(neighbours[self._narrow], n_live)

    def _wide_state(self, s: int, support: IntArray) -> tuple[int, IntArray, FloatArray]:
        a = self._mdp.n_actions
        block = self._mdp.continuation[s * a : (s + 1) * a].toarray()
        k = -self._mdp.gamma * block
        k[:, s] += 1.0
        return s, support, np.ascontiguousarray(k[:, support])

    def _make_pattern(self, neighbours: IntArray, n_live: int) -> FixedPattern:
        width, a = neighbours.shape[1], self._mdp.n_actions
        rows = [np.repeat(neighbours, width, axis=1).ravel()]
        cols = [np.tile(neighbours, (1, width)).ravel()]
        for index, (_, support, _) in enumerate(self._wide):
            z = n_live + index * a + np.arange(a)
            across, down = np.tile(z, support.size), np.repeat(support, a)
            rows += [down, across, np.repeat(z, a)]
            cols += [across, down, np.tile(z, a)]
        self._size = n_live + a * len(self._wide)
        return FixedPattern(np.concatenate(rows), np.concatenate(cols), self._size)

    def apply_k(self, v: FloatArray) -> FloatArray:
        """(L, A) K v = v(s) - gamma E v(s')."""
        mdp = self._mdp
        return v[:, None] - mdp.gamma * np.asarray(mdp.continuation @ v).reshape(-1, mdp.n_actions)

    def apply_kt(self, x: FloatArray) -> FloatArray:
        """(L,) K^T x for x (L, A)."""
        return x.sum(axis=1) - self._mdp.gamma * np.asarray(self._mdp.continuation.T @ x.ravel())

    def solve(
        self,
        gradient: FloatArray,
        policy: FloatArray,
        curvature: FloatArray,
        spread: FloatArray,
        value_weight: FloatArray | float = 0.0,
    ) -> tuple[FloatArray, FloatArray]:
        """Newton's direction in the rewards.

        Maximises gradient . dr - value_weight . dV - (dr . D dr + u . C u) / 2 over dr = u + K dV with
        pi u = 0 in every state.

        Args:
            gradient: (L, A) gradient of the objective with respect to the rewards.
            policy: (L, A) soft-optimal policy, positive.
            curvature: (L, A) positive D, minus the second derivative of the reward term.
            spread: (L, A) positive C, occupancy over temperature.
            value_weight: (L,) of dV, where the gradient does not hold it already.

        Returns:
            dr (L, A) and the change of the value dV (L,).

        Raises:
            numpy.linalg.LinAlgError: the system is singular to working precision.
        """
        total = curvature + spread
        tilt = policy / total
        norm = (policy * tilt).sum(axis=1)
        coupling = curvature * tilt
        blocks = coupling[:, :, None] * (coupling / norm[:, None])[:, None, :]
        diagonal = np.arange(policy.shape[1])
        blocks[:, diagonal, diagonal] += curvature * spread / total

        def advantage(b: FloatArray) -> FloatArray:
            """The u that maximises the quadratic model for a given pull b (L, A)."""
            return b / total - tilt * ((tilt * b).sum(axis=1) / norm)[:, None]

        n_live = len(policy)
        rhs = np.zeros(self._size)
        rhs[:n_live] = self.apply_kt(gradient - curvature * advantage(gradient)) - value_weight
        dv = self._pattern.factor(self._values(blocks)).solve(rhs)[:n_live]
        kdv = self.apply_k(dv)
        return advantage(gradient - curvature * kdv) + kdv, dv

    def _values(self, blocks: FloatArray) -> FloatArray:
        k = self._k
        local = np.matmul(k.transpose(0, 2, 1), np.matmul(blocks[self._narrow], k))
        values = [local.ravel()]
        for s, _, wide_k in self._wide:
            border = (wide_k.T @ blocks[s]).ravel()
            values += [border, border, -blocks[s].ravel()]
        return np.concatenate(values)


_SYSTEMS: WeakKeyDictionary[TabularMDP, SchurSystem] = WeakKeyDictionary()


def schur_system(mdp: TabularMDP) -> SchurSystem:
    """The reduced system of ``mdp``, built once and kept for as long as the MDP is."""
    system = _SYSTEMS.get(mdp)
    if system is None:
        system = _SYSTEMS[mdp] = SchurSystem(mdp)
    return system
