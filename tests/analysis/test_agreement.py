"""Recovered against true reward over episodes: what length does, and what is left without it."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.analysis import agreement, episode_sums


def test_sums_are_added_up_by_hand() -> None:
    episode = np.array([-1, 0, 0, 2, 2, 2])
    found = episode_sums(np.arange(6.0), np.ones(6), episode)
    np.testing.assert_array_equal(found, [[2, 3, 2], [3, 12, 3]])


def test_two_unrelated_positive_rewards_agree_over_episodes_and_not_once_length_is_held_fixed() -> None:
    rng = np.random.default_rng(0)
    episode = np.repeat(np.arange(60), rng.integers(5, 200, 60))
    found = agreement(rng.uniform(1, 2, len(episode)), rng.uniform(1, 2, len(episode)), episode)
    assert found.sums.value is not None and found.sums.value > 0.99  # noqa: PT018
    assert found.lengths.value is not None and found.lengths.value > 0.99  # noqa: PT018
    for other in (found.steps, found.means, found.given_length):
        assert other.value is not None
        assert abs(other.value) < 0.4


def test_the_same_reward_agrees_whichever_way() -> None:
    rng = np.random.default_rng(1)
    episode = np.repeat(np.arange(20), rng.integers(2, 30, 20))
    reward = rng.normal(size=len(episode))
    found = agreement(3 * reward, reward, episode)
    for each in (found.steps, found.sums, found.means, found.given_length):
        assert each.value == pytest.approx(1.0)


def test_partial_correlation_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(2)
    sizes = rng.integers(1, 50, 40)
    episode = np.repeat(np.arange(40), sizes)
    ours, theirs = rng.normal(0.3, 1, len(episode)), rng.normal(0.2, 1, len(episode))
    found = agreement(ours, theirs, episode).given_length.value
    n, x, y = episode_sums(ours, theirs, episode).T
    xy, xn, yn = (np.corrcoef(a, b)[0, 1] for a, b in ((x, y), (x, n), (y, n)))
    assert found == pytest.approx((xy - xn * yn) / np.sqrt((1 - xn**2) * (1 - yn**2)))


def test_where_nothing_can_be_said_it_says_why() -> None:
    episode = np.repeat(np.arange(6), [2, 3, 4, 5, 6, 7])
    alike = agreement(np.random.default_rng(0).normal(size=27), np.ones(27), episode)
    assert alike.steps.value is None
    assert "same everywhere" in alike.steps.why_missing
    assert "decides its return" in alike.given_length.why_missing
    even = agreement(np.arange(12.0), np.arange(12.0) ** 2, np.repeat(np.arange(6), 2))
    assert "same length" in even.lengths.why_missing
    assert even.given_length.value == pytest.approx(even.sums.value)
    none = agreement(np.arange(3.0), np.arange(3.0), np.full(3, -1))
    assert none.steps.value == pytest.approx(1.0)
    assert none.sums.value is None
    assert none.given_length.value is None
