"""Maps of mazes, and the shortest ways through them."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.envs.maze_map import MAZES, RADIUS, MazeError, format_maze, parse_maze

RIGHT = parse_maze(MAZES["right"])


@pytest.mark.parametrize("name", MAZES)
def test_a_map_is_read_and_written_back(name: str) -> None:
    assert format_maze(parse_maze(MAZES[name])) == MAZES[name]


def test_the_way_round_a_corner_is_two_straight_lines() -> None:
    here, goal = np.array([[1.0, -2.0]]), RIGHT.goal
    lower, upper = np.array([-0.5 - RADIUS, -0.5 - RADIUS]), np.array([-0.5 - RADIUS, 0.5 + RADIUS])
    by_hand = np.linalg.norm(here[0] - lower) + np.linalg.norm(lower - upper) + np.linalg.norm(upper - goal)
    assert RIGHT.distances(here, goal) == pytest.approx([by_hand])
    assert RIGHT.distances(np.array([[1.0, 1.0]]), goal) == pytest.approx([1.0])


def test_distances_agree_with_a_search_on_a_fine_grid() -> None:
    """Octile moves on 0.1 m overestimate the straight way by up to 8 %, never underestimate it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    maze, side = parse_maze(MAZES["four-rooms"]), 69
    line = np.linspace(-3.4, 3.4, side)
    x, y = np.meshgrid(line, line, indexing="ij")
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    free = maze.is_free(places).reshape(side, side)
    number = np.arange(side * side).reshape(side, side)
    rows, columns, lengths = [], [], []
    for right, up in ((1, 0), (0, 1), (1, 1), (1, -1)):
        here = (slice(0, side - right), slice(max(0, -up), side - max(0, up)))
        there = (slice(right, side), slice(max(0, up), side - max(0, -up)))
        open_ = free[here] & free[there]
        rows.append(number[here][open_])
        columns.append(number[there][open_])
        lengths.append(np.full(open_.sum(), 0.1 * np.hypot(right, up)))
    entries = np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))
    goal = int(np.linalg.norm(places - maze.goal, axis=1).argmin())
    slow = dijkstra(coo_array(entries, shape=(side**2,) * 2).tocsr(), directed=False, indices=goal)
    some = np.flatnonzero(free.ravel() & np.isfinite(slow))[::37]
    fast = maze.distances(places[some], maze.goal)
    assert (fast <= slow[some] + 0.02).all()
    assert (fast >= slow[some] / 1.09 - 0.02).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("####\n#SG.\n####", "closed"),
        ("#####\n#S..#\n#####", "goal"),
        ("#####\n#G..#\n#####", "start"),
        ("#####\n#S#G#\n#####", "no way"),
        ("#####\n#SxG#\n#####", "'x'"),
        ("#####\n#SG#\n#####", "row 2"),
        ("", "rows"),
    ],
)
def test_a_mistake_is_named(text: str, says: str) -> None:
    with pytest.raises(MazeError, match=says):
        parse_maze(text)


def test_a_reward_of_places_needs_one_goal() -> None:
    with pytest.raises(MazeError, match="one of 2"):
        _ = parse_maze("######\n#S.GG#\n######").goal
