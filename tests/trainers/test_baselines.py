"""The other methods against their defining equations."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import demonstrate, dense_transition, grid_mdp, random_mdp

from trainers.tabular import (
    behavioural_cloning,
    count_expert,
    exact_counts,
    iq_learn_state_only,
    mce_irl,
    oracle,
    sqil,
)
from trainers.tabular.planning import expected_reward, occupancy, soft_optimal


@pytest.mark.parametrize("terminals", [0, 2])
def test_mce_matches_discounted_arrivals_up_to_the_ridge(terminals: int) -> None:
    mdp = random_mdp(0, terminals=terminals)
    theta = np.random.default_rng(0).normal(size=9)
    policy = soft_optimal(mdp, expected_reward(mdp, theta), 1.0).policy
    solution = mce_irl(mdp, exact_counts(mdp, policy), l2=0.05)
    table = dense_transition(mdp)
    expert = np.einsum("sa,sat->t", occupancy(mdp, policy), table) / (1 - mdp.gamma)
    learner = np.einsum("sa,sat->t", occupancy(mdp, solution.policy), table) / (1 - mdp.gamma)
    assert solution.certificate.converged
    np.testing.assert_allclose(expert - learner, 0.05 * solution.state_reward, atol=1e-7)
    np.testing.assert_allclose(solution.reward, expected_reward(mdp, solution.state_reward), atol=1e-9)


def test_mce_with_a_vanishing_ridge_copies_the_expert() -> None:
    mdp = grid_mdp(4, 4)
    policy = soft_optimal(mdp, expected_reward(mdp, np.arange(16) / 8.0), 1.0).policy
    np.testing.assert_allclose(mce_irl(mdp, exact_counts(mdp, policy), l2=1e-6).policy, policy, atol=1e-4)


@pytest.mark.parametrize("terminals", [0, 2])
def test_sqil_is_soft_optimal_for_its_own_replay(terminals: int) -> None:
    mdp = random_mdp(1, terminals=terminals)
    counts = demonstrate(mdp, np.random.default_rng(0).dirichlet(np.ones(3), 9), 8, 20, 0)
    solution = sqil(mdp, counts)
    policy = np.full((9, 3), 1 / 3)
    reward = np.zeros((9, 3))
    for _ in range(1500):  # the obvious way: plan for the mean label of the replay, damped
        learner = occupancy(mdp, policy)
        label = np.divide(
            counts.discounted, counts.discounted + learner, where=learner > 0, out=np.zeros((9, 3))
        )
        reward += 0.03 * (label - reward)
        policy = soft_optimal(mdp, reward, 1.0).policy
    assert solution.certificate.converged
    np.testing.assert_allclose(solution.reward, reward, atol=1e-6)
    assert solution.reward.min() >= -1e-12
    assert solution.reward.max() <= 1.0


def test_cloning_by_hand() -> None:
    mdp = grid_mdp(1, 2)
    counts = count_expert(
        mdp,
        obs=np.array([0, 1, 1]),
        action=np.array([1, 4, 4]),
        next_obs=np.array([1, 1, 1]),
        terminated=np.zeros(3, bool),
        episode=np.zeros(3, int),
    )
    solution = behavioural_cloning(mdp, counts, temperature=2.0, pseudo_count=0.5)
    np.testing.assert_allclose(solution.policy[0], np.array([0.5, 1.5, 0.5, 0.5, 0.5]) / 3.5)
    np.testing.assert_allclose(solution.policy[1], np.array([0.5, 0.5, 0.5, 0.5, 2.5]) / 4.5)
    np.testing.assert_allclose(solution.reward, 2.0 * np.log(solution.policy))
    np.testing.assert_allclose(solution.v, 0.0, atol=1e-12)
    with pytest.raises(ValueError, match="pseudo-count must be positive"):
        behavioural_cloning(mdp, counts, pseudo_count=0.0)


def test_cloning_counts_the_states_it_knows_nothing_of() -> None:
    mdp = grid_mdp(3, 3)
    counts = demonstrate(mdp, np.full((9, 5), 0.2), 1, 1, 0)
    solution = behavioural_cloning(mdp, counts)
    assert solution.certificate.notes == (
        "In 8 of 9 states no action was demonstrated: the policy is uniform there.",
    )


def test_the_oracle_is_the_soft_optimal_truth() -> None:
    mdp = grid_mdp(3, 3, walls=((1, 1),), end=(2, 2))
    theta = np.where(np.arange(9) == 8, 10.0, -1.0)
    theta[4] = np.nan
    solution = oracle(mdp, theta, 0.5)
    np.testing.assert_allclose(solution.reward, expected_reward(mdp, theta), atol=1e-12)
    np.testing.assert_array_equal(solution.state_reward, theta)


@pytest.mark.parametrize("terminals", [0, 1])
@pytest.mark.parametrize("beta", [0.2, 1.0])
def test_state_only_meets_its_first_order_condition(terminals: int, beta: float) -> None:
    mdp = random_mdp(2, terminals=terminals)
    rho = occupancy(mdp, np.random.default_rng(0).dirichlet(np.ones(3), 9))
    solution = iq_learn_state_only(mdp, rho, mdp.p0, alpha=0.8, beta=beta)
    live = mdp.live
    seen, learner = rho.sum(axis=1)[live], occupancy(mdp, solution.policy).sum(axis=1)[live]
    where = (1 - beta) * seen + beta / seen.size
    reward = 2 * 0.8 * (seen - learner) / where
    assert solution.certificate.converged
    np.testing.assert_allclose(solution.reward[live], np.repeat(reward[:, None], 3, axis=1), atol=1e-7)
    np.testing.assert_allclose(solution.state_reward[live], mdp.gamma * reward, atol=1e-7)


def test_state_only_never_looks_at_actions() -> None:
    mdp = grid_mdp(4, 4, slip=0.1)
    rho = demonstrate(mdp, np.full((16, 5), 0.2), 5, 20, 0).discounted
    shuffled = rho[:, ::-1]
    np.testing.assert_allclose(
        iq_learn_state_only(mdp, rho, mdp.p0).q, iq_learn_state_only(mdp, shuffled, mdp.p0).q, atol=1e-9
    )


def test_state_only_reward_on_arrival_plans_as_the_reward_of_presence_does() -> None:
    mdp = random_mdp(3, terminals=2)
    rho = occupancy(mdp, np.random.default_rng(0).dirichlet(np.ones(3), 9))
    solution = iq_learn_state_only(mdp, rho, mdp.p0)
    arrival = soft_optimal(mdp, expected_reward(mdp, solution.state_reward), 1.0)
    np.testing.assert_allclose(arrival.policy, solution.policy, atol=1e-8)


def test_bad_input_is_named() -> None:
    mdp = random_mdp(0)
    rho = np.full((9, 3), 1 / 27)
    with pytest.raises(ValueError, match="beta must lie above 0"):
        iq_learn_state_only(mdp, rho, mdp.p0, beta=0.0)
    with pytest.raises(ValueError, match="strength must be positive"):
        mce_irl(mdp, demonstrate(mdp, np.full((9, 3), 1 / 3), 2, 5, 0), l2=0.0)
