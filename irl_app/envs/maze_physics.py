"""How the point moves: gymnasium-robotics' PointMaze, its velocity held by a servo, many points at once.

MuJoCo simulates gymnasium-robotics' own point (4.2 kg, driven by forces of up to 100 N) between the walls of
a map. One action is the velocity that is wanted, held for ``STEPS`` steps of 0.01 s by critically damped
feedback on the forces: what the point does in one action then hardly depends on how fast it was before, so
that places alone nearly make a decision process.
"""

from __future__ import annotations

import importlib.util
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from mujoco import rollout

from irl_app.envs.maze_map import MazeMap
from trainers.arrays import BoolArray, FloatArray

STEPS, DT = 20, 0.01
"""Steps of the simulation in one action, and seconds of one."""
SPEED = 1.5
"""Metres a second that an action of 1 asks for."""
MAX_SPEED = 5.0
"""At which gymnasium-robotics cuts a velocity, along x and along y, before every step."""
_FREQUENCY = 20.0
"""Of the servo, in radians a second: it has settled within an action."""
_GEAR = 100.0
_ROOM = 0.03
"""Metres beyond its rim within which a wall may matter to the point."""


def point_model(maze: MazeMap) -> mujoco.MjModel:
    """gymnasium-robotics' point among the walls of a maze, as its PointMaze builds it, without a file."""
    found = importlib.util.find_spec("gymnasium_robotics")
    assert found is not None  # a dependency
    assert found.submodule_search_locations
    point = Path(found.submodule_search_locations[0]) / "envs" / "assets" / "point" / "point.xml"
    spec = mujoco.MjSpec.from_file(str(point))
    for (row, column), (x, y) in zip(np.argwhere(maze.walls).tolist(), maze.boxes.tolist(), strict=True):
        spec.worldbody.add_geom(
            name=f"block_{row}_{column}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=[x, y, 0.2],
            size=[0.5, 0.5, 0.2],
            contype=1,
            conaffinity=1,
        )
    return spec.compile()


def servo(
    start: FloatArray, place: FloatArray, velocity: FloatArray, wanted: FloatArray, step: int
) -> FloatArray:
    """Forces as shares of the largest (n, 2) that keep a point on its way.

    Args:
        start: (n, 2) where the action began. place, velocity: (n, 2) now. wanted: (n, 2) velocity.
        step: of the action, from 0.
    """
    ahead = start + wanted * step * DT - place
    pull = _FREQUENCY**2 * ahead + 2.0 * _FREQUENCY * (wanted - velocity)
    mass = 4000.0 * np.pi * 0.1**3 / 3.0
    return np.clip((mass * pull + velocity) / _GEAR, -1.0, 1.0)


class MazePhysics:
    """A maze's point, from arbitrary states; safe to use from several threads.

    Args:
        maze: its walls.
        speed: share of the usual speed, in (0, 1]; less is a slower motor.
    """

    def __init__(self, maze: MazeMap, speed: float = 1.0) -> None:
        if not 0.0 < speed <= 1.0:
            raise ValueError(f"speed must be above 0 and at most 1, got {speed:g}")
        self.maze, self.speed = maze, SPEED * speed
        self._model = point_model(maze)
        self._data = mujoco.MjData(self._model)
        self._lock = threading.Lock()

    def step(self, states: FloatArray, actions: FloatArray) -> FloatArray:
        """(n, 4) states after one action (n, 2) within ±1 from states (n, 4): x, y and their velocities.

        As the environment steps, whatever went before: the solver of contacts starts cold.
        """
        n = len(states)
        full = np.zeros((n, 5))
        full[:, 1:] = states
        start = full[:, 1:3].copy()
        wanted = self.speed * np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0)
        for step in range(STEPS if n else 0):
            force = servo(start, full[:, 1:3], full[:, 3:], wanted, step)
            full[:, 3:] = np.clip(full[:, 3:], -MAX_SPEED, MAX_SPEED)
            with self._lock:
                moved, _ = rollout.rollout(self._model, self._data, full, force[:, None, :], nstep=1)
            full = moved[:, 0]
        return np.asarray(full[:, 1:])

    def places_after(self, places: FloatArray, actions: FloatArray) -> FloatArray:
        """(n, 2) where one action (n, 2) leads from rest at places (n, 2).

        Simulated where a wall is in the way; in the open it is the same everywhere, along x as along y.
        """
        moved = places + _open_ways(self.speed)(actions)
        met = self._meets_wall(places, moved)
        at_rest = np.concatenate([places[met], np.zeros((int(met.sum()), 2))], axis=1)
        moved[met] = self.step(at_rest, actions[met])[:, :2]
        return moved

    def _meets_wall(self, start: FloatArray, end: FloatArray) -> BoolArray:
        """(n,) whether the box around a way from (n, 2) to (n, 2) comes near a wall."""
        low, high = np.minimum(start, end), np.maximum(start, end)
        reach = 0.6 + _ROOM
        met = np.zeros(len(start), dtype=bool)
        for box in self.maze.boxes:
            met |= ((low < box + reach) & (high > box - reach)).all(axis=1)
        return met


class _OpenWays:
    """Metres that a command of one axis moves the point from rest."""

    def __init__(self, speed: float) -> None:
        room = np.ones((11, 11), dtype=bool)
        room[1:-1, 1:-1] = False
        hall = MazePhysics(MazeMap(room, ((5, 5),), ((5, 4),)), speed / SPEED)
        self._commands = np.linspace(-1.0, 1.0, 201)
        states = np.zeros((201, 4))
        moved = hall.step(states, np.stack([self._commands, np.zeros(201)], axis=1))
        self._ways = moved[:, 0]

    def __call__(self, actions: FloatArray) -> FloatArray:
        return np.asarray(np.interp(actions, self._commands, self._ways))


@lru_cache(maxsize=8)
def _open_ways(speed: float) -> _OpenWays:
    return _OpenWays(speed)


@lru_cache(maxsize=64)
def physics_of(maze: MazeMap, speed: float = 1.0) -> MazePhysics:
    """The physics of a maze, made once."""
    return MazePhysics(maze, speed)


def simulated(model: mujoco.MjModel) -> Any:
    """gymnasium-robotics' own environment of one point in this model, stepped by forces, without a file."""
    from gymnasium_robotics.envs.maze.point import PointEnv

    class OwnModel(PointEnv):
        def _initialize_simulation(self) -> tuple[mujoco.MjModel, mujoco.MjData]:
            return model, mujoco.MjData(model)

    return OwnModel()
