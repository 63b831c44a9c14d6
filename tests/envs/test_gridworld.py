"""The Gymnasium environment: its interface, its law, its pictures."""

from __future__ import annotations

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from irl_app.envs import ENV_ID, PRESET_ENV_IDS
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError
from irl_app.envs.gridworld import GridWorld
from irl_app.envs.presets import PRESETS, make_preset


@pytest.mark.parametrize("env_id", PRESET_ENV_IDS.values())
def test_passes_gymnasiums_own_check_without_a_warning(env_id: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make(env_id, render_mode="rgb_array").unwrapped)


def test_registered_ids() -> None:
    assert set(PRESET_ENV_IDS) == set(PRESETS)
    assert PRESET_ENV_IDS["static-walls"] == "irl_app/GridWorld-static-walls-v0"
    env = gym.make(ENV_ID, grid="goal: stay\n...\n..G\n")
    assert env.observation_space == gym.spaces.Discrete(6)
    assert env.action_space == gym.spaces.Discrete(4)


def test_moves_rewards_and_the_end() -> None:
    env = GridWorld("step: -2\nS#\n.G\n")
    cell, info = env.reset(seed=0)
    assert (cell, info["cell"], parse_map(info["map"])) == (0, (0, 0), env.grid)
    assert env.step(1)[:4] == (0, -2.0, False, False)  # into the wall
    assert env.step(3)[:4] == (0, -2.0, False, False)  # into the border
    assert env.step(2)[:4] == (2, -2.0, False, False)
    cell, reward, terminated, truncated, info = env.step(1)
    assert (cell, reward, terminated, truncated, info["cell"]) == (3, 10.0, True, False, (1, 1))
    with pytest.raises(gym.error.ResetNeeded, match="episode has ended"):
        env.step(0)


def test_the_move_limit_truncates_but_reaching_the_goal_last_terminates() -> None:
    env = GridWorld("moves: 2\nS.\n.G\n")
    env.reset(seed=0)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(0)[2:4] == (False, True)
    env.reset(seed=0)
    env.step(1)
    assert env.step(2)[2:4] == (True, False)


def test_a_goal_that_teleports_does_so_with_the_next_move() -> None:
    env = GridWorld("goal: teleport\nactions: 5\nSG\n..\n")
    env.reset(seed=0)
    assert env.step(1)[:3] == (1, 10.0, False)
    assert env.step(4)[:3] == (0, -1.0, False)


def test_the_law_is_that_of_the_mdp() -> None:
    grid = make_preset("reset", 4, seed=1)
    env, rng = GridWorld(grid.replace(max_steps=100_000)), np.random.default_rng(0)
    counts = np.zeros((grid.n_states * grid.n_actions, grid.n_states))
    cell, _ = env.reset(seed=2)
    for action in rng.integers(grid.n_actions, size=40_000).tolist():
        there = env.step(action)[0]
        counts[cell * grid.n_actions + action, there] += 1
        cell = there
    p = grid.mdp().transition.toarray()
    tried = counts.sum(axis=1, keepdims=True)
    assert not counts[p == 0].any()
    z = (counts - tried * p) / np.sqrt(np.maximum(tried * p * (1 - p), 1))
    assert abs(z).max() < 5
    starts = [env.reset()[0] for _ in range(4000)]
    share = np.bincount(starts, minlength=grid.n_states) / 4000
    assert abs(share - grid.mdp().p0).max() < 0.03


def test_layouts_are_redrawn_only_where_the_preset_says() -> None:
    for name, preset in PRESETS.items():
        env = GridWorld(preset=name)
        env.reset(seed=5)
        maps = {env.reset()[1]["map"] for _ in range(4)}
        assert (len(maps) > 1) == preset.redraws
        again = GridWorld(preset=name)
        again.reset(seed=5)
        assert again.reset()[1]["map"] in maps


def test_misuse_is_refused_in_one_sentence() -> None:
    with pytest.raises(GridError, match="either a grid"):
        GridWorld()
    with pytest.raises(GridError, match="either a grid"):
        GridWorld("..\n.G", preset="open")
    with pytest.raises(GridError, match="a grid has its own size"):
        GridWorld("..\n.G", size=4)
    with pytest.raises(GridError, match="unknown preset"):
        GridWorld(preset="shut")
    with pytest.raises(ValueError, match="render_mode must be one of"):
        GridWorld(preset="open", render_mode="human")
    env = GridWorld(preset="open")
    with pytest.raises(gym.error.ResetNeeded, match="call reset"):
        env.step(0)
    env.reset(seed=0)
    with pytest.raises(GridError, match="the actions are 0 to 4, got 5"):
        env.step(5)


def test_text_picture() -> None:
    env = GridWorld("X = -3\nS.#\n.XG\n", render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == "@.#\n.AG"
    env.step(1)
    assert env.render() == "S@#\n.AG"


def test_picture_shows_walls_goal_lava_and_agent() -> None:
    env = GridWorld("S.#\nL.G\n", render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    side = (picture.shape[1] - 1) // 3
    assert picture.shape == (2 * side + 1, 3 * side + 1, 3)
    assert picture.dtype == np.uint8

    def middle(row: int, column: int) -> list[int]:
        return picture[row * side + side // 2, column * side + side // 2].tolist()

    assert middle(0, 0) == [0xE6, 0x9F, 0x00]
    assert middle(0, 2) == [0x3D, 0x44, 0x51]
    assert middle(1, 2) == [0x00, 0x9E, 0x73]
    red, green, blue = middle(1, 0)
    assert red > 200 > 130 > green > blue
    env.step(1)
    ring = env.render()[side // 2, side // 2 - round(0.3 * side)].tolist()
    assert ring == [0x56, 0xB4, 0xE9]


def test_largest_picture_stays_small() -> None:
    env = GridWorld(preset="field", size=100, render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().shape == (801, 801, 3)


def test_no_render_mode_warns() -> None:
    env = GridWorld(preset="open")
    env.reset(seed=0)
    with pytest.warns(UserWarning, match="no render mode"):
        assert env.render() is None
