"""The named arrays of one HDF5 file, as it is; `limited` has it read in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations.columns import check_present, known_names
from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import MAX_STEPS
from irl_app.demonstrations.minari_checks import check_hdf5

MAX_BYTES = 4 << 30
"""Of all arrays together, unpacked."""


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays at the top of the file, by our names.

    Raises:
        DemonstrationError: some are missing, lead out of the file, or unpack to too much.
        Exception: whatever HDF5 raises for damaged files.
    """
    import h5py

    if not h5py.is_hdf5(path):
        raise DemonstrationError(f"{path} is no HDF5 file: download or write it again")
    with h5py.File(path, "r") as file:
        arrays = {
            name: file[name] for name in file if isinstance(file.get(name, getlink=True), h5py.HardLink)
        }
        arrays = {name: array for name, array in arrays.items() if isinstance(array, h5py.Dataset)}
        if any(name.startswith("episode_") for name in file) and not known_names(arrays):
            raise DemonstrationError(
                f"{path} is a part of a Minari dataset: give the dataset's folder, which holds data/"
            )
        names = known_names(arrays)
        check_present(names, str(path))
        check_hdf5(
            [arrays[name] for name in names.values()], str(path), max_bytes=MAX_BYTES, max_rows=MAX_STEPS
        )
        return {own: np.asarray(arrays[name][()]) for own, name in names.items()}
