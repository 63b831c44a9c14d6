"""Judged without the truth: draws spread as their posterior says, and only as far as evidence is missing."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.analysis.posterior import judge_without_truth, likelihood_around
from irl_app.demonstrations import DemonstrationError, collect
from irl_app.envs.presets import make_preset
from irl_app.experts import expert_policy
from irl_app.recovery import Recovery, recover
from trainers.arrays import FloatArray
from trainers.tabular import Prior
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, soft_optimal

GRID = make_preset("reset", 4, seed=0)


def recovered(n: int, method: str = "ml") -> Recovery:
    shown = collect(GRID, expert_policy("soft-optimal", GRID, 1.0), n, 0, "soft")
    return recover(GRID, shown, TabularConfig(method=method, prior=Prior()))


def test_draws_have_the_covariance_of_the_likelihood_and_the_prior() -> None:
    """Against F by brute force: derivatives of tau log pi by differences, one cell after the other."""
    recovery = recovered(5)
    mdp, state, step = recovery.mdp, recovery.arrivals, 1e-5
    cells = np.flatnonzero(mdp.valid)

    def log_policy(cell: int, by: float) -> FloatArray:
        moved = np.nan_to_num(state)
        moved[cell] += by
        return np.log(soft_optimal(mdp, expected_reward(mdp, moved), 1.0).policy[mdp.live])

    slopes = np.array([(log_policy(c, step) - log_policy(c, -step)) / (2 * step) for c in cells])
    policy = soft_optimal(mdp, expected_reward(mdp, state), 1.0).policy[mdp.live]
    visits = np.asarray(recovery.counts.visits.sum(axis=0)).reshape(mdp.n_states, -1)[mdp.live].sum(axis=1)
    weight = visits[:, None] * policy
    spread = max(0.5, float(state[cells].std()))
    precision = np.einsum("xsa,sa,ysa->xy", slopes, weight, slopes) + np.eye(cells.size) / spread**2
    around = likelihood_around(mdp, recovery.counts.pair_visits, state, 1.0)
    draws = around.draws_all_different(20_000, np.random.default_rng(0))[:, cells]
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.03 * spread**2)
    np.testing.assert_allclose(draws.mean(axis=0), state[cells], atol=0.03 * spread)


def test_where_most_cells_are_alike_only_the_outstanding_one_is_drawn_apart() -> None:
    """A goal that was seen stands out in every draw; the others spread little beside it, unlike where each is
    believed to have a reward of its own."""
    recovery = recovered(5)
    around = likelihood_around(recovery.mdp, recovery.counts.pair_visits, recovery.arrivals, 1.0)
    nowhere = np.zeros(GRID.n_states, dtype=bool)
    alike = around.draws_mostly_alike(60, np.random.default_rng(0), nowhere)
    goal = GRID.goals.ravel()
    plain = recovery.mdp.valid & ~goal
    assert (alike[:, goal] > alike[:, plain].max(axis=1, keepdims=True)).mean() > 0.95
    different = around.draws_all_different(60, np.random.default_rng(0))
    assert alike[:, plain].std(axis=1).mean() < 0.7 * different[:, plain].std(axis=1).mean()


def test_the_slope_is_that_of_the_log_likelihood() -> None:
    recovery = recovered(5)
    mdp, state, step = recovery.mdp, np.nan_to_num(recovery.arrivals), 1e-5
    visits = np.asarray(recovery.counts.visits.sum(axis=0)).reshape(mdp.n_states, -1)

    def log_likelihood(cell: int, by: float) -> float:
        moved = state.copy()
        moved[cell] += by
        policy = soft_optimal(mdp, expected_reward(mdp, moved), 1.0).policy
        return float((visits * np.log(np.where(visits > 0.0, policy, 1.0))).sum())

    around = likelihood_around(mdp, recovery.counts.pair_visits, recovery.arrivals, 1.0)
    by_hand = [(log_likelihood(c, step) - log_likelihood(c, -step)) / (2 * step) for c in around.cells]
    np.testing.assert_allclose(around.slope, by_hand, atol=1e-4)


def test_more_evidence_leaves_less_doubt_and_nothing_is_called_good() -> None:
    few, many = (judge_without_truth(recovered(n)) for n in (1, 300))
    assert (many.draws.mean.value or 0.0) < (few.draws.mean.value or 0.0)
    said = few.in_words()
    assert said.startswith("Rewards that explain these demonstrations equally well lose ")
    assert "good" not in said
    assert set(few.as_json()) == {
        "mean", "low", "high", "worst_tenth", "worlds", "by_kind", "estimate", "in_words",
    }  # fmt: skip


def test_the_true_reward_is_not_looked_at() -> None:
    recovery = recovered(3, "bc")
    other = GRID.replace(rewards=np.where(GRID.goals, -50.0, GRID.rewards))
    shown = recovery.demonstrations
    assert shown is not None
    elsewhere = judge_without_truth(recover(other, shown, recovery.config))
    assert elsewhere.estimate == pytest.approx(judge_without_truth(recovery).estimate)


def test_an_exact_occupancy_is_no_demonstration() -> None:
    exact = recover(GRID, expert_policy("soft-optimal", GRID, 1.0), TabularConfig(method="bc"))
    with pytest.raises(DemonstrationError, match="where there are some"):
        judge_without_truth(exact)
