"""What a reward is worth to somebody who plans with it: regret, and how directly the goal is reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from irl_app.analysis.estimates import UndefinedMetricError
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import evaluate

NO_SPAN = 1e-9
"""Gain of the best policy over random moves, relative to the returns, below which nothing can be lost."""
ROUNDING = 1e-8
"""A regret below this is none: acting at random among what counts as tied may cost as much."""


@dataclass(frozen=True)
class Stakes:
    """What can be won and lost in an MDP under its true (S, A) reward: expected discounted returns from p0.

    Attributes:
        best: of the optimal policy.
        uniform: of acting at random.
    """

    best: float
    uniform: float

    def regret(self, achieved: float) -> float:
        """(best - achieved) / (best - uniform): 0 optimal, 1 no better than random, above 1 worse still.

        After a change of dynamics all three are of the changed MDP.

        Raises:
            UndefinedMetricError: acting at random is already optimal.
        """
        span = self.best - self.uniform
        if span <= NO_SPAN * max(abs(self.best), abs(self.uniform)):
            raise UndefinedMetricError("Every policy earns the same here, so there is nothing to regret.")
        regret = (self.best - achieved) / span
        return 0.0 if abs(regret) < ROUNDING else float(regret)


def expected_return(mdp: TabularMDP, policy: FloatArray, reward: FloatArray) -> float:
    """J = E_{p0}[V^policy] under an (S, A) reward, for a policy (S, A)."""
    return float(mdp.p0 @ evaluate(mdp, policy, reward))


@dataclass(frozen=True)
class Reach:
    """How a policy gets to the goal, over the starts away from it from which the limit allows to get there.

    Attributes:
        ratio: mean of moves taken / shortest path; >= 1 without slip; an episode that fails counts the full
            limit.
        manhattan_ratio: the same over the Manhattan distance, which ignores walls.
        success_rate: share of episodes that reach a goal within the limit.
        n_starts: start states counted.
    """

    ratio: float
    manhattan_ratio: float
    success_rate: float
    n_starts: int


def reach(
    mdp: TabularMDP, policy: FloatArray, goals: BoolArray, shortest: IntArray, manhattan: IntArray, limit: int
) -> Reach:
    """Moves to the first visit of a goal, exactly (expected over policy and slip, no sampling).

    Args:
        policy: (S, A).
        goals: (S,) True at goals; an episode is over for this purpose when it enters one.
        shortest: (S,) fewest moves to a goal, -1 where there is no way.
        manhattan: (S,) Manhattan distance to the nearest goal.
        limit: moves after which an episode has failed.

    Raises:
        UndefinedMetricError: no start is away from a goal that can be reached within the limit.
    """
    starts = np.flatnonzero((mdp.p0 > 0.0) & (shortest > 0) & (shortest <= limit))
    if not starts.size:
        raise UndefinedMetricError(f"There is no goal to walk to in {limit} moves: nothing to compare.")
    moves, failed = _moves_to(mdp, policy, goals, limit)
    weights = mdp.p0[starts] / mdp.p0[starts].sum()
    return Reach(
        ratio=float(weights @ (moves[starts] / shortest[starts])),
        manhattan_ratio=float(weights @ (moves[starts] / manhattan[starts])),
        success_rate=float(np.clip(weights @ (1.0 - failed[starts]), 0.0, 1.0)),  # rounding leaves both ends
        n_starts=int(starts.size),
    )


def _moves_to(
    mdp: TabularMDP, policy: FloatArray, goals: BoolArray, limit: int
) -> tuple[FloatArray, FloatArray]:
    """(S,) E[min(moves to a goal, limit)] and (S,) probability of not having arrived by then."""
    s, a = mdp.n_states, mdp.n_actions
    choose = sp.csr_array((policy.ravel(), np.arange(s * a), np.arange(0, s * a + 1, a)), shape=(s, s * a))
    walk = sp.csr_array(choose @ mdp.transition)
    still = np.where(goals | ~mdp.valid, 0.0, 1.0)  # P(no goal entered after t moves | start)
    away = still.copy()
    moves = np.zeros(s)
    for t in range(limit):
        moves += still
        nxt = away * (walk @ still)
        # `walk` is a contraction in the maximum norm: once nothing changes, nothing will.
        if np.abs(nxt - still).max() < 1e-13:
            return moves + (limit - t - 1) * nxt, nxt
        still = nxt
    return moves, still
