"""One episode, frozen and validated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.envs.grid_spec import GridSpec
from trainers.mdp import FloatArray, IntArray


class DemonstrationError(ValueError):
    """Demonstrations that cannot be used; the message is one sentence for people."""


@dataclass(frozen=True, eq=False)
class Episode:
    """One episode of T >= 1 moves; arrays are copied and read-only.

    Attributes:
        observations: (T+1,) int64 cells of a grid, or (T+1, *O) float32 of any other task; the last one after
            the last move. actions: (T,) action numbers.
        rewards: (T,) true rewards received. terminated: the task ended. truncated: cut off from outside.

    Raises:
        DemonstrationError: lengths do not fit, a number is negative or not finite, or the episode is not
            ended by exactly one of termination and truncation.
    """

    observations: NDArray[Any]
    actions: IntArray
    rewards: FloatArray
    terminated: bool
    truncated: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "observations", _frozen_observations(self.observations))
        for name, kind in (("actions", np.int64), ("rewards", np.float64)):
            object.__setattr__(self, name, _frozen(name, getattr(self, name), kind))
        steps = self.actions.size
        if steps == 0:
            raise DemonstrationError("an episode has no moves: delete it, or make at least one move")
        if len(self.observations) != steps + 1 or self.rewards.size != steps:
            raise DemonstrationError(
                f"an episode of {steps} moves needs {steps + 1} observations and {steps} rewards, "
                f"got {len(self.observations)} and {self.rewards.size}"
            )
        if (self.actions < 0).any() or (not self.obs_shape and (self.observations < 0).any()):
            raise DemonstrationError("cells and actions are numbered from 0, got a negative number")
        if self.obs_shape and not np.isfinite(self.observations).all():
            raise DemonstrationError("an observation holds a number that is not finite")
        if not np.isfinite(self.rewards).all():
            raise DemonstrationError("a reward is not a finite number")
        if bool(self.terminated) == bool(self.truncated):
            raise DemonstrationError(
                "an episode ends either by terminating or by being truncated: set exactly one"
            )
        object.__setattr__(self, "terminated", bool(self.terminated))
        object.__setattr__(self, "truncated", bool(self.truncated))

    def __len__(self) -> int:
        return self.actions.size

    @property
    def obs_shape(self) -> tuple[int, ...]:
        """O, the shape of one observation; () for cells of a grid."""
        return self.observations.shape[1:]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Episode) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[tuple[int, ...], bytes, bytes, bytes, bool]:
        arrays = (self.observations.tobytes(), self.actions.tobytes(), self.rewards.tobytes())
        return (self.obs_shape, *arrays, self.terminated)


def check_episode(grid: GridSpec, cells: IntArray, actions: IntArray, terminated: bool, name: str) -> None:
    """Raise DemonstrationError unless the episode has positive probability in the grid.

    Args:
        cells: (T+1,) observations. actions: (T,). terminated: whether it claims to have reached the end.
    """
    mdp = grid.mdp()
    if cells.max() >= grid.n_states or not mdp.valid[cells].all():
        bad = cells[(cells >= grid.n_states) | ~mdp.valid[np.minimum(cells, grid.n_states - 1)]][0]
        what = "which is a wall" if bad < grid.n_states else f"the grid has cells 0 to {grid.n_states - 1}"
        raise DemonstrationError(f"{name} stands in cell {bad}, {what}: use the grid that it was recorded in")
    if mdp.p0[cells[0]] == 0:
        raise DemonstrationError(f"{name} starts at {grid.place(int(cells[0]))}, where no episode starts")
    if actions.max() >= grid.n_actions:
        raise DemonstrationError(f"{name} uses action {actions.max()} of 0 to {grid.n_actions - 1}")
    if mdp.terminal[cells[:-1]].any():
        raise DemonstrationError(f"{name} goes on after its end: an episode stops where it enters the goal")
    if bool(mdp.terminal[cells[-1]]) != terminated:
        claim = "says that it terminated, but stops" if terminated else "says that it was cut off, but ends"
        raise DemonstrationError(f"{name} {claim} at {grid.place(int(cells[-1]))}")
    probability = np.asarray(mdp.transition[cells[:-1] * grid.n_actions + actions, cells[1:]])
    impossible = probability <= 0
    if impossible.any():
        step = int(impossible.argmax())
        raise DemonstrationError(
            f"{name}, move {step + 1}: action {actions[step]} cannot lead from "
            f"{grid.place(int(cells[step]))} to {grid.place(int(cells[step + 1]))} in this grid"
        )


def _frozen(name: str, values: Any, kind: type[np.generic]) -> NDArray[Any]:
    given = np.asarray(values)
    if given.ndim != 1 or (kind is np.int64 and given.size and given.dtype.kind not in "iu"):
        raise DemonstrationError(f"{name} must be one row of {'whole ' if kind is np.int64 else ''}numbers")
    if given.dtype.kind not in "iuf":
        raise DemonstrationError(f"{name} must be numbers")
    array = given.astype(kind)
    array.setflags(write=False)
    return array


def _frozen_observations(values: Any) -> NDArray[Any]:
    given = np.asarray(values)
    if given.ndim <= 1:
        return _frozen("observations", given, np.int64)
    if given.dtype.kind not in "biuf" or not given[0].size:
        raise DemonstrationError(
            "observations must be one row of cells, or an array of numbers for each move"
        )
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused as such
        array = given.astype(np.float32)
    array.setflags(write=False)
    return array
