"""Grids as data: the exact dynamics against literal numbers and a slow reference, and what is refused."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError, GridSpec
from tests.envs.strategies import grids
from trainers.tabular.mdp import TabularMDP

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))


def with_goal(height: int = 3, width: int = 3, **changes: Any) -> GridSpec:
    goals = np.zeros((height, width), dtype=bool)
    goals[-1, -1] = True
    return GridSpec.empty(height, width, **({"goals": goals} | changes))


def mask(height: int, width: int, *cells: tuple[int, int]) -> np.ndarray:
    layer = np.zeros((height, width), dtype=bool)
    for cell in cells:
        layer[cell] = True
    return layer


def reference_dynamics(grid: GridSpec) -> np.ndarray:
    """(S, A, S) probabilities, one cell, action and slip at a time."""
    starts = [
        (i, j)
        for i in range(grid.height)
        for j in range(grid.width)
        if not grid.walls[i, j] and not (grid.goal_kind == "end" and grid.goals[i, j])
    ]
    if grid.starts.any():
        starts = [tuple(cell) for cell in np.argwhere(grid.starts).tolist()]
    p = np.zeros((grid.n_states, grid.n_actions, grid.n_states))

    def target(i: int, j: int, action: int) -> int:
        k, m = i + STEPS[action][0], j + STEPS[action][1]
        inside = 0 <= k < grid.height and 0 <= m < grid.width
        return k * grid.width + m if inside and not grid.walls[k, m] else i * grid.width + j

    for i in range(grid.height):
        for j in range(grid.width):
            here = i * grid.width + j
            if grid.walls[i, j] or (grid.goals[i, j] and grid.goal_kind == "end"):
                continue
            for action in range(grid.n_actions):
                if grid.goals[i, j] and grid.goal_kind == "teleport":
                    for k, m in starts:
                        p[here, action, k * grid.width + m] = 1 / len(starts)
                    continue
                p[here, action, target(i, j, action)] += 1 - grid.slip
                for slipped in range(4):
                    p[here, action, target(i, j, slipped)] += grid.slip / 4
    return p


def test_dynamics_of_a_slippery_corner() -> None:
    mdp = with_goal(2, 2, slip=0.4, n_actions=5).mdp()
    up, right, _, _, stay = mdp.transition.toarray()[:5]
    # from the corner, up and left bump: of a slip's four moves two stay, one goes right, one down
    np.testing.assert_allclose(up, [0.6 + 0.2, 0.1, 0.1, 0.0])
    np.testing.assert_allclose(right, [0.2, 0.6 + 0.1, 0.1, 0.0])
    np.testing.assert_allclose(stay, [0.6 + 0.2, 0.1, 0.1, 0.0])
    assert mdp.terminal.tolist() == [False, False, False, True]
    np.testing.assert_allclose(mdp.p0, [1 / 3, 1 / 3, 1 / 3, 0])


@settings(max_examples=60, deadline=None)
@given(grids())
def test_dynamics_equal_the_slow_reference(grid: GridSpec) -> None:
    mdp = grid.mdp()
    dense = mdp.transition.toarray().reshape(grid.n_states, grid.n_actions, grid.n_states)
    np.testing.assert_allclose(dense, reference_dynamics(grid), atol=1e-12)
    assert (mdp.transition.data > 0).all()


def test_an_ending_goal_has_no_dynamics() -> None:
    grid = parse_map("slip: .3\n..#\n..G\n")
    dense = grid.mdp().transition.toarray().reshape(6, 4, 6)
    np.testing.assert_allclose(dense, reference_dynamics(grid), atol=1e-12)
    assert not dense[5].any()


def test_reward_is_of_the_cell_entered() -> None:
    reward = parse_map("step: -2\nX = 3.5\n.X\n#G\n").state_reward()
    np.testing.assert_array_equal(reward, [-2.0, 3.5, np.nan, 10.0])


def test_goal_without_a_value_pays_the_step_reward() -> None:
    assert with_goal(step_reward=-3.0).state_reward()[-1] == -3.0


@settings(max_examples=60, deadline=None)
@given(grids())
def test_distances_equal_a_plain_breadth_first_search(grid: GridSpec) -> None:
    expected = np.full((grid.height, grid.width), -1)
    queue = deque(tuple(cell) for cell in np.argwhere(grid.goals).tolist())
    for cell in queue:
        expected[cell] = 0
    while queue:
        i, j = queue.popleft()
        for down, right in STEPS[:4]:
            k, m = i + down, j + right
            free = 0 <= k < grid.height and 0 <= m < grid.width and not grid.walls[k, m]
            if free and expected[k, m] < 0:
                expected[k, m] = expected[i, j] + 1
                queue.append((k, m))
    np.testing.assert_array_equal(grid.shortest_distances(), expected.ravel())


def test_equal_grids_are_one_key() -> None:
    grid = with_goal()
    same = with_goal(rewards=np.full((3, 3), -np.nan), step_reward=-1)
    assert grid == same
    assert len({grid, same}) == 1
    assert grid != grid.replace(gamma=0.8)
    assert grid != grid.replace(starts=mask(3, 3, (0, 0)))
    assert grid != "grid"


def test_layers_cannot_be_changed() -> None:
    walls = np.zeros((3, 3), dtype=bool)
    grid = with_goal(walls=walls)
    walls[0, 0] = True
    assert not grid.walls[0, 0]
    for array in (
        grid.walls,
        grid.rewards,
        grid.goals,
        grid.starts,
        grid.state_reward(),
        grid.shortest_distances(),
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_mdp_is_built_once() -> None:
    grid = with_goal()
    assert isinstance(grid.mdp(), TabularMDP)
    assert grid.mdp() is grid.mdp()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gamma": 1.0}, "gamma must lie strictly between 0 and 1, got 1"),
        ({"gamma": float("nan")}, "gamma"),
        ({"slip": 1.5}, "slip is a probability"),
        ({"n_actions": 6}, "actions must be 4"),
        ({"goal_kind": "vanish"}, "must be one of end, stay, teleport"),
        ({"max_steps": 0}, "number of moves"),
        ({"max_steps": 10**6}, "number of moves"),
        ({"step_reward": float("inf")}, "step reward"),
        ({"goals": mask(3, 3)}, "no goal and no reward cell"),
        ({"walls": mask(3, 3, (2, 2))}, "row 3, column 3 is a wall and a goal"),
        (
            {"walls": mask(3, 3, (0, 1)), "starts": mask(3, 3, (0, 1))},
            "row 1, column 2 is a wall and a start",
        ),
        ({"starts": mask(3, 3, (2, 2))}, "a start and a goal that ends"),
        ({"rewards": np.full((3, 3), 1e9)}, "has a reward beyond"),
        ({"rewards": np.full((3, 3), np.inf)}, "has a reward beyond"),
        ({"rewards": np.zeros((2, 3))}, r"rewards must be \(3, 3\)"),
        ({"walls": ~mask(3, 3, (2, 2))}, "no cell is left to start in"),
        ({"walls": mask(3, 3, (1, 1), (0, 1), (1, 0))}, r"start at row 1, column 1 \(1 such\)"),
        (
            {"walls": mask(3, 3, (1, 0)), "rewards": np.ones((3, 3))},
            "row 2, column 1 is a wall and has a reward",
        ),
    ],
)
def test_refuses_in_one_sentence(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(GridError, match=message) as refused:
        with_goal(**changes)
    assert "\n" not in str(refused.value)


def test_unreachable_start_is_fine_where_goals_do_not_end() -> None:
    walls = mask(3, 3, (1, 1), (0, 1), (1, 0))
    assert with_goal(walls=walls, goal_kind="stay").shortest_distances()[0] == -1


@pytest.mark.parametrize("size", [(1, 5), (5, 101), (10**9, 10**9), (-3, 4)])
def test_size_is_checked_before_memory_is_taken(size: tuple[int, int]) -> None:
    with pytest.raises(GridError, match="2 to 100 cells a side"):
        GridSpec.empty(*size)


def test_too_many_teleports_are_refused() -> None:
    goals = np.zeros((100, 100), dtype=bool)
    goals[:50] = True
    with pytest.raises(GridError, match="use fewer goals"):
        GridSpec.empty(100, 100, goals=goals, goal_kind="teleport")


def test_cells_are_numbered_along_rows() -> None:
    grid = with_goal(3, 4)
    assert grid.cell(1, 2) == 6
    assert grid.place(6) == "row 2, column 3"
    with pytest.raises(GridError, match="no cell at row 3"):
        grid.cell(3, 0)


def test_building_a_grid_costs_by_the_cell() -> None:
    """Four times the cells: four times the work, or sixteen if every cell looked at every other."""

    def seconds(size: int) -> float:
        start = time.process_time()
        with_goal(size, size, slip=0.1, n_actions=5).mdp()
        return time.process_time() - start

    assert min(seconds(100) for _ in range(5)) < 10 * min(seconds(50) for _ in range(5))
