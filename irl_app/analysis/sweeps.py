"""Iterations made visible: the values after a planner's sweeps, and how well a learner's step fits."""

from __future__ import annotations

import numpy as np

from trainers.arrays import FloatArray
from trainers.tabular.counts import ExpertCounts
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import backup, embed, greatest
from trainers.tabular.solution import Solution

SETTLED = 1e-3
"""Change of a sweep, relative to the largest value, at which the film ends."""
LONGEST = 200


def value_sweeps(mdp: TabularMDP, reward: FloatArray) -> FloatArray:
    """(K + 1, S) values before and after each sweep V <- max_a r + gamma E V, from zero; K at most 200.

    A sweep looks one move further ahead: after k of them V is what can be had in k moves.

    Args:
        mdp: dynamics. reward: (S, A) mean reward of a pair; only live states are read.
    """
    live = reward[mdp.live_states]
    v = np.zeros(len(live))
    frames = [embed(mdp, v)]
    for _ in range(LONGEST):
        after = greatest(live + mdp.gamma * backup(mdp, v))
        change, v = float(np.abs(after - v).max()), after
        frames.append(embed(mdp, v))
        if change <= SETTLED * (1.0 + float(np.abs(v).max())):
            break
    return np.stack(frames)


def surprise(mdp: TabularMDP, counts: ExpertCounts, solution: Solution) -> float:
    """Mean of -log pi(a | s) over the demonstrated moves, in nats: 0 where all of them were certain, log A
    where they might have been drawn at random."""
    taken = counts.pair_visits[mdp.live_states]
    shown = taken > 0.0
    return float(-(taken[shown] @ np.log(solution.policy[mdp.live_states][shown])) / taken.sum())
