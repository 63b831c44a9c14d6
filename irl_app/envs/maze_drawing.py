"""A maze, its goal and its point as a small picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from irl_app.envs.drawing import AGENT, FREE, GOAL, WALL
from irl_app.envs.maze_map import RADIUS, MazeMap
from trainers.arrays import FloatArray

CELL = 60
"""Pixels a metre."""


def draw_maze(maze: MazeMap, obs: NDArray[np.floating], goal: FloatArray) -> NDArray[np.uint8]:
    """(h, w, 3) the maze from above.

    Args:
        obs: (4,) or longer, x and y first. goal: (2,) in metres.
    """
    height, width = maze.walls.shape
    picture = Image.new("RGB", (width * CELL, height * CELL), FREE)
    pen = ImageDraw.Draw(picture)

    def box(middle: FloatArray, radius: float) -> tuple[float, float, float, float]:
        x, y = (maze.half[0] + middle[0]) * CELL, (maze.half[1] - middle[1]) * CELL
        return x - radius * CELL, y - radius * CELL, x + radius * CELL - 1, y + radius * CELL - 1

    for middle in maze.boxes:
        pen.rectangle(box(middle, 0.5), WALL)
    pen.ellipse(box(goal, 1.5 * RADIUS), GOAL)
    pen.ellipse(box(np.asarray(obs[:2], dtype=np.float64), RADIUS), AGENT)
    return np.asarray(picture)
