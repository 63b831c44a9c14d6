"""The formulas of squashed Gaussians, against torch's distributions, in numpy and in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, TanhTransform, TransformedDistribution, kl_divergence

from trainers.gaussian import (
    LEAST_COHERENT,
    coherent_reward,
    divergence,
    log_density,
    of_clones,
    split,
    unsquashed,
)
from trainers.gaussian_learner import GaussianLearner
from trainers.spaces import Box

RNG = np.random.default_rng(0)
MEAN, LOG_STD, U = RNG.normal(size=(5, 3)), RNG.uniform(-2.0, 0.5, (5, 3)), RNG.normal(size=(5, 3))


def test_log_density_is_that_of_torchs_squashed_normal() -> None:
    mean, log_std, u = map(torch.from_numpy, (MEAN, LOG_STD, U))
    squashed = TransformedDistribution(Normal(mean, log_std.exp()), [TanhTransform(cache_size=1)])
    expected = Independent(squashed, 1).log_prob(torch.tanh(u))
    torch.testing.assert_close(log_density(u, mean, log_std), expected)
    np.testing.assert_allclose(log_density(U, MEAN, LOG_STD), expected.numpy())


def test_density_integrates_to_one() -> None:
    a = np.linspace(-0.99999, 0.99999, 200_001)[:, None]
    density = np.exp(log_density(np.arctanh(a), np.array([0.3]), np.array([-0.7])))
    assert np.trapezoid(density, a[:, 0]) == pytest.approx(1.0, abs=1e-4)


def test_divergence_is_that_of_torchs_normals() -> None:
    mean, log_std, other = map(torch.from_numpy, (MEAN, LOG_STD, U))
    std = torch.full_like(mean, 0.4)
    expected = kl_divergence(Normal(mean, log_std.exp()), Normal(other, std)).sum(-1)
    torch.testing.assert_close(divergence(mean, log_std, other, std), expected)
    np.testing.assert_allclose(divergence(MEAN, LOG_STD, U, std.numpy()), expected.numpy())


def test_clones_that_agree_are_sure_and_others_are_not() -> None:
    mean, std = of_clones(np.array([[[0.5]], [[0.5]], [[0.5]]]), 0.2, 0)
    assert mean.item() == pytest.approx(0.5)
    assert std.item() == pytest.approx(0.2)
    mean, std = of_clones(np.array([[[0.0]], [[0.6]]]), 0.2, 0)
    assert mean.item() == pytest.approx(0.3)
    assert std.item() == pytest.approx(np.sqrt(0.04 + 4 * 0.09))


def test_coherent_reward_is_worked_out_by_hand() -> None:
    # log N(0.1; tanh(0) = 0, 0.5) - log(1/2), once; the other number is 9 sigma away and held at the least
    near = -0.5 * 0.2**2 - np.log(0.5) - 0.5 * np.log(2 * np.pi) + np.log(2)
    found = coherent_reward(np.array([[0.1, 0.9]]), np.array([[0.0, 0.0]]), np.array([[0.5, 0.1]]))
    assert found.item() == pytest.approx((near + LEAST_COHERENT) / 2)


def test_what_is_squashed_is_unsquashed_and_edges_stay_finite() -> None:
    np.testing.assert_allclose(unsquashed(np.tanh(0.5 * U)), 0.5 * U)
    assert np.isfinite(unsquashed(np.array([-1.0, 1.0]))).all()


def learner(**changes: object) -> GaussianLearner:
    """One whose Q is -|a - obs|^2, whose mean is artanh(obs / 2), sigma e^-1."""
    parts: dict[str, object] = {
        "actor": lambda obs: (np.arctanh(obs / 2), np.full(obs.shape, -1.0)),
        "critic": lambda obs, action: -((action - obs) ** 2).sum(-1),
        "action_space": Box((2,), low=(-2.0,), high=(2.0,)),
        "temperature": 0.1,
        "gamma": 0.9,
        "terminal_value": -3.0,
    }
    return GaussianLearner(**parts | changes)  # type: ignore[arg-type]


OBS = RNG.uniform(-0.9, 0.9, (4, 2))


def test_a_learner_acts_by_its_mean_or_draws_around_it_in_the_range_of_actions() -> None:
    one = learner()
    np.testing.assert_allclose(one.act(OBS, np.random.default_rng(0), deterministic=True), OBS, atol=1e-6)
    drawn = np.stack([one.act(OBS, np.random.default_rng(i)) for i in range(4000)])
    assert (np.abs(drawn) <= 2.0).all()
    u = np.arctanh(drawn / 2)
    np.testing.assert_allclose(u.mean(0), np.arctanh(OBS / 2), atol=0.03)
    np.testing.assert_allclose(u.std(0), np.exp(-1.0), rtol=0.05)


def test_v_is_the_mean_over_actions_of_q_less_what_wavering_costs() -> None:
    one, rng = learner(), np.random.default_rng(1)
    mean, log_std = one.actor(OBS)
    u = mean + np.exp(log_std) * rng.standard_normal((40_000, *mean.shape))
    exact = (one.critic(OBS, np.tanh(u)) - 0.1 * log_density(u, mean, log_std)).mean(0)
    np.testing.assert_allclose(one.values(OBS), exact, atol=0.15)
    np.testing.assert_array_equal(one.values(OBS), one.values(OBS))  # a function, not a sample


def test_near_a_clone_the_divergence_takes_the_place_of_the_entropy() -> None:
    clone = (np.zeros((4, 2)), np.full((4, 2), 0.5))
    near, free = learner(clone=lambda obs: clone), learner(temperature=0.0)
    held = divergence(*near.actor(OBS), *clone)
    np.testing.assert_allclose(free.values(OBS) - near.values(OBS), 0.1 * held)


def test_rewards_are_q_less_what_follows_and_an_end_is_worth_its_own() -> None:
    one, action = learner(), np.array([[1.0, -1.0]] * 4)
    ended = np.array([False, True, False, False])
    found = one.judge(OBS, action, OBS[::-1], ended)
    np.testing.assert_allclose(found.q, one.critic(OBS, action / 2), rtol=1e-6)
    following = np.where(ended, -3.0, one.values(OBS[::-1]))
    np.testing.assert_allclose(found.reward, found.q - 0.9 * following)
    np.testing.assert_allclose(one.advantage(OBS, action), found.q - found.v)


def test_evenness_is_the_share_of_the_range_that_is_drawn_from() -> None:
    narrow = learner(actor=lambda obs: (np.zeros(obs.shape), np.full(obs.shape, -4.0)))
    share = np.exp(-4.0) * np.sqrt(2 * np.pi * np.e) / 2  # of a Gaussian where tanh is straight
    np.testing.assert_allclose(narrow.evenness(OBS), share, rtol=0.2)
    assert (learner().evenness(OBS) > narrow.evenness(OBS)).all()


def test_splitting_keeps_sigma_within_its_range() -> None:
    _, log_std = split(np.array([[0.0, 1e6], [0.0, -1e6]]))
    np.testing.assert_allclose(log_std[:, 0], [1.0, -5.0])
