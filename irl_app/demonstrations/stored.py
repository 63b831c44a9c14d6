"""Arrays as files hold them, made into those of their spaces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainers.gym_spaces import Translation
from trainers.spaces import Box, Discrete, Space, SpaceError, alike


def elements(space: Space, stored: Any, name: str, translation: Translation | None = None) -> NDArray[Any]:
    """Elements as their space has them, however they are stored, as long as that can mean one thing only.

    Args:
        translation: of the environment's own space, in whose elements they may be stored.

    Raises:
        SpaceError: they are of another space.
    """
    if isinstance(stored, dict | tuple):
        if translation is None:
            raise SpaceError(f"{name} must be {space}, got {type(stored).__name__} of arrays")
        return space.cast(_encoded(stored, name, space, translation), name)
    if isinstance(space, Discrete):
        stored = flat(stored)
        if stored.dtype.kind == "f" and np.array_equal(stored, np.trunc(stored)):
            stored = stored.astype(np.int64)
    elif stored.shape[1:] == () and space.shape == (1,) and stored.dtype.kind == "f":
        stored = stored[:, None]
    if translation is not None and stored.shape[1:] != space.shape and stored.dtype.kind in "biuf":
        stored = _encoded(stored, name, space, translation)
    elif isinstance(space, Box) and stored.shape[1:] == () and space.shape == (1,):
        stored = stored[:, None]
    return space.cast(stored, name)


def _encoded(stored: Any, name: str, space: Space, translation: Translation) -> NDArray[Any]:
    try:
        return translation.encode(stored)
    except SpaceError:
        raise
    except (ValueError, TypeError, LookupError) as error:  # of another shape, or parts are not there
        came = f"shape {stored.shape[1:]}" if isinstance(stored, np.ndarray) else "other parts"
        raise SpaceError(f"{name} must be {space}, or as the environment has them, got {came}") from error


def convertible(name: str, theirs: Space, needed: Space) -> bool:
    """Whether `elements` may make one space's of another's: alike, of as many numbers, or observations that
    are numbered and seen as rows.

    Args:
        name: "observation" or "action".
    """
    if isinstance(theirs, Discrete) and name == "observation" and needed.shape == (theirs.n,):
        return True
    if isinstance(theirs, Box) and isinstance(needed, Box):
        return theirs.size == needed.size
    return alike(theirs, needed)


def plain(stored: NDArray[Any], name: str) -> NDArray[Any]:
    """Elements of whichever space holds them: one row of whole numbers, or arrays of numbers.

    Raises:
        SpaceError: they are no numbers.
    """
    if stored.dtype.kind not in "biuf":
        raise SpaceError(f"{name} must be numbers, got {stored.dtype}")
    if name == "action":
        stored = flat(stored) if stored.dtype.kind in "iu" else stored
    return stored[:, None] if stored.ndim == 1 and stored.dtype.kind in "bf" else stored


def flat(column: NDArray[Any]) -> NDArray[Any]:
    """(T,) of (T, 1), which says the same."""
    return column[:, 0] if column.shape[1:] == (1,) else column
