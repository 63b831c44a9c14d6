"""A point in a maze as a Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from irl_app.envs.maze_drawing import draw_maze
from irl_app.envs.maze_map import MAZES, RADIUS, MazeMap, parse_maze
from irl_app.envs.maze_physics import SPEED, STEPS, point_model, servo, simulated
from trainers.arrays import FloatArray

ARRIVED = 0.45
"""Metres from the goal within which the point is there, as gymnasium-robotics has it."""


def start_of(maze: MazeMap, seed: int | np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(2,) a start, anywhere in one of the cells for it, and (2,) a goal of a maze."""
    rng = np.random.default_rng(seed)
    cell = maze.centres([maze.starts[rng.integers(len(maze.starts))]])[0]
    goal = maze.centres([maze.goals[rng.integers(len(maze.goals))]])[0]
    return cell + rng.uniform(-1.0, 1.0, 2) * (0.5 - RADIUS), goal


class PointMaze(gym.Env[np.ndarray[Any, Any], np.ndarray[Any, Any]]):
    """A point that finds its way to a goal, by gymnasium-robotics' own dynamics.

    Observation: x, y (m) and their velocities (m/s), float64; where a maze has several goals, the goal of
    this episode too. Action: the wanted velocity along x and y within ±1, in units of 1.5 m/s, for 0.2 s.
    Reward: minus the distance from the goal in metres, after the action. No episode ends before its limit of
    moves.

    Args:
        maze: a name of ``MAZES``, or a map.
        speed: share of the usual speed, in (0, 1]; less is a slower motor.
        render_mode: None or "rgb_array".
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 5}  # noqa: RUF012

    def __init__(self, maze: str = "right", speed: float = 1.0, render_mode: str | None = None) -> None:
        self.maze = parse_maze(MAZES.get(maze, maze))
        self.render_mode, self._speed = render_mode, SPEED * speed
        self._point = simulated(point_model(self.maze))
        self._goal: FloatArray = np.zeros(2)
        size = 4 if len(self.maze.goals) == 1 else 6
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (size,), np.float64)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """Start anywhere in one of the start's cells, at rest."""
        super().reset(seed=seed)
        start, self._goal = start_of(self.maze, self.np_random if seed is None else seed)
        self.put(np.concatenate([start, np.zeros(2)]))
        return self._observed(), self._told()

    def put(self, state: FloatArray) -> None:
        """Set the state (4,): x, y and their velocities."""
        self._point.set_state(np.asarray(state[:2]), np.asarray(state[2:]))

    def step(
        self, action: np.ndarray[Any, Any]
    ) -> tuple[np.ndarray[Any, Any], float, bool, bool, dict[str, Any]]:
        """Hold the wanted velocity for one action."""
        wanted = self._speed * np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0)
        data = self._point.data
        start = data.qpos.copy()
        for step in range(STEPS):
            data.qacc_warmstart[:] = 0.0  # what a step does depends on the state alone
            self._point.step(servo(start, data.qpos, data.qvel, wanted, step))
        told = self._told()
        return self._observed(), -told["distance"], False, False, told

    def render(self) -> np.ndarray[Any, Any] | None:
        """The maze from above, (h, w, 3) uint8."""
        return draw_maze(self.maze, self._observed(), self._goal) if self.render_mode else None

    def close(self) -> None:
        """Free the simulation."""
        self._point.close()

    def _observed(self) -> np.ndarray[Any, Any]:
        parts = [self._point.data.qpos, self._point.data.qvel]
        return np.concatenate([*parts, *([self._goal] if len(self.maze.goals) > 1 else [])])

    def _told(self) -> dict[str, Any]:
        distance = float(np.linalg.norm((self._point.data.qpos - self._goal)[None], axis=1)[0])
        return {"distance": distance, "success": distance <= ARRIVED}
