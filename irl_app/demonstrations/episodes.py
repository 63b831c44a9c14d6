"""Frozen, validated demonstrations, with their provenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app import __version__
from irl_app.demonstrations.episode import DemonstrationError, Episode, check_episode
from irl_app.envs.grid_spec import GridSpec
from trainers.mdp import BoolArray, FloatArray, IntArray

MAX_STEPS = 10_000_000
CREATED_BY = f"irl-app {__version__}"


@dataclass(frozen=True)
class Provenance:
    """Where demonstrations came from.

    Attributes:
        task: as in ``gridworld/goal``. expert: who acted, in words. seed: of the draw, None for a person.
        gamma: discount of the task. map: the grid as text, empty if it is unknown or there is none.
        created_by: program and version.
    """

    task: str = "gridworld/map"
    expert: str = "unknown"
    seed: int | None = None
    gamma: float = 0.9
    map: str = ""
    created_by: str = CREATED_BY

    def __post_init__(self) -> None:
        if not 0.0 < self.gamma < 1.0:
            raise DemonstrationError(
                f"the provenance's gamma must lie strictly between 0 and 1, got {self.gamma:g}"
            )


@dataclass(frozen=True)
class Demonstrations:
    """At least one episode, and where they came from. Flat views have one entry a move, in order.

    Raises:
        DemonstrationError: there is no episode, or their observations differ in shape.
    """

    episodes: tuple[Episode, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "episodes", tuple(self.episodes))
        if not self.episodes:
            raise DemonstrationError("there are no demonstrations: at least 1 episode is needed")
        shapes = sorted({episode.obs_shape for episode in self.episodes})
        if len(shapes) > 1:
            raise DemonstrationError(f"observations have different shapes: {shapes[0]} and {shapes[1]}")

    def __repr__(self) -> str:
        return f"Demonstrations({self.n_episodes} episodes, {self.n_steps} moves, {self.provenance.expert})"

    @property
    def n_episodes(self) -> int:
        """Number of episodes, at least 1."""
        return len(self.episodes)

    @property
    def obs_shape(self) -> tuple[int, ...]:
        """O, the shape of one observation; () for cells of a grid."""
        return self.episodes[0].obs_shape

    @cached_property
    def n_steps(self) -> int:
        """Number of moves in all episodes together, N."""
        return sum(len(episode) for episode in self.episodes)

    @cached_property
    def obs(self) -> NDArray[Any]:
        """(N, *O) observation (on a grid the cell) before each move."""
        return _joined([episode.observations[:-1] for episode in self.episodes])

    @cached_property
    def action(self) -> IntArray:
        """(N,) action of each move."""
        return _joined([episode.actions for episode in self.episodes])

    @cached_property
    def next_obs(self) -> NDArray[Any]:
        """(N, *O) observation (on a grid the cell) after each move."""
        return _joined([episode.observations[1:] for episode in self.episodes])

    @cached_property
    def reward(self) -> FloatArray:
        """(N,) true reward of each move: for judging, never for learning."""
        return _joined([episode.rewards for episode in self.episodes])

    @cached_property
    def lengths(self) -> IntArray:
        """(E,) moves of each episode."""
        return np.array([len(episode) for episode in self.episodes], dtype=np.int64)

    @cached_property
    def terminated(self) -> BoolArray:
        """(N,) True where the move ended the task (the last of an episode that was not truncated)."""
        ended = np.zeros(self.n_steps, dtype=bool)
        ended[np.cumsum(self.lengths) - 1] = [episode.terminated for episode in self.episodes]
        ended.setflags(write=False)
        return ended

    @cached_property
    def episode(self) -> IntArray:
        """(N,) number of the episode that each move belongs to, ascending from 0."""
        return _joined([np.repeat(np.arange(self.n_episodes), self.lengths)])

    def subset(self, indices: Iterable[int]) -> Demonstrations:
        """The episodes with these numbers, in this order; DemonstrationError if one does not exist."""
        numbers = list(indices)
        for number in numbers:
            if not 0 <= number < self.n_episodes:
                raise DemonstrationError(
                    f"there is no episode {number}, there are 0 to {self.n_episodes - 1}"
                )
        return replace(self, episodes=tuple(self.episodes[number] for number in numbers))

    def visits(self, n_states: int) -> IntArray:
        """(S,) how often each cell was stood in, the last cell of every episode included.

        Raises:
            DemonstrationError: a cell is beyond S, or these are not demonstrations on a grid.
        """
        self._check_cells()
        last = [episode.observations[-1] for episode in self.episodes]
        cells = np.concatenate([self.obs, np.array(last, dtype=np.int64)])
        if cells.max() >= n_states:
            raise DemonstrationError(f"cell {cells.max()} is visited, there are 0 to {n_states - 1}")
        return np.bincount(cells, minlength=n_states)

    def check_fits(self, grid: GridSpec) -> None:
        """Raise DemonstrationError unless all starts, moves and ends are possible in `grid`."""
        self._check_cells()
        for number, episode in enumerate(self.episodes):
            check_episode(
                grid, episode.observations, episode.actions, episode.terminated, f"episode {number + 1}"
            )

    def _check_cells(self) -> None:
        if self.obs_shape:
            raise DemonstrationError(
                f"these demonstrations have observations of shape {self.obs_shape}, not cells of a grid: "
                f"they are of {self.provenance.task[:60]}"
            )


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    joined = np.concatenate(parts)
    joined.setflags(write=False)
    return joined
