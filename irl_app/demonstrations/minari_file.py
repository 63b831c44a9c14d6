"""Demonstrations as Minari datasets (HDF5); a dataset that is read is treated as hostile."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Demonstrations, Provenance, Spaces
from irl_app.demonstrations.json_file import read_provenance
from irl_app.demonstrations.limited import read_limited
from irl_app.demonstrations.minari_checks import read_metadata, read_spaces
from irl_app.demonstrations.stored import convertible
from irl_app.files import draft_folder, sync_files
from trainers.gym_spaces import space_from_gymnasium, space_to_gymnasium
from trainers.spaces import Space, SpaceError, alike

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
    with draft_folder(folder) as draft:
        _write(demonstrations, dataset_id, draft / "data", _env(env_id, demonstrations.provenance))
        sync_files(draft)
        draft.rename(target)
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
    where: str | Path,
    root: str | Path | None = None,
    *,
    spaces: Spaces | None = None,
    truncate_open: bool = False,
) -> Demonstrations:
    """Demonstrations from a local Minari dataset in HDF5 or arrow; composed spaces are laid out in one.

    A dataset that this program did not write is accepted; its provenance then says only what Minari knows.

    Args:
        where: the dataset's folder, or its id within `root` (None: Minari's own folder).
        spaces: of the task that it is for; None: of any.
        truncate_open: take an episode without an end for one that was cut off.

    Raises:
        DemonstrationError: there is no such dataset, its observations or actions are of a kind that cannot be
            learned from here or not those of the task, or it is damaged or too large.
    """
    folder = Path(where).resolve() if Path(where).is_dir() else _root(root) / where
    folder = folder / "data" if (folder / "data").is_dir() else folder
    if not (folder / _METADATA).is_file():
        if (folder / _DATA).is_file():
            raise DemonstrationError(
                f"the Minari dataset at {where} has data and no {_METADATA}: it is half copied, or older "
                "than Minari 0.5, whose command minari download gets the newer one"
            )
        raise DemonstrationError(
            f"there is no Minari dataset at {where}: give its folder, its id, or a file of demonstrations"
        )
    metadata = read_metadata(folder / _METADATA)
    own = read_spaces(metadata)
    for name in () if spaces is None else ("observation", "action"):
        theirs, needed = getattr(own, name), getattr(spaces, name)
        if not convertible(name, theirs, needed):
            raise DemonstrationError(
                f"the {name}s of the dataset at {where} are {theirs}, those of the task {needed}: "
                "use demonstrations of this task"
            )
    try:
        episodes = read_limited(folder, metadata, truncate_open)
        found = Demonstrations(episodes, _provenance(metadata), own)
        return found if spaces is None else found.fitted(spaces)
    except DemonstrationError:
        raise
    except Exception as error:  # a damaged file makes HDF5 raise almost anything
        raise DemonstrationError(
            f"the Minari dataset at {where} is damaged: record or export it again"
        ) from error


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


def _write(
    demonstrations: Demonstrations, dataset_id: str, folder: Path, env: gymnasium.Env[Any, Any]
) -> None:
    import minari
    from minari.data_collector import EpisodeBuffer
    from minari.dataset.minari_storage import MinariStorage

    folder.mkdir()
    storage = MinariStorage.new(
        folder,
        _stored(env.observation_space, demonstrations.observation_space),
        _stored(env.action_space, demonstrations.action_space),
        _named(env.spec),
        data_format="hdf5",
        jpeg_encoding=False,
    )
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
    _compress(folder / _DATA)


def _compress(path: Path) -> None:
    """Pack what Minari wrote, which every reader of HDF5 unpacks."""
    import h5py

    packed = path.with_suffix(".packed")
    with h5py.File(path, "r") as plain, h5py.File(packed, "w") as file:
        for name, episode in plain.items():
            group = file.create_group(name)
            group.attrs.update(episode.attrs)
            for key, values in episode.items():
                if isinstance(values, h5py.Dataset) and values.shape:
                    group.create_dataset(key, data=values[()], compression="gzip", shuffle=True)
                else:
                    plain.copy(values, group, key)
    packed.replace(path)


def _env(env_id: str | None, provenance: Provenance) -> gymnasium.Env[Any, Any]:
    """The environment that they are from, closed."""
    from irl_app.envs import ENV_ID

    env = gymnasium.make(ENV_ID, grid=provenance.map) if env_id is None else gymnasium.make(env_id)
    env.close()
    return env


def _stored(theirs: gymnasium.Space[Any], held: Space) -> gymnasium.Space[Any]:
    """The environment's space with its bounds; where it is composed, that of what is stored of it."""
    try:
        return theirs if alike(space_from_gymnasium(theirs), held) else space_to_gymnasium(held)
    except SpaceError:
        return space_to_gymnasium(held)


def _named(spec: EnvSpec | None) -> EnvSpec | None:
    """A specification that can be written: a class by its name; None of what is made by a nameless call."""
    if spec is None or not callable(entry := spec.entry_point):
        return spec
    name = f"{entry.__module__}:{getattr(entry, '__qualname__', '<object>')}"
    return None if "<" in name else dataclasses.replace(spec, entry_point=name)


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


def _provenance(metadata: dict[str, Any]) -> Provenance:
    if PROVENANCE_KEY in metadata:
        return read_provenance(metadata[PROVENANCE_KEY])
    return Provenance(
        task=f"minari/{str(metadata.get('dataset_id', 'unknown'))[:100]}",
        expert=str(metadata.get("algorithm_name", "unknown"))[:100],
        created_by=f"Minari {str(metadata.get('minari_version', ''))[:20]}".rstrip(),
    )
