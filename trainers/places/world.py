"""Places, what can be done in them, and soft-optimal control of a reward of places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray
from trainers.places.lattice import Lattice
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import solve_soft

Moves = Callable[[FloatArray, FloatArray], FloatArray]
"""(n, 2) places, (n, 2) actions -> (n, 2) places after them."""


@dataclass(frozen=True, eq=False)
class PlaceWorld:
    """A lattice of S nodes and the dynamics between them.

    Attributes:
        lattice: where functions of a place are held. moves: where an action leads, known or learned.
        actions: (K, 2) those that are chosen from.
    """

    lattice: Lattice
    moves: Moves
    actions: FloatArray

    def after_all(self, places: FloatArray) -> sp.csr_array:
        """(n * K, S) weights of where each action leads from each of (n, 2) places, row ``n * K + k``."""
        k = len(self.actions)
        led = self.moves(np.repeat(places, k, axis=0), np.tile(self.actions, (len(places), 1)))
        return self.lattice.weights(led)

    @cached_property
    def transition(self) -> sp.csr_array:
        """(S * K, S) where the actions lead from the nodes; worked out once."""
        return self.after_all(self.lattice.nodes)

    def mdp(self, gamma: float) -> TabularMDP:
        """The nodes as a process that never ends."""
        size = self.lattice.size
        never, everywhere = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
        return TabularMDP(self.transition, np.full(size, 1.0 / size), gamma, never, everywhere)

    def plan(self, reward: FloatArray, gamma: float, temperature: float = 1.0) -> Plan:
        """Soft-optimal control of a reward: (S,) on entering a place, or (S, K) of each action in each node.

        Raises:
            ValueError: gamma is not in (0, 1).
        """
        mdp = self.mdp(gamma)
        r = reward if reward.ndim == 2 else np.asarray(self.transition @ reward).reshape(mdp.n_states, -1)
        q, v, _, _ = solve_soft(mdp, r, temperature, np.zeros(mdp.n_states))
        return Plan(self, q, v)


@dataclass(frozen=True, eq=False)
class Plan:
    """Control of a world.

    Attributes:
        q: (S, K) action values, v: (S,) state values at the nodes.
    """

    world: PlaceWorld
    q: FloatArray
    v: FloatArray

    def best(self, places: FloatArray) -> FloatArray:
        """(n, 2) the best action in places (n, 2), the smaller one where two are equally good."""
        offers = self.world.lattice.at(self.q, places)
        return np.asarray(self.world.actions[(offers - 1e-9 * self._effort).argmax(axis=1)])

    @cached_property
    def _effort(self) -> FloatArray:
        return np.asarray((self.world.actions**2).sum(axis=1))


def action_grid(side: int) -> FloatArray:
    """(side * side, 2) actions evenly in the square ±1, the middle one among them if ``side`` is odd."""
    steps = np.linspace(-1.0, 1.0, side)
    return np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
