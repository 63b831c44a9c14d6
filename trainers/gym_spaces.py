"""Gymnasium's spaces as ours: what is composed is laid out in one row, choices of parts are one choice."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from trainers.spaces import MAX_DIMENSIONS, Box, Discrete, Space, SpaceError, compact, held_as

MOST_ACTIONS = 1_000
"""Combinations of an action's parts that are enumerated."""


@dataclass(frozen=True)
class Translation:
    """How elements of a Gymnasium space are elements of ours.

    Attributes:
        space: ours.
        encode: B of theirs, as vector environments and datasets hold them (arrays, or dictionaries and tuples
            of arrays), -> (B, *shape).
        decode: one of ours -> one of theirs.
    """

    space: Space
    encode: Callable[[Any], NDArray[Any]]
    decode: Callable[[Any], Any]


def space_from_gymnasium(space: gym.Space[Any]) -> Space:
    """Gymnasium's Discrete or Box.

    Raises:
        SpaceError: it is another one.
    """
    if isinstance(space, gym.spaces.Discrete):
        return Discrete(int(space.n), int(space.start))
    if isinstance(space, gym.spaces.Box) and space.shape:
        return Box(tuple(space.shape), held_as(space.dtype), compact(space.low), compact(space.high))
    raise SpaceError(f"spaces are Discrete or Box, got {space}: flatten it with a Gymnasium wrapper")


def observations(space: gym.Space[Any]) -> Translation:
    """Observations for networks: a Box as it is; Discrete (one-hot), MultiDiscrete, MultiBinary, Dict and
    Tuple as one row of float32, in Gymnasium's order (``gymnasium.spaces.flatten``).

    Raises:
        SpaceError: it is, or holds, another one.
    """
    if (
        isinstance(space, gym.spaces.Box)
        and 1 <= len(space.shape) <= MAX_DIMENSIONS
        and space.dtype.kind in "biuf"
    ):
        box = Box(tuple(space.shape), held_as(space.dtype), compact(space.low), compact(space.high))
        return Translation(box, lambda values: np.asarray(values).astype(box.dtype), lambda value: value)
    low, high = _bounds(space)
    row = Box((low.size,), "float32", compact(low), compact(high))

    def encode(values: Any) -> NDArray[Any]:
        return _flat(space, values).astype(np.float32)

    return Translation(row, encode, lambda value: gym.spaces.unflatten(space, value))


def actions(space: gym.Space[Any]) -> Translation:
    """Actions: Discrete and one row of numbers as they are; a larger Box as one row; MultiDiscrete and
    MultiBinary as one count of all combinations, the last part running fastest.

    Raises:
        SpaceError: it is another one, or has more than ``MOST_ACTIONS`` combinations.
    """
    if isinstance(space, gym.spaces.Discrete):
        own = Discrete(int(space.n), int(space.start))
        return Translation(own, lambda values: np.asarray(values).astype(np.int64), lambda value: value)
    if isinstance(space, gym.spaces.Box) and space.shape and space.dtype.kind == "f":
        row = Box((math.prod(space.shape),), "float32", compact(space.low), compact(space.high))
        return Translation(
            row,
            lambda values: np.asarray(values, np.float32).reshape(-1, *row.shape),
            lambda value: np.asarray(value, space.dtype).reshape(space.shape),
        )
    if isinstance(space, gym.spaces.MultiDiscrete | gym.spaces.MultiBinary):
        counts, starts = _parts(space)
        n = math.prod(counts)
        if n > MOST_ACTIONS:
            raise SpaceError(
                f"actions of {space} have {n} combinations, at most {MOST_ACTIONS} are enumerated: let fewer "
                "be chosen with a Gymnasium wrapper"
            )

        def encode(values: Any) -> NDArray[Any]:
            chosen = np.asarray(values).reshape(-1, len(counts)) - starts
            if not ((chosen >= 0) & (chosen < counts) & (chosen == np.trunc(chosen))).all():
                raise SpaceError(f"actions must be choices of {space}, got others")
            return np.ravel_multi_index(tuple(chosen.astype(np.int64).T), counts)

        def decode(value: Any) -> Any:
            chosen = np.stack(np.unravel_index(value, counts), axis=-1) + starts
            return chosen.astype(space.dtype).reshape(space.shape)

        return Translation(Discrete(n), encode, decode)
    raise SpaceError(
        f"actions are Discrete, a Box of numbers, MultiDiscrete or MultiBinary, got {space}: "
        "change them with a Gymnasium wrapper"
    )


Counted = gym.spaces.MultiDiscrete | gym.spaces.MultiBinary


def _parts(space: Counted) -> tuple[tuple[int, ...], NDArray[np.int64]]:
    """How many choices each part of a space has, and where each begins to count."""
    if isinstance(space, gym.spaces.MultiBinary):
        size = math.prod(space.shape)
        return (2,) * size, np.zeros(size, np.int64)
    return tuple(int(n) for n in space.nvec.ravel()), np.asarray(space.start, np.int64).ravel()


def _bounds(space: gym.Space[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Lowest and highest numbers of a space laid out in one row."""
    if isinstance(space, gym.spaces.Box) and space.dtype.kind in "biuf":
        return space.low.astype(np.float64).ravel(), space.high.astype(np.float64).ravel()
    if isinstance(space, gym.spaces.Discrete):
        return np.zeros(int(space.n)), np.ones(int(space.n))
    if isinstance(space, gym.spaces.MultiBinary):
        return np.zeros(math.prod(space.shape)), np.ones(math.prod(space.shape))
    if isinstance(space, gym.spaces.MultiDiscrete):
        n = int(space.nvec.sum())
        return np.zeros(n), np.ones(n)
    if isinstance(space, gym.spaces.Dict | gym.spaces.Tuple):
        parts = [_bounds(part) for part in _subspaces(space)]
        if parts:
            low, high = zip(*parts, strict=True)
            return np.concatenate(low), np.concatenate(high)
    raise SpaceError(
        f"observations are a Box, Discrete, MultiDiscrete, MultiBinary, or a Dict or Tuple of these, "
        f"got {space}: flatten it with a Gymnasium wrapper"
    )


def _subspaces(space: gym.spaces.Dict | gym.spaces.Tuple) -> list[gym.Space[Any]]:
    return list(space.spaces.values() if isinstance(space, gym.spaces.Dict) else space.spaces)


def _flat(space: gym.Space[Any], values: Any) -> NDArray[Any]:
    """(B, n) of B elements; dictionaries and tuples hold their parts, each of B."""
    if isinstance(space, gym.spaces.Dict):
        return np.concatenate([_flat(part, values[name]) for name, part in space.spaces.items()], axis=1)
    if isinstance(space, gym.spaces.Tuple):
        pairs = zip(space.spaces, values, strict=True)
        return np.concatenate([_flat(part, value) for part, value in pairs], axis=1)
    array = np.asarray(values)
    if isinstance(space, gym.spaces.Discrete):
        return _one_hot(array.reshape(len(array)) - int(space.start), int(space.n))
    if isinstance(space, gym.spaces.MultiDiscrete):
        counts, starts = _parts(space)
        chosen = array.reshape(len(array), -1) - starts
        return np.concatenate([_one_hot(own, n) for n, own in zip(counts, chosen.T, strict=True)], axis=1)
    return array.reshape(len(array), -1)


def _one_hot(values: NDArray[Any], n: int) -> NDArray[np.float32]:
    if not ((values >= 0) & (values < n) & (values == np.trunc(values))).all():
        raise SpaceError(f"a part must be one of {n}, got {values.min()} to {values.max()}")
    row = np.zeros((len(values), n), np.float32)
    row[np.arange(len(values)), values.astype(int)] = 1.0
    return row


def space_to_gymnasium(space: Space) -> gym.Space[Any]:
    """Gymnasium's space of the same elements."""
    if isinstance(space, Discrete):
        return gym.spaces.Discrete(space.n, start=space.start)
    low, high = (np.broadcast_to(bound, space.size).reshape(space.shape) for bound in (space.low, space.high))
    dtype: Any = space.dtype
    return gym.spaces.Box(low.astype(dtype), high.astype(dtype), space.shape, dtype)


def one(space: gym.Space[Any], element: Any) -> Any:
    """One element as a batch of one."""
    if isinstance(space, gym.spaces.Dict):
        return {name: one(part, element[name]) for name, part in space.spaces.items()}
    if isinstance(space, gym.spaces.Tuple):
        return tuple(one(part, each) for part, each in zip(space.spaces, element, strict=True))
    return np.asarray(element)[None]
