"""What a recovered reward makes an agent do, and how its map is drawn in the units of the true one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from irl_app.analysis.coverage import coverage_of
from irl_app.analysis.estimates import UndefinedMetricError
from irl_app.analysis.free_directions import carried
from irl_app.analysis.planning import expected_return, reach
from irl_app.analysis.reference import reference
from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import BoolArray, FloatArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, optimal

if TYPE_CHECKING:
    from irl_app.recovery import Recovery

HIDDEN_SHARE = 0.5
"""A part of the grid of which less than this share was visited is a guess."""
_LEVEL = 1e-6
"""What is left of a reward without its level, beside its largest, up to which it is the same everywhere."""


@dataclass(frozen=True, eq=False)
class Unseen:
    """The part of a grid that was shown least.

    Attributes:
        name: in words, as "the right half". corner: as "the top right".
        start: a start cell in the part's far corner.
    """

    name: str
    corner: str
    start: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """What an agent does that plans with the recovered reward of cells alone.

    Attributes:
        regret: share of what can be gained here that it gives away, 0 best; None if all acts earn the same.
        success: share of the starts from which it reaches a goal within the moves; None without a goal.
        visited: (S,) True where the demonstrations were.
        values: (S,) the recovered reward of entering each cell, as it is planned with; NaN at walls.
        unseen: the part that was shown least, None where all parts were seen well.
    """

    regret: float | None
    success: float | None
    visited: BoolArray = field(repr=False)
    values: FloatArray = field(repr=False)
    unseen: Unseen | None = None


def outcome_of(recovery: Recovery) -> Outcome:
    """Plan with the state part of a recovered reward, and see what comes of it under the true one."""
    grid, mdp = recovery.grid, recovery.mdp
    values = carried(recovery)
    known = reference(grid, mdp.gamma)
    policy = optimal(mdp, expected_reward(mdp, values)).policy
    visited = coverage_of(mdp, recovery.counts).visited_cells
    regret = regret_here(recovery, policy)
    try:
        success = reach(
            mdp, policy, known.goals, known.shortest, known.manhattan, grid.max_steps
        ).success_rate
    except UndefinedMetricError:
        success = None
    return Outcome(regret, success, visited, values, _least_seen(grid, mdp, visited))


def regret_here(recovery: Recovery, policy: FloatArray) -> float | None:
    """Share of what can be gained under the true reward that a policy (S, A) gives away in the recovery's own
    world; None where all acts earn the same."""
    world = reference(recovery.grid, recovery.mdp.gamma).world
    try:
        return world.stakes.regret(expected_return(recovery.mdp, policy, world.reward))
    except UndefinedMetricError:
        return None


def in_true_units(mdp: TabularMDP, values: FloatArray, true: FloatArray, visited: BoolArray) -> FloatArray:
    """(S,) a recovered reward at the size and level of the true one, which behaviour leaves open.

    With b = 1 on live cells and 1 / (1 - gamma) on ends, c b changes no behaviour: both rewards are taken
    without their part along b, given the same length, and the truth's part along b is added again.

    Args:
        values, true: (S,) worth of entering each cell; NaN where there is none.
        visited: (S,) the cells that decide; all of them where the truth is level on these.
    """
    level = np.where(mdp.terminal, 1.0 / (1.0 - mdp.gamma), 1.0)
    for cells in (visited & mdp.valid, mdp.valid):
        b, t, r = level[cells], true[cells], values[cells]
        if not b.size:
            continue
        along_t, along_r = (b @ t) / (b @ b), (b @ r) / (b @ b)
        size_t, size_r = np.linalg.norm(t - along_t * b), np.linalg.norm(r - along_r * b)
        if size_t > _LEVEL * np.abs(t).max() and size_r > _LEVEL * np.abs(r).max():
            return np.asarray((size_t / size_r) * (values - along_r * level) + along_t * level)
    return values


def _least_seen(grid: GridSpec, mdp: TabularMDP, visited: BoolArray) -> Unseen | None:
    """Of the halves of a grid the one that was shown least, if it is a guess, and where to show it from."""
    free, seen = mdp.valid.reshape(grid.walls.shape), visited.reshape(grid.walls.shape)
    rows, columns = np.indices(grid.walls.shape)
    top, left = rows < grid.height / 2, columns < grid.width / 2
    halves = {"left": left, "right": ~left, "upper": top, "lower": ~top}
    shares = {name: seen[half & free].sum() / max(1, (half & free).sum()) for name, half in halves.items()}
    name = min(shares, key=lambda one: float(shares[one]))
    if shares[name] >= HIDDEN_SHARE:
        return None
    across = name in ("left", "right")
    vertical = "upper" if shares["upper"] <= shares["lower"] else "lower"
    horizontal = "left" if shares["left"] <= shares["right"] else "right"
    vertical, horizontal = (vertical, name) if across else (name, horizontal)
    corner_row = 0 if vertical == "upper" else grid.height - 1
    corner_column = 0 if horizontal == "left" else grid.width - 1
    starts = np.flatnonzero(mdp.p0 > 0.0)
    row, column = np.divmod(starts, grid.width)
    distance = np.abs(row - corner_row) + np.abs(column - corner_column) + 1e3 * visited[starts]
    place = f"{'top' if vertical == 'upper' else 'bottom'} {horizontal}"
    return Unseen(f"the {name} half", f"the {place}", int(starts[distance.argmin()]))
