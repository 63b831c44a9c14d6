"""Planning against value iteration, dense inverses and hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import dense_transition, grid_mdp, random_mdp

from trainers.soft import soft_policy, soft_value
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import evaluate, expected_reward, occupancy, optimal, soft_optimal, solve_soft

seeds = st.integers(0, 10_000)


def reward_of(mdp: TabularMDP, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(mdp.n_states, mdp.n_actions))


def value_iteration(mdp: TabularMDP, reward: np.ndarray, temperature: float) -> np.ndarray:
    """(S, A) fixed point of the Bellman equation by brute repetition; temperature 0 is the hard maximum."""
    table, v = dense_transition(mdp), np.zeros(mdp.n_states)
    for _ in range(600):
        q = reward + mdp.gamma * table @ v
        v = np.where(mdp.live, soft_value(q, temperature) if temperature else q.max(axis=1), 0.0)
    return np.where(mdp.live[:, None], q, 0.0)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([0, 2]), st.sampled_from([0.05, 1.0, 10.0]))
def test_soft_optimal_is_the_fixed_point_of_value_iteration(seed: int, terminals: int, tau: float) -> None:
    mdp = random_mdp(seed, terminals=terminals, walls=1)
    reward = reward_of(mdp, seed)
    control = soft_optimal(mdp, reward, tau)
    expected = value_iteration(mdp, reward, tau)
    np.testing.assert_allclose(control.q, expected, atol=1e-9 * (1 + np.abs(expected).max()))
    np.testing.assert_allclose(control.v[mdp.live], soft_value(expected, tau)[mdp.live], atol=1e-8)
    assert not control.v[~mdp.live].any()
    assert (control.policy[~mdp.live] == 1 / mdp.n_actions).all()
    np.testing.assert_allclose(control.policy.sum(axis=1), 1.0)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([0, 2]))
def test_optimal_is_the_fixed_point_of_value_iteration(seed: int, terminals: int) -> None:
    mdp = random_mdp(seed, terminals=terminals)
    reward = reward_of(mdp, seed)
    np.testing.assert_allclose(optimal(mdp, reward).q, value_iteration(mdp, reward, 0.0), atol=1e-8)


def test_optimal_policy_is_uniform_over_ties() -> None:
    mdp = grid_mdp(3, 3, end=(2, 2))
    control = optimal(mdp, expected_reward(mdp, np.where(mdp.terminal, 10.0, -1.0)))
    np.testing.assert_allclose(control.policy[0], [0, 0.5, 0.5, 0, 0])  # right and down lead there alike
    # Three moves at -1 and the fourth, onto the goal, at +10, from the far corner.
    assert control.v[0] == pytest.approx(-1 - 0.9 - 0.81 + 10 * 0.729)


@pytest.mark.parametrize("side", [4, 14])  # a dense and a sparse factorisation
def test_occupancy_is_the_discounted_sum_of_state_distributions(side: int) -> None:
    mdp = grid_mdp(side, side, walls=((1, 1),), slip=0.2)
    policy = np.random.default_rng(0).dirichlet(np.ones(5), size=mdp.n_states)
    table = dense_transition(mdp)
    state, total = mdp.p0.copy(), np.zeros_like(policy)
    for t in range(400):
        pairs = state[:, None] * policy
        total += (1 - mdp.gamma) * mdp.gamma**t * pairs
        state = np.einsum("sa,sat->t", pairs, table)
    np.testing.assert_allclose(occupancy(mdp, policy), total, atol=1e-12)
    assert occupancy(mdp, policy).sum() == pytest.approx(1.0)


def test_occupancy_of_a_process_that_ends_sums_to_less_than_one() -> None:
    mdp = random_mdp(3, terminals=2)
    uniform = np.full((mdp.n_states, mdp.n_actions), 1 / mdp.n_actions)
    total = occupancy(mdp, uniform)
    assert 0.1 < total.sum() < 1.0
    assert not total[mdp.terminal].any()


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_return_is_occupancy_times_reward(seed: int) -> None:
    mdp = random_mdp(seed, terminals=1)
    reward = reward_of(mdp, seed)
    policy = soft_policy(reward, 0.7)
    from_start = mdp.p0 @ evaluate(mdp, policy, reward)
    assert from_start == pytest.approx((occupancy(mdp, policy) * reward)[mdp.live].sum() / (1 - mdp.gamma))


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_soft_optimal_q_inverts_to_the_reward(seed: int) -> None:
    mdp = random_mdp(seed, terminals=1, walls=1)
    theta = np.where(mdp.valid, np.random.default_rng(seed).normal(size=mdp.n_states), np.nan)
    reward = expected_reward(mdp, theta)
    control = soft_optimal(mdp, reward, 1.0)
    inverted = control.q - mdp.gamma * dense_transition(mdp) @ control.v
    np.testing.assert_allclose(inverted[mdp.live], reward[mdp.live], atol=1e-10)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_shaping_leaves_the_soft_optimal_policy_unchanged(seed: int) -> None:
    mdp = random_mdp(seed)
    reward, potential = reward_of(mdp, seed), np.random.default_rng(seed + 1).normal(size=mdp.n_states)
    shaped = reward + mdp.gamma * dense_transition(mdp) @ potential - potential[:, None]
    plain, other = soft_optimal(mdp, reward, 1.0), soft_optimal(mdp, shaped, 1.0)
    np.testing.assert_allclose(plain.policy, other.policy, atol=1e-9)
    np.testing.assert_allclose(plain.v - potential, other.v, atol=1e-8)


def test_hand_made_numbers() -> None:
    # One state, two actions that stay, rewards 0 and 0: V = log 2 / (1 - gamma).
    loop = TabularMDP(sp.csr_array(np.ones((2, 1))), np.ones(1), 0.5, np.zeros(1, bool), np.ones(1, bool))
    assert soft_optimal(loop, np.zeros((1, 2)), 1.0).v[0] == pytest.approx(2 * np.log(2))
    assert soft_optimal(loop, np.zeros((1, 2)), 0.5).v[0] == pytest.approx(np.log(2))
    assert optimal(loop, np.array([[1.0, 3.0]])).v[0] == pytest.approx(6.0)
    assert soft_value(np.array([1000.0, 1000.0]), 1.0) == pytest.approx(1000 + np.log(2))


def test_at_temperature_zero_the_best_actions_are_taken() -> None:
    q = np.array([[1.0, 3.0, 2.0], [5.0, 5.0, -1.0]])
    np.testing.assert_array_equal(soft_value(q, 0.0), [3.0, 5.0])
    np.testing.assert_array_equal(soft_policy(q, 0.0), [[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]])
    np.testing.assert_allclose(soft_value(q, 1e-6), soft_value(q, 0.0), atol=1e-5)
    np.testing.assert_allclose(soft_policy(q, 1e-6), soft_policy(q, 0.0), atol=1e-12)


def test_first_guess_of_the_value_changes_nothing_but_the_work() -> None:
    mdp = grid_mdp(6, 6, slip=0.1)
    reward = reward_of(mdp, 0)
    cold = soft_optimal(mdp, reward, 1.0)
    live = mdp.live_states
    q, _, iterations, _ = solve_soft(mdp, reward[live], 1.0, cold.v[live])
    assert iterations <= 1 < cold.iterations
    np.testing.assert_allclose(q, cold.q[live], atol=1e-9)


def test_bad_input_is_named() -> None:
    mdp = grid_mdp(2, 2)
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        soft_optimal(mdp, np.zeros((4, 5)), 0.0)
    with pytest.raises(ValueError, match=r"reward must be \(4, 5\)"):
        optimal(mdp, np.zeros((4, 4)))
    with pytest.raises(ValueError, match="finite"):
        evaluate(mdp, np.full((4, 5), 0.2), np.full((4, 5), np.nan))
    with pytest.raises(ValueError, match="not a wall"):
        expected_reward(mdp, np.array([0.0, np.nan, 0.0, 0.0]))
