"""Changed worlds to try a recovered reward in: walls are added, or the buttons are swapped."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label

from irl_app.envs.grid_spec import GridSpec
from trainers.mdp import BoolArray, FloatArray, IntArray

WALL_SHARE = 0.1
"""Share of the free cells that become walls."""


def with_walls_added(grid: GridSpec) -> tuple[GridSpec, int]:
    """The grid with a tenth of its free cells turned into walls, and their number (0 if none can be).

    Goals and marked starts stay, cells with a reward of their own are taken last, and no cell is cut off
    that was connected before. The same grid always gets the same walls.
    """
    rng = np.random.default_rng(0)
    free = ~grid.walls
    wanted = max(1, round(WALL_SHARE * int(free.sum())))
    candidates = np.flatnonzero((free & ~grid.goals & ~grid.starts).ravel())
    special = ~np.isnan(grid.rewards).ravel()[candidates]
    order = candidates[np.lexsort((rng.random(candidates.size), special))]
    walls = grid.walls.copy()
    components = int(label(~walls)[1])
    added = 0
    for cell in order:
        if added == wanted:
            break
        walls.flat[cell] = True
        keeps_world = (
            _is_surrounded_safely(walls, int(cell), grid.width) or int(label(~walls)[1]) <= components
        )
        if keeps_world and _leaves_a_start(grid, walls):
            added += 1
        else:
            walls.flat[cell] = False
    if not added:
        return grid, 0
    return grid.replace(walls=walls, rewards=np.where(walls, np.nan, grid.rewards)), added


def action_shift(n_actions: int) -> IntArray:
    """(A,) the move each button makes once swapped: the next one clockwise (up moves right); stay stays."""
    return np.array([1, 2, 3, 0, 4][:n_actions], dtype=np.int64)


def as_original_actions(table: FloatArray) -> FloatArray:
    """(S, A) reward of swapped buttons, sorted by the move that each of them now makes.

    A reward r(s, a) stays with the button: planning with it where button a makes move shift[a] is planning
    in the original world with r'(s, shift[a]) = r(s, a). Rewards of states do not notice.
    """
    moved = np.empty_like(table)
    moved[:, action_shift(table.shape[1])] = table
    return moved


def _is_surrounded_safely(walls: BoolArray, cell: int, width: int) -> bool:
    """True if the cell's free neighbours stay joined through its own ring of eight: then no way is cut."""
    row, column = divmod(cell, width)
    around = np.pad(~walls, 1)[row : row + 3, column : column + 3]
    ring = around[[0, 0, 0, 1, 2, 2, 2, 1], [0, 1, 2, 2, 2, 1, 0, 0]]  # clockwise; odd places share an edge
    arcs = int(label(ring)[1]) - int(bool(ring[0] and ring[-1] and not ring.all()))
    sides = [int(i) for i in np.flatnonzero(ring[1::2])]
    return len(sides) <= 1 or arcs == 1


def _leaves_a_start(grid: GridSpec, walls: BoolArray) -> bool:
    if grid.starts.any():
        return True
    ends = grid.goals if grid.goal_kind == "end" else np.zeros_like(grid.goals)
    return bool((~walls & ~ends).any())
