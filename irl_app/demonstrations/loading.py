"""Demonstrations from wherever they are: the one way in for commands, pages and programs."""

from __future__ import annotations

from pathlib import Path

from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import Demonstrations, Spaces
from irl_app.demonstrations.hdf5_file import SUFFIXES, load_hdf5
from irl_app.demonstrations.json_file import load_json
from irl_app.demonstrations.minari_file import load_minari
from irl_app.demonstrations.npz_file import load_npz


def load_demonstrations(
    source: str | Path, *, spaces: Spaces | None = None, truncate_open: bool = False
) -> Demonstrations:
    """Demonstrations from a file, or from a Minari dataset by its id or folder; nothing is ever unpickled.

    Args:
        source: ``.npz`` of named arrays, ``.hdf5`` as D4RL has it, ``.json`` of ours; else a Minari dataset
            in HDF5 or arrow.
        spaces: of the task that they are for; None: as they say, or whichever hold the numbers.
        truncate_open: take an episode without an end for one that was cut off.

    Raises:
        DemonstrationError: there is nothing there, it is damaged or too large, or an episode is malformed;
            one sentence names it and says what to do.
    """
    path, suffix = Path(source), Path(source).suffix.lower()
    if path.is_dir():
        return load_minari(path, spaces=spaces, truncate_open=truncate_open)
    if suffix == ".npz":
        return load_npz(path, spaces, truncate_open=truncate_open)
    if suffix in SUFFIXES:
        return load_hdf5(path, spaces, truncate_open=truncate_open)
    if suffix == ".json":
        return load_json(path)
    if suffix in (".pkl", ".pickle", ".pt", ".npy"):
        raise DemonstrationError(
            f"{path.name} may be a pickle, which can run any code and is never opened: save its arrays with "
            "numpy.savez as an .npz"
        )
    if path.is_file():
        raise DemonstrationError(
            f"{path.name} is of no known kind: give an .npz of named arrays, a D4RL .hdf5, a .json of "
            "irl-app, or the folder or id of a Minari dataset"
        )
    return load_minari(source, spaces=spaces, truncate_open=truncate_open)
