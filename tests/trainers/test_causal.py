"""Causal maximum likelihood against a general optimiser in theta, dense posteriors, and the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar
from small_worlds import demonstrate, grid_mdp

from trainers.arrays import FloatArray
from trainers.tabular import RECOMMENDED_PRIOR, Prior, Solution, causal_ml, exact_counts, laplace
from trainers.tabular.counts import ExpertCounts
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, soft_optimal
from trainers.tabular.priors import bind_prior, neighbours

PRIORS = (Prior("gaussian", 0.4), Prior("sparse", 1.5), Prior("smooth", 0.5, 3.0))


def world(end: bool, temperature: float = 1.0) -> tuple[TabularMDP, FloatArray, ExpertCounts]:
    """A 4 x 4 grid with a wall, its true reward, and eight demonstrations."""
    mdp = grid_mdp(4, 4, walls=((1, 1),), end=(3, 3) if end else None, slip=0.1)
    theta = np.where(np.arange(16) == 15, 5.0, -0.5)
    theta[~mdp.valid] = np.nan
    policy = soft_optimal(mdp, expected_reward(mdp, theta), temperature).policy
    return mdp, theta, demonstrate(mdp, policy, 8, 12, 0)


def minus_log_posterior(
    mdp: TabularMDP, counts: ExpertCounts, prior: Prior, temperature: float, theta: FloatArray
) -> float:
    """Straight from the definition: plan, score the choices, add the prior about its best level."""
    full = np.zeros(mdp.n_states)
    full[mdp.valid] = theta
    control = soft_optimal(mdp, expected_reward(mdp, full), temperature)
    visits = np.asarray(counts.visits.sum(axis=0)).reshape(mdp.n_states, -1)
    log_policy = (control.q - control.v[:, None]) / temperature
    penalty = bind_prior(mdp, prior)
    level = 0.0
    if penalty.free_level:
        bracket = (theta.mean() - 1.0, theta.mean() + 1.0)
        level = minimize_scalar(lambda m: penalty.value(theta - m), bracket, tol=1e-10).x
    return -float((visits * log_policy)[mdp.live].sum()) + penalty.value(theta - level)


@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.kind)
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_fit_is_the_maximum_of_the_posterior(end: bool, prior: Prior, temperature: float) -> None:
    mdp, _, counts = world(end, temperature)
    solution = causal_ml(mdp, counts, prior=prior, temperature=temperature)
    assert solution.certificate.converged
    assert solution.prior == prior
    found = solution.state_reward[mdp.valid]
    if not end:
        assert bind_prior(mdp, prior).gradient(found).sum() == pytest.approx(0.0, abs=1e-6)

    def loss(theta: FloatArray) -> float:
        return minus_log_posterior(mdp, counts, prior, temperature, theta)

    slow = minimize(loss, found + np.random.default_rng(0).normal(size=found.size) * 0.1, method="BFGS")
    assert loss(found) <= slow.fun + 1e-7
    level = 0.0 if end else slow.x.mean() - found.mean()
    np.testing.assert_allclose(found, slow.x - level, atol=5e-3)


@pytest.mark.parametrize("end", [False, True])
def test_q_and_reward_belong_together(end: bool) -> None:
    mdp, _, counts = world(end)
    solution = causal_ml(mdp, counts, prior=PRIORS[0])
    assert np.isnan(solution.state_reward[~mdp.valid]).all()
    np.testing.assert_allclose(solution.reward, expected_reward(mdp, solution.state_reward), atol=1e-9)
    planned = soft_optimal(mdp, solution.reward, 1.0)
    np.testing.assert_allclose(planned.q, solution.q, atol=1e-8)


def dense_sd(mdp: TabularMDP, counts: ExpertCounts, solution: Solution) -> FloatArray:
    """Posterior sd from the Fisher information by finite differences of log pi, Gaussian prior."""
    valid = np.flatnonzero(mdp.valid)

    def log_policy(theta: FloatArray) -> FloatArray:
        full = np.zeros(mdp.n_states)
        full[valid] = theta
        control = soft_optimal(mdp, expected_reward(mdp, full), 1.0)
        return np.asarray((control.q - control.v[:, None])[mdp.live].ravel())

    at, step = solution.state_reward[valid], 1e-5
    moved = [(log_policy(at + step * e) - log_policy(at - step * e)) / (2 * step) for e in np.eye(valid.size)]
    jacobian = np.column_stack(moved)
    visits = np.asarray(counts.visits.sum(axis=0)).reshape(mdp.n_states, -1)[mdp.live]
    weight = (visits.sum(axis=1, keepdims=True) * np.exp(log_policy(at)).reshape(visits.shape)).ravel()
    precision = jacobian.T @ (weight[:, None] * jacobian)
    centre = np.eye(valid.size)
    if not mdp.terminal.any():
        centre = centre - 1.0 / valid.size
    precision += 0.4 * centre
    return np.asarray(np.sqrt(np.diag(np.linalg.pinv(precision, rcond=1e-10))))


@pytest.mark.parametrize("end", [False, True])
def test_posterior_deviations_are_those_of_the_dense_laplace_posterior(
    end: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    mdp, _, counts = world(end)
    solution = causal_ml(mdp, counts, prior=PRIORS[0])
    sd = solution.state_reward_sd[mdp.valid]
    np.testing.assert_allclose(sd, dense_sd(mdp, counts, solution), rtol=1e-5)
    monkeypatch.setattr(laplace, "EXACT_LIMIT", 1)
    monkeypatch.setattr(laplace, "DRAWS", 4000)
    drawn = causal_ml(mdp, counts, prior=PRIORS[0])
    np.testing.assert_allclose(drawn.state_reward_sd[mdp.valid], sd, rtol=0.06)
    assert any("posterior draws" in note for note in drawn.certificate.notes)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.kind)
def test_sparse_and_dense_matrices_give_the_same_fit(prior: Prior, monkeypatch: pytest.MonkeyPatch) -> None:
    mdp, _, counts = world(end=False)
    dense = causal_ml(mdp, counts, prior=prior)
    monkeypatch.setattr("trainers.tabular.state_model.DENSE_LIMIT", 1)
    sparse = causal_ml(mdp, counts, prior=prior)
    np.testing.assert_allclose(sparse.state_reward, dense.state_reward, atol=1e-6)
    np.testing.assert_allclose(sparse.state_reward_sd, dense.state_reward_sd, atol=1e-6)


@pytest.mark.parametrize("end", [False, True])
def test_exact_occupancy_recovers_the_state_reward(end: bool) -> None:
    mdp, theta, _ = world(end)
    policy = soft_optimal(mdp, expected_reward(mdp, theta), 1.0).policy
    solution = causal_ml(mdp, exact_counts(mdp, policy), prior=Prior("gaussian", 1e-3))
    error = solution.state_reward - theta
    if end:
        # A potential h on all states that go on is shaping: (gamma - 1) h on each, -h on the end. What it is
        # worth is the prior's choice.
        h = -error[15]
        np.testing.assert_allclose(error[mdp.live], (mdp.gamma - 1) * h, atol=2e-3)
        assert any("traded against" in note for note in solution.certificate.notes)
    else:
        np.testing.assert_allclose(error[mdp.valid], -theta[mdp.valid].mean(), atol=2e-3)


def test_the_prior_is_chosen_among_the_paths_and_seen_on_the_way() -> None:
    mdp, theta, counts = world(end=False)
    calls: list[tuple[int, int, Solution | None]] = []
    solution = causal_ml(mdp, counts, progress=lambda *call: calls.append(call))
    done, total, _ = calls[-1]
    assert [call[0] for call in calls] == list(range(1, total + 1))
    assert done == total
    first = calls[0][2]
    assert first is not None
    assert first.prior == RECOMMENDED_PRIOR
    better = [call[2].prior for call in calls[1:] if call[2] is not None]
    assert solution.prior == better[-1]
    assert np.corrcoef(solution.state_reward[mdp.valid], theta[mdp.valid])[0, 1] > 0.9
    again = causal_ml(mdp, counts)
    np.testing.assert_array_equal(again.state_reward, solution.state_reward)


def test_the_search_can_be_stopped() -> None:
    mdp, _, counts = world(end=False)
    before = causal_ml(mdp, counts, progress=lambda *_: False)
    assert before.prior == RECOMMENDED_PRIOR
    assert "stopped before it began" in before.certificate.notes[0]
    partly = causal_ml(mdp, counts, progress=lambda done, *_: done < 3)
    assert partly.prior is not None
    assert partly.prior.kind == "gaussian"
    assert "stopped after 2 of" in partly.certificate.notes[0]

    def abort(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        causal_ml(mdp, counts, progress=abort)


def test_one_episode_is_not_split() -> None:
    mdp, theta, _ = world(end=False)
    policy = soft_optimal(mdp, expected_reward(mdp, theta), 1.0).policy
    solution = causal_ml(mdp, demonstrate(mdp, policy, 1, 12, 0))
    assert solution.prior == RECOMMENDED_PRIOR
    assert "No episodes can be held out" in solution.certificate.notes[0]


def test_a_constant_is_free_without_an_end_and_not_with_one() -> None:
    stays, ends = world(end=False), world(end=True)
    free = causal_ml(stays[0], stays[2], prior=PRIORS[0])
    assert np.nanmean(free.state_reward) == pytest.approx(0.0, abs=1e-9)
    assert any("constant added" in note for note in free.certificate.notes)
    fixed = causal_ml(ends[0], ends[2], prior=PRIORS[0])
    assert abs(np.nanmean(fixed.state_reward)) > 1e-3
    assert not any("a constant added" in note for note in fixed.certificate.notes)


def test_the_smooth_prior_is_a_unit_matern_field_that_walls_keep_apart() -> None:
    mdp = grid_mdp(21, 21, walls=tuple((row, 10) for row in range(21)))
    root = bind_prior(mdp, Prior("smooth", 1.0, 4.0)).root
    assert root is not None
    covariance = np.linalg.inv((root.T @ root).toarray())
    number = np.full(441, -1)
    number[mdp.valid] = np.arange(mdp.valid.sum())
    middle, near, far, beyond = (number[10 * 21 + col] for col in (5, 6, 9, 11))
    assert covariance[middle, middle] == pytest.approx(1.0, rel=0.2)
    assert covariance[middle, middle] > covariance[middle, near] > covariance[middle, far] > 0
    assert abs(covariance[far, beyond]) < 1e-10


def test_neighbours_are_joined_by_likely_moves_only() -> None:
    joined = neighbours(grid_mdp(6, 6, teleport=(5, 5), slip=0.2)).toarray()
    assert joined.sum() == 2 * (2 * 6 * 5)  # every edge of the grid twice, none from the teleport
    assert (joined == joined.T).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Prior("flat"), "unknown prior 'flat': choose gaussian, sparse or smooth"),  # type: ignore[arg-type]
        (lambda: Prior("gaussian", 0.0), "strength must be positive and finite, got 0"),
        (lambda: Prior("smooth", 1.0, float("inf")), "length_scale must be positive and finite, got inf"),
        (lambda: causal_ml(*world(False)[::2], temperature=-1.0), "temperature must be positive, got -1"),
    ],
)
def test_bad_input_is_named(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]


@pytest.mark.parametrize("temperature", [1e-6, 1e-3, 1e3])
def test_what_is_certified_is_right_beside_the_temperature(temperature: float) -> None:
    """The same choices at another temperature, under a prior as wide beside it, give the same reward in its
    unit; where rounding leaves another one, it is not certified."""
    mdp, _, counts = world(end=False)
    one = causal_ml(mdp, counts, prior=Prior("gaussian", 0.4))
    found = causal_ml(mdp, counts, temperature=temperature, prior=Prior("gaussian", 0.4 / temperature**2))
    assert found.certificate.converged
    np.testing.assert_allclose(found.policy[mdp.live], one.policy[mdp.live], atol=1e-6)
