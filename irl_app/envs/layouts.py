"""Where the walls of the presets go."""

from __future__ import annotations

import numpy as np

from trainers.arrays import BoolArray

# the five walls of the 8x8 static layout, scaled with the grid
_STATIC_WALLS = ((1, 3), (2, 5), (4, 2), (5, 5), (6, 1))


def connected(walls: BoolArray) -> bool:
    """True if every free cell of the (H, W) layout can be reached from every other by compass moves.

    The grid is one whole number, a bit a cell, which floods from its lowest free cell: much faster than a
    graph search (10 against 400 µs at 8x8), and tasks with changing walls ask for every game.
    """
    width = walls.shape[1] + 1  # a column of walls keeps rows from running into each other
    free = int.from_bytes(np.packbits(np.pad(~walls, ((0, 0), (0, 1)))).tobytes())
    flooded, before = free & -free, 0
    while flooded != before:
        before = flooded
        flooded |= (flooded << 1 | flooded >> 1 | flooded << width | flooded >> width) & free
    return flooded == free


def static_walls(side: int) -> BoolArray:
    """(side, side) the fixed layout: five walls in the interior at 8x8, the same proportions elsewhere."""
    walls = np.zeros((side, side), dtype=bool)
    for row, column in _STATIC_WALLS:
        here = (round(row * (side - 1) / 7), round(column * (side - 1) / 7))
        walls[here] = True
        if here == (side - 1, side - 1) or not connected(walls):
            walls[here] = False
    return walls


def random_walls(side: int, count: int, goal: tuple[int, int], rng: np.random.Generator) -> BoolArray:
    """(side, side) `count` walls, uniform over layouts that keep the goal free and all free cells connected.

    Rejection sampling: at the presets' densities of at most a tenth, one draw in five or more is connected.
    """
    cells = np.delete(np.arange(side * side), goal[0] * side + goal[1])
    while True:
        walls = np.zeros(side * side, dtype=bool)
        walls[rng.choice(cells, count, replace=False)] = True
        if connected(walls.reshape(side, side)):
            return walls.reshape(side, side)


def four_rooms(side: int) -> BoolArray:
    """(side, side) four rooms, four doors; 11x11 is the layout of Sutton, Precup and Singh (1999)."""
    walls = np.zeros((side, side), dtype=bool)
    last, middle = side - 1, side // 2
    right = middle + 1 if side >= 9 else middle
    walls[:, middle] = True
    walls[middle, :middle] = True
    walls[right, middle:] = True
    for door in ((round(0.2 * last), middle), (round(0.9 * last), middle)):
        walls[door] = False
    walls[middle, round(0.1 * last)] = False
    walls[right, round(0.8 * last)] = False
    return walls


def maze(side: int, rng: np.random.Generator) -> BoolArray:
    """(side, side) a maze with exactly one way between any two cells (randomised depth-first search).

    Corridors run on even rows and columns; an even side doubles one of them.
    """
    rooms = (side + 1) // 2
    walls = np.ones((2 * rooms - 1, 2 * rooms - 1), dtype=bool)
    walls[0, 0] = False
    trail = [(0, 0)]
    while trail:
        row, column = trail[-1]
        ahead = [
            (row + 2 * down, column + 2 * right)
            for down, right in ((-1, 0), (0, 1), (1, 0), (0, -1))
            if 0 <= row + 2 * down < walls.shape[0]
            and 0 <= column + 2 * right < walls.shape[1]
            and walls[row + 2 * down, column + 2 * right]
        ]
        if not ahead:
            trail.pop()
            continue
        there = ahead[rng.integers(len(ahead))]
        walls[(row + there[0]) // 2, (column + there[1]) // 2] = walls[there] = False
        trail.append(there)
    if side % 2 == 0:
        doubled = 2 * (rooms // 2)
        walls = np.insert(walls, doubled, walls[doubled], axis=0)
        walls = np.insert(walls, doubled, walls[:, doubled], axis=1)
    return walls
