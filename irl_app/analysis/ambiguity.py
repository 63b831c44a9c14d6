"""What behaviour leaves open of a reward, made visible: potentials, and what further evidence would rule out.

Of rewards of moves, r(s, a), a soft policy leaves one number a live cell open: the potential (Ng, Harada and
Russell 1999). A second world with other dynamics leaves only potentials that fit both (Cao, Cohen and Szpruch
2021). Of rewards of cells it leaves the free directions (``free_directions``). More games only narrow what is
not open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from irl_app.analysis.posterior import likelihood_around
from irl_app.envs.grid_spec import GridSpec
from irl_app.recovery import Recovery
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, occupancy, soft_optimal

OTHER_SLIP = 0.2
"""By how much moves slip more in the other world, or less where they slip much already."""


def hill(mdp: TabularMDP, shape: tuple[int, int], row: float, column: float, width: float) -> FloatArray:
    """(S,) a potential of Gaussian shape and height 1 over a grid of ``shape``, ``width`` cells wide; 0 where
    no action is taken, as the potential of an end must be."""
    rows, columns = np.indices(shape)
    bump = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / width**2)
    return np.where(mdp.live, bump.ravel(), 0.0)


def shaped(mdp: TabularMDP, reward: FloatArray, potential: FloatArray) -> FloatArray:
    """(S, A) reward + gamma E[potential(s')] - potential(s), of a reward (S, A) and a potential (S,)."""
    ahead = np.asarray(mdp.transition @ potential).reshape(reward.shape)
    return np.where(mdp.live[:, None], reward + mdp.gamma * ahead - potential[:, None], 0.0)


def open_numbers(mdp: TabularMDP, other: TabularMDP | None = None) -> int:
    """How many numbers of a reward of moves (S, A) are open once the soft policy is known: the dimension of
    the changes that alter it neither here nor in ``other``, a world of the same live states.

    A change that nobody notices is V(s) - gamma E V(s') for a V of live states, a different one for each V.
    """
    here = _unnoticed(mdp)
    if other is None:
        return here.shape[1]
    both = np.hstack([here, _unnoticed(other)])
    return both.shape[1] - int(np.linalg.matrix_rank(both))


def _unnoticed(mdp: TabularMDP) -> FloatArray:
    """(L * A, L) a basis of the changes of a reward of live pairs that the soft policy does not notice."""
    stay = np.repeat(np.eye(mdp.live_states.size), mdp.n_actions, axis=0)
    return np.asarray(stay - mdp.gamma * mdp.continuation.toarray())


@dataclass(frozen=True)
class LeftOpen:
    """What some evidence leaves open.

    Attributes:
        doubt: how far the rewards of cells spread that explain it, 1 as before the first game, the level left
            out; None where demonstrations are endless.
        numbers: of a reward of moves that are open however many games are shown there.
    """

    doubt: float | None
    numbers: int


def least_seen(recovery: Recovery) -> int:
    """The live cell in which fewest moves were shown, the first of them."""
    live = recovery.mdp.live_states
    return int(live[recovery.counts.pair_visits[live].sum(axis=1).argmin()])


def left_open(recovery: Recovery) -> Mapping[str, LeftOpen]:
    """What the demonstrations leave open, and what they would leave together with as many moves again: of the
    same kind, from the cell least seen, and in a world that slips differently."""
    grid, mdp, tau, state = recovery.grid, recovery.mdp, recovery.config.temperature, recovery.arrivals
    elsewhere = replace(other_slip(grid).mdp(), gamma=mdp.gamma)
    here = open_numbers(mdp)
    numbers = (here, here, here, open_numbers(mdp, elsewhere))
    if recovery.demonstrations is None:
        doubts: list[float | None] = [None] * len(numbers)
    else:
        shown = likelihood_around(mdp, recovery.counts.pair_visits, state, tau)
        moves = recovery.demonstrations.n_steps
        start = np.eye(mdp.n_states)[least_seen(recovery)]
        doubts = [shown.doubt()]
        for world, first in ((mdp, mdp.p0), (mdp, start), (elsewhere, elsewhere.p0)):
            policy = soft_optimal(world, expected_reward(world, state), tau).policy
            visits = occupancy(world, policy, first)
            more = likelihood_around(world, moves * visits / visits.sum(), state, tau)
            doubts.append(shown.doubt(more.information))
    found = map(LeftOpen, doubts, numbers)
    return dict(zip(("these", "more", "start", "world"), found, strict=True))


def other_slip(grid: GridSpec) -> GridSpec:
    """The grid with moves that slip by ``OTHER_SLIP`` more, or less where more than half of them slip."""
    return grid.replace(slip=grid.slip + (OTHER_SLIP if grid.slip <= 0.5 else -OTHER_SLIP))
