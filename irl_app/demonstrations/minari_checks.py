"""What a Minari dataset from anywhere says of itself, checked before any of its data is read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import MAX_STEPS
from irl_app.envs.grid_spec import MAX_SIDE

if TYPE_CHECKING:
    import h5py

MAX_METADATA_BYTES = 10_000_000
MAX_DATA_BYTES = 1_000_000_000
MAX_NUMBERS = 100_000  # of one observation
MAX_STATES = MAX_ACTIONS = MAX_SIDE**2


@dataclass(frozen=True)
class Spaces:
    """The spaces of a dataset.

    Attributes:
        n_states: number of cells, 0 where observations are arrays. obs_shape: O, () for cells.
        n_actions: number of actions.
    """

    n_states: int
    obs_shape: tuple[int, ...]
    n_actions: int


def read_metadata(path: Path) -> dict[str, Any]:
    """The dataset's description; DemonstrationError if it is too large or not one of an HDF5 dataset."""
    if path.stat().st_size > MAX_METADATA_BYTES:
        raise DemonstrationError(f"the dataset's {path.name} is larger than {MAX_METADATA_BYTES} bytes")
    try:
        metadata = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DemonstrationError(f"the dataset's {path.name} is not JSON") from error
    if not isinstance(metadata, dict) or metadata.get("data_format") != "hdf5":
        raise DemonstrationError("the dataset is not in Minari's HDF5 format")
    return metadata


def read_spaces(metadata: dict[str, Any]) -> Spaces:
    """The stored spaces; without them Minari would build the environment that the dataset names.

    Raises:
        DemonstrationError: observations are neither numbered nor arrays of floats, or actions not numbered.
    """
    n_actions = _discrete(metadata, "action_space")
    if n_actions is None:
        raise DemonstrationError(
            f"the dataset's action_space is not numbered from 0, with at most {MAX_ACTIONS} actions: "
            "only discrete actions can be learned from"
        )
    if (n_states := _discrete(metadata, "observation_space")) is not None:
        return Spaces(n_states, (), n_actions)
    if (shape := _box_shape(metadata, "observation_space")) is not None:
        return Spaces(0, shape, n_actions)
    raise DemonstrationError(
        f"the dataset's observation_space is neither numbered from 0, with at most {MAX_STATES} cells, nor a "
        f"Box of at most {MAX_NUMBERS} floating-point numbers: it cannot be learned from"
    )


def _stored(metadata: dict[str, Any], key: str) -> dict[str, Any]:
    try:
        space = json.loads(metadata[key])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return space if isinstance(space, dict) else {}


def _discrete(metadata: dict[str, Any], key: str) -> int | None:
    """n of a stored ``Discrete(n)`` from 0."""
    space = _stored(metadata, key)
    n = space.get("n") if space.get("type") == "Discrete" and space.get("start") == 0 else None
    return n if type(n) is int and 1 <= n <= MAX_STATES else None


def _box_shape(metadata: dict[str, Any], key: str) -> tuple[int, ...] | None:
    """Shape of a stored Box of floats."""
    space = _stored(metadata, key)
    shape = space.get("shape")
    if space.get("type") != "Box" or space.get("dtype") not in ("float32", "float64"):
        return None
    if not isinstance(shape, list) or not all(type(side) is int and side >= 1 for side in shape):
        return None
    return tuple(shape) if 1 <= len(shape) <= 4 and math.prod(shape) <= MAX_NUMBERS else None


def count_episodes(path: Path) -> int:
    """Number of episodes in the data, once sure that nothing leads out of the file or unpacks to too much.

    Raises:
        DemonstrationError: it does, or the file is a link.
    """
    import h5py

    if path.is_symlink() or path.stat().st_size > MAX_DATA_BYTES:
        raise DemonstrationError(f"the dataset's data is a link or larger than {MAX_DATA_BYTES} bytes")
    with h5py.File(path, "r") as file:
        unpacked = steps = 0
        for dataset in _datasets(file):
            if dataset.is_virtual or dataset.external is not None:
                raise DemonstrationError("the dataset refers to other files, which is refused")
            unpacked += dataset.size * dataset.dtype.itemsize
            if dataset.name.endswith("/actions"):
                steps += dataset.size
            if unpacked > MAX_DATA_BYTES or steps > MAX_STEPS:
                raise DemonstrationError(f"the dataset has over {MAX_DATA_BYTES} bytes or {MAX_STEPS} moves")
        return len(file)


def _datasets(group: h5py.Group) -> Iterator[h5py.Dataset]:
    import h5py

    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise DemonstrationError("the dataset refers to other files, which is refused")
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _datasets(item)
        elif isinstance(item, h5py.Dataset):
            yield item
