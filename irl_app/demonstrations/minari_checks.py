"""What a Minari dataset from anywhere says of itself, checked before any of its data is read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import MAX_STEPS, Spaces
from irl_app.envs.grid_spec import MAX_SIDE
from irl_app.reading import read_fields, reading
from trainers.gym_spaces import Translation, actions, observations
from trainers.spaces import MAX_DIMENSIONS, Box, Space, compact, held_as, space_from_json

if TYPE_CHECKING:
    import h5py

FORMATS = ("hdf5", "arrow", "parquet")
MAX_METADATA_BYTES = 10_000_000
MAX_DATA_BYTES = 1_000_000_000
COMPOSED = ("Dict", "Tuple", "MultiDiscrete", "MultiBinary")
MAX_NUMBERS = 200_000  # of one observation
MAX_ELEMENTS = MAX_SIDE**2


def read_metadata(path: Path) -> dict[str, Any]:
    """The dataset's description; DemonstrationError if it is too large or no dataset's in HDF5 or arrow."""
    with reading(path, DemonstrationError, "record the dataset again"):
        metadata = read_fields(path, MAX_METADATA_BYTES).found
    if metadata.get("data_format") not in FORMATS:
        raise DemonstrationError("the dataset is not in one of Minari's formats, HDF5 or arrow")
    return metadata


def read_spaces(metadata: dict[str, Any]) -> Spaces:
    """The stored spaces; without them Minari would build the environment that the dataset names.

    Raises:
        DemonstrationError: one of them is neither Discrete nor Box, or too large.
    """
    observation, seen = _space(metadata, "observation_space", observations)
    action, done = _space(metadata, "action_space", actions)
    return Spaces(observation, action, seen, done)


def _space(
    metadata: dict[str, Any], key: str, translated: Callable[[Any], Translation]
) -> tuple[Space, Translation | None]:
    """The space, and how its elements are told from the environment's own where it is composed."""
    stored: Any = {}
    try:
        stored = json.loads(metadata[key])  # whose bounds may be infinite
        if stored["type"] in COMPOSED:
            return _composed(stored, translated)
        if stored["type"] == "Box":
            bounds = {name: compact(stored[name]) for name in ("low", "high")}
            stored |= bounds | {"dtype": held_as(np.dtype(stored["dtype"]))}
        space = space_from_json(stored)
        numbers = space.size if isinstance(space, Box) else max(space.n, abs(space.start))
        if numbers <= (MAX_NUMBERS if isinstance(space, Box) else MAX_ELEMENTS):
            return space, None
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        pass  # hostile or not, it describes neither
    came = str(stored.get("type"))[:20] if isinstance(stored, dict) else "no description"
    raise DemonstrationError(
        f"the dataset's {key} is neither Discrete, with at most {MAX_ELEMENTS} elements, nor a Box of at "
        f"most {MAX_NUMBERS} numbers in 1 to {MAX_DIMENSIONS} dimensions, but {came}: "
        "flatten it before recording"
    )


def _composed(stored: Any, translated: Callable[[Any], Translation]) -> tuple[Space, Translation]:
    """A space of several parts, laid out or counted as one.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    own = translated(_gymnasium(stored))
    if isinstance(own.space, Box) and own.space.size > MAX_NUMBERS:
        raise ValueError("too large")
    return own.space, own


def _gymnasium(stored: Any) -> gym.Space[Any]:
    kind = stored["type"]
    if kind in ("Dict", "Tuple"):
        parts = stored["subspaces"]
        if kind == "Tuple":
            return gym.spaces.Tuple([_gymnasium(part) for part in parts])
        return gym.spaces.Dict({str(name): _gymnasium(part) for name, part in parts.items()})
    if kind == "MultiDiscrete":
        counts = np.array(stored["nvec"])
        start = np.broadcast_to(stored.get("start", 0), counts.shape)
        return gym.spaces.MultiDiscrete(counts, start=start)
    if kind == "MultiBinary":
        return gym.spaces.MultiBinary(stored["n"])
    if kind == "Discrete" and int(stored["n"]) <= MAX_NUMBERS:
        return gym.spaces.Discrete(int(stored["n"]), start=int(stored.get("start", 0)))
    if kind == "Box":
        shape, dtype = tuple(map(int, stored["shape"])), np.dtype(stored["dtype"])
        if math.prod(shape) > MAX_NUMBERS:
            raise ValueError("too large")
        low, high = (_bound(stored[name], shape).astype(dtype) for name in ("low", "high"))
        return gym.spaces.Box(low, high, shape, dtype)
    raise ValueError(f"no space of type {kind!r}")


def _bound(values: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A Box's bound, given as one number or as one for each entry."""
    flat = np.array(values, np.float64).reshape(-1)
    return np.broadcast_to(flat, math.prod(shape)).reshape(shape)


def check_hdf5(datasets: Sequence[h5py.Dataset], where: str, *, max_bytes: int, max_rows: int) -> None:
    """Refuse arrays that lead out of their file, or unpack to too much.

    Raises:
        DemonstrationError: they do.
    """
    if any(dataset.is_virtual or dataset.external is not None for dataset in datasets):
        raise DemonstrationError(f"{where} refers to other files, which is refused")
    size = sum(dataset.size * dataset.dtype.itemsize for dataset in datasets)
    rows = max((dataset.shape[0] for dataset in datasets if dataset.shape), default=0)
    if size > max_bytes or rows > max_rows:
        raise DemonstrationError(
            f"{where} has over {max_bytes} bytes or {max_rows} moves: give fewer episodes"
        )


def count_episodes(path: Path, observation: Space) -> int:
    """Number of episodes in the data, once sure that nothing leads out of the file or unpacks to too much.

    Args:
        observation: what one is; images are stored packed.

    Raises:
        DemonstrationError: it does, or the file is a link.
    """
    import h5py

    if path.is_symlink() or path.stat().st_size > MAX_DATA_BYTES:
        raise DemonstrationError(f"the dataset's data is a link or larger than {MAX_DATA_BYTES} bytes")
    with h5py.File(path, "r") as file:
        unpacked = steps = 0
        element = math.prod(observation.shape) * observation.dtype.itemsize
        for dataset in _datasets(file):
            if dataset.is_virtual or dataset.external is not None:
                raise DemonstrationError("the dataset refers to other files, which is refused")
            rows = dataset.shape[0] if dataset.shape else 1
            packed = dataset.name.endswith("/observations")
            unpacked += max(dataset.size * dataset.dtype.itemsize, rows * element * packed)
            steps += rows * dataset.name.endswith("/actions")
            if unpacked > MAX_DATA_BYTES or steps > MAX_STEPS:
                raise DemonstrationError(f"the dataset has over {MAX_DATA_BYTES} bytes or {MAX_STEPS} moves")
        return sum(name.startswith("episode_") for name in file)


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
