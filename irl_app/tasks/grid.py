"""Grid tasks, whose walls or goal change in every game: fast environments, shortest paths, their expert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from irl_app.envs import IMAGE_ENV_IDS
from irl_app.envs.drawing import AGENT, FREE, GOAL, LINE, WALL
from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.envs.grid_images import GOALS, PLAYER, WALLS, grid_image
from irl_app.envs.presets import GOAL_REWARD, PRESETS, STEP_REWARD
from irl_app.tasks.rollout import RolloutResult
from irl_app.tasks.task import ANY, ONLINE_METHODS, Picture, Task, TaskError
from irl_app.tasks.vector_env import MovesLeft, Obs, Step
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.spaces import Box, Discrete

CELL = 80
"""Pixels a side of a drawn cell."""
_STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left: the order of the actions


class GridVectorEnv:
    """A `VectorEnv` of grid worlds as images, all moved at once.

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
        """As `VectorEnv.reset`."""
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
        """As `VectorEnv.step`."""
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


def draw_grid(obs: Obs) -> Picture:
    """Walls dark, goals green, the player a disc; large enough to be made smaller."""
    height, width = obs.shape[1:]
    picture = Image.new("RGB", (width * CELL + 1, height * CELL + 1), FREE)
    pen = ImageDraw.Draw(picture)
    for plane, colour in ((None, FREE), (WALLS, WALL), (GOALS, GOAL)):
        cells = np.ones((height, width)) if plane is None else obs[plane]
        for row, column in np.argwhere(cells > 0).tolist():
            x, y = column * CELL, row * CELL
            pen.rectangle((x, y, x + CELL, y + CELL), colour, LINE if plane is None else colour)
    row, column = divmod(int(obs[PLAYER].argmax()), width)
    x, y, rim = column * CELL, row * CELL, CELL // 6
    pen.ellipse((x + rim, y + rim, x + CELL - rim, y + CELL - rim), AGENT, "#ffffff", CELL // 20)
    return np.asarray(picture)


# Moves over the shortest path, and goals reached, after 450 games, IQ-Learn with a frozen target:
#   random walls  mlp 3.2, 82 %   cnn, four convolutions 1.19, 99 %   vin 1.05, 99.5 %
#   random goal   mlp 13.6, 49 %  cnn 1.76, 96 %                      vin 1.19, 99.0 %
_USUAL: Mapping[str, Mapping[str, Any]] = {
    **ONLINE_METHODS,
    ANY: {"network": "vin", "hidden": (16, 32), "learning_rate": 5e-3, "temperature": 0.1, "updates": 2_000},
    # random goals, 450 trajectories: alpha 0.5 and 5 play alike
    "iq": {"alpha": 5.0},
    # random goals: 3.1 times the shortest path after 3,000 updates; at rates of 2e-3 and 0.02 after 5,000
    "dqn": {
        "online": True,
        "updates": 5_000,
        "target_rate": 0.05,
        "warmup": 1_000,
        "steps_per_round": 8,
        "exploration": 0.1,
        "exploration_share": 0.3,
    },
}


def _task(preset: str, random_return: float, expert_return: float, demonstrations: int, **iq: Any) -> Task:
    about = PRESETS[preset]
    grid = about.build(None, np.random.default_rng(0))
    return Task(
        name=f"gridworld/{preset}",
        title=about.title,
        sentence=about.sentence,
        env_id=IMAGE_ENV_IDS[preset],
        observation_space=Box((3, grid.height, grid.width)),
        action_space=Discrete(grid.n_actions),
        action_names=ACTION_NAMES[: grid.n_actions],
        gamma=grid.gamma,
        max_moves=grid.max_steps,
        random_return=random_return,
        expert_return=expert_return,
        true_reward=grid_reward,
        subsample=1,
        aim="find the goal",
        demonstrations={ANY: demonstrations},
        usual={**_USUAL, "iq": {"alpha": 5.0, **iq}},
        vector_env=lambda n: GridVectorEnv(preset, n),
        expert=("shortest-path", shortest_path_actions),
        make_painter=lambda: draw_grid,
    )


# Every game is another world: shown so many, IQ-Learn finds 99 goals of 100 in worlds that it has not seen.
GRID_TASKS = (
    _task("static-walls", -79.2, 3.90, 300),
    _task("random-walls", -81.2, 3.83, 450),
    _task("random-goal", -67.0, 5.56, 450, updates=3_000),
)
