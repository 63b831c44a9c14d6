"""Demonstrations from one HDF5 file of named arrays, as D4RL has them."""

from __future__ import annotations

from pathlib import Path

from irl_app.demonstrations.columns import episodes_of
from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import Demonstrations, Provenance, Spaces
from irl_app.demonstrations.limited import read_columns_limited
from irl_app.reading import reading

SUFFIXES = (".hdf5", ".h5")


def load_hdf5(
    path: str | Path, spaces: Spaces | None = None, *, truncate_open: bool = False
) -> Demonstrations:
    """Demonstrations from the arrays ``observations``, ``actions``, ``rewards``, ``terminals`` and
    ``timeouts`` (``next_observations`` if there are any) at the top of an HDF5 file; see `columns.ALIASES`.

    Args:
        spaces: of the task that it is for; None: whichever hold the numbers.
        truncate_open: take the last episode, where a file often stops, for one that was cut off.

    Raises:
        DemonstrationError: there is no such file, it is damaged or too large, or an episode is malformed; the
            message names it.
    """
    where = Path(path)
    if not where.is_file():
        raise DemonstrationError(f"there is no file {where}")
    with reading(where, DemonstrationError, "it is no HDF5 file of plain arrays, download or write it again"):
        episodes = episodes_of(read_columns_limited(where), str(where), spaces, truncate_open)
    provenance = Provenance(task=where.stem[:100], expert="unknown", created_by="an HDF5 file")
    return Demonstrations(tuple(episodes), provenance, spaces)
