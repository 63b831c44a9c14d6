"""What an observation and an action are: the two objects that everything above takes, not counts and kinds.

They are small, frozen and comparable, say what they hold in a sentence, and are written as JSON. Arrays of B
elements have shape (B, *space.shape) and the space's dtype; ``space.cast`` is the one way in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_DIMENSIONS = 4


class SpaceError(ValueError):
    """A space that is not handled, or values that do not lie in theirs; the message is one sentence."""


@dataclass(frozen=True)
class Discrete:
    """The whole numbers start, ..., start + n - 1.

    Attributes:
        n: how many, >= 1. start: the first of them.
    """

    n: int
    start: int = 0

    def __post_init__(self) -> None:
        if self.n < 1:
            raise SpaceError(f"a Discrete space needs at least 1 element, got {self.n}")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one element: ()."""
        return ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of arrays of elements."""
        return np.dtype(np.int64)

    @property
    def all(self) -> range:
        """Every element, in order."""
        return range(self.start, self.start + self.n)

    def __str__(self) -> str:
        return f"whole numbers from {self.start} to {self.start + self.n - 1}"

    def cast(self, values: ArrayLike, name: str = "values") -> NDArray[np.int64]:
        """(B,) the values as this space's array.

        Raises:
            SpaceError: they are no row of whole numbers, or one lies outside.
        """
        array = np.asarray(values)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise SpaceError(f"{name} must be one row of {self}, got {_kind(array)}")
        if array.size and not (self.start <= array.min() and array.max() < self.start + self.n):
            outside = array.max() if array.max() >= self.start + self.n else array.min()
            raise SpaceError(f"{name} must be {self}, got {outside}")
        return array.astype(np.int64)

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Elements drawn uniformly, an array of this leading shape."""
        return self.start + generator.integers(self.n, size=shape)

    def encoded(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Elements as networks have them: numbered from 0."""
        return values - self.start if self.start else values

    def decoded(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Elements from what networks have."""
        return values + self.start if self.start else values

    def as_json(self) -> dict[str, object]:
        """What `space_from_json` reads back."""
        return {"type": "Discrete", "n": self.n, "start": self.start}


@dataclass(frozen=True)
class Box:
    """Arrays of numbers.

    Attributes:
        shape: of one element, 1 to 4 dimensions.
        kind: name of the dtype, "float32" or "uint8" for instance.
        low, high: bounds; one number for all entries, or one for each, row by row. Infinite: there is none.
    """

    shape: tuple[int, ...]
    kind: str = "float32"
    low: tuple[float, ...] = (-math.inf,)
    high: tuple[float, ...] = (math.inf,)

    def __post_init__(self) -> None:
        for name in ("shape", "low", "high"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 1 <= len(self.shape) <= MAX_DIMENSIONS or min(self.shape) < 1:
            shape = f"{self.shape}"[:40]
            raise SpaceError(f"a Box needs 1 to {MAX_DIMENSIONS} dimensions of at least 1, got shape {shape}")
        if np.dtype(self.kind).kind not in "biuf":
            raise SpaceError(f"a Box holds numbers, got the dtype {self.kind}")
        for name in ("low", "high"):
            if len(getattr(self, name)) not in (1, self.size):
                raise SpaceError(f"{name} must be 1 number or {self.size}, got {len(getattr(self, name))}")
        ascend = (np.array(self.low) <= np.array(self.high)).all()
        if not ascend or math.inf in self.low or -math.inf in self.high:
            raise SpaceError(f"each number of {self} must have a low bound that is not above its high one")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of arrays of elements."""
        return np.dtype(self.kind)

    @property
    def size(self) -> int:
        """Numbers in one element."""
        return math.prod(self.shape)

    @property
    def is_picture(self) -> bool:
        """Whether elements are pictures of bytes, (H, W, C), or (C, H, W) where that axis is the shorter."""
        return self.kind == "uint8" and len(self.shape) == 3

    @property
    def is_board(self) -> bool:
        """Whether elements are boards: planes (P, H, W) of numbers, P >= 2."""
        return self.kind != "uint8" and len(self.shape) == 3 and self.shape[0] >= 2

    @property
    def is_image(self) -> bool:
        """Whether elements can be seen by convolutions: pictures and boards."""
        return self.is_picture or self.is_board

    @property
    def channels_last(self) -> bool:
        """Of a picture: whether it is (H, W, C), as nearly all are."""
        return self.shape[-1] <= self.shape[0]

    @property
    def is_bounded(self) -> bool:
        """Whether every entry lies between two finite numbers."""
        return all(map(math.isfinite, (*self.low, *self.high)))

    def __str__(self) -> str:
        return f"arrays of shape {self.shape}, {self.kind}"

    def cast(self, values: ArrayLike, name: str = "values") -> NDArray[Any]:
        """(B, *shape) the values as this space's array. Bounds are not checked: environments exceed theirs.

        Raises:
            SpaceError: they have another shape, are no numbers, or one is not finite.
        """
        array = np.asarray(values)
        fits = array.ndim == len(self.shape) + 1 and array.shape[1:] == self.shape
        if not fits or array.dtype.kind not in "biuf":
            raise SpaceError(f"{name} must be {self}, got {_kind(array)}")
        if self.dtype.kind in "iu" and array.dtype != self.dtype:
            whole = array.astype(self.dtype)
            if not np.array_equal(whole, array):
                raise SpaceError(f"{name} must be {self}, got numbers that are none of these")
            return whole
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
            array = array.astype(self.dtype)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise SpaceError(f"there is a number in {name} that is not finite")
        return array

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[Any]:
        """Elements drawn uniformly between the bounds, an array of this leading shape.

        Raises:
            SpaceError: an entry has no bounds.
        """
        if not self.is_bounded:
            raise SpaceError(f"{self} without bounds cannot be drawn from: give the space finite bounds")
        low, high = (np.broadcast_to(bound, self.size).reshape(self.shape) for bound in (self.low, self.high))
        size = (*shape, *self.shape)
        if self.dtype.kind == "f":
            return generator.uniform(low, high, size).astype(self.dtype)
        return generator.integers(low.astype(int), high.astype(int), size, endpoint=True).astype(self.dtype)

    def encoded(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Elements of a bounded space as networks have them: from -1 to 1; what lies outside is cut."""
        middle, half = self._middle_and_half()
        return np.clip((values - middle) / half, -1.0, 1.0).astype(np.float32)

    def decoded(self, values: NDArray[Any]) -> NDArray[Any]:
        """Elements from what networks have."""
        middle, half = self._middle_and_half()
        return (middle + half * values).astype(self.dtype)

    def _middle_and_half(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not self.is_bounded:
            raise SpaceError(f"{self} without bounds cannot be scaled: give the space finite bounds")
        low, high = (np.broadcast_to(bound, self.size).reshape(self.shape) for bound in (self.low, self.high))
        return (low + high) / 2.0, np.where(high > low, (high - low) / 2.0, 1.0)

    def as_json(self) -> dict[str, object]:
        """What `space_from_json` reads back; an infinite bound is null."""
        bounds = {
            name: [value if math.isfinite(value) else None for value in getattr(self, name)]
            for name in ("low", "high")
        }
        return {"type": "Box", "shape": list(self.shape), "dtype": self.kind, **bounds}


Space = Discrete | Box


def alike(one: Space, other: Space) -> bool:
    """Whether the elements of one can stand for the other's: a Box's bounds do not count.

    They differ between versions of an environment, and environments exceed their own.
    """
    if isinstance(one, Box) and isinstance(other, Box):
        return (one.shape, one.dtype) == (other.shape, other.dtype)
    return one == other


def smallest_space(arrays: Sequence[NDArray[Any]]) -> Space:
    """The smallest space of arrays (B, *shape), one shape and dtype: Discrete from 0, or the Box around all.

    Raises:
        SpaceError: a whole number is negative.
    """
    low, high = (np.array([getattr(each, way)(axis=0) for each in arrays]) for way in ("min", "max"))
    low, high = low.min(axis=0), high.max(axis=0)
    if low.ndim:
        return Box(low.shape, str(low.dtype), compact(low), compact(high))
    if low < 0:
        raise SpaceError(f"got the negative number {low}, give the space that they lie in")
    return Discrete(int(high) + 1)


def held_as(dtype: np.dtype[Any]) -> str:
    """Name of the dtype in which numbers are kept: uint8 as it is, all else in the precision of networks."""
    return "uint8" if dtype == np.uint8 else "float32"


def compact(bound: ArrayLike) -> tuple[float, ...]:
    """A Box's bound, one number where all entries have the same."""
    flat = np.asarray(bound, np.float64).ravel().tolist()
    return (flat[0],) if len(set(flat)) == 1 else tuple(flat)


def space_from_json(values: Any) -> Space:
    """The space that `as_json` wrote.

    Raises:
        SpaceError: it is none.
    """
    try:
        if isinstance(values, Mapping) and values["type"] == "Discrete":
            return Discrete(_whole(values["n"]), _whole(values["start"]))
        if isinstance(values, Mapping) and values["type"] == "Box":
            low, high = (
                tuple(unbounded if value is None else _number(value) for value in values[name])
                for name, unbounded in (("low", -math.inf), ("high", math.inf))
            )
            return Box(tuple(map(_whole, values["shape"])), str(values["dtype"]), low, high)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, SpaceError):
            raise
        raise SpaceError("this is not the description of a space") from error
    raise SpaceError("this is not the description of a space")


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise SpaceError(f"a space's bounds are numbers, got {value!r:.40}")
    return float(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise SpaceError(f"a space's sizes are whole numbers, got {value!r:.40}")
    return value


def _kind(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
