"""How far the Q-values of networks agree with what is exactly true in a grid: values, moves, rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from irl_app.analysis import HEADLINE, UndefinedMetricError, judge, pearson, reference
from irl_app.envs.grid_spec import GridSpec
from irl_app.experts import shortest_path_expert
from irl_app.recovery import Recovery, recovery_of
from irl_app.rewards import StateReward, arrival_values
from irl_app.training.maps import CellMaps, cell_maps
from trainers.arrays import FloatArray, IntArray
from trainers.learner import SoftmaxLearner
from trainers.spaces import Discrete
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, optimal

GREEDY = 1e-3
"""Temperature that stands for the hard maximum: less than 0.002 apart in soft values."""


@dataclass(frozen=True)
class Judged:
    """K networks, each by its mean over layouts; NaN where a figure is defined in none.

    Attributes:
        value: (K,) correlation of V with the true optimal V; state_value: the same of planning on the
            state-only part of the recovered reward.
        moves: (K,) share of cells where the likeliest move is one of a shortest path.
        goal_reward, other_reward: (K,) mean recovered reward of moves onto the goal, and of all others.
        card: name of ``analysis.HEADLINE`` -> (K,) of the report card of the recovered reward.
    """

    value: FloatArray
    state_value: FloatArray
    moves: FloatArray
    goal_reward: FloatArray
    other_reward: FloatArray
    card: Mapping[str, FloatArray]


def judge_tables(grids: Sequence[GridSpec], q: FloatArray, temperature: float) -> Judged:
    """Judge the Q-values (G, K, S, A) of K networks in G grids; a temperature of 0 is greedy."""
    cells = [[_one(grid, table, temperature) for table in own] for grid, own in zip(grids, q, strict=True)]
    names = list(cells[0][0])
    means = {name: _means([[cell[name] for cell in own] for own in cells]) for name in names}
    card = {name: means.pop(name) for name in HEADLINE}
    return Judged(**means, card=card)


def table_maps(grid: GridSpec, q: FloatArray, temperature: float) -> CellMaps:
    """What a Q-table (S, A) makes of every cell, having ended being worth nothing."""
    learner = SoftmaxLearner(lambda cells: q[cells], Discrete(q.shape[1]), temperature, grid.gamma)
    return cell_maps(grid, learner, images=False)


def moves_agreeing(grid: GridSpec, q: FloatArray) -> float:
    """Share of cells where the likeliest move by q (S, A) is one of a shortest path to the goal."""
    live = grid.mdp().live_states
    return float((shortest_path_expert(grid)[live, q[live].argmax(1)] > 0).mean())


def recovery_from(grid: GridSpec, q: FloatArray, temperature: float) -> Recovery:
    """The recovery that a network's q (S, A) stands for; evidence may be wherever shortest paths lead."""
    config = TabularConfig("iq", temperature=temperature or GREEDY, terminal="zero")
    return recovery_of(grid, q, config, shortest_path_expert(grid))


def distance_of_visits(visits: IntArray, expert: IntArray) -> FloatArray:
    """(K,) total variation of where K learners (K, S) and the expert (S,) are: 0 alike, 1 never together."""
    shares = visits / visits.sum(1, keepdims=True)
    return 0.5 * np.abs(shares - expert / expert.sum()).sum(1)


def _one(grid: GridSpec, q: FloatArray, temperature: float) -> dict[str, float]:
    """All figures of one network in one grid."""
    live = grid.mdp().live_states
    cells = table_maps(grid, q, temperature)
    v, reward = cells.value, cells.reward[live]
    onto_goal = grid.goals.ravel()[grid.targets[live, : q.shape[1]]]
    recovery, true_v = recovery_from(grid, q, temperature), reference(grid, grid.gamma).world.v
    card = judge(recovery)
    figures = {name: card.value(name) for name in HEADLINE}
    return {
        "value": _pearson(v[live], true_v[live]),
        "state_value": _pearson(_planned(recovery)[live], true_v[live]),
        "moves": moves_agreeing(grid, q),
        "goal_reward": float(reward[onto_goal].mean()),
        "other_reward": float(reward[~onto_goal].mean()),
        **{name: np.nan if value is None else value for name, value in figures.items()},
    }


def _planned(recovery: Recovery) -> FloatArray:
    """(S,) optimal values of the state-only reward."""
    reward = recovery.rewards["state"]
    assert isinstance(reward, StateReward)  # disentangled, since no state reward was learned
    table = expected_reward(recovery.mdp, arrival_values(reward, recovery.mdp))
    return optimal(recovery.mdp, table).v


def _pearson(a: FloatArray, b: FloatArray) -> float:
    try:
        return pearson(a, b)
    except UndefinedMetricError:
        return float("nan")


def _means(values: Sequence[Sequence[float]]) -> FloatArray:
    """(K,) means over grids of (G, K), leaving out what is not a number."""
    return np.asarray(np.ma.masked_invalid(values).mean(0).filled(np.nan))
