"""Datasets on this machine are found by what they say, and nothing damaged gets in the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from irl_app.demonstrations import save_minari
from irl_app.demonstrations.local import local_datasets, minari_root
from irl_app.tasks import collect_episodes, get_task, random_policy
from trainers.spaces import Discrete


@pytest.fixture
def root(tmp_path: Path) -> Path:
    task = get_task("CartPole-v1")
    shown = collect_episodes(task, random_policy(task), 3, 0, "random")
    save_minari(shown, "CartPole-v1/random-v0", tmp_path, env_id=task.env_id)
    return tmp_path


def test_a_dataset_is_found_with_all_that_is_needed_to_choose_it(root: Path) -> None:
    (found,) = local_datasets([root, root / "nowhere", root / "CartPole-v1"])
    assert (found.name, found.n_episodes, found.task) == ("CartPole-v1/random-v0", 3, "CartPole-v1")
    assert (found.spaces.observation.shape, found.spaces.action) == ((4,), Discrete(2))
    assert found.folder == root / "CartPole-v1" / "random-v0"
    (itself,) = local_datasets([found.folder])
    assert itself.name == "random-v0"


@pytest.mark.parametrize("change", [{"data_format": "csv"}, {"total_episodes": "many"}, {"action_space": 3}])
def test_a_dataset_that_cannot_be_read_is_left_out(root: Path, change: dict[str, object]) -> None:
    path = root / "CartPole-v1" / "random-v0" / "data" / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert local_datasets([root]) == ()
    path.write_bytes(np.random.default_rng(0).bytes(100))
    assert local_datasets([root]) == ()


def test_minaris_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "sets"))
    assert minari_root() == tmp_path / "sets"
    monkeypatch.delenv("MINARI_DATASETS_PATH")
    assert minari_root().parts[-2:] == (".minari", "datasets")
