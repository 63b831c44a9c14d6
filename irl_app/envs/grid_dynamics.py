"""How moves act on a grid of cells: targets, transition matrix and distances, vectorised over all cells."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from trainers.arrays import BoolArray, FloatArray, IntArray

ACTION_NAMES = ("up", "right", "down", "left", "stay")
_STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # (row, column) of the four compass moves, in ACTION_NAMES' order


def move_targets(walls: BoolArray) -> IntArray:
    """(S, 5) cell that each action aims at from each cell; a move into a wall or the border stays put.

    Args:
        walls: (H, W) True where nothing can stand. Rows of walls point at themselves.
    """
    height, width = walls.shape
    cells = np.arange(height * width, dtype=np.int64).reshape(height, width)
    targets = np.repeat(cells.reshape(-1, 1), len(ACTION_NAMES), axis=1)
    row, column = np.divmod(cells.ravel(), width)
    free = ~walls.ravel()
    for action, (down, right) in enumerate(_STEPS):
        inside = (row + down >= 0) & (row + down < height) & (column + right >= 0) & (column + right < width)
        aimed = np.where(inside, cells.ravel() + down * width + right, 0)
        moves = inside & free & free[aimed]
        targets[moves, action] = aimed[moves]
    return targets


def transition_matrix(
    targets: IntArray, live: BoolArray, slip: float | FloatArray, n_actions: int
) -> sp.csr_array:
    """(S*A, S) sparse P(. | s, a) of a slippery walk; rows of cells that are not live are empty.

    With probability ``slip`` the chosen action is replaced by one of the four compass moves, each
    equally likely ("stay" slips too): the aimed cell has ``1 - slip + slip / 4``.

    Args:
        targets: (S, 5) from `move_targets`.
        live: (S,) cells in which an action is taken.
        slip: probability in [0, 1], the same everywhere or (S,) of each cell.
        n_actions: 4 (compass moves) or 5 (with stay).
    """
    n_states = targets.shape[0]
    cells = np.flatnonzero(live)
    slips = np.repeat(np.broadcast_to(slip, n_states)[cells], n_actions)
    pairs = cells[:, None] * n_actions + np.arange(n_actions)  # (L, A)
    rows, columns = [pairs.ravel()], [targets[cells, :n_actions].ravel()]
    values = [1.0 - slips]
    if slips.any():
        rows.append(np.repeat(pairs.ravel(), 4))
        columns.append(np.broadcast_to(targets[cells, None, :4], (cells.size, n_actions, 4)).ravel())
        values.append(np.repeat(slips / 4.0, 4))
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = sp.csr_array(sp.coo_array(entries, shape=(n_states * n_actions, n_states)))
    matrix.eliminate_zeros()  # slip = 1 leaves nothing of the chosen move
    return matrix


def restart_matrix(cells: IntArray, p0: FloatArray, n_actions: int) -> sp.csr_array:
    """(S*A, S) sparse rows that lead from each of `cells` to the start distribution, whatever the action."""
    starts = np.flatnonzero(p0)
    rows = np.repeat((cells[:, None] * n_actions + np.arange(n_actions)).ravel(), starts.size)
    columns = np.tile(starts, cells.size * n_actions)
    return sp.csr_array((p0[columns], (rows, columns)), shape=(p0.size * n_actions, p0.size))


def distances_to(goals: BoolArray, targets: IntArray, free: BoolArray) -> IntArray:
    """(S,) fewest moves from each cell to the nearest goal; -1 where there is no way (and at walls).

    Args:
        goals: (S,) True at goals. targets: (S, 5) from `move_targets`. free: (S,) True off the walls.
    """
    n_states = goals.size
    distances = np.full(n_states, -1, dtype=np.int64)
    if not goals.any():
        return distances
    rows = np.repeat(np.arange(n_states), 4)
    columns = targets[:, :4].ravel()
    step = rows != columns
    graph = sp.csr_array((np.ones(step.sum()), (rows[step], columns[step])), shape=(n_states, n_states))
    # moves are symmetric (no slip, no teleport), so the way from the goal is the way to it
    lengths = dijkstra(graph, unweighted=True, indices=np.flatnonzero(goals), min_only=True)
    reached = np.isfinite(lengths) & free
    distances[reached] = lengths[reached].astype(np.int64)
    return distances
