"""What a state reward is worth in changed worlds: regret in each of them, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from irl_app.analysis.changed_worlds import WORLDS, ChangedWorlds, by_kind, changed_worlds
from irl_app.analysis.estimates import Estimate
from irl_app.analysis.intervals import bounded_mean
from irl_app.analysis.planning import NO_SPAN, ROUNDING
from irl_app.envs.grid_dynamics import move_targets, restart_matrix, transition_matrix
from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import evaluate, expected_reward, occupancy, optimal

PART = 60_000
"""Cells of the worlds that are planned in at once: 64 of 30x30. More would only take more memory."""
WORST = 0.1
"""Share of the worlds, the worst ones, whose mean regret is reported beside the mean over all."""


@dataclass(frozen=True, eq=False)
class SolvedWorlds:
    """Changed worlds as one MDP, each a part of it, with what can be won and lost there under the truth.

    All worlds stand above each other as one tall grid, a row of walls between them, so that one plan plans in
    all of them.

    Attributes:
        worlds: the W worlds.
        mdp: of W * (H + 1) * B states.
        reward: its (S, A) true mean reward.
        best, uniform: (W,) returns of the optimal policy and of random moves.
    """

    worlds: ChangedWorlds
    mdp: TabularMDP = field(repr=False)
    reward: FloatArray = field(repr=False)
    best: FloatArray
    uniform: FloatArray

    def arrivals(self, policy: FloatArray) -> FloatArray:
        """(W, cells) expected discounted number of times that a policy (S, A) enters each cell; their product
        with what entering is worth is the return."""
        n, cells = len(self.worlds), self.worlds.grid.n_states
        entered = self.mdp.transition.T @ occupancy(self.mdp, policy).ravel()
        return np.asarray(n / (1.0 - self.mdp.gamma) * entered).reshape(n, -1)[:, :cells]

    def plan(self, state: FloatArray, near: FloatArray | None = None) -> FloatArray:
        """(S, A) optimal policy in every world for a reward (cells,) received on entering a cell.

        Args:
            state: (cells,) of the grid, NaN at walls. A cell whose wall was taken away has none: it gets the
                median of the others that are live.
            near: (cells,) optimal values in the grid as it was, to start from.
        """
        reward = expected_reward(self.mdp, self.everywhere(self.carried(state)))
        guess = None if near is None else self.everywhere(np.nan_to_num(near))
        return optimal(self.mdp, reward, near=guess).policy

    def carried(self, state: FloatArray) -> FloatArray:
        """(cells,) the reward with the median of its live cells where it says nothing."""
        return np.where(np.isfinite(state), state, np.median(state[self.worlds.grid.mdp().live]))

    def regrets(self, state: FloatArray, near: FloatArray | None = None) -> FloatArray:
        """(W,) regret, clipped to [0, 1], of planning with a state reward; NaN where nothing can be lost."""
        v = evaluate(self.mdp, self.plan(state, near), self.reward)
        return clipped_regrets(self.best, self.uniform, _per_world(self.mdp, v, len(self.worlds)))

    def everywhere(self, cells: FloatArray) -> FloatArray:
        """(S,) what holds for each cell, in all worlds."""
        grid = self.worlds.grid
        padded = np.zeros((grid.height + 1) * grid.width)
        padded[: cells.size] = cells
        return np.tile(padded, len(self.worlds))


def clipped_regrets(best: FloatArray, uniform: FloatArray, achieved: FloatArray) -> FloatArray:
    """(W,) (best - achieved) / (best - uniform) clipped to [0, 1]; NaN where nothing can be lost (see
    ``Stakes.regret``)."""
    span = best - uniform
    matters = span > NO_SPAN * np.maximum(np.abs(best), np.abs(uniform))
    share = (best - achieved) / np.where(matters, span, 1.0)
    return np.where(matters, np.clip(np.where(share < ROUNDING, 0.0, share), 0.0, 1.0), np.nan)


def solved_worlds(grid: GridSpec, gamma: float) -> tuple[SolvedWorlds, ...]:
    """The changed worlds of a grid, always the same, solved under its true reward, in parts of a bearable
    size; those that are one part are kept for the 16 last grids asked for."""
    small = WORLDS * grid.n_states <= PART
    return _kept(grid, gamma) if small else solve_worlds(changed_worlds(grid), gamma)


@lru_cache(maxsize=16)
def _kept(grid: GridSpec, gamma: float) -> tuple[SolvedWorlds, ...]:
    return solve_worlds(changed_worlds(grid), gamma)


def solve_worlds(worlds: ChangedWorlds, gamma: float) -> tuple[SolvedWorlds, ...]:
    """Changed worlds solved under their true reward, in parts of at most ``PART`` cells, or of one world."""
    grid = worlds.grid
    here = grid.mdp() if gamma == grid.gamma else replace(grid.mdp(), gamma=gamma)
    near = optimal(here, expected_reward(here, grid.state_reward())).v
    at_once = max(1, PART // grid.n_states)
    return tuple(
        _solve(worlds.some(np.arange(first, min(first + at_once, len(worlds)))), gamma, near)
        for first in range(0, len(worlds), at_once)
    )


def _solve(worlds: ChangedWorlds, gamma: float, near: FloatArray) -> SolvedWorlds:
    grid, mdp = worlds.grid, joined_mdp(worlds, gamma)
    truth = np.where(np.isnan(grid.rewards), grid.step_reward, grid.rewards).ravel()
    unsolved = SolvedWorlds(worlds, mdp, np.empty(0), np.empty(0), np.empty(0))
    reward = expected_reward(mdp, unsolved.everywhere(truth))
    best = optimal(mdp, reward, near=unsolved.everywhere(near)).v
    uniform = evaluate(mdp, np.full(reward.shape, 1.0 / mdp.n_actions), reward)
    return SolvedWorlds(worlds, mdp, reward, *(_per_world(mdp, v, len(worlds)) for v in (best, uniform)))


def regrets_elsewhere(
    parts: Sequence[SolvedWorlds], state: FloatArray, near: FloatArray | None = None
) -> FloatArray:
    """(W,) regret, clipped to [0, 1], of planning in changed worlds with a state reward (cells,); NaN where
    nothing can be lost. ``near`` as in ``SolvedWorlds.plan``."""
    return np.concatenate([np.empty(0), *(part.regrets(state, near) for part in parts)])


def kinds_of(parts: Sequence[SolvedWorlds]) -> tuple[str, ...]:
    """(W,) how each world was changed."""
    return tuple(kind for part in parts for kind in part.worlds.kinds)


def joined_mdp(worlds: ChangedWorlds, gamma: float) -> TabularMDP:
    """All worlds in one MDP: state ``(w * (H + 1) + row) * B + column``; each world starts as often."""
    grid, n = worlds.grid, len(worlds)

    def tall(layers: BoolArray, fill: bool) -> BoolArray:
        """(n * (H + 1), B) layers (n, H, B) above each other, a row of ``fill`` below each."""
        below = np.full((n, 1, grid.width), fill)
        return np.concatenate([layers, below], axis=1).reshape(-1, grid.width)

    walls = tall(worlds.walls, True)
    goals = tall(np.broadcast_to(grid.goals, worlds.walls.shape), False).ravel()
    free = ~walls.ravel()
    terminal = goals if grid.goal_kind == "end" else np.zeros_like(goals)
    teleports = goals if grid.goal_kind == "teleport" else np.zeros_like(goals)
    anywhere = np.logical_not(worlds.starts.any(axis=(1, 2), keepdims=True))
    starts = tall(worlds.starts | anywhere, False).ravel() & free & ~terminal
    p0 = starts.reshape(n, -1) / starts.reshape(n, -1).sum(axis=1, keepdims=True)
    slip = np.repeat(worlds.slip, (grid.height + 1) * grid.width)
    transition = transition_matrix(move_targets(walls), free & ~terminal & ~teleports, slip, grid.n_actions)
    if teleports.any():
        goal_cells = np.flatnonzero(teleports.reshape(n, -1)[0])
        restarts = [restart_matrix(goal_cells, own, grid.n_actions) for own in p0]
        transition = sp.csr_array(transition + sp.block_diag(restarts, format="csr"))
    return TabularMDP(transition, p0.ravel() / n, gamma, terminal, free)


def _per_world(mdp: TabularMDP, v: FloatArray, n: int) -> FloatArray:
    return n * (mdp.p0 * v).reshape(n, -1).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """The regret of planning with a state reward in changed worlds.

    Attributes:
        mean: over the worlds, with its interval.
        worst_tenth: mean over the worst tenth of them.
        regrets: (W,) of each, in [0, 1]; NaN where every policy earns the same.
        kinds: (W,) how each was changed.
    """

    mean: Estimate
    worst_tenth: float | None
    regrets: FloatArray
    kinds: tuple[str, ...]

    @property
    def worst(self) -> int | None:
        """Which world loses most; None where none was judged."""
        return None if np.isnan(self.regrets).all() else int(np.nanargmax(self.regrets))

    def by_kind(self) -> Mapping[str, IntArray]:
        """Kind -> places of the worlds that were judged."""
        judged = np.isfinite(self.regrets)
        found = {kind: rows[judged[rows]] for kind, rows in by_kind(self.kinds).items()}
        return {kind: rows for kind, rows in found.items() if rows.size}

    def as_json(self) -> dict[str, object]:
        """As programs read it."""
        kinds = {
            kind: {
                "mean": float(self.regrets[rows].mean()),
                "worst": float(self.regrets[rows].max()),
                "worlds": int(rows.size),
            }
            for kind, rows in self.by_kind().items()
        }
        ends = {"mean": self.mean.value, "low": self.mean.low, "high": self.mean.high}
        return {**ends, "worst_tenth": self.worst_tenth, "worlds": self.mean.n, "by_kind": kinds}


def judge_elsewhere(
    parts: Sequence[SolvedWorlds], state: FloatArray, near: FloatArray | None = None
) -> Elsewhere:
    """What planning with a state reward (cells,) loses in changed worlds; ``near`` as in
    ``SolvedWorlds.plan``."""
    return summed_up(regrets_elsewhere(parts, state, near), kinds_of(parts))


def over_runs(found: Sequence[Elsewhere]) -> Elsewhere:
    """What independent runs come to together: all their worlds, and the mean of their means, its interval
    over the runs; of one run, its own."""
    if len(found) == 1:
        return found[0]
    pooled = summed_up(
        np.concatenate([each.regrets for each in found]), tuple(kind for each in found for kind in each.kinds)
    )
    means = [each.mean.value for each in found if each.mean.value is not None]
    if not means:
        return pooled
    return replace(pooled, mean=replace(bounded_mean(np.array(means)), n=pooled.mean.n))


def summed_up(regrets: FloatArray, kinds: tuple[str, ...]) -> Elsewhere:
    """What regrets (W,) in worlds of some kinds come to."""
    judged = np.sort(regrets[np.isfinite(regrets)])
    if not judged.size:
        why = "No change of this grid leaves anything to lose, so nothing can be said of other worlds."
        return Elsewhere(Estimate(None, why_missing=why), None, regrets, kinds)
    worst = judged[-max(1, round(WORST * judged.size)) :]
    return Elsewhere(bounded_mean(judged), float(worst.mean()), regrets, kinds)
