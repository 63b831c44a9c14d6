"""HDF5 that would never be read, or take all the memory, is refused within the limits that are told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import gymnasium as gym
import h5py
import numpy as np
import pytest
from minari.serialization import serialize_space

from irl_app.demonstrations import (
    DemonstrationError,
    Demonstrations,
    Episode,
    Provenance,
    Spaces,
    limited,
    load_demonstrations,
    load_minari,
    save_minari,
)
from irl_app.demonstrations.limited import read_limited
from trainers.spaces import Box, Discrete

ENDLESS = Path(__file__).parent / "attack" / "endless.hdf5"
SPACES = Spaces(Box((4,)), Discrete(2))


def described(n_episodes: int, data_format: str = "hdf5") -> dict[str, Any]:
    spaces = {
        "observation_space": gym.spaces.Box(-np.inf, np.inf, (4,), np.float32),
        "action_space": gym.spaces.Discrete(2),
    }
    written = {name: serialize_space(space) for name, space in spaces.items()}
    return {"data_format": data_format, "total_episodes": n_episodes, **written}


def shown(steps: int = 20) -> Demonstrations:
    obs = np.arange(4 * (steps + 1), dtype=np.float32).reshape(-1, 4)
    episodes = [
        Episode(obs, np.arange(steps) % 2, np.ones(steps), ended, not ended) for ended in (True, False)
    ]
    return Demonstrations(tuple(episodes), Provenance("CartPole-v1", "made"), SPACES)


def test_what_another_process_reads_is_what_was_written(tmp_path: Path) -> None:
    saved = shown()
    save_minari(saved, "pole-v0", root=tmp_path, env_id="CartPole-v1")
    assert load_minari(tmp_path / "pole-v0") == saved


def test_twenty_changed_bytes_that_keep_hdf5_busy_for_ever_are_refused(tmp_path: Path) -> None:
    shutil.copy(ENDLESS, tmp_path / "main_data.hdf5")
    with pytest.raises(DemonstrationError, match="record or export it again"):
        read_limited(tmp_path, described(3), False)


def test_an_hdf5_file_of_columns_is_read_within_limits_too(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "pole.hdf5", "w") as file:
        file["observations"] = np.zeros((1000, 4), np.float32)
        file["actions"] = np.zeros(1000, np.int64)
        file["rewards"] = np.ones(1000, np.float32)
        file["terminals"] = np.arange(1000) == 999
    assert load_demonstrations(tmp_path / "pole.hdf5").n_steps == 999
    shutil.copy(ENDLESS, tmp_path / "endless.hdf5")
    with pytest.raises(DemonstrationError):
        load_demonstrations(tmp_path / "endless.hdf5")


def test_who_takes_longer_than_told_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_minari(shown(), "pole-v0", root=tmp_path, env_id="CartPole-v1")
    monkeypatch.setattr(limited, "_limits", lambda unpacked: {"seconds": 0, "memory": limited.MEMORY})
    with pytest.raises(DemonstrationError, match="took more than 0 s of processor time"):
        read_limited(tmp_path / "pole-v0" / "data", described(2), False)


def test_who_needs_more_memory_than_told_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "main_data.hdf5"
    with h5py.File(path, "w") as file:
        group = file.create_group("episode_0")
        group.create_dataset(
            "observations", shape=(60_000_001, 4), dtype="f4", chunks=(1000, 4), fillvalue=1.0
        )
        group.create_dataset("actions", shape=(60_000_000,), dtype="i8", chunks=(1000,))
        for name in ("rewards", "terminations", "truncations"):
            group.create_dataset(name, shape=(60_000_000,), dtype="f4", chunks=(1000,))
    assert path.stat().st_size < 100_000
    with pytest.raises(DemonstrationError, match=r"bytes or .* moves|of memory"):
        read_limited(tmp_path, described(1), False)
