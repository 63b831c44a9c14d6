"""The Minari datasets on this machine, by what they say of themselves: no episode is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import Spaces
from irl_app.demonstrations.minari_checks import read_metadata, read_spaces
from irl_app.demonstrations.minari_file import PROVENANCE_KEY

MAX_DEPTH = 4
MAX_DATASETS = 500


@dataclass(frozen=True)
class LocalDataset:
    """A dataset in a folder.

    Attributes:
        name: its id, as seen from the folder that was searched. folder: where it is.
        n_episodes: as it says. spaces: of its observations and actions.
        task: that it was recorded in, as it says; "" if it does not.
    """

    name: str
    folder: Path
    n_episodes: int
    spaces: Spaces
    task: str


def minari_root() -> Path:
    """Where Minari keeps its datasets; the folder need not exist."""
    return Path(os.environ.get("MINARI_DATASETS_PATH") or Path.home() / ".minari" / "datasets")


def local_datasets(roots: Sequence[Path]) -> tuple[LocalDataset, ...]:
    """The Minari datasets in these folders, by name; one that cannot be read is left out.

    Links are not followed, at most ``MAX_DATASETS`` are looked at, and of two in the same place one is given.
    """
    found: dict[Path, LocalDataset] = {}
    for root in roots:
        for folder in _candidates(root):
            if folder.resolve() in found or len(found) == MAX_DATASETS:
                continue
            try:
                found[folder.resolve()] = _described(root, folder)
            except (DemonstrationError, OSError):
                continue
    return tuple(sorted(found.values(), key=lambda dataset: (dataset.name, str(dataset.folder))))


def _candidates(root: Path) -> Iterator[Path]:
    for path, folders, _ in os.walk(root):
        here = Path(path)
        if (here / "data" / "metadata.json").is_file():
            folders.clear()
            yield here
        elif len(here.relative_to(root).parts) >= MAX_DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def _described(root: Path, folder: Path) -> LocalDataset:
    metadata = read_metadata(folder / "data" / "metadata.json")
    spaces, n_episodes = read_spaces(metadata), metadata.get("total_episodes")
    if not isinstance(n_episodes, int) or n_episodes < 1:
        raise DemonstrationError(f"the dataset at {folder} says nothing of its episodes")
    provenance = metadata.get(PROVENANCE_KEY)
    task = provenance.get("task", "") if isinstance(provenance, dict) else ""
    name = folder.relative_to(root).as_posix()
    return LocalDataset(folder.name if name == "." else name, folder, n_episodes, spaces, str(task)[:100])
