"""Transitions as arrays: what a learner with networks is given, without a word of where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainers.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Transitions:
    """N steps (s, a, s') in the order in which they were taken; arrays are copied and made read-only.

    Attributes:
        obs: (N, *O). action: (N, *A) as the action space has them.
        next_obs: (N, *O), the observation before any reset.
        terminated: (N,) bool, the task's rules ended the episode here; a time limit does not.
        reward: (N,) of the environment; imitation never reads it.
        episode: (N,) number of the episode, ascending.
        time: (N,) steps of the episode before this one; where steps are left out, the others keep theirs.

    Raises:
        ValueError: lengths or shapes disagree, there is no transition, or a number is not finite.
    """

    obs: NDArray[Any]
    action: NDArray[Any]
    next_obs: NDArray[Any]
    terminated: BoolArray
    reward: FloatArray
    episode: IntArray
    time: IntArray

    def __post_init__(self) -> None:
        kinds = {"terminated": np.bool_, "reward": np.float64, "episode": np.int64, "time": np.int64}
        for field in fields(self):
            array = np.array(getattr(self, field.name), dtype=kinds.get(field.name))
            if array.dtype == np.float64 and field.name != "reward":
                array = array.astype(np.float32)  # as networks see them
            array.flags.writeable = False
            object.__setattr__(self, field.name, array)
        n = len(self.action)
        if n == 0:
            raise ValueError("there is no transition to learn from: give at least one")
        shapes = {field.name: getattr(self, field.name).shape for field in fields(self)}
        if self.obs.shape != self.next_obs.shape or any(shape[:1] != (n,) for shape in shapes.values()):
            raise ValueError(f"the arrays of transitions must have one length and shape, got {shapes}")
        for name in ("obs", "action", "next_obs", "reward"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name} holds a number that is not finite")

    def __len__(self) -> int:
        return len(self.action)

    @property
    def obs_shape(self) -> tuple[int, ...]:
        """O, the shape of one observation."""
        return self.obs.shape[1:]

    @property
    def n_episodes(self) -> int:
        """How many episodes the steps are from."""
        return len(np.unique(self.episode))

    def initial(self) -> Transitions:
        """The first steps of the episodes; all of them if subsampling has left none."""
        first = self.time == 0
        return self[first] if first.any() else self

    def __getitem__(self, rows: NDArray[Any] | slice) -> Transitions:
        """The steps at these places, in this order."""
        return Transitions(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def concatenate(parts: Sequence[Transitions]) -> Transitions:
    """The steps one after the other, their episodes numbered through."""
    offsets = np.cumsum([0, *(int(part.episode[-1]) + 1 for part in parts)])
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Transitions)
    }
    columns["episode"] = np.concatenate(
        [part.episode + offset for part, offset in zip(parts, offsets[:-1], strict=True)]
    )
    return Transitions(**columns)


def side_by_side(parts: Sequence[Transitions], most: int) -> tuple[dict[str, NDArray[Any]], BoolArray]:
    """Steps of K learners for one call of all of them: name -> (K, B, ...), and (K, B) which of them count.

    Args:
        parts: each learner's own.
        most: B at most; of more, as many are taken, evenly spread. Where there are fewer, the first ones
            come again, and do not count.
    """
    width = min(most, max(map(len, parts)))
    rows = [
        np.linspace(0, len(part) - 1, width).round().astype(np.int64)
        if len(part) > width
        else np.where(np.arange(width) < len(part), np.arange(width), 0)
        for part in parts
    ]
    columns = {
        field.name: np.stack([getattr(part, field.name)[at] for part, at in zip(parts, rows, strict=True)])
        for field in fields(Transitions)
    }
    counted = np.arange(width) < np.array([[min(len(part), width)] for part in parts])
    return columns, counted
