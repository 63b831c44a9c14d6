"""Demonstrations as Minari datasets (HDF5); a dataset that is read is treated as hostile."""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Demonstrations, Provenance
from irl_app.demonstrations.json_file import read_provenance
from irl_app.demonstrations.minari_checks import Spaces, count_episodes, read_metadata, read_spaces

if TYPE_CHECKING:
    from gymnasium.envs.registration import EnvSpec

PROVENANCE_KEY = "irl_app_provenance"

_NAME = re.compile(r"(?P<name>\w[-\w]*?(?:/\w[-\w]*?)*?)(?:-v(?P<version>[0-9]{1,6}))?", re.ASCII)
_METADATA, _DATA = "metadata.json", "main_data.hdf5"


def save_minari(
    demonstrations: Demonstrations, name: str, root: str | Path | None = None, *, env_id: str | None = None
) -> str:
    """Write a Minari dataset, whole or not at all; returns its id.

    Args:
        demonstrations: of a task with an `env_id`, or with a grid's map in their provenance.
        name: dataset id such as ``gridworld/goal-v0``. Without a version, the one after the highest is taken.
        root: folder of datasets; None is Minari's own (``MINARI_DATASETS_PATH``).
        env_id: the registered environment that they are from; None: the grid of the map.

    Raises:
        DemonstrationError: the name is malformed, that version exists, or there is neither map nor env_id.
    """
    folder, dataset_id = new_dataset(name, root)
    if env_id is None and not demonstrations.provenance.map:
        raise DemonstrationError(
            "these demonstrations do not say which grid or task they are from, so they cannot be saved"
        )
    target = folder / dataset_id
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".saving-"))
    try:
        _write(demonstrations, dataset_id, temporary / "data", _env_spec(env_id, demonstrations.provenance))
        temporary.chmod(0o755)  # mkdtemp's folder is private
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return dataset_id


def new_dataset(name: str, root: str | Path | None = None) -> tuple[Path, str]:
    """The folder of datasets, and the id that a new one of this name gets there; see `save_minari`.

    Raises:
        DemonstrationError: the name is malformed, or that version exists.
    """
    match = _NAME.fullmatch(name)
    if not match:
        raise DemonstrationError(f"{name[:60]!r} is no dataset id: write for example gridworld/goal-v0")
    folder = _root(root)
    version = int(match["version"]) if match["version"] else _next_version(folder, match["name"])
    dataset_id = f"{match['name']}-v{version}"
    if (folder / dataset_id).exists():
        raise DemonstrationError(
            f"the dataset {dataset_id} exists already: leave the version out to get the next one"
        )
    return folder, dataset_id


def load_minari(
    where: str | Path, root: str | Path | None = None, *, n_actions: int | None = None
) -> Demonstrations:
    """Demonstrations from a local Minari dataset in HDF5: discrete actions, cells or arrays as observations.

    A dataset that this program did not write is accepted; its provenance then says only what Minari knows.

    Args:
        where: the dataset's folder, or its id within `root` (None: Minari's own folder).
        n_actions: of the task that it is for; None: of any.

    Raises:
        DemonstrationError: there is no such dataset, its observations or actions are of a kind that cannot be
            learned from here or not those of the task, or it is damaged or too large.
    """
    folder = Path(where).resolve() if Path(where).is_dir() else _root(root) / where
    folder = folder / "data" if (folder / "data").is_dir() else folder
    if not (folder / _METADATA).is_file() or not (folder / _DATA).is_file():
        raise DemonstrationError(f"there is no Minari dataset in HDF5 format at {where}")
    metadata = read_metadata(folder / _METADATA)
    spaces = read_spaces(metadata)
    if n_actions is not None and spaces.n_actions != n_actions:
        raise DemonstrationError(
            f"the dataset at {where} has {spaces.n_actions} actions, the task has {n_actions}: "
            "use demonstrations of this task"
        )
    try:
        episodes = tuple(_read_episodes(folder, metadata))
    except DemonstrationError:
        raise
    except Exception as error:  # a damaged file makes HDF5 and Minari raise almost anything
        raise DemonstrationError(
            f"the Minari dataset at {where} is damaged: record or export it again"
        ) from error
    demonstrations = Demonstrations(episodes, _provenance(metadata))
    _check_spaces(demonstrations, spaces)
    return demonstrations


def _check_spaces(demonstrations: Demonstrations, spaces: Spaces) -> None:
    if demonstrations.obs_shape != spaces.obs_shape:
        raise DemonstrationError(
            f"the dataset has observations of shape {demonstrations.obs_shape}, "
            f"its description says {spaces.obs_shape}"
        )
    if spaces.n_states and max(demonstrations.next_obs.max(), demonstrations.obs.max()) >= spaces.n_states:
        raise DemonstrationError(f"the dataset has cells beyond its {spaces.n_states} cells")
    if demonstrations.action.max() >= spaces.n_actions:
        raise DemonstrationError(f"the dataset has actions beyond its {spaces.n_actions} actions")


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


def _write(demonstrations: Demonstrations, dataset_id: str, folder: Path, spec: EnvSpec) -> None:
    import minari
    from minari.data_collector import EpisodeBuffer
    from minari.dataset.minari_storage import MinariStorage

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


def _env_spec(env_id: str | None, provenance: Provenance) -> EnvSpec:
    import gymnasium

    from irl_app.envs import ENV_ID

    env = gymnasium.make(ENV_ID, grid=provenance.map) if env_id is None else gymnasium.make(env_id)
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


def _read_episodes(folder: Path, metadata: dict[str, Any]) -> Iterator[Episode]:
    from minari.dataset.minari_storage import MinariStorage

    count = count_episodes(folder / _DATA)
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


def _provenance(metadata: dict[str, Any]) -> Provenance:
    if PROVENANCE_KEY in metadata:
        return read_provenance(metadata[PROVENANCE_KEY])
    return Provenance(
        task=f"minari/{str(metadata.get('dataset_id', 'unknown'))[:100]}",
        expert=str(metadata.get("algorithm_name", "unknown"))[:100],
        created_by=f"Minari {str(metadata.get('minari_version', ''))[:20]}".rstrip(),
    )
