"""Arrays that every evaluation of a run writes anew, as one file each; read as if by a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from irl_app.files import write_whole
from irl_app.reading import MissingError, read_bytes, reading
from irl_app.runs import RunError

MAX_BYTES = 100_000_000
REMEDY = "the next evaluation writes it anew"


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace a safetensors file in one step.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


def read_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of a safetensors file by name; None before there is one.

    Raises:
        RunError: the file is larger than ``MAX_BYTES``, or damaged.
    """
    with reading(path, RunError, REMEDY):
        try:
            return load(read_bytes(path, MAX_BYTES))
        except MissingError:
            return None
