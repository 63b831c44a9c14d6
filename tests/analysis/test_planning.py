"""Regret and reach: theorems on random MDPs, exact numbers, and agreement with simulation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings

from irl_app.analysis import UndefinedMetricError
from irl_app.analysis.planning import expected_return, reach
from tests.analysis.regret import regret, stakes
from tests.rewards.random_mdps import random_mdp, random_shaping, random_table, seeds
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_regret_is_zero_for_the_truth_and_for_the_truth_shaped_and_scaled(seed: int) -> None:
    mdp = random_mdp(seed)
    true = random_table(mdp, seed)
    assume(stakes(mdp, true).best - stakes(mdp, true).uniform > 1e-3)
    assert regret(mdp, true, true) == 0.0
    assert regret(mdp, 5.0 * true + random_shaping(mdp, seed), true) == pytest.approx(0.0, abs=1e-6)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_regret_is_never_negative_and_one_for_random_moves(seed: int) -> None:
    mdp = random_mdp(seed)
    true = random_table(mdp, seed)
    at_stake = stakes(mdp, true)
    assume(at_stake.best - at_stake.uniform > 1e-3)
    assert regret(mdp, random_table(mdp, seed + 1), true) >= 0.0
    assert at_stake.regret(at_stake.uniform) == pytest.approx(1.0)
    assert regret(mdp, np.zeros_like(true), true) == pytest.approx(1.0)  # all actions tie: random moves


def line(slip: float = 0.0) -> TabularMDP:
    """Cells 0..3 and the goal 4 that ends; action 0 left, 1 right; with `slip` a move is reversed."""
    p = np.zeros((5, 2, 5))
    for s in range(4):
        p[s, 0, max(s - 1, 0)] += 1 - slip
        p[s, 0, s + 1] += slip
        p[s, 1, s + 1] += 1 - slip
        p[s, 1, max(s - 1, 0)] += slip
    p0 = np.array([0.5, 0.0, 0.5, 0.0, 0.0])
    return TabularMDP(sp.csr_array(p.reshape(10, 5)), p0, 0.9, np.arange(5) == 4, np.ones(5, dtype=bool))


GOAL: BoolArray = np.arange(5) == 4
SHORTEST: IntArray = np.array([4, 3, 2, 1, 0])


def always(action: int) -> FloatArray:
    return np.tile(np.eye(2)[action], (5, 1))


def test_regret_golden() -> None:
    """+1 on entering the goal: best returns are .9^3 and .9 from the two starts, walking left earns
    nothing."""
    true = np.zeros((5, 2))
    true[3, 1] = 1.0
    assert stakes(line(), true).best == pytest.approx(0.5 * (0.9**3 + 0.9))
    assert expected_return(line(), always(0), true) == 0.0
    away = np.zeros((5, 2))
    away[:, 0] = 1.0
    at_stake = stakes(line(), true)
    assert regret(line(), away, true) == pytest.approx(at_stake.best / (at_stake.best - at_stake.uniform))


def test_regret_is_undefined_where_nothing_can_be_lost() -> None:
    with pytest.raises(UndefinedMetricError, match="Every policy earns the same"):
        regret(line(), np.ones((5, 2)), np.zeros((5, 2)))


def test_reach_of_the_shortest_path_is_one() -> None:
    found = reach(line(), always(1), GOAL, SHORTEST, np.array([2, 1, 1, 1, 0]), 100)
    assert (found.ratio, found.success_rate, found.n_starts) == (1.0, 1.0, 2)
    assert found.manhattan_ratio == pytest.approx(0.5 * (4 / 2 + 2 / 1))


def test_reach_counts_the_full_limit_for_failures() -> None:
    found = reach(line(), always(0), GOAL, SHORTEST, SHORTEST, 60)
    assert found.success_rate == 0.0
    assert found.ratio == pytest.approx(0.5 * (60 / 4 + 60 / 2))


def test_reach_leaves_out_starts_that_nobody_gets_home_from_in_time() -> None:
    found = reach(line(), always(1), GOAL, SHORTEST, SHORTEST, 3)
    assert (found.ratio, found.success_rate, found.n_starts) == (1.0, 1.0, 1)


def test_reach_agrees_with_simulation() -> None:
    mdp, limit, rng = line(0.3), 12, np.random.default_rng(0)
    kernel = mdp.transition.toarray().reshape(5, 2, 5)
    policy = np.full((5, 2), 0.5)
    n = 40_000
    start = rng.choice(5, size=n, p=mdp.p0)
    state, moves, alive = start.copy(), np.zeros(n), np.ones(n, dtype=bool)
    chain = np.einsum("sa,sat->st", policy, kernel).cumsum(axis=1)
    for _ in range(limit):
        moves[alive] += 1
        state[alive] = (rng.random((int(alive.sum()), 1)) > chain[state[alive]]).sum(axis=1)
        alive &= state != 4
    exact = reach(mdp, policy, GOAL, SHORTEST, SHORTEST, limit)
    assert exact.success_rate == pytest.approx(1 - alive.mean(), abs=0.01)
    assert exact.ratio == pytest.approx((moves / SHORTEST[start]).mean(), abs=0.03)


def test_reach_of_long_limits_ends_early_with_the_same_answer() -> None:
    stuck = reach(line(), always(0), GOAL, SHORTEST, SHORTEST, 100_000)
    assert stuck.ratio == pytest.approx(0.5 * (100_000 / 4 + 100_000 / 2))


def test_reach_without_a_goal_is_undefined() -> None:
    with pytest.raises(UndefinedMetricError, match="no goal"):
        reach(line(), always(1), GOAL & False, np.full(5, -1), np.full(5, -1), 100)
