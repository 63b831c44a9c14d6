"""The grid world as a Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from irl_app.envs import drawing
from irl_app.envs.grid_map import format_map, parse_map
from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.envs.presets import PRESETS, make_preset


class GridWorld(gym.Env[np.int64, np.int64]):
    """Walk through a grid of cells.

    ## Action space
    ``Discrete(4)``: 0 up, 1 right, 2 down, 3 left; ``Discrete(5)`` where the grid has 4 stay. A move into a
    wall or the border stays put. With probability `slip` any action becomes a random compass move.

    ## Observation space
    ``Discrete(height * width)``: the cell, ``row * width + column``.

    ## Rewards
    The reward of the cell that is entered, staying included: its own, or else the step reward.

    ## Starting state
    One of the grid's start cells, each equally likely.

    ## Episode end
    Terminated on entering a goal of kind "end"; truncated after the grid's number of moves.

    ## Information
    ``map``: the grid as text, from which it can be built again; ``cell``: (row, column).

    ## Arguments
    ``grid``: a `GridSpec` or a map as text. ``preset``, ``size``, ``layout_seed``: a named grid instead;
    presets with changing layouts draw a new one at every reset, from the environment's own generator.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - Gymnasium declares it as an instance's
        "render_modes": ["rgb_array", "ansi"],
        "render_fps": 8,
    }

    def __init__(
        self,
        grid: GridSpec | str | None = None,
        *,
        preset: str | None = None,
        size: int | None = None,
        layout_seed: int = 0,
        render_mode: str | None = None,
    ) -> None:
        if (grid is None) == (preset is None):
            raise GridError("give either a grid (or its map) or the name of a preset")
        if grid is not None and size is not None:
            raise GridError("a grid has its own size: give either a grid or a preset with a size")
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(
                f"render_mode must be one of {self.metadata['render_modes']}, got {render_mode!r}"
            )
        if preset is not None:
            self.grid = make_preset(preset, size, layout_seed)
        else:
            self.grid = grid if isinstance(grid, GridSpec) else parse_map(str(grid))
        self._redraws = PRESETS[preset] if preset is not None and PRESETS[preset].redraws else None
        self._size = size
        self._map = format_map(self.grid)
        self.observation_space = spaces.Discrete(self.grid.n_states)
        self.action_space = spaces.Discrete(self.grid.n_actions)
        self.render_mode = render_mode
        self._cell: int | None = None
        self._moves = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        """Start an episode; presets with changing layouts draw theirs first."""
        super().reset(seed=seed, options=options)
        if self._redraws is not None:
            self.grid = self._redraws.build(self._size, self.np_random)
            self._map = format_map(self.grid)
        self._cell, self._moves = int(self.np_random.choice(self.grid.start_cells)), 0
        return np.int64(self._cell), self._info()

    def step(self, action: np.int64 | int) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        """Take one move; returns (cell, reward, terminated, truncated, info)."""
        if self._cell is None:
            raise gym.error.ResetNeeded("call reset before the first step")
        if not self.action_space.contains(action):
            raise GridError(f"the actions are 0 to {self.grid.n_actions - 1}, got {action!r}")
        mdp = self.grid.mdp()
        if mdp.terminal[self._cell]:
            raise gym.error.ResetNeeded("the episode has ended: call reset")
        row = self._cell * mdp.n_actions + int(action)
        outcomes = slice(mdp.transition.indptr[row], mdp.transition.indptr[row + 1])
        drawn = _draw(mdp.transition.data[outcomes], self.np_random)
        self._cell = int(mdp.transition.indices[outcomes][drawn])
        self._moves += 1
        terminated = bool(mdp.terminal[self._cell])
        truncated = not terminated and self._moves >= self.grid.max_steps
        reward = float(self.grid.state_reward()[self._cell])
        return np.int64(self._cell), reward, terminated, truncated, self._info()

    def render(self) -> np.ndarray | str | None:
        """The grid with the agent: an (h, w, 3) picture for "rgb_array", rows of letters for "ansi"."""
        if self.render_mode is None:
            gym.logger.warn('no render mode: make the environment with render_mode="rgb_array" or "ansi"')
            return None
        if self.render_mode == "ansi":
            return drawing.ansi(self.grid, self._cell)
        return drawing.draw(self.grid, self._cell)

    def _info(self) -> dict[str, Any]:
        assert self._cell is not None
        return {"map": self._map, "cell": divmod(self._cell, self.grid.width)}


def _draw(probabilities: np.ndarray, rng: np.random.Generator) -> int:
    cumulative = np.cumsum(probabilities)
    return int(np.searchsorted(cumulative[:-1], rng.random() * cumulative[-1], side="right"))
