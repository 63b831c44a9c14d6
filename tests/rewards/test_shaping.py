"""Theorems about shaping, on random MDPs, and a golden example worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings

from irl_app.rewards import (
    InverseBellmanReward,
    RewardError,
    RewardInfo,
    StateActionReward,
    StateReward,
    arrival_sd,
    arrival_values,
    deshape,
    disentangle,
    disentangle_table,
    expected_reward_table,
    marginalise,
    val_canonical,
)
from tests.rewards.random_mdps import random_mdp, random_shaping, random_state_reward, random_table, seeds
from trainers.spaces import Discrete
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, soft_optimal

INFO = RewardInfo("transition", "r", 0.5, 1.0, "zero", Discrete(2), Discrete(2))


def info_for(mdp: TabularMDP, **changes: object) -> RewardInfo:
    spaces = {"observation_space": Discrete(mdp.n_states), "action_space": Discrete(mdp.n_actions)}
    return replace(INFO, gamma=mdp.gamma, **spaces, **changes)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_deshaping_removes_every_shaping(seed: int) -> None:
    mdp = random_mdp(seed)
    table = random_table(mdp, seed)
    shaped = StateActionReward(table + random_shaping(mdp, seed), info_for(mdp, kind="marginal"))
    plain = StateActionReward(table, info_for(mdp, kind="marginal"))
    np.testing.assert_allclose(deshape(shaped, mdp).values, deshape(plain, mdp).values, atol=1e-9)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_canonical_form_is_a_projection_with_zero_mean_over_actions(seed: int) -> None:
    mdp = random_mdp(seed)
    c = val_canonical(mdp, random_table(mdp, seed))
    np.testing.assert_allclose(c.mean(axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(val_canonical(mdp, c), c, atol=1e-9)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_disentangling_finds_the_state_reward_under_shaping(seed: int) -> None:
    mdp = random_mdp(seed, full_support=True, terminals=False)
    assume(mdp.n_actions * mdp.n_states > 2 * mdp.n_states + 1)
    g = random_state_reward(mdp, seed)
    table = expected_reward(mdp, g) + random_shaping(mdp, seed)
    found = disentangle_table(mdp, table, ridge=1e-12)
    shift = found - g
    np.testing.assert_allclose(shift, shift.mean(), atol=1e-4)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_disentangled_reward_and_the_original_differ_by_shaping_alone(seed: int) -> None:
    """Also with terminal states, where g itself is known only up to shaping by a constant."""
    mdp = random_mdp(seed, terminals=True)
    g = random_state_reward(mdp, seed)
    found = disentangle_table(mdp, expected_reward(mdp, g) + random_shaping(mdp, seed), ridge=1e-12)
    canonical = val_canonical(mdp, expected_reward(mdp, g))
    np.testing.assert_allclose(val_canonical(mdp, expected_reward(mdp, found)), canonical, atol=1e-4)
    assert np.isnan(found[~mdp.valid]).all()


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_inverse_bellman_of_the_soft_optimal_q_is_the_true_mean_reward(seed: int) -> None:
    mdp = random_mdp(seed)
    true = expected_reward(mdp, random_state_reward(mdp, seed))
    control = soft_optimal(mdp, true, 0.7)
    reward = InverseBellmanReward(control.q, control.v, info_for(mdp))
    np.testing.assert_allclose(expected_reward_table(reward, mdp), true, atol=1e-8)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_absorbing_reward_is_credited_to_the_end(seed: int) -> None:
    """Solved with an absorbing state, read under the zero convention: the optimal values agree."""
    mdp = random_mdp(seed, terminals=True)
    assume(mdp.terminal.any())
    theta = random_state_reward(mdp, seed)
    absorbing = mdp.with_absorbing_terminals()
    reward = StateReward(theta, None, info_for(mdp, kind="state", terminal="absorbing"))
    folded = soft_optimal(mdp, expected_reward_table(reward, mdp), 1e-3)
    stayed = soft_optimal(absorbing, expected_reward(absorbing, theta), 1e-3)
    # the entropy collected for ever after the end, tau log A / (1 - gamma), is all that may differ
    bound = 1e-3 * np.log(mdp.n_actions) / (1 - mdp.gamma) + 1e-9
    assert np.abs(folded.v - stayed.v)[mdp.live].max() <= bound


def test_arrival_values_add_the_tail_of_terminal_states_only() -> None:
    mdp = corridor()
    values = np.array([1.0, 2.0, 3.0])
    reward = StateReward(values, None, info_for(mdp, kind="state", terminal="absorbing"))
    assert arrival_values(reward, mdp).tolist() == [1.0, 2.0, 6.0]  # 3 + .5 * 3 / (1 - .5)
    zero = StateReward(values, None, info_for(mdp, kind="state"))
    assert arrival_values(zero, mdp).tolist() == [1.0, 2.0, 3.0]
    assert arrival_sd(zero, mdp) is None


def test_deviations_of_arrival_values_grow_with_the_tail() -> None:
    sd = np.array([0.1, 0.2, 0.3])
    for terminal, expected in (("absorbing", [0.1, 0.2, 0.6]), ("zero", [0.1, 0.2, 0.3])):
        reward = StateReward(np.ones(3), sd, info_for(corridor(), kind="state", terminal=terminal))
        found = arrival_sd(reward, corridor())
        assert found is not None
        np.testing.assert_allclose(found, expected)


def corridor() -> TabularMDP:
    """States 0, 1 and the terminal 2; action 0 stays, action 1 moves right; gamma 1/2."""
    p = np.zeros((3, 2, 3))
    p[0, 0, 0] = p[0, 1, 1] = p[1, 0, 1] = p[1, 1, 2] = 1.0
    ends = np.array([False, False, True])
    return TabularMDP(sp.csr_array(p.reshape(6, 3)), np.array([1.0, 0, 0]), 0.5, ends, np.ones(3, dtype=bool))


def test_golden_canonical_form() -> None:
    """V of random moves: V1 = 0/2 + V1/4 + 3 -> V1 = 4 for rewards 0 and 6; V0 = 1/2 (V0/2 + V1/2) = 4/3."""
    c = val_canonical(corridor(), np.array([[0.0, 0.0], [0.0, 6.0], [0.0, 0.0]]))
    np.testing.assert_allclose(c, [[-2 / 3, 2 / 3], [-2.0, 2.0], [0.0, 0.0]], atol=1e-12)


def test_marginal_and_derived_kinds_say_what_they_are() -> None:
    mdp = corridor()
    table = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]])
    reward = StateActionReward(table, info_for(mdp, kind="marginal", method="iq"))
    assert marginalise(reward, mdp).info.kind == "marginal"
    assert marginalise(reward, mdp).values.tolist() == table.tolist()
    assert deshape(reward, mdp).info.kind == "deshaped"
    assert disentangle(reward, mdp).info.kind == "disentangled"
    assert disentangle(reward, mdp).info.method == "iq"


def test_unseen_pairs_with_zero_weight_do_not_matter() -> None:
    mdp = random_mdp(11, full_support=True, terminals=False)
    table = random_table(mdp, 11)
    weights = np.ones_like(table)
    weights[0, 0] = 0.0
    changed = table.copy()
    changed[0, 0] += 100.0
    np.testing.assert_allclose(
        disentangle_table(mdp, table, weights), disentangle_table(mdp, changed, weights), atol=1e-6
    )


@pytest.mark.parametrize(
    ("weights", "ridge"), [(None, 0.0), (np.zeros((3, 2)), 1e-9), (np.full((3, 2), -1.0), 1e-9)]
)
def test_disentangling_refuses_impossible_weights(weights: np.ndarray | None, ridge: float) -> None:
    with pytest.raises(RewardError, match="positive ridge"):
        disentangle_table(corridor(), np.zeros((3, 2)), weights, ridge)


def test_a_reward_for_another_grid_is_refused() -> None:
    reward = StateActionReward(np.zeros((2, 2)), INFO)
    with pytest.raises(RewardError, match="for 2 states and 2 actions, this grid has 3 and 2"):
        expected_reward_table(reward, corridor())
    walled = StateReward(np.array([0.0, np.nan, 1.0]), None, info_for(corridor(), kind="state"))
    with pytest.raises(RewardError, match="another map"):
        expected_reward_table(walled, corridor())
