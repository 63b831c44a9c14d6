"""How much of a grid an expert showed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trainers.arrays import BoolArray
from trainers.tabular.counts import ExpertCounts
from trainers.tabular.mdp import TabularMDP


@dataclass(frozen=True, eq=False)
class Coverage:
    """What was visited, of what there is.

    Attributes:
        visited_cells: (S,) True where the expert stood, ends of episodes included.
        visited_pairs: (S, A) True where the expert took the action.
        cells, pairs: number of free cells; of state-action pairs that can be taken.
        cells_seen, pairs_seen: how many of them were visited.
        n_episodes, n_steps: of the demonstrations; None when they were endless (the exact occupancy).
    """

    visited_cells: BoolArray = field(repr=False)
    visited_pairs: BoolArray = field(repr=False)
    cells: int
    pairs: int
    cells_seen: int
    pairs_seen: int
    n_episodes: int | None
    n_steps: int | None

    @property
    def cell_share(self) -> float:
        """Share of the free cells that were visited, 0 to 1."""
        return self.cells_seen / self.cells

    @property
    def pair_share(self) -> float:
        """Share of the state-action pairs that were taken, 0 to 1."""
        return self.pairs_seen / self.pairs


def coverage_of(mdp: TabularMDP, counts: ExpertCounts, *, exact: bool = False) -> Coverage:
    """The coverage of an MDP by an expert's counts; ``exact`` says that they are its exact occupancy."""
    shape = (mdp.n_states, mdp.n_actions)
    pairs = np.asarray(counts.visits.sum(axis=0)).reshape(shape) > 0.0
    entered = np.asarray(counts.transitions.sum(axis=0)).ravel() > 0.0
    cells = pairs.any(axis=1) | entered
    return Coverage(
        visited_cells=cells,
        visited_pairs=pairs,
        cells=int(mdp.valid.sum()),
        pairs=int(mdp.live.sum()) * mdp.n_actions,
        cells_seen=int((cells & mdp.valid).sum()),
        pairs_seen=int(pairs[mdp.live].sum()),
        n_episodes=None if exact else counts.n_episodes,
        n_steps=None if exact else counts.n_steps,
    )
