"""How a point moves, learned from moves at random: the most alike of what was seen."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from irl_app.envs.maze_map import MazeMap
from irl_app.tasks.point_maze import MazeVectorEnv
from trainers.arrays import FloatArray
from trainers.places import Moves

N_MOVES = 4_200
NEIGHBOURS = 6
ACTION_REACH = 0.3
"""Metres that count as much as a difference of one in an action: what an action of 1 moves."""
RIDGE = 1e-2


def learned_moves(maze: MazeMap, seed: int) -> Moves:
    """Dynamics from ``N_MOVES`` moves at random from rest, in places drawn evenly.

    Locally linear: in every place, least squares on the nearest moves of (place, action) -> displacement, as
    in locally weighted regression (Atkeson, Moore and Schaal 1997). Walls are known only by what bumped.
    """
    from irl_app.mazes.playing import anywhere

    rng = np.random.default_rng([seed, 17])
    states = anywhere(maze, N_MOVES, rng)
    actions = rng.uniform(-1.0, 1.0, (N_MOVES, 2))
    env, slots = MazeVectorEnv(maze, N_MOVES), np.arange(N_MOVES)
    env.put(slots, states)
    moved = env.step(slots, actions).obs[:, :2].astype(np.float64) - states[:, :2]
    seen = np.concatenate([states[:, :2], ACTION_REACH * actions], axis=1)
    tree = cKDTree(seen)

    def moves(places: FloatArray, chosen: FloatArray) -> FloatArray:
        asked = np.concatenate([places, ACTION_REACH * chosen], axis=1)
        _, near = tree.query(asked, k=NEIGHBOURS)
        offset = seen[near] - asked[:, None]  # (n, k, 4)
        design = np.concatenate([np.ones((*near.shape, 1)), offset], axis=2)
        normal = np.einsum("nki,nkj->nij", design, design) + RIDGE * np.diag([0.0, 1.0, 1.0, 1.0, 1.0])
        right = np.einsum("nki,nkj->nij", design, moved[near])
        return np.asarray(places + np.linalg.solve(normal, right)[:, 0])

    return moves
