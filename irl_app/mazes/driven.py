"""Demonstrations of a person who drove the point: paths, followed by its true physics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from irl_app.demonstrations import Demonstrations, Episode, Provenance, Spaces
from irl_app.envs import MAZE_MOVES
from irl_app.envs.maze_map import MazeMap, format_maze
from irl_app.mazes.playing import Play, play, starts_of
from irl_app.tasks.point_maze import ACTIONS, EXPERT, FAMILY, GAMMA, STRIDE
from irl_app.tasks.point_maze import waypoints as knows_the_way
from irl_app.tasks.vector_env import Actions, Obs
from trainers.arrays import FloatArray
from trainers.spaces import Box

PERSON = "person at the wheel"


def follow(maze: MazeMap, paths: Sequence[FloatArray]) -> Demonstrations:
    """Episodes in which the point follows paths (t, 2), a place every 0.2 s, and rests at their ends.

    Args:
        paths: at least one, each of at least 2 places in the open.
    """
    ways = np.stack([_padded(path) for path in paths])
    step = iter(range(MAZE_MOVES))

    def act(obs: Obs, generator: np.random.Generator) -> Actions:
        ahead = ways[:, next(step) + 1] - obs[:, :2]
        return np.clip(ahead / STRIDE, -1.0, 1.0).astype(np.float32)

    starts = np.concatenate([ways[:, 0], np.zeros((len(ways), 2))], axis=1)
    return _demonstrations(maze, play(maze, act, starts, 0), PERSON, None)


def shown_by_expert(maze: MazeMap, n: int, seed: int) -> Demonstrations:
    """Episodes of whoever knows the way, from the starts of a maze of one's own."""
    starts = starts_of(maze, n, np.random.default_rng(seed))
    return _demonstrations(maze, play(maze, knows_the_way(maze), starts, seed), EXPERT, seed)


def _demonstrations(maze: MazeMap, done: Play, who: str, seed: int | None) -> Demonstrations:
    episodes = [
        Episode(states.astype(np.float32), actions.astype(np.float32), -away, False, True)
        for states, actions, away in zip(done.states, done.actions, done.away, strict=True)
    ]
    provenance = Provenance(f"{FAMILY}-map", who, seed, GAMMA, format_maze(maze))
    return Demonstrations(tuple(episodes), provenance, Spaces(Box((4,)), ACTIONS))


def _padded(path: FloatArray) -> FloatArray:
    whole = path[: MAZE_MOVES + 1]
    return np.concatenate([whole, np.repeat(whole[-1:], MAZE_MOVES + 1 - len(whole), axis=0)])
