"""A point in mazes: the tasks, whoever knows the way, and many points at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from irl_app.envs import MAZE_MOVES, POINT_MAZE_IDS
from irl_app.envs.maze_map import MAZES, SAFE, MazeMap, parse_maze
from irl_app.tasks.mujoco import USUAL as OF_ROBOTS
from irl_app.tasks.task import ANY, ExpertTraining, Painter, Picture, Policy, Task, TaskError
from irl_app.tasks.vector_env import Actions, MovesLeft, Obs, Step
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.spaces import Box

if TYPE_CHECKING:
    from irl_app.envs.maze_physics import MazePhysics

FAMILY = "PointMaze"
EXPERT = "waypoint expert"
GAMMA = 0.97
ACTIONS = Box((2,), low=(-1.0,), high=(1.0,))
STRIDE = 0.3
"""Metres that an action of 1 moves the point along an axis."""
NOISE = 0.2
"""Deviation of what is added to every action of the expert: it errs, and corrects itself."""
DEMONSTRATIONS = 20
"""Episodes that learners are usually shown, of tables and networks alike."""
ONE_LEG = 4
"""Numbers of an observation before the goal's, if it shows it."""


class MazeVectorEnv:
    """A `VectorEnv` of n points in one maze, all simulated at once."""

    def __init__(self, maze: MazeMap, n: int, speed: float = 1.0) -> None:
        self._physics = maze_physics(maze, speed)
        self._maze = maze
        self._states, self._goals = np.zeros((n, ONE_LEG)), np.zeros((n, 2))
        self._left = MovesLeft(n, MAZE_MOVES)

    def reset(self, slots: IntArray, seeds: IntArray) -> Obs:
        """As `VectorEnv.reset`."""
        from irl_app.envs.point_maze import start_of

        for slot, seed in zip(slots.tolist(), seeds.tolist(), strict=True):
            start, self._goals[slot] = start_of(self._maze, seed)
            self._states[slot] = [*start, 0.0, 0.0]
        self._left.restart(slots)
        return self._observed(slots)

    def step(self, slots: IntArray, action: Actions) -> Step:
        """As `VectorEnv.step`."""
        self._states[slots] = self._physics.step(self._states[slots], action)
        away = np.linalg.norm(self._states[slots, :2] - self._goals[slots], axis=1)
        never = np.zeros(len(slots), dtype=bool)
        return Step(self._observed(slots), -away, never, self._left.count(slots, never))

    def put(self, slots: IntArray, states: FloatArray) -> Obs:
        """Begin an episode in each of the slots (m,) from states (m, 4); (m, *O) observations."""
        self._states[slots] = states
        self._goals[slots] = self._maze.goal
        self._left.restart(slots)
        return self._observed(slots)

    def _observed(self, slots: IntArray) -> Obs:
        parts = [self._states[slots], *([self._goals[slots]] if len(self._maze.goals) > 1 else [])]
        return np.concatenate(parts, axis=1).astype(np.float32)


def maze_physics(maze: MazeMap, speed: float = 1.0) -> MazePhysics:
    """The physics of a maze, made once.

    Raises:
        TaskError: MuJoCo cannot be loaded here.
    """
    try:
        from irl_app.envs.maze_physics import physics_of  # takes a second
    except ImportError as error:
        raise TaskError(f"{FAMILY} needs MuJoCo, which cannot be loaded here: {error}") from error
    return physics_of(maze, speed)


def goals_of(maze: MazeMap, obs: Obs) -> FloatArray:
    """(B, 2) the goal of each observation, as it shows it or as it always is."""
    seen = np.asarray(obs[:, ONE_LEG:], dtype=np.float64)
    return seen if seen.shape[1] else np.broadcast_to(maze.goal, (len(obs), 2))


def distance_reward(
    maze: MazeMap, obs: Obs, action: Actions, next_obs: Obs, terminated: BoolArray
) -> FloatArray:
    """(B,) true reward: minus the distance from the goal, in metres."""
    return -np.linalg.norm(next_obs[:, :2] - goals_of(maze, next_obs), axis=1)


def waypoints(maze: MazeMap, noise: float = NOISE) -> Policy:
    """Heads for the next corner on the shortest way, or for the goal, and errs a little."""

    def act(obs: Obs, generator: np.random.Generator) -> Actions:
        places, goals = np.asarray(obs[:, :2], dtype=np.float64), goals_of(maze, obs)
        ahead = np.empty_like(places)
        for goal in np.unique(goals, axis=0):
            rows = (goals == goal).all(axis=1)
            ahead[rows] = maze.way(places[rows], goal, SAFE)[0]
        wanted = (ahead - places) / STRIDE
        wanted /= np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1.0)
        return np.clip(wanted + noise * generator.standard_normal(wanted.shape), -1.0, 1.0).astype(np.float32)

    return act


def make_maze(env_id: str, **options: Any) -> gym.Env[Any, Any]:
    """The environment of an id.

    Raises:
        TaskError: MuJoCo cannot be loaded here.
    """
    try:
        return gym.make(env_id, **options)
    except ImportError as error:
        raise TaskError(f"{env_id} needs MuJoCo, which cannot be loaded here: {error}") from error


def _painter(maze: MazeMap) -> Painter:
    from irl_app.envs.maze_drawing import draw_maze

    def paint(obs: Obs) -> Picture:
        return draw_maze(maze, obs, goals_of(maze, obs[None])[0])

    return paint


_USUAL: Mapping[str, Mapping[str, Any]] = {
    **OF_ROBOTS,
    ANY: {**OF_ROBOTS[ANY], "updates": 20_000, "warmup": 1_000},
    "bc": {**OF_ROBOTS["bc"], "updates": 2_500},
    "sac": {**OF_ROBOTS["sac"], "warmup": 1_000, "updates": 20_000},
}


def maze_task(name: str, text: str, returns: tuple[float, float], sentence: str, env_id: str = "") -> Task:
    """The task of a maze.

    Args:
        name: of the task. text: the maze's map. returns: of random play and of the expert.
        env_id: of its environment.

    Raises:
        MazeError: the map has a mistake.
    """
    maze = parse_maze(text)
    return Task(
        name=name,
        title=f"Point maze, {name.partition('-')[2]}",
        sentence=sentence,
        env_id=env_id,
        observation_space=Box((ONE_LEG if len(maze.goals) == 1 else ONE_LEG + 2,)),
        action_space=ACTIONS,
        gamma=GAMMA,
        max_moves=MAZE_MOVES,
        random_return=returns[0],
        expert_return=returns[1],
        true_reward=partial(distance_reward, maze),
        subsample=1,
        evaluate_every=2_000,
        aim="drive to the goal",
        demonstrations={ANY: DEMONSTRATIONS},
        usual=_USUAL,
        make_env=partial(make_maze, maze=text),
        vector_env=partial(MazeVectorEnv, maze),
        expert=(EXPERT, waypoints(maze)),
        expert_training=ExpertTraining("sac"),
        make_painter=partial(_painter, maze),
    )


_ABOUT: Mapping[str, tuple[tuple[float, float], str]] = {
    "right": ((-192.0, -54.5), "A barrier from the right: the way to the goal leads round it on the left."),
    "left": (
        (-190.0, -30.5),
        "The same room, its barrier from the left: the way leads round it on the right.",
    ),
    "u": ((-190.0, -74.5), "The goal is behind a wall: near it as the crow flies, far on foot."),
    "four-rooms": ((-391.0, -129.0), "Four rooms with doors between them."),
    "open": ((-203.0, -34.2), "No barrier: the straight way is the best."),
}
"""Returns of random play and of the expert, over 500 episodes each; and what is to be seen."""

POINT_MAZES = tuple(
    maze_task(f"{FAMILY}-{name}", MAZES[name], *about, POINT_MAZE_IDS[name]) for name, about in _ABOUT.items()
)
