"""Connectedness of layouts, held against the distances that a graph search finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.envs.grid_dynamics import distances_to, move_targets
from irl_app.envs.layouts import connected, maze, random_walls


def connected_slowly(walls: np.ndarray) -> bool:
    free = ~walls.ravel()
    first = np.zeros_like(free)
    first[free.argmax()] = True
    return bool((distances_to(first, move_targets(walls), free)[free] >= 0).all())


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.floats(0.0, 0.7), st.integers(0, 10**6))
def test_connected_is_what_a_search_finds(height: int, width: int, density: float, seed: int) -> None:
    walls = np.random.default_rng(seed).random((height, width)) < density
    if not walls.all():
        assert connected(walls) == connected_slowly(walls)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("..\n..", True),
        (".#\n#.", False),
        ("..#\n##.", False),
        (".#.\n...", True),
        ("##\n.#", True),
        ("#.\n..", True),
    ],
)
def test_connected_by_hand(rows: str, expected: bool) -> None:
    assert connected(np.array([[letter == "#" for letter in row] for row in rows.split("\n")])) is expected


def test_a_maze_is_connected_until_a_corridor_is_shut() -> None:
    walls = maze(99, np.random.default_rng(0))
    assert connected(walls)
    corridor = np.flatnonzero(~walls[0])[1]
    shut = walls.copy()
    shut[0, corridor] = True
    assert connected(shut) == connected_slowly(shut)


def test_walls_drawn_for_a_seed_stay_the_same() -> None:
    walls = random_walls(8, 5, (7, 7), np.random.default_rng(0))
    assert np.flatnonzero(walls).tolist() == [16, 19, 31, 38, 50]
