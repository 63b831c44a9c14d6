"""Grids as images: planes, shortest paths against the exact ones, the expert, and the distance ratios."""

from __future__ import annotations

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.envs import IMAGE_ENV_IDS
from irl_app.envs.grid_images import GridImages, grid_image
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import shortest_path_expert
from irl_app.tasks import TaskError, directness, get_task, random_policy, rollout
from irl_app.tasks.grid import goal_distances, grid_reward, shortest_path_actions, shortest_paths

CORNER = parse_map("moves: 9\nS.#\n#..\n#.G\n")
PRESETS_WITH_WAYS = ("random-walls", "random-goal", "maze", "four-rooms")
LAYOUTS = st.tuples(st.sampled_from(PRESETS_WITH_WAYS), st.integers(0, 10**6))


def images(grid: GridSpec, cells: np.ndarray) -> np.ndarray:
    return np.stack([grid_image(grid, int(cell)) for cell in cells])


def test_planes_by_hand() -> None:
    image = grid_image(CORNER, 4)
    assert image.dtype == np.float32
    assert image.tolist() == [
        [[0, 0, 1], [1, 0, 0], [1, 0, 0]],
        [[0, 0, 0], [0, 0, 0], [0, 0, 1]],
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_registered_as_images(preset: str) -> None:
    env = gym.make(IMAGE_ENV_IDS[preset], disable_env_checker=True)
    obs, info = env.reset(seed=3)
    assert env.observation_space.contains(obs)
    grid = parse_map(info["map"])
    np.testing.assert_array_equal(obs, grid_image(grid, grid.cell(*info["cell"])))
    obs, *_, info = env.step(1)
    np.testing.assert_array_equal(obs, grid_image(grid, grid.cell(*info["cell"])))


def test_only_grid_worlds_have_images() -> None:
    with pytest.raises(TypeError, match="only a GridWorld can be shown as an image, got CartPoleEnv"):
        GridImages(gym.make("CartPole-v1"))


def test_walls_and_goals_are_drawn_anew() -> None:
    walls = rollout(get_task("gridworld/random-walls"), shortest_path_actions, 30, 0).first_obs
    goals = rollout(get_task("gridworld/random-goal"), shortest_path_actions, 30, 0).first_obs
    assert len(np.unique(walls[:, 0], axis=0)) == 30
    assert len(np.unique(walls[:, 1], axis=0)) == 1
    assert len(np.unique(goals[:, 1], axis=0)) > 15
    np.testing.assert_array_equal(goals.sum(axis=(2, 3)), np.tile([5.0, 1.0, 1.0], (30, 1)))


def test_distances_by_hand() -> None:
    assert goal_distances(grid_image(CORNER, 0)[None]).tolist() == [[[4, 3, -1], [-1, 2, 1], [-1, 1, 0]]]
    walled = parse_map("goal: stay\n.#.\n##G\n")
    assert goal_distances(grid_image(walled, 0)[None]).tolist() == [[[-1, -1, 1], [-1, -1, 0]]]
    assert shortest_paths(images(walled, np.array([0, 2, 5]))).tolist() == [-1, 1, 0]


@settings(max_examples=40, deadline=None)
@given(LAYOUTS)
def test_distances_and_expert_are_the_exact_ones(layout: tuple[str, int]) -> None:
    grid = make_preset(layout[0], 8, layout[1])
    cells = np.flatnonzero(grid.mdp().live)
    seen = images(grid, cells)
    np.testing.assert_array_equal(goal_distances(seen[:1])[0].ravel(), grid.shortest_distances())
    np.testing.assert_array_equal(shortest_paths(seen), grid.shortest_distances()[cells])
    policy = shortest_path_expert(grid)[cells]
    rng = np.random.default_rng(layout[1])
    taken = np.stack([shortest_path_actions(seen, rng) for _ in range(60)])
    frequency = (taken[:, :, None] == np.arange(4)).mean(axis=0)
    assert ((frequency > 0) == (policy > 0)).all()
    assert abs(frequency - policy).max() < 0.4


def test_the_expert_wanders_where_there_is_no_way() -> None:
    walled = parse_map("goal: stay\n.#.\n##G\n")
    seen = np.repeat(grid_image(walled, 0)[None], 200, axis=0)
    assert set(shortest_path_actions(seen, np.random.default_rng(0))) == {0, 1, 2, 3}


def test_the_expert_takes_shortest_paths() -> None:
    for name in ("gridworld/random-walls", "gridworld/random-goal"):
        result = rollout(get_task(name), shortest_path_actions, 300, 1)
        np.testing.assert_array_equal(result.lengths, shortest_paths(result.first_obs))
        np.testing.assert_array_equal(result.returns, 11.0 - result.lengths)
        found = directness(result)
        assert (found.ratio, found.success_rate) == (1.0, 1.0)
        assert 1.0 < found.manhattan_ratio < 1.2


def test_failures_count_the_full_limit() -> None:
    task = get_task("gridworld/random-walls")
    stuck = rollout(task, lambda obs, _: np.zeros(len(obs), dtype=int), 50, 0)  # up, for ever
    assert stuck.lengths.tolist() == [100] * 50
    found = directness(stuck)
    assert found.success_rate == 0.0
    assert found.ratio == pytest.approx((100 / shortest_paths(stuck.first_obs)).mean())
    wandering = directness(rollout(task, random_policy(task), 200, 0))
    assert wandering.ratio > 10.0
    assert 0.0 < wandering.success_rate < 0.5


def test_directness_needs_a_goal_to_go_to() -> None:
    task = get_task("CartPole-v1")
    with pytest.raises(TaskError, match="only episodes in a grid"):
        directness(rollout(task, random_policy(task), 2, 0))
    home = rollout(get_task("gridworld/random-walls"), shortest_path_actions, 2, 0)
    at_the_goal = dataclasses.replace(home, first_obs=images(CORNER, np.array([8, 8])))
    with pytest.raises(TaskError, match="starts on the goal"):
        directness(at_the_goal)


def test_the_reward_is_for_arriving() -> None:
    seen = images(CORNER, np.array([4, 5, 8]))
    reward = grid_reward(seen[:2], np.array([1, 2]), seen[1:], np.array([False, True]))
    assert reward.tolist() == [-1.0, 10.0]
