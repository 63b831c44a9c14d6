"""Checkpoints: whole or refused by name, and the last good one is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from irl_app.training.checkpoint_files import (
    CheckpointError,
    CheckpointVersionError,
    checkpoint_updates,
    seal,
)
from irl_app.training.checkpoints import Checkpoint, last_good_checkpoint, load_checkpoint, save_checkpoint

TENSORS = {
    "weights": torch.arange(6, dtype=torch.float32).reshape(2, 3).T,
    "generator": torch.Generator().manual_seed(3).get_state(),
    "steps": torch.tensor(7.5, dtype=torch.float64),
    "flags": torch.tensor([True, False]),
}


def moment(update: int) -> Checkpoint:
    return Checkpoint(update, 2 * update, 0.1 * update, TENSORS, {"next": 5, "by": {1: 2}, "size": (3, 4)})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with checkpoints at 10, 20 and 30."""
    for update in (10, 20, 30):
        save_checkpoint(tmp_path, moment(update))
    return tmp_path


def file(run: Path, update: int, suffix: str) -> Path:
    return run / "checkpoints" / f"{update:08d}{suffix}"


def test_what_was_saved_is_loaded_bit_by_bit(run: Path) -> None:
    found = load_checkpoint(file(run, 20, ".json"))
    assert (found.update, found.env_steps, found.seconds) == (20, 40, 2.0)
    assert found.state == {"next": 5, "by": {"1": 2}, "size": [3, 4]}
    assert set(found.tensors) == set(TENSORS)
    for name, tensor in TENSORS.items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name], tensor)


def test_only_the_newest_are_kept(run: Path) -> None:
    save_checkpoint(run, moment(40), kept=2)
    assert checkpoint_updates(run) == (30, 40)
    assert len(list((run / "checkpoints").iterdir())) == 4


def test_later_ones_of_another_life_are_not_counted_among_the_newest(run: Path) -> None:
    save_checkpoint(run, moment(20), kept=2)
    assert checkpoint_updates(run) == (10, 20, 30)


def test_the_last_good_one_is_the_newest(run: Path) -> None:
    found, refused = last_good_checkpoint(run)
    assert found is not None
    assert found.update == 30
    assert refused == ()


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_a_half_written_file_is_named_and_the_one_before_is_used(run: Path, suffix: str, keep: float) -> None:
    path = file(run, 30, suffix)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(CheckpointError, match=f"00000030{suffix} is (half-written|damaged)"):
        load_checkpoint(file(run, 30, ".json"))
    found, refused = last_good_checkpoint(run)
    assert found is not None
    assert found.update == 20
    assert len(refused) == 1
    assert str(path) in refused[0]


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_every_flipped_bit_is_noticed(run: Path, suffix: str) -> None:
    path = file(run, 30, suffix)
    content = path.read_bytes()
    for place in range(0, len(content), 37):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(CheckpointError, match=f"00000030{suffix} is"):
            load_checkpoint(file(run, 30, ".json"))


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_missing_half_is_named(run: Path, suffix: str) -> None:
    file(run, 30, suffix).unlink()
    found, refused = last_good_checkpoint(run)
    assert found is not None
    assert found.update == 20
    assert f"00000030{suffix} is missing" in refused[0]


def test_halves_of_different_moments_do_not_match(run: Path) -> None:
    other = {**TENSORS, "steps": torch.tensor(8.5, dtype=torch.float64)}
    save_checkpoint(run, Checkpoint(40, 80, 4.0, other, {}))
    file(run, 30, ".safetensors").write_bytes(file(run, 40, ".safetensors").read_bytes())
    with pytest.raises(CheckpointError, match=r"00000030.safetensors is half-written or damaged"):
        load_checkpoint(file(run, 30, ".json"))


@pytest.mark.parametrize("content", ["[]", "null", "{}", '{"format": "irl-app checkpoint"}', "[" * 100_000])
def test_other_json_is_refused(run: Path, content: str) -> None:
    file(run, 30, ".json").write_text(content)
    with pytest.raises(CheckpointError, match=r"00000030.json is"):
        load_checkpoint(file(run, 30, ".json"))


def test_a_changed_word_is_refused(run: Path) -> None:
    about = json.loads(file(run, 30, ".json").read_text())
    about["update"] = 31
    file(run, 30, ".json").write_text(json.dumps(about))
    with pytest.raises(CheckpointError, match=r"00000030.json is damaged"):
        load_checkpoint(file(run, 30, ".json"))


def test_without_a_good_one_there_is_none(tmp_path: Path) -> None:
    assert last_good_checkpoint(tmp_path) == (None, ())
    save_checkpoint(tmp_path, moment(10))
    file(tmp_path, 10, ".json").unlink()
    found, refused = last_good_checkpoint(tmp_path)
    assert found is None
    assert len(refused) == 1


def test_one_of_another_version_is_named_and_no_older_one_takes_its_place(run: Path) -> None:
    path = file(run, 30, ".json")
    about = json.loads(path.read_text()) | {"format_version": 2}
    del about["seal"]
    path.write_text(json.dumps(about | {"seal": seal(about)}))
    with pytest.raises(CheckpointVersionError, match=r"00000030\.json is of format 2 of checkpoints"):
        last_good_checkpoint(run)
