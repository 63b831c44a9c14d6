"""Demonstrations from one NPZ file of named arrays, a row a step."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations.columns import check_present, episodes_of, known_names
from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import Demonstrations, Provenance, Spaces
from irl_app.reading import reading

MAX_BYTES = 4 << 30
"""Of all arrays together, unpacked."""


def load_npz(
    path: str | Path, spaces: Spaces | None = None, *, truncate_open: bool = False
) -> Demonstrations:
    """Demonstrations from a file of named arrays (see `columns.ALIASES`); nothing is unpickled.

    The steps of an episode stand together and in order: each one's next_obs is the next one's obs. The last
    one, and no other, is terminated or truncated. Numbers may be of any kind that the spaces can hold.

    Args:
        spaces: of the task that it is for; None: whichever hold the numbers.
        truncate_open: take an episode without an end for one that was cut off.

    Raises:
        DemonstrationError: there is no such file, it is damaged or too large, or an episode is malformed; the
            message names it.
    """
    where = Path(path)
    with reading(where, DemonstrationError, "it is no NPZ file of plain arrays, write it again"):
        episodes = episodes_of(_read(where), str(where), spaces, truncate_open)
    provenance = Provenance(task=where.stem[:100], expert="unknown", created_by="an NPZ file")
    return Demonstrations(tuple(episodes), provenance, spaces)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise DemonstrationError(f"there is no file {path}")
    with zipfile.ZipFile(path) as packed:
        sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in packed.infolist()}
    names = known_names(sizes)
    check_present(names, str(path))
    if sum(sizes[name] for name in names.values()) > MAX_BYTES:
        raise DemonstrationError(f"{path} unpacks to more than {MAX_BYTES >> 30} GiB: give fewer episodes")
    with np.load(path, allow_pickle=False) as arrays:
        return {own: np.asarray(arrays[name]) for own, name in names.items()}
