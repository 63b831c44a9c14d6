"""States that can be written down: one step from them is what the environment does, and they can be seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from irl_app.demonstrations import Episode
from irl_app.tasks import TASKS, Task, get_task, random_policy, rollout
from irl_app.tasks.pictures import painter

WITH_STATES = ("CartPole-v1", "Acrobot-v1", "LunarLander-v3")


def episodes(task: Task, n: int) -> tuple[Episode, ...]:
    return rollout(task, random_policy(task), n, 0, keep=True).episodes or ()


@pytest.mark.parametrize("name", ["CartPole-v1", "Acrobot-v1"])
def test_one_step_from_an_observed_state_is_the_environments(name: str) -> None:
    task = get_task(name)
    space = task.state_space
    assert space is not None
    for episode in episodes(task, 3):
        states = space.read(episode.observations[:-1])
        np.testing.assert_allclose(space.observe(states), episode.observations[:-1], atol=2e-6)
        for action in range(task.action_space.n):
            taken = episode.actions == action
            moved = space.move(states[taken], action)
            np.testing.assert_allclose(moved.obs, episode.observations[1:][taken], atol=2e-5)
        last = space.move(states[-1:], int(episode.actions[-1]))
        assert bool(last.terminated[0]) == episode.terminated


def test_the_lander_falls_from_any_state_as_it_does_in_its_own_game() -> None:
    task = get_task("LunarLander-v3")
    space = task.state_space
    assert space is not None
    error, size = [], []
    for episode in episodes(task, 3):
        before, after = episode.observations[:-1], episode.observations[1:]
        flying = (before[:, 6:] == 0).all(1) & (after[:, 6:] == 0).all(1)
        flying[-1] = False
        for action in range(task.action_space.n):
            rows = flying & (episode.actions == action)
            moved = space.move(space.read(before[rows]), action)
            error.append((moved.obs - after[rows]) ** 2)
            size.append((after[rows] - before[rows]) ** 2)
            if action == 0:  # no engine, no dispersion
                np.testing.assert_allclose(moved.obs, after[rows], atol=1e-3)
            assert not moved.terminated.any()
    # with engines, their random dispersion is left out
    share = np.sqrt(np.concatenate(error).mean(0)[:6] / np.concatenate(size).mean(0)[:6])
    assert (share < [0.05, 0.05, 0.7, 0.5, 0.5, 0.5]).all()


def test_a_crash_ends_the_game_and_is_forgotten_by_the_next_state() -> None:
    space = get_task("LunarLander-v3").state_space
    assert space is not None
    high, low = np.zeros((2, 8))
    high[1], low[1], low[3] = 1.0, -0.05, -1.5
    moved = space.move(np.stack([high, low, low, high]), 0)
    assert moved.terminated.tolist() == [False, True, True, False]
    np.testing.assert_allclose(moved.obs[0], moved.obs[3], atol=1e-5)
    np.testing.assert_allclose(moved.obs[1], moved.obs[2], atol=1e-5)
    assert (moved.obs[1, 6:] == 1).all()  # on both legs


@pytest.mark.parametrize("name", WITH_STATES)
def test_a_slice_varies_two_variables_and_rests_in_the_others(name: str) -> None:
    space = get_task(name).state_space
    assert space is not None
    assert len(set(space.pairs)) == len(space.pairs)
    x, y = space.pairs[0]
    grid = space.slice_of((x, y)).reshape(space.side, space.side, -1)
    np.testing.assert_array_equal(grid[0, :, x], space.axis(x))
    np.testing.assert_array_equal(grid[:, 0, y], space.axis(y))
    for other, variable in enumerate(space.variables):
        if other not in (x, y):
            assert (grid[..., other] == variable.rest).all()
    assert np.isfinite(space.observe(grid.reshape(-1, len(space.variables)))).all()


def test_images_have_no_states_and_the_shifted_lander_has_the_landers() -> None:
    assert get_task("gridworld/random-walls").state_space is None
    for name, task in TASKS.items():
        assert (task.state_space is None) == (name.startswith("gridworld/") or task.is_continuous)


@pytest.mark.parametrize("name", ["CartPole-v1", "Acrobot-v1"])
def test_a_drawn_observation_is_gymnasiums_picture(name: str) -> None:
    task = get_task(name)
    paint, env = painter(task), task.make(render_mode="rgb_array")
    obs, _ = env.reset(seed=3)
    for _ in range(3):
        obs, *_ = env.step(1)
    np.testing.assert_allclose(paint(obs), env.render(), atol=60)  # the state is exact, what is seen float32
    assert (paint(obs) != paint(obs + np.float32(0.5))).any()


@pytest.mark.parametrize("name", ["LunarLander-v3", "gridworld/random-goal"])
def test_what_moves_is_seen_to_move(name: str) -> None:
    task = get_task(name)
    paint = painter(task)
    episode = max(episodes(task, 3), key=len)
    pictures = [paint(obs) for obs in episode.observations[:: max(1, len(episode) // 8)]]
    assert {picture.dtype for picture in pictures} == {np.dtype(np.uint8)}
    assert len({picture.shape for picture in pictures}) == 1
    assert any((a != b).any() for a, b in pairwise(pictures))
