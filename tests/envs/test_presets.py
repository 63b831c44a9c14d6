"""The named grids: what each must be, at every size."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.envs import layouts
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.envs.tasks import task, task_names
from irl_app.experts import EXPERTS, expert_policy

NAMES = [
    "open",
    "static-walls",
    "random-walls",
    "random-goal",
    "four-rooms",
    "cliff",
    "maze",
    "goal",
    "reset",
    "field",
]


def test_all_are_there() -> None:
    assert list(PRESETS) == NAMES
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert preset.title
        assert preset.sentence.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_size_is_playable_from_every_cell(name: str) -> None:
    preset = PRESETS[name]
    for size in (*range(preset.smallest, 14), 31, 50, 100):
        grid = make_preset(name, size, seed=size)
        assert max(grid.height, grid.width) == size
        assert layouts.connected(grid.walls)
    with pytest.raises(GridError, match="2 to 100 cells a side"):
        make_preset(name, 101)
    with pytest.raises(GridError, match=r"2 to 100|at least"):
        make_preset(name, preset.smallest - 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_alone(name: str) -> None:
    assert make_preset(name, seed=4) == make_preset(name, seed=4)
    differ = make_preset(name, seed=4) != make_preset(name, seed=5)
    assert differ == PRESETS[name].random


@pytest.mark.parametrize("name", NAMES)
def test_the_usual_expert_reaches_the_goal_without_lava(name: str) -> None:
    grid, preset = make_preset(name), PRESETS[name]
    assert preset.expert in EXPERTS
    policy = expert_policy(preset.expert, grid, preset.expert_value)
    mdp = grid.mdp()
    where, visits = mdp.p0, mdp.p0.copy()
    for _ in range(grid.max_steps):
        where = (where[:, None] * policy).ravel() @ mdp.transition
        visits += where
    if grid.goal_kind == "end" and grid.goals.any():
        assert where[mdp.live].sum() < 1e-3  # hardly anybody is still on the way
    lava = np.nan_to_num(grid.rewards, nan=0.0).ravel() <= -10
    assert visits[lava].sum() < 1e-3


def test_static_walls_as_reported() -> None:
    grid = make_preset("static-walls")
    assert (grid.height, grid.width, int(grid.walls.sum())) == (8, 8, 5)
    assert (grid.n_actions, grid.max_steps, grid.goal_kind) == (4, 100, "end")
    assert np.argwhere(grid.goals).tolist() == [[7, 7]]
    reward = grid.state_reward().reshape(8, 8)
    assert reward[7, 7] == 10
    assert set(reward[~grid.walls & ~grid.goals].tolist()) == {-1.0}
    assert grid.mdp().p0[~grid.walls.ravel() & ~grid.goals.ravel()].min() > 0


def test_goal_reset_and_field() -> None:
    goal, reset, field = make_preset("goal"), make_preset("reset"), make_preset("field")
    for grid in (goal, reset, field):
        assert (grid.height, grid.width, grid.n_actions, grid.gamma, grid.max_steps) == (10, 10, 5, 0.9, 50)
        assert not grid.mdp().terminal.any()
    assert int(goal.walls.sum()) == 10
    assert goal.slip == 0.0
    assert (goal.goal_kind, reset.goal_kind) == ("stay", "teleport")
    assert reset.slip == field.slip == 0.1
    assert not field.goals.any()
    values = make_preset("field", 100).state_reward()
    assert abs(values.mean()) < 0.05
    assert abs(values.std() - 1) < 0.05


def test_four_rooms_are_the_published_ones() -> None:
    published = parse_map(
        """
        .....#.....
        .....#.....
        ...........
        .....#.....
        .....#.....
        #.####.....
        .....###.##
        .....#.....
        .....#.....
        ...........
        .....#....G
        """
    )
    np.testing.assert_array_equal(make_preset("four-rooms").walls, published.walls)


def test_a_maze_has_one_way_between_any_two_cells() -> None:
    for side in (3, 11, 31):
        free = ~make_preset("maze", side, seed=side).walls
        ways = (free[1:] & free[:-1]).sum() + (free[:, 1:] & free[:, :-1]).sum()
        assert ways == free.sum() - 1  # connected and without a loop: a tree


def test_cliff_is_the_textbook_one() -> None:
    grid = make_preset("cliff")
    assert (grid.height, grid.width) == (4, 12)
    assert np.argwhere(grid.starts).tolist() == [[3, 0]]
    assert np.flatnonzero(grid.state_reward() == -10).tolist() == list(range(37, 47))


def test_random_walls_are_uniform_over_cells() -> None:
    rng = np.random.default_rng(0)
    count = sum(layouts.random_walls(4, 1, (3, 3), rng) for _ in range(3000)).ravel()
    assert count[15] == 0
    # every single wall leaves a 4x4 connected: 200 each, standard deviation 14
    assert abs(count[:15] - 200).max() < 60


def test_unknown_names_are_refused_with_the_list() -> None:
    with pytest.raises(GridError, match="unknown preset 'opne', the presets are open, static-walls"):
        make_preset("opne")
    with pytest.raises(GridError, match="the seed must be 0 or more, got -1"):
        make_preset("open", seed=-1)


def test_tasks_by_name() -> None:
    assert task("gridworld/cliff", 9) == make_preset("cliff", 9)
    assert task("gridworld/goal", seed=3) == make_preset("goal", seed=3)
    assert task("gridworld/map", map_text="..\n.G") == parse_map("..\n.G")
    assert "gridworld/maze" in task_names()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gridworld/nowhere",), "unknown task 'gridworld/nowhere', the tasks are gridworld/open"),
        (("cartpole",), "unknown task"),
        (("gridworld/map",), "needs a map"),
        (("gridworld/open", 5, 0, "..\n.G"), "a map has its own size"),
        (("gridworld/open", None, 0, ".."), "1x2"),
    ],
)
def test_tasks_refuse_in_one_sentence(arguments: tuple, message: str) -> None:
    with pytest.raises(GridError, match=message):
        task(*arguments)
