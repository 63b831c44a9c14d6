"""IQ-Learn against its first-order conditions, closed forms, slow general optimisers, and the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize
from small_worlds import canonical, demonstrate, dense_transition, grid_mdp, random_mdp

from trainers.arrays import FloatArray
from trainers.divergences import DIVERGENCES
from trainers.soft import soft_policy, soft_value
from trainers.tabular import Solution, iq_learn
from trainers.tabular.iq import value_weight
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, occupancy, optimal, soft_optimal
from trainers.tabular.schur import SchurSystem


def expert_of(mdp: TabularMDP, seed: int = 0, temperature: float = 1.0) -> FloatArray:
    """(S, A) exact occupancy of the soft-optimal expert of a random state reward."""
    theta = np.random.default_rng(seed).normal(size=mdp.n_states)
    return occupancy(mdp, soft_optimal(mdp, expected_reward(mdp, theta), temperature).policy)


def on_live(mdp: TabularMDP, array: FloatArray) -> FloatArray:
    return np.asarray(array[mdp.live])


@pytest.mark.parametrize("terminals", [0, 1])
@pytest.mark.parametrize("alpha", [0.5, 20.0])
def test_expert_penalty_meets_its_first_order_condition(terminals: int, alpha: float) -> None:
    mdp = random_mdp(4, terminals=terminals)
    rho = expert_of(mdp)
    solution = iq_learn(mdp, rho, mdp.p0, alpha=alpha, penalty="expert")
    learner = occupancy(mdp, solution.policy)
    assert solution.certificate.converged
    assert solution.certificate.notes == ()
    np.testing.assert_allclose(
        on_live(mdp, solution.reward), 2 * alpha * (1 - on_live(mdp, learner) / on_live(mdp, rho)), atol=1e-7
    )


def test_mixture_penalty_is_self_consistent() -> None:
    mdp = random_mdp(5)
    rho = expert_of(mdp)
    solution = iq_learn(mdp, rho, mdp.p0, alpha=0.7, penalty="mixture")
    learner = occupancy(mdp, solution.policy)
    assert solution.certificate.converged
    np.testing.assert_allclose(solution.reward, 4 * 0.7 * (rho - learner) / (rho + learner), atol=1e-7)


def test_mixture_penalty_holds_unseen_pairs_at_its_bound() -> None:
    mdp = grid_mdp(5, 5, slip=0.1)
    counts = demonstrate(mdp, soft_policy(np.random.default_rng(0).normal(size=(25, 5)), 0.3), 4, 10, 0)
    solution = iq_learn(mdp, counts.undiscounted, counts.p0, penalty="mixture")
    assert solution.certificate.converged
    np.testing.assert_allclose(solution.reward[counts.undiscounted == 0], -4.0, atol=1e-6)


@pytest.mark.parametrize("beta", [0.05, 1.0])
def test_uniform_penalty_meets_its_first_order_condition(beta: float) -> None:
    mdp = grid_mdp(5, 5, walls=((1, 1),), slip=0.1)
    rho = demonstrate(mdp, np.full((25, 5), 0.2), 5, 20, 0).discounted
    solution = iq_learn(mdp, rho, mdp.p0, beta=beta, value_term="initial")
    learner = occupancy(mdp, solution.policy)
    where = (1 - beta) * on_live(mdp, rho) + beta / on_live(mdp, rho).size
    expected = 2 * (on_live(mdp, rho) - on_live(mdp, learner)) / where
    np.testing.assert_allclose(on_live(mdp, solution.reward), expected, atol=1e-8)


@pytest.mark.parametrize("name", ["reverse_kl", "forward_kl", "hellinger", "jensen_shannon"])
@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_divergences_match_occupancies_through_the_slope_of_phi(name: str, scale: float) -> None:
    mdp = random_mdp(6)
    rho = expert_of(mdp)
    solution = iq_learn(mdp, rho, mdp.p0, divergence=name, penalty="expert", scale=scale)
    learner = occupancy(mdp, solution.policy)
    assert solution.certificate.converged
    np.testing.assert_allclose(rho * DIVERGENCES[name].dphi(solution.reward / scale), learner, atol=1e-9)


@pytest.mark.parametrize("name", ["reverse_kl", "forward_kl", "hellinger", "jensen_shannon"])
@pytest.mark.parametrize("penalty", ["expert", "mixture", "uniform"])
def test_every_divergence_and_penalty_converges_on_few_demonstrations(name: str, penalty: str) -> None:
    mdp = grid_mdp(6, 6, slip=0.1)
    counts = demonstrate(mdp, soft_policy(np.random.default_rng(0).normal(size=(36, 5)), 0.5), 5, 20, 0)
    solution = iq_learn(
        mdp,
        counts.undiscounted,
        counts.p0,
        divergence=name,
        penalty=penalty,
        scale=10.0,  # type: ignore[arg-type]
    )
    assert solution.certificate.converged, solution.certificate.notes


def test_large_alpha_gives_the_log_policy_in_the_gauge_of_least_norm() -> None:
    mdp = random_mdp(7)
    theta = np.random.default_rng(0).normal(size=mdp.n_states)
    policy = soft_optimal(mdp, expected_reward(mdp, theta), 0.8).policy
    rho = occupancy(mdp, policy)
    solution = iq_learn(mdp, rho, mdp.p0, alpha=1e6, penalty="expert", temperature=0.8)
    k = np.repeat(np.eye(mdp.n_states), mdp.n_actions, axis=0) - mdp.gamma * mdp.transition.toarray()
    weight = np.sqrt(rho.ravel())
    log_policy = 0.8 * np.log(policy).ravel()
    v = np.linalg.lstsq(k * weight[:, None], -log_policy * weight, rcond=None)[0]
    np.testing.assert_allclose(solution.reward.ravel(), log_policy + k @ v, atol=1e-4)


@pytest.mark.parametrize("value_term", ["expert", "mixture"])
def test_value_weights_of_few_demonstrations_are_cut_off_at_zero_and_keep_their_mass(value_term: str) -> None:
    mdp = grid_mdp(5, 5, slip=0.1)
    counts = demonstrate(mdp, np.full((25, 5), 0.2), 3, 10, 0)
    rho = counts.undiscounted
    balance = rho.sum(axis=1) - mdp.gamma * np.einsum("sat,sa->t", dense_transition(mdp), rho)
    assert (balance < 0).any()
    assert balance.sum() == pytest.approx(1 - mdp.gamma)
    weight = np.maximum(balance, 0.0) * (balance.sum() / np.maximum(balance, 0.0).sum())
    if value_term == "mixture":
        weight = 0.5 * (weight + (1 - mdp.gamma) * counts.p0)
    np.testing.assert_allclose(value_weight(mdp, rho, counts.p0, value_term), weight, atol=1e-12)  # type: ignore[arg-type]
    solution = iq_learn(mdp, rho, counts.p0, value_term=value_term)  # type: ignore[arg-type]
    started_there = replace(mdp, p0=weight / weight.sum())
    learner = occupancy(started_there, solution.policy)
    np.testing.assert_allclose(solution.reward, 2 * (rho - learner) * rho.size, atol=1e-7)


def test_exact_occupancy_recovers_the_reward_up_to_shaping() -> None:
    mdp = grid_mdp(5, 5)
    reward = expected_reward(mdp, np.where(np.arange(25) == 24, 10.0, -1.0))
    rho = occupancy(mdp, soft_optimal(mdp, reward, 1.0).policy)
    solution = iq_learn(mdp, rho, mdp.p0, alpha=100.0, penalty="expert")
    assert np.corrcoef(canonical(mdp, solution.reward), canonical(mdp, reward))[0, 1] >= 0.999
    plan = optimal(mdp, solution.reward).policy
    best = (optimal(mdp, reward).v * mdp.p0).sum() * (1 - mdp.gamma)
    assert best - (occupancy(mdp, plan) * reward).sum() <= 1e-6


@pytest.mark.parametrize("penalty", ["expert", "uniform", "mixture"])
def test_value_terms_agree_on_an_exact_occupancy(penalty: str) -> None:
    mdp = random_mdp(8, terminals=1)
    rho = expert_of(mdp)
    rewards = [
        iq_learn(mdp, rho, mdp.p0, penalty=penalty, value_term=value_term).reward  # type: ignore[arg-type]
        for value_term in ("initial", "expert", "mixture")
    ]
    np.testing.assert_allclose(rewards[1], rewards[0], atol=1e-7)
    np.testing.assert_allclose(rewards[2], rewards[0], atol=1e-7)


@pytest.mark.parametrize("divergence", ["chi2", "jensen_shannon"])
def test_newton_finds_what_a_general_optimiser_finds(divergence: str) -> None:
    mdp = random_mdp(9, terminals=1)
    rho = demonstrate(mdp, np.full((9, 3), 1 / 3), 6, 15, 0).discounted
    beta, scale, table = 0.5, 3.0, dense_transition(mdp)
    live = mdp.live
    record = DIVERGENCES[divergence]
    chi2 = divergence == "chi2"
    where = (((1 - beta) * rho if chi2 else 0.0) + beta / live.sum() / 3) / (4 * (scale if chi2 else 1.0))

    def loss(flat: FloatArray) -> float:
        q = np.where(live[:, None], flat.reshape(9, 3), 0.0)
        v = np.where(live, soft_value(q, 1.0), 0.0)
        r = q - mdp.gamma * table @ v
        phi = r if chi2 else scale * record.phi(np.maximum(r, -0.69 * scale) / scale)
        return float(-((rho * phi)[live].sum() - (where * r**2)[live].sum() - (1 - mdp.gamma) * mdp.p0 @ v))

    slow = minimize(loss, np.zeros(27), method="BFGS", options={"gtol": 1e-9})
    solution = iq_learn(mdp, rho, mdp.p0, divergence=divergence, beta=beta, scale=scale, value_term="initial")
    assert loss(solution.q.ravel()) <= slow.fun + 1e-10
    np.testing.assert_allclose(solution.q[live], slow.x.reshape(9, 3)[live], atol=2e-3)


def constrained_by_slsqp(mdp: TabularMDP, rho: FloatArray, rows: FloatArray | None, bound: float) -> float:
    """Largest rho . r - (1 - gamma) p0 . V*(r) with |r| <= bound, or with |rows r| <= bound."""

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        control = soft_optimal(mdp, flat.reshape(rho.shape), 1.0)
        value = (rho.ravel() @ flat) - (1 - mdp.gamma) * mdp.p0 @ control.v
        return -value, (occupancy(mdp, control.policy) - rho).ravel()

    options = (
        {"bounds": [(-bound, bound)] * rho.size}
        if rows is None
        else {"constraints": [LinearConstraint(rows, -bound, bound)]}
    )
    found = minimize(
        loss, np.zeros(rho.size), jac=True, method="SLSQP", options={"ftol": 1e-13, "maxiter": 500}, **options
    )
    return float(-found.fun)


def objective(mdp: TabularMDP, rho: FloatArray, solution: Solution) -> float:
    return float((rho * solution.reward).sum() - (1 - mdp.gamma) * mdp.p0 @ solution.v)


def test_total_variation_is_the_constrained_maximum() -> None:
    mdp = random_mdp(10)
    rho = demonstrate(mdp, np.full((9, 3), 1 / 3), 5, 20, 0).discounted
    solution = iq_learn(mdp, rho, mdp.p0, divergence="total_variation", scale=0.5, value_term="initial")
    assert solution.certificate.converged
    assert any("held within plus or minus 0.5" in note for note in solution.certificate.notes)
    assert np.abs(solution.reward).max() <= 0.5
    assert objective(mdp, rho, solution) == pytest.approx(constrained_by_slsqp(mdp, rho, None, 0.5), abs=1e-7)
    excess = rho - occupancy(mdp, solution.policy)
    inside = np.abs(solution.reward) < 0.499
    assert np.abs(excess[inside]).max(initial=0.0) < 1e-5  # equal where the bound does not bite
    assert (np.sign(excess) == np.sign(solution.reward))[~inside].all()


def test_wasserstein_is_the_constrained_maximum() -> None:
    mdp = grid_mdp(2, 2)
    rho = demonstrate(mdp, np.array([[0.05, 0.6, 0.2, 0.1, 0.05]] * 4), 4, 60, 0).discounted
    rho = rho / rho.sum()
    solution = iq_learn(mdp, rho, mdp.p0, divergence="wasserstein", scale=0.3, value_term="initial")
    unit = np.eye(20).reshape(4, 5, 20)
    across = [unit[s] - unit[t] for s, t in ((0, 1), (0, 2), (1, 3), (2, 3))]
    within = [unit[:, a] - unit[:, b] for a in range(5) for b in range(a)]
    rows = np.concatenate(across + within)
    assert solution.certificate.converged
    assert np.abs(rows @ solution.reward.ravel()).max() <= 0.3
    slow = constrained_by_slsqp(mdp, rho, rows, 0.3)
    assert objective(mdp, rho, solution) == pytest.approx(slow, abs=1e-6)


def test_expert_penalty_on_few_demonstrations_says_what_it_leaves_open() -> None:
    mdp = grid_mdp(5, 5, slip=0.1)
    counts = demonstrate(mdp, np.full((25, 5), 0.2), 3, 10, 0)
    solution = iq_learn(mdp, counts.undiscounted, counts.p0, penalty="expert")
    unseen = int((counts.undiscounted == 0).sum())
    assert solution.certificate.converged
    assert f"{unseen} of 125 state-action pairs were never demonstrated" in solution.certificate.notes[0]
    elsewhere = iq_learn(
        mdp,
        counts.undiscounted,
        counts.p0,
        penalty="expert",
        q_init=np.random.default_rng(0).normal(size=(25, 5)),
    )
    np.testing.assert_allclose(elsewhere.reward, solution.reward, atol=1e-5)


def test_a_neighbouring_solution_saves_steps_and_changes_nothing() -> None:
    mdp = grid_mdp(6, 6, slip=0.1)
    rho = expert_of(mdp)
    near = iq_learn(mdp, rho, mdp.p0, alpha=1.05)
    cold = iq_learn(mdp, rho, mdp.p0, alpha=1.0)
    warm = iq_learn(mdp, rho, mdp.p0, alpha=1.0, q_init=near.q)
    assert warm.certificate.iterations < cold.certificate.iterations
    np.testing.assert_allclose(warm.q, cold.q, atol=1e-7)


def test_the_absorbing_convention_learns_what_the_end_is_worth() -> None:
    mdp = grid_mdp(4, 4, end=(3, 3))
    absorbing = mdp.with_absorbing_terminals()
    policy = soft_optimal(mdp, expected_reward(mdp, np.where(mdp.terminal, 10.0, -1.0)), 1.0).policy
    counts = demonstrate(mdp, policy, 30, 100, 0, absorbing=True)
    solution = iq_learn(absorbing, counts.discounted, counts.p0)
    assert solution.certificate.converged
    assert solution.v[15] == solution.v.max() > 0
    with pytest.raises(ValueError, match="absorbing counts want the absorbing"):
        iq_learn(mdp, counts.discounted, counts.p0)


def test_progress_can_stop_the_search() -> None:
    mdp = grid_mdp(5, 5)
    calls: list[int] = []

    def progress(done: int, total: int, _: Solution | None) -> bool:
        calls.append(done)
        return done < 2

    solution = iq_learn(mdp, expert_of(mdp), mdp.p0, progress=progress)
    assert calls == [0, 1, 2]
    assert solution.certificate.iterations == 2
    assert not solution.certificate.converged
    assert "stopped before it had converged" in solution.certificate.notes[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alpha": 0.0}, "alpha must be positive"),
        ({"scale": -1.0}, "reward scale and alpha must be positive"),
        ({"beta": 1.5}, "beta must lie between 0 and 1, got 1.5"),
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"divergence": "kl"}, "unknown divergence"),
        ({"penalty": "none"}, "unknown penalty"),
        ({"value_term": "v0"}, "unknown value term 'v0'"),
    ],
)
def test_bad_input_is_named(changes: dict[str, object], message: str) -> None:
    mdp = random_mdp(0)
    with pytest.raises(ValueError, match=message):
        iq_learn(mdp, expert_of(mdp), mdp.p0, **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="non-negative, finite and not empty"):
        iq_learn(mdp, np.zeros((9, 3)), mdp.p0)


@pytest.mark.parametrize("shape", ["narrow", "wide", "wide and sparse"])
def test_the_reduced_system_gives_the_full_newton_direction(shape: str) -> None:
    mdp = {
        "narrow": grid_mdp(4, 4, walls=((1, 1),), end=(3, 3), slip=0.3),
        "wide": grid_mdp(5, 5, teleport=(4, 4), slip=0.1),
        "wide and sparse": grid_mdp(13, 13, teleport=(4, 4)),
    }[shape]
    rng = np.random.default_rng(0)
    n_live, a = mdp.live_states.size, mdp.n_actions
    policy = rng.dirichlet(np.ones(a), n_live)
    curvature, mass = rng.random((n_live, a)) + 0.1, rng.random(n_live)
    gradient = rng.normal(size=(n_live, a))
    dr, dv = SchurSystem(mdp).solve(gradient, policy, curvature, mass[:, None] * policy)
    average = np.zeros((n_live, n_live * a))
    for s in range(n_live):
        average[s, s * a : (s + 1) * a] = policy[s]
    to_value = np.linalg.solve(np.eye(n_live) - mdp.gamma * average @ mdp.continuation, average)
    advantage = (
        np.eye(n_live * a) + (mdp.gamma * mdp.continuation - np.repeat(np.eye(n_live), a, axis=0)) @ to_value
    )
    spread = (mass[:, None] * policy).ravel()
    hessian = np.diag(curvature.ravel()) + advantage.T @ (spread[:, None] * advantage)
    expected = np.linalg.solve(hessian, gradient.ravel())
    np.testing.assert_allclose(dr.ravel(), expected, atol=1e-8)
    np.testing.assert_allclose(dv, to_value @ expected, atol=1e-7)
