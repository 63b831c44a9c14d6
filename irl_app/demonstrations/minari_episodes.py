"""The episodes of a Minari dataset, as its spaces say that they are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Spaces
from irl_app.demonstrations.minari_arrow import COLUMNS, Stored, read_arrow
from irl_app.demonstrations.minari_checks import count_episodes
from irl_app.demonstrations.stored import elements, flat
from trainers.gym_spaces import Translation
from trainers.spaces import Box, Space, SpaceError

DATA, PREFIX = "main_data.hdf5", "episode_"


def read_episodes(
    folder: Path, data_format: str, total: object, spaces: Spaces, truncate_open: bool = False
) -> tuple[Episode, ...]:
    """All episodes of the data, by their ids.

    Args:
        folder: of the data, whose format is one of ``FORMATS``.
        total: how many there are, as the dataset's description has it.
        truncate_open: take an episode without an end for one that was cut off.

    Raises:
        DemonstrationError: there are not so many, too much would be read, or one is no episode of these
            spaces; the message names it.
        Exception: whatever HDF5 or arrow raises for damaged files.
    """
    read = _read_hdf5 if data_format == "hdf5" else read_arrow
    stored = read(folder, data_format, spaces)
    if total != len(stored):
        raise DemonstrationError(
            f"the dataset holds {len(stored)} episodes, its description says otherwise: set total_episodes "
            f"in its metadata.json to {len(stored)}, or export it again"
        )
    episodes = []
    for number in sorted(stored):
        try:
            episodes.append(_episode(stored[number](), spaces, truncate_open))
        except (DemonstrationError, SpaceError) as error:
            raise DemonstrationError(f"episode {number + 1} of the dataset: {error}") from error
    return tuple(episodes)


def _read_hdf5(folder: Path, _: str, spaces: Spaces) -> Stored:
    import h5py

    path = folder / DATA
    count_episodes(path, spaces.observation)

    def read(name: str) -> dict[str, Any]:
        with h5py.File(path, "r") as file:
            return {key: _arrays(file[name][key]) for key in COLUMNS if key in file[name]}

    with h5py.File(path, "r") as file:
        names = {int(n.removeprefix(PREFIX)): n for n in file if n.startswith(PREFIX)}
    return {number: partial(read, name) for number, name in names.items()}


def _arrays(stored: Any) -> Any:
    """The arrays of a group, which stands for a dictionary, or, where parts are numbered, a tuple of them."""
    import h5py

    if not isinstance(stored, h5py.Group):
        return stored[()]
    parts = {name: _arrays(stored[name]) for name in stored}
    indices = [name.removeprefix("_index_") for name in parts]
    if parts and all(i.isdecimal() and f"_index_{i}" in parts for i in indices):
        return tuple(parts[f"_index_{i}"] for i in sorted(indices, key=int))
    return parts


def _episode(group: Mapping[str, Any], spaces: Spaces, truncate_open: bool) -> Episode:
    if missing := [name for name in COLUMNS if name not in group]:
        raise DemonstrationError(f"it lacks {' and '.join(missing)}: record it again")
    terminations, truncations = (group[name].astype(bool) for name in ("terminations", "truncations"))
    if (terminations | truncations)[:-1].any():
        raise DemonstrationError("it goes on after its end")
    # a task that ends with the last move allowed has ended, it was not cut off
    terminated = bool(terminations[-1:].any())
    if not (terminated or truncations[-1:].any() or truncate_open) and len(terminations):
        raise DemonstrationError(
            "its last step is neither terminated nor truncated: take it for cut off with "
            "--truncate-open-episodes (in Python truncate_open=True)"
        )
    return Episode(
        _elements(spaces.observation, group["observations"], "observations", spaces.observations),
        _elements(spaces.action, group["actions"], "actions", spaces.actions),
        flat(group["rewards"]),
        terminated,
        not terminated,
    )


def _elements(space: Space, stored: Any, name: str, translation: Translation | None = None) -> NDArray[Any]:
    packed = isinstance(space, Box) and isinstance(stored, np.ndarray) and stored.shape[1:] != space.shape
    if packed and isinstance(space, Box) and space.dtype == np.uint8:
        stored = np.stack([_image(np.asarray(each, np.uint8), space) for each in stored])
    return elements(space, stored, name, translation)


def _image(packed: NDArray[np.uint8], space: Box) -> NDArray[np.uint8]:
    """An image that Minari has stored as a JPEG; its size is looked at before it is unpacked."""
    from PIL import Image

    with Image.open(io.BytesIO(packed.tobytes()), formats=("JPEG",)) as image:
        if image.size[::-1] != space.shape[:2]:
            raise SpaceError(f"observations must be {space}, got an image of {image.height}x{image.width}")
        return np.asarray(image, np.uint8)
