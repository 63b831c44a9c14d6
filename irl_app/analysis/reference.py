"""What judging needs to know of a grid alone, worked out once a grid and discount."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from irl_app.analysis.changed_worlds import with_walls_added
from irl_app.analysis.planning import Stakes, expected_return
from irl_app.envs.grid_spec import GridSpec
from irl_app.rewards import val_canonical
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, optimal


@dataclass(frozen=True, eq=False)
class World:
    """An MDP with its true reward, solved.

    Attributes:
        mdp: the dynamics.
        reward: (S, A) the true mean reward.
        stakes: returns of the optimal and of the random policy.
        v: (S,) optimal values.
    """

    mdp: TabularMDP
    reward: FloatArray
    stakes: Stakes
    v: FloatArray


@dataclass(frozen=True, eq=False)
class Reference:
    """A grid's own answers, against which a recovery is judged.

    Attributes:
        world: the grid as it is.
        canonical: (S, A) VAL-canonical true reward.
        walled: the grid with walls added, None where none could be.
        goals: (S,) True at goals.
        shortest: (S,) fewest moves to a goal, -1 without one.
        manhattan: (S,) Manhattan distance to the nearest goal, -1 without one.
    """

    world: World
    canonical: FloatArray
    walled: World | None
    goals: BoolArray
    shortest: IntArray
    manhattan: IntArray


@lru_cache(maxsize=64)
def reference(grid: GridSpec, gamma: float) -> Reference:
    """The reference of a grid under a discount; kept for the 64 last asked for."""
    world = _solve(grid, gamma)
    changed, n_walls = with_walls_added(grid)
    return Reference(
        world=world,
        canonical=val_canonical(world.mdp, world.reward),
        walled=_solve(changed, gamma) if n_walls else None,
        goals=grid.goals.ravel(),
        shortest=grid.shortest_distances(),
        manhattan=manhattan_distances(grid.goals),
    )


def manhattan_distances(goals: BoolArray) -> IntArray:
    """(S,) Manhattan distance of every cell to the nearest True cell of goals (H, W); -1 if there is none."""
    rows, columns = np.nonzero(goals)
    if not rows.size:
        return np.full(goals.size, -1, dtype=np.int64)
    row, column = np.indices(goals.shape)
    nearest = np.full(goals.shape, goals.size, dtype=np.int64)
    for r, c in zip(rows, columns, strict=True):
        np.minimum(nearest, np.abs(row - r) + np.abs(column - c), out=nearest)
    return nearest.ravel()


def _solve(grid: GridSpec, gamma: float) -> World:
    mdp = grid.mdp() if gamma == grid.gamma else replace(grid.mdp(), gamma=gamma)
    reward = expected_reward(mdp, grid.state_reward())
    best = optimal(mdp, reward)
    uniform = np.full(reward.shape, 1.0 / mdp.n_actions)
    stakes = Stakes(float(mdp.p0 @ best.v), expected_return(mdp, uniform, reward))
    return World(mdp, reward, stakes, best.v)
