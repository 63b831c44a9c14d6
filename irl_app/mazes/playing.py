"""Points that act in a maze, many at once, from any states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irl_app.envs import MAZE_MOVES
from irl_app.envs.maze_map import MazeMap
from irl_app.tasks import Policy
from irl_app.tasks.point_maze import MazeVectorEnv
from trainers.arrays import BoolArray, FloatArray
from trainers.places import Plan

ARRIVED = 0.45
"""Metres from the goal within which a point is there, as gymnasium-robotics has it."""


@dataclass(frozen=True, eq=False)
class Play:
    """n points that played side by side.

    Attributes:
        states: (n, T + 1, 4) x, y and their velocities before each action and after the last.
        actions: (n, T, 2) what they did.
        away: (n, T) metres from the goal after each action.
    """

    states: FloatArray
    actions: FloatArray
    away: FloatArray

    @property
    def arrived(self) -> BoolArray:
        """(n,) who is at the goal in the end."""
        return np.asarray(self.away[:, -1] <= ARRIVED)

    @property
    def success(self) -> float:
        """Their share."""
        return float(self.arrived.mean())

    @property
    def mean_return(self) -> float:
        """Mean undiscounted true return."""
        return float(-self.away.sum(axis=1).mean())


def planner(plan: Plan) -> Policy:
    """Does what the plan takes for best."""
    return lambda obs, generator: plan.best(np.asarray(obs[:, :2], dtype=np.float64)).astype(np.float32)


def anywhere(maze: MazeMap, n: int, rng: np.random.Generator) -> FloatArray:
    """(n, 4) states at rest, evenly in the open."""
    found = np.empty((0, 2))
    while len(found) < n:
        tried = rng.uniform(-maze.half, maze.half, (4 * n, 2))
        found = np.concatenate([found, tried[maze.is_free(tried)]])
    return np.concatenate([found[:n], np.zeros((n, 2))], axis=1)


def starts_of(maze: MazeMap, n: int, rng: np.random.Generator) -> FloatArray:
    """(n, 4) states at rest, where episodes of a maze start."""
    from irl_app.envs.point_maze import start_of

    return np.array([[*start_of(maze, rng)[0], 0.0, 0.0] for _ in range(n)])


def play(
    maze: MazeMap,
    policy: Policy,
    starts: FloatArray,
    seed: int,
    *,
    speed: float = 1.0,
    moves: int = MAZE_MOVES,
) -> Play:
    """Let a policy act from each of (n, 4) states; `speed` is the motor's share of the usual one."""
    n = len(starts)
    env, slots, rng = MazeVectorEnv(maze, n, speed), np.arange(n), np.random.default_rng(seed)
    obs = env.put(slots, starts)
    states, actions, away = [np.asarray(starts, dtype=np.float64)], [], []
    for _ in range(moves):
        chosen = np.asarray(policy(obs, rng))
        step = env.step(slots, chosen)
        obs = step.obs
        states.append(obs[:, :4].astype(np.float64))
        actions.append(chosen.astype(np.float64))
        away.append(-step.reward)
    return Play(np.stack(states, axis=1), np.stack(actions, axis=1), np.stack(away, axis=1))
