"""Grid tasks whose walls or goal change in every game: the fast batch, shortest paths, and their expert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irl_app.envs.grid_images import GOALS, PLAYER, WALLS, grid_image
from irl_app.envs.presets import GOAL_REWARD, PRESETS, STEP_REWARD
from irl_app.tasks.batch import MovesLeft, Obs, Step
from irl_app.tasks.rollout import RolloutResult
from irl_app.tasks.task import TaskError
from trainers.mdp import BoolArray, FloatArray, IntArray

_STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left: the order of the actions


class GridBatch:
    """A `Batch` of grid worlds as images, all moved at once.

    Args:
        preset: one that redraws, has four actions, no slip, and a goal that ends the episode.
        n: number of slots.
    """

    def __init__(self, preset: str, n: int) -> None:
        self._preset = PRESETS[preset]
        side = self._preset.default_size
        self._images = np.zeros((n, 3, side, side), dtype=np.float32)
        self._targets = np.zeros((n, side * side, 4), dtype=np.int64)
        self._rewards = np.zeros((n, side * side))
        self._goals = np.zeros((n, side * side), dtype=bool)
        self._cells = np.zeros(n, dtype=np.int64)
        self._left = MovesLeft(n, self._preset.build(None, np.random.default_rng(0)).max_steps)

    def reset(self, slots: IntArray, seeds: IntArray) -> Obs:
        """As `Batch.reset`."""
        for slot, seed in zip(slots.tolist(), seeds.tolist(), strict=True):
            rng = np.random.default_rng(seed)
            grid = self._preset.build(None, rng)
            self._cells[slot] = rng.choice(grid.start_cells)
            self._images[slot] = grid_image(grid, int(self._cells[slot]))
            self._targets[slot], self._rewards[slot] = grid.targets[:, :4], grid.state_reward()
            self._goals[slot] = grid.goals.ravel()
        self._left.restart(slots)
        return self._images[slots]

    def step(self, slots: IntArray, action: IntArray) -> Step:
        """As `Batch.step`."""
        players = self._images[:, PLAYER].reshape(self._cells.size, -1)  # a view
        here = self._cells[slots]
        there = self._targets[slots, here, action]
        players[slots, here], players[slots, there] = 0.0, 1.0
        self._cells[slots] = there
        terminated = self._goals[slots, there]
        truncated = self._left.count(slots, terminated)
        return Step(self._images[slots], self._rewards[slots, there], terminated, truncated)


def grid_reward(obs: Obs, action: IntArray, next_obs: Obs, terminated: BoolArray) -> FloatArray:
    """(B,) true reward: +10 where the player of `next_obs` (B, 3, H, W) stands on a goal, else -1."""
    home = (next_obs[:, PLAYER] * next_obs[:, GOALS]).any(axis=(1, 2))
    return np.where(home, GOAL_REWARD, STEP_REWARD)


def goal_distances(images: Obs) -> IntArray:
    """(B, H, W) fewest moves from each cell to the nearest goal of its image (B, 3, H, W).

    0 at goals, -1 at walls and where there is no way. A breadth-first search of all images at once.
    """
    free = np.pad(images[:, WALLS] == 0, ((0, 0), (1, 1), (1, 1)))
    reached = free & np.pad(images[:, GOALS] > 0, ((0, 0), (1, 1), (1, 1)))
    distances = np.where(reached, 0, -1)
    front, moves = reached, 0
    while front.any():
        moves += 1
        grown = np.zeros_like(front)
        grown[:, 1:] |= front[:, :-1]
        grown[:, :-1] |= front[:, 1:]
        grown[:, :, 1:] |= front[:, :, :-1]
        grown[:, :, :-1] |= front[:, :, 1:]
        front = grown & free & ~reached
        reached |= front
        distances[front] = moves
    return distances[:, 1:-1, 1:-1]


def shortest_paths(images: Obs) -> IntArray:
    """(B,) fewest moves from the player of each image (B, 3, H, W) to a goal; -1 where there is no way."""
    distances = goal_distances(images).reshape(len(images), -1)
    return distances[np.arange(len(images)), _players(images)]


def shortest_path_actions(images: Obs, generator: np.random.Generator) -> IntArray:
    """(B,) actions: to a cell nearest to a goal, ties at random; anywhere if there is no way."""
    distances = goal_distances(images)
    count, height, width = distances.shape
    players = _players(images)
    row, column = np.divmod(players, width)
    everyone = np.arange(count)
    ahead = np.repeat(distances[everyone, row, column][:, None], 4, axis=1)  # a bump stays where it is
    for action, (down, right) in enumerate(_STEPS):
        r, c = row + down, column + right
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        aimed = np.where(inside, distances[everyone, r % height, c % width], -1)
        ahead[:, action] = np.where(aimed >= 0, aimed, ahead[:, action])
    best = ahead == ahead.min(axis=1, keepdims=True)
    return np.where(best, generator.random((count, 4)), -1.0).argmax(axis=1)


def _players(images: Obs) -> IntArray:
    return images[:, PLAYER].reshape(len(images), -1).argmax(axis=1)


@dataclass(frozen=True)
class Directness:
    """How directly a policy got to the goal, over the episodes that did not start on it.

    Attributes:
        ratio: mean of moves taken / shortest path, >= 1; an episode that failed counts the full limit.
        manhattan_ratio: the same over the Manhattan distance, which ignores walls.
        success_rate: share of episodes that reached the goal.
    """

    ratio: float
    manhattan_ratio: float
    success_rate: float


def directness(result: RolloutResult) -> Directness:
    """The distance ratios of a rollout in a grid task (definitions as ``analysis.planning.reach``).

    Raises:
        TaskError: the episodes are not from a grid seen as an image, or one has no way to a goal.
    """
    first = result.first_obs
    if first.ndim != 4 or first.shape[1] != 3 or not first[:, GOALS].any(axis=(1, 2)).all():
        raise TaskError("only episodes in a grid with a goal have a shortest path to compare with")
    shortest = shortest_paths(first)
    if (shortest <= 0).any():
        raise TaskError("an episode starts on the goal or has no way to it: nothing to compare")
    width = first.shape[3]
    player, goal = _players(first), first[:, GOALS].reshape(len(first), -1).argmax(axis=1)
    manhattan = abs(player // width - goal // width) + abs(player % width - goal % width)
    return Directness(
        ratio=float((result.lengths / shortest).mean()),
        manhattan_ratio=float((result.lengths / manhattan).mean()),
        success_rate=float(result.terminated.mean()),
    )
