"""One episode, frozen and validated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import FloatArray, IntArray
from trainers.spaces import held_as


class DemonstrationError(ValueError):
    """Demonstrations that cannot be used; the message is one sentence for people."""


@dataclass(frozen=True, eq=False)
class Episode:
    """One episode of T >= 1 moves; arrays are copied and read-only.

    Attributes:
        observations: (T+1,) int64 cells of a grid, or (T+1, *O) arrays, uint8 as they are and all else as
            float32; the last one after the last move. actions: (T,) int64, or (T, *A) arrays likewise.
        rewards: (T,) true rewards received. terminated: the task ended. truncated: cut off from outside.

    Raises:
        DemonstrationError: lengths do not fit, a number is not finite, or the episode is not ended by exactly
            one of termination and truncation.
    """

    observations: NDArray[Any]
    actions: NDArray[Any]
    rewards: FloatArray
    terminated: bool
    truncated: bool

    def __repr__(self) -> str:
        return f"Episode({len(self)} moves, {'terminated' if self.terminated else 'truncated'})"

    def __post_init__(self) -> None:
        for name, freeze in (("observations", _elements), ("actions", _elements), ("rewards", _row)):
            array = freeze(name, np.asarray(getattr(self, name)))
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        steps = len(self)
        if steps == 0:
            raise DemonstrationError("an episode has no moves: delete it, or make at least one move")
        if len(self.observations) != steps + 1 or self.rewards.size != steps:
            raise DemonstrationError(
                f"an episode of {steps} moves needs {steps + 1} observations and {steps} rewards, "
                f"got {len(self.observations)} and {self.rewards.size}"
            )
        if bool(self.terminated) == bool(self.truncated):
            raise DemonstrationError(
                "an episode ends either by terminating or by being truncated: set exactly one"
            )
        object.__setattr__(self, "terminated", bool(self.terminated))
        object.__setattr__(self, "truncated", bool(self.truncated))

    def __len__(self) -> int:
        return len(self.actions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Episode) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[object, ...]:
        arrays = (self.observations, self.actions, self.rewards)
        return (*((each.dtype, each.shape, each.tobytes()) for each in arrays), self.terminated)


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


def _elements(name: str, given: NDArray[Any]) -> NDArray[Any]:
    """A copy of elements of a space: a row of whole numbers, or arrays."""
    if given.ndim == 1 and (not given.size or given.dtype.kind in "iu"):
        return given.astype(np.int64)
    if given.ndim >= 2 and given[:1].size and given.dtype.kind in "biuf":
        return _finite(name, given, held_as(given.dtype))
    raise DemonstrationError(f"{name} must be one row of whole numbers, or an array of numbers for each move")


def _row(name: str, given: NDArray[Any]) -> FloatArray:
    if given.ndim != 1 or given.dtype.kind not in "iuf":
        raise DemonstrationError(f"{name} must be one row of numbers")
    return _finite(name, given, "float64")


def _finite(name: str, given: NDArray[Any], kind: str) -> NDArray[Any]:
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused as such
        array = given.astype(kind)
    if not np.isfinite(array).all():
        raise DemonstrationError(f"there is a number in {name} that is not finite")
    return array
