"""Frozen, validated demonstrations, with their provenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app import __version__
from irl_app.demonstrations.episode import DemonstrationError, Episode, check_episode
from irl_app.demonstrations.stored import elements
from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.gym_spaces import Translation
from trainers.settings import DISCOUNT
from trainers.spaces import Discrete, Space, SpaceError, smallest_space
from trainers.transitions import Transitions

if TYPE_CHECKING:
    import pandas as pd

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
        if self.gamma not in DISCOUNT:
            raise DemonstrationError(f"the provenance's gamma must lie {DISCOUNT}, got {self.gamma:g}")


@dataclass(frozen=True)
class Spaces:
    """What observations and actions are, and how those of an environment are told from its own spaces."""

    observation: Space
    action: Space
    observations: Translation | None = field(default=None, compare=False, repr=False)
    actions: Translation | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Demonstrations:
    """At least one episode, and where they came from. Flat views have one entry a move, in order.

    Attributes:
        spaces: what whoever recorded them says they lie in; None: the smallest spaces that hold them.
        observation_space: Discrete for cells of a grid. action_space: likewise. Neither makes demonstrations
            different ones.

    Raises:
        DemonstrationError: there is no episode, their observations or actions differ in shape or kind, or lie
            outside their space.
    """

    episodes: tuple[Episode, ...]
    provenance: Provenance
    spaces: InitVar[Spaces | None] = None
    observation_space: Space = field(init=False, compare=False)
    action_space: Space = field(init=False, compare=False)

    def __post_init__(self, spaces: Spaces | None) -> None:
        object.__setattr__(self, "episodes", tuple(self.episodes))
        if not self.episodes:
            raise DemonstrationError("there are no demonstrations: at least 1 episode is needed")
        given = (None, None) if spaces is None else (spaces.observation, spaces.action)
        names = (("observation_space", "observations"), ("action_space", "actions"))
        for space, (attribute, name) in zip(given, names, strict=True):
            arrays = [getattr(episode, name) for episode in self.episodes]
            object.__setattr__(self, attribute, _space_of(arrays, name, space))

    def __repr__(self) -> str:
        return f"Demonstrations({self.n_episodes} episodes, {self.n_steps} moves, {self.provenance.expert})"

    def _repr_html_(self) -> str:
        rows = {
            "episodes": f"{self.n_episodes}, of {self.lengths.min()} to {self.lengths.max()} moves",
            "moves": f"{self.n_steps}",
            "mean return": f"{np.mean([one.rewards.sum() for one in self.episodes]):.4g}",
            "terminated": f"{sum(one.terminated for one in self.episodes)} of {self.n_episodes}",
            "observations": f"{self.observation_space}",
            "actions": f"{self.action_space}",
            "task": self.provenance.task,
            "expert": self.provenance.expert,
        }
        cells = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
        return f"<table>{cells}</table>"

    def to_frame(self) -> pd.DataFrame:
        """A pandas table, one row a move: episode, time, action, reward, terminated, truncated, and each
        number of the observation and of what followed it.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        last = np.zeros(self.n_steps, bool)
        last[np.cumsum(self.lengths) - 1] = True
        time = np.concatenate([np.arange(length) for length in self.lengths])
        columns: dict[str, Any] = {"episode": self.episode, "time": time}
        for name in ("obs", "action", "next_obs"):
            rows = getattr(self, name).reshape(self.n_steps, -1)
            alone = rows.shape[1] == 1
            columns |= {name if alone else f"{name}_{i}": rows[:, i] for i in range(rows.shape[1])}
        ends = {"terminated": self.terminated, "truncated": last & ~self.terminated}
        return pd.DataFrame({**columns, "reward": self.reward, **ends})

    @classmethod
    def from_arrays(
        cls,
        *,
        obs: ArrayLike,
        action: ArrayLike,
        reward: ArrayLike,
        next_obs: ArrayLike | None = None,
        terminated: ArrayLike | None = None,
        truncated: ArrayLike | None = None,
        episode: ArrayLike | None = None,
        spaces: Spaces | None = None,
        task: str = "arrays",
        expert: str = "unknown",
        truncate_open: bool = False,
    ) -> Demonstrations:
        """Demonstrations from arrays with a row a step, as `load_demonstrations` reads them from an NPZ file.

        Args:
            obs, next_obs: (N, *O). action: (N, *A). reward, terminated, truncated: (N,).
            episode: (N,) number of each step's; None: an end begins the next one.
            spaces: that they lie in; None: whichever hold them.
            task, expert: for the provenance, in words.
            truncate_open: take an episode without an end for one that was cut off.

        Raises:
            DemonstrationError: arrays are missing or differ in length, or an episode is malformed.
        """
        from irl_app.demonstrations.columns import check_present, episodes_of

        given = {"obs": obs, "action": action, "next_obs": next_obs, "reward": reward}
        given |= {"terminated": terminated, "truncated": truncated, "episode": episode}
        where = "what was given"
        try:
            columns = {name: np.asarray(array) for name, array in given.items() if array is not None}
        except ValueError as error:
            raise DemonstrationError(f"an array in {where} has rows of different lengths") from error
        check_present({name: name for name in columns}, where)
        return cls(
            tuple(episodes_of(columns, where, spaces, truncate_open)), Provenance(task, expert), spaces
        )

    @property
    def n_episodes(self) -> int:
        """Number of episodes, at least 1."""
        return len(self.episodes)

    @cached_property
    def n_steps(self) -> int:
        """Number of moves in all episodes together, N."""
        return sum(len(episode) for episode in self.episodes)

    @cached_property
    def obs(self) -> NDArray[Any]:
        """(N, *O) observation (on a grid the cell) before each move."""
        return _joined([episode.observations[:-1] for episode in self.episodes])

    @cached_property
    def action(self) -> NDArray[Any]:
        """(N, *A) action of each move."""
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
        spaces = Spaces(self.observation_space, self.action_space)
        return replace(self, episodes=tuple(self.episodes[number] for number in numbers), spaces=spaces)

    def fitted(self, spaces: Spaces) -> Demonstrations:
        """The same in the spaces of a task, numbers converted where that can mean one thing only.

        Raises:
            DemonstrationError: an episode is of other spaces; the message names it.
        """
        episodes = []
        for number, one in enumerate(self.episodes, start=1):
            try:
                obs = elements(spaces.observation, one.observations, "observations", spaces.observations)
                action = elements(spaces.action, one.actions, "actions", spaces.actions)
            except SpaceError as error:
                raise DemonstrationError(f"episode {number}: {error}") from error
            episodes.append(replace(one, observations=obs, actions=action))
        return replace(self, episodes=tuple(episodes), spaces=spaces)

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
        for name, space in (("observations", self.observation_space), ("actions", self.action_space)):
            if not isinstance(space, Discrete) or space.start != 0:
                raise DemonstrationError(
                    f"these demonstrations have {name} that are {space}, not the cells and moves of a grid: "
                    f"they are of {self.provenance.task[:60]}"
                )


def _space_of(arrays: Sequence[NDArray[Any]], name: str, space: Space | None) -> Space:
    """The space in which all these arrays, one an episode, lie."""
    if space is None:
        kinds = sorted({f"{array.dtype} of shape {array.shape[1:]}" for array in arrays})
        if len(kinds) > 1:
            raise DemonstrationError(f"{name} have different shapes or kinds: {kinds[0]} and {kinds[1]}")
        try:
            return smallest_space(arrays)
        except SpaceError as error:
            raise DemonstrationError(f"{name} must be numbered from 0: {error}") from error
    for number, array in enumerate(arrays, start=1):
        try:
            if space.cast(array, name).dtype != array.dtype:
                raise SpaceError(f"{name} must be {space}, got {array.dtype}")
        except SpaceError as error:
            raise DemonstrationError(f"episode {number}: {error}") from error
    return space


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    joined = np.concatenate(parts)
    joined.setflags(write=False)
    return joined


def transitions_of(demonstrations: Demonstrations, every: int = 1, offset_seed: int = 0) -> Transitions:
    """The demonstrated transitions, or every n-th of them.

    Subsampling is that of the imitation literature (Ho and Ermon 2016, section 6): of each episode the steps
    o, o + n, o + 2n, ... are kept, o random in 0 to n-1 and within the episode. A kept step keeps its own
    true next observation, episode and time in it; first steps are mostly left out.

    Args:
        demonstrations: cells of a grid become (N,) float32, which a network will hardly want.
        every: n >= 1.
        offset_seed: of the offsets, one an episode; an episode's does not depend on those beside it.

    Raises:
        DemonstrationError: a number is out of range.
    """
    if every < 1:
        raise DemonstrationError(f"every how many-th step is kept must be at least 1, got {every}")
    if offset_seed < 0:
        raise DemonstrationError(f"the seed must be 0 or more, got {offset_seed}")
    offsets = [
        int(np.random.default_rng([offset_seed, i]).integers(min(every, length)))
        for i, length in enumerate(demonstrations.lengths.tolist())
    ]
    time = _within_episodes(demonstrations)
    kept = (time - np.array(offsets)[demonstrations.episode]) % every == 0
    kept &= time >= np.array(offsets)[demonstrations.episode]
    return Transitions(
        obs=demonstrations.obs[kept],
        action=demonstrations.action[kept],
        next_obs=demonstrations.next_obs[kept],
        terminated=demonstrations.terminated[kept],
        reward=demonstrations.reward[kept],
        episode=demonstrations.episode[kept],
        time=time[kept],
    )


def _within_episodes(demonstrations: Demonstrations) -> IntArray:
    """(N,) how many moves each move has before it in its episode."""
    begins = np.cumsum(demonstrations.lengths) - demonstrations.lengths
    return np.arange(demonstrations.n_steps) - begins[demonstrations.episode]
