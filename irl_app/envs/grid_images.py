"""Grid worlds seen from above: what a network is shown where walls or goals change in every game."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import NDArray

from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.gridworld import GridWorld

Image = NDArray[np.float32]

PLANES = ("walls", "goals", "player")
WALLS, GOALS, PLAYER = range(3)


def grid_image(grid: GridSpec, cell: int) -> Image:
    """(3, H, W) float32 of zeros and ones: where the walls, the goals and the player (in `cell`) are."""
    image = np.zeros((len(PLANES), grid.height, grid.width), dtype=np.float32)
    image[WALLS], image[GOALS] = grid.walls, grid.goals
    image[PLAYER].flat[cell] = 1.0
    return image


class GridImages(gym.Wrapper[Image, np.int64, np.int64, np.int64], RecordConstructorArgs):
    """Shows a `GridWorld` as `grid_image` instead of a cell's number; all else is as it was.

    Args:
        env: a `GridWorld`, wrapped or not.

    Raises:
        TypeError: it is another environment.
    """

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        RecordConstructorArgs.__init__(self)
        super().__init__(env)
        world = env.unwrapped
        if not isinstance(world, GridWorld):
            raise TypeError(f"only a GridWorld can be shown as an image, got {type(world).__name__}")
        self._world = world
        shape = (len(PLANES), world.grid.height, world.grid.width)
        self.observation_space = gym.spaces.Box(0.0, 1.0, shape, np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Image, dict[str, Any]]:
        """Start an episode; arguments as the environment's."""
        cell, info = self.env.reset(seed=seed, options=options)
        return grid_image(self._world.grid, int(cell)), info

    def step(self, action: np.int64) -> tuple[Image, Any, bool, bool, dict[str, Any]]:
        """Take one move; returns (image, reward, terminated, truncated, info)."""
        cell, reward, terminated, truncated, info = self.env.step(action)
        return grid_image(self._world.grid, int(cell)), reward, terminated, truncated, info
