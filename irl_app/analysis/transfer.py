"""The buttons of a grid swapped: a world that only a reward of states and actions notices."""

from __future__ import annotations

import numpy as np

from trainers.arrays import FloatArray, IntArray


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
