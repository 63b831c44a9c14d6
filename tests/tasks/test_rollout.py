"""Rollouts: every episode played to its own end, the same whoever plays beside it."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.tasks import (
    TASKS,
    Obs,
    Task,
    TaskError,
    collect_episodes,
    get_task,
    random_policy,
    rollout,
    rollout_stacked,
)
from trainers.arrays import IntArray

EVERY_TASK = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
CART_POLE = get_task("CartPole-v1")


def lean(obs: Obs, _: np.random.Generator) -> IntArray:
    """Push to where the pole falls: lasts some 40 moves."""
    return (obs[..., 2] > 0).astype(np.int64)


def upright(obs: Obs, _: np.random.Generator) -> IntArray:
    """Balances for ever."""
    return (obs[..., 2] + 0.5 * obs[..., 3] > 0).astype(np.int64)


@EVERY_TASK
def test_an_episode_is_that_of_the_environment(task: Task) -> None:
    """Replayed move by move in the task's own environment."""
    result = rollout(task, random_policy(task), 4, 11, keep=True)
    assert result.episodes is not None
    seeds = np.random.SeedSequence(11).generate_state(4)
    env = task.make()
    for i, episode in enumerate(result.episodes):
        obs = [env.reset(seed=int(seeds[i]))[0]]
        total = 0.0
        for action in episode.actions:
            seen, reward, terminated, truncated, _ = env.step(action)
            obs.append(seen)
            total += float(reward)
        np.testing.assert_allclose(episode.observations, np.stack(obs), atol=1e-3)
        assert (terminated, terminated or truncated) == (episode.terminated, True)
        assert total == pytest.approx(result.returns[i])
        assert episode.rewards.sum() == pytest.approx(result.returns[i])
        assert len(episode) == result.lengths[i]
        assert episode.terminated == result.terminated[i]
        np.testing.assert_array_equal(episode.observations[0], result.first_obs[i])


@EVERY_TASK
def test_the_seed_decides(task: Task) -> None:
    first, again = (rollout(task, random_policy(task), 5, 3, keep=True) for _ in range(2))
    assert first.episodes == again.episodes
    other = rollout(task, random_policy(task), 5, 4)
    assert (other.first_obs != first.first_obs).any()


def test_golden_numbers() -> None:
    result = rollout(CART_POLE, lean, 6, 0)
    assert result.lengths.tolist() == [49, 54, 35, 49, 44, 38]
    np.testing.assert_array_equal(result.returns, result.lengths)


def test_more_extends_fewer() -> None:
    ten = rollout(CART_POLE, lean, 10, 0)
    four = rollout(CART_POLE, lean, 4, 0)
    np.testing.assert_array_equal(ten.lengths[:4], four.lengths)
    np.testing.assert_array_equal(ten.first_obs[:4], four.first_obs)
    assert len(np.unique(ten.first_obs, axis=0)) == 10


def test_the_limit_cuts_and_is_no_end() -> None:
    result = rollout(CART_POLE, upright, 3, 0, keep=True)
    assert result.lengths.tolist() == [500] * 3
    assert not result.terminated.any()
    assert result.episodes is not None
    assert all(episode.truncated for episode in result.episodes)


def test_stacked_policies_play_as_if_alone() -> None:
    """Three policies that last differently long, each as in slots of its own."""
    asked: list[tuple[int, ...]] = []

    def stacked(obs: Obs, generator: np.random.Generator) -> IntArray:
        asked.append(obs.shape)
        left = np.zeros(obs.shape[1], dtype=int)
        return np.stack([lean(obs[0], generator), left, upright(obs[2], generator)])

    results = rollout_stacked(CART_POLE, stacked, 3, 5, 0, keep=True)
    assert asked[0] == (3, 5, 4)
    assert results[2].lengths.tolist() == [500] * 5
    assert results[1].lengths.max() < 12
    seeds = np.random.SeedSequence(0).generate_state(15).reshape(5, 3)
    for k, policy in enumerate((lean, lambda obs, _: np.zeros(len(obs), dtype=int), upright)):
        batch = CART_POLE.make_vec(5)
        obs = batch.reset(np.arange(5), seeds[:, k].astype(np.int64))
        np.testing.assert_array_equal(results[k].first_obs, obs)
        episodes = results[k].episodes
        assert episodes is not None
        for episode in episodes:
            expected = policy(episode.observations[:-1], np.random.default_rng())
            np.testing.assert_array_equal(episode.actions, expected)
    fewer = rollout_stacked(CART_POLE, stacked, 3, 2, 0)
    np.testing.assert_array_equal(fewer[0].lengths, results[0].lengths[:2])


def test_the_policy_is_only_asked_about_episodes_that_go_on() -> None:
    asked: list[int] = []

    def counting(obs: Obs, generator: np.random.Generator) -> IntArray:
        asked.append(len(obs))
        return lean(obs, generator)

    result = rollout(CART_POLE, counting, 8, 0)
    assert sum(asked) == result.lengths.sum()
    assert asked == sorted(asked, reverse=True)


def test_collecting() -> None:
    shown = collect_episodes(CART_POLE, lean, 3, 7, "leaning")
    assert shown.n_episodes == 3
    assert shown.observation_space == CART_POLE.observation_space
    assert shown.action_space == CART_POLE.action_space
    about = shown.provenance
    assert (about.task, about.expert, about.seed, about.gamma) == ("CartPole-v1", "leaning", 7, 0.99)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda obs, _: np.zeros(3, dtype=int), r"actions of shape \(1, 2\), got \(1, 3\)"),
        (lambda obs, _: np.zeros(2), r"whole numbers from 0 to 1, got .*float64"),
        (lambda obs, _: np.array([0, 2]), "CartPole-v1: the policy's actions must be .* from 0 to 1, got 2"),
        (lambda obs, _: np.array([-1, 0]), "whole numbers from 0 to 1, got -1"),
    ],
)
def test_a_bad_answer_is_refused(answer: object, message: str) -> None:
    with pytest.raises(TaskError, match=message):
        rollout(CART_POLE, answer, 2, 0)  # type: ignore[arg-type]


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(TaskError, match="at least 1 episode and 1 policy, got 0, 1"):
        rollout(CART_POLE, lean, 0, 0)
    with pytest.raises(TaskError, match="seed must be 0 or more"):
        rollout(CART_POLE, lean, 1, -1)
