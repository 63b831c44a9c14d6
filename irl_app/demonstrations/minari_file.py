"""Demonstrations as Minari datasets (HDF5); a dataset that is read is treated as hostile."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from irl_app.demonstrations.episodes import MAX_STEPS, DemonstrationError, Demonstrations, Episode, Provenance
from irl_app.demonstrations.json_file import read_provenance
from irl_app.envs.grid_spec import MAX_SIDE

if TYPE_CHECKING:
    import h5py
    from gymnasium.envs.registration import EnvSpec

MAX_METADATA_BYTES = 10_000_000
MAX_DATA_BYTES = 1_000_000_000
PROVENANCE_KEY = "irl_app_provenance"

_NAME = re.compile(r"(?P<name>\w[-\w]*?(?:/\w[-\w]*?)*?)(?:-v(?P<version>[0-9]{1,6}))?", re.ASCII)
_METADATA, _DATA = "metadata.json", "main_data.hdf5"


def save_minari(demonstrations: Demonstrations, name: str, root: str | Path | None = None) -> str:
    """Write a Minari dataset, whole or not at all; returns its id.

    Args:
        demonstrations: whose provenance holds the grid's map.
        name: dataset id such as ``gridworld/goal-v0``. Without a version, the one after the highest is taken.
        root: folder of datasets; None is Minari's own (``MINARI_DATASETS_PATH``).

    Raises:
        DemonstrationError: the name is malformed, that version exists, or there is no map.
    """
    match = _NAME.fullmatch(name)
    if not match:
        raise DemonstrationError(f"{name[:60]!r} is no dataset id: write for example gridworld/goal-v0")
    if not demonstrations.provenance.map:
        raise DemonstrationError(
            "these demonstrations do not say which grid they are from, so they cannot be saved"
        )
    folder = _root(root)
    version = int(match["version"]) if match["version"] else _next_version(folder, match["name"])
    dataset_id = f"{match['name']}-v{version}"
    target = folder / dataset_id
    if target.exists():
        raise DemonstrationError(
            f"the dataset {dataset_id} exists already: leave the version out to get the next one"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".saving-"))
    try:
        _write(demonstrations, dataset_id, temporary / "data")
        temporary.chmod(0o755)  # mkdtemp's folder is private
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return dataset_id


def load_minari(where: str | Path, root: str | Path | None = None) -> Demonstrations:
    """Demonstrations from a local Minari dataset of a grid (discrete cells and actions, HDF5).

    A dataset that this program did not write is accepted; its provenance then says only what Minari knows.

    Args:
        where: the dataset's folder, or its id within `root` (None: Minari's own folder).

    Raises:
        DemonstrationError: there is no such dataset, it is not of a grid, or it is damaged or too large.
    """
    folder = Path(where).resolve() if Path(where).is_dir() else _root(root) / where
    folder = folder / "data" if (folder / "data").is_dir() else folder
    if not (folder / _METADATA).is_file() or not (folder / _DATA).is_file():
        raise DemonstrationError(f"there is no Minari dataset in HDF5 format at {where}")
    metadata = _read_metadata(folder / _METADATA)
    n_states, n_actions = _size(metadata, "observation_space"), _size(metadata, "action_space")
    try:
        episodes = tuple(_read_episodes(folder, metadata))
    except DemonstrationError:
        raise
    except Exception as error:  # a damaged file makes HDF5 and Minari raise almost anything
        raise DemonstrationError(
            f"the Minari dataset at {where} is damaged: record or export it again"
        ) from error
    demonstrations = Demonstrations(episodes, _provenance(metadata))
    if demonstrations.next_obs.max() >= n_states or demonstrations.obs.max() >= n_states:
        raise DemonstrationError(f"the dataset has cells beyond its {n_states} cells")
    if demonstrations.action.max() >= n_actions:
        raise DemonstrationError(f"the dataset has actions beyond its {n_actions} actions")
    return demonstrations


def _root(root: str | Path | None) -> Path:
    """The folder of datasets, made if need be; absolute, for Minari joins relative paths to themselves."""
    if root is None:
        from minari.storage.datasets_root_dir import get_dataset_path

        return Path(get_dataset_path()).resolve()
    folder = Path(root).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _next_version(folder: Path, name: str) -> int:
    pattern = re.compile(rf"{re.escape(Path(name).name)}-v([0-9]{{1,6}})")
    siblings = (folder / name).parent
    present = [match for path in siblings.glob("*") if (match := pattern.fullmatch(path.name))]
    return max((int(match[1]) for match in present), default=-1) + 1


def _write(demonstrations: Demonstrations, dataset_id: str, folder: Path) -> None:
    import minari
    from minari.data_collector import EpisodeBuffer
    from minari.dataset.minari_storage import MinariStorage

    spec = _env_spec(demonstrations.provenance.map)
    folder.mkdir()
    storage = MinariStorage.new(folder, env_spec=spec, data_format="hdf5")
    provenance = demonstrations.provenance
    storage.update_metadata(
        {
            "dataset_id": dataset_id,
            "minari_version": minari.__version__,
            "algorithm_name": provenance.expert,
            "author": {provenance.created_by},
            "description": f"{demonstrations.n_episodes} demonstrations in {provenance.task}",
            PROVENANCE_KEY: dataclasses.asdict(provenance),
        }
    )
    storage.update_episodes(EpisodeBuffer(**_buffer(episode)) for episode in demonstrations.episodes)


def _env_spec(text: str) -> EnvSpec:
    import gymnasium

    from irl_app.envs import ENV_ID

    env = gymnasium.make(ENV_ID, grid=text)
    env.close()
    assert env.spec is not None  # made from the registry
    return env.spec


def _buffer(episode: Episode) -> dict[str, Any]:
    last = np.zeros(len(episode), dtype=bool)
    last[-1] = True
    return {
        "observations": episode.observations,
        "actions": episode.actions,
        "rewards": episode.rewards,
        "terminations": last & episode.terminated,
        "truncations": last & episode.truncated,
    }


def _read_metadata(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_METADATA_BYTES:
        raise DemonstrationError(f"the dataset's {path.name} is larger than {MAX_METADATA_BYTES} bytes")
    try:
        metadata = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DemonstrationError(f"the dataset's {path.name} is not JSON") from error
    if not isinstance(metadata, dict) or metadata.get("data_format") != "hdf5":
        raise DemonstrationError("the dataset is not in Minari's HDF5 format")
    return metadata


def _size(metadata: dict[str, Any], key: str) -> int:
    """n of the stored space ``Discrete(n)``; without one Minari would build the environment it names."""
    try:
        space = json.loads(metadata[key])
        n = space["n"] if space["type"] == "Discrete" and space["start"] == 0 else None
    except (KeyError, TypeError, ValueError, RecursionError):
        n = None
    if type(n) is not int or not 1 <= n <= MAX_SIDE**2:
        raise DemonstrationError(
            f"the dataset's {key} is not that of a grid: numbered from 0, at most {MAX_SIDE**2}"
        )
    return n


def _read_episodes(folder: Path, metadata: dict[str, Any]) -> Iterator[Episode]:
    from minari.dataset.minari_storage import MinariStorage

    count = _check_data(folder / _DATA)
    if metadata.get("total_episodes") != count:
        raise DemonstrationError(f"the dataset holds {count} episodes, its description says otherwise")
    storage = MinariStorage.read(folder)
    for entry in storage.get_episodes(range(count)):
        terminations, truncations = entry["terminations"].astype(bool), entry["truncations"].astype(bool)
        if (terminations | truncations)[:-1].any():
            raise DemonstrationError(f"episode {entry['id'] + 1} of the dataset goes on after its end")
        # a task that ends with the last move allowed has ended, it was not cut off
        terminated = bool(terminations[-1:].any())
        truncated = bool(truncations[-1:].any()) and not terminated
        yield Episode(entry["observations"], entry["actions"], entry["rewards"], terminated, truncated)


def _check_data(path: Path) -> int:
    """Number of episodes, once sure that nothing leads out of the file or unpacks to more than fits."""
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


def _provenance(metadata: dict[str, Any]) -> Provenance:
    if PROVENANCE_KEY in metadata:
        return read_provenance(metadata[PROVENANCE_KEY])
    return Provenance(
        task=f"minari/{str(metadata.get('dataset_id', 'unknown'))[:100]}",
        expert=str(metadata.get("algorithm_name", "unknown"))[:100],
        created_by=f"Minari {str(metadata.get('minari_version', ''))[:20]}".rstrip(),
    )
