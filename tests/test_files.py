"""Files that are written whole, and what killed writers leave."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from irl_app import files
from irl_app.files import ABANDONED, draft_folder, sweep_drafts, sweep_files, sync_files, write_whole

LONG_AGO = time.time() - 2 * ABANDONED


def test_a_file_is_on_the_disk_before_it_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(files.os, "fsync", lambda file: (done.append("sync"), sync(file)))
    monkeypatch.setattr(files.os, "replace", lambda *paths: (done.append("replace"), replace(*paths)))
    assert write_whole(tmp_path / "a" / "b", "text").read_text() == "text"
    assert done == ["sync", "replace"]


def test_all_files_of_a_folder_are_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("data/main.hdf5", "data/about.json", "log"):
        write_whole(tmp_path / name, name)
    sync, done = os.fsync, []
    monkeypatch.setattr(files.os, "fsync", lambda file: (done.append(os.fstat(file).st_size), sync(file)))
    sync_files(tmp_path)
    assert sorted(done) == [3, 14, 15]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_drafts_of_killed_writers_are_swept_and_those_of_others_left(tmp_path: Path) -> None:
    for name in (".new-abc", ".deleted-0123", ".old-xyz", "mine", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "inside").touch()
    for name in (".a.01234567", ".b.01234567", ".a.other", ".a.0123456z"):
        (tmp_path / name).touch()
    sweep_drafts(tmp_path)
    sweep_files(tmp_path, age=ABANDONED)
    assert len(list(tmp_path.iterdir())) == 9  # all of them were just touched
    for path in tmp_path.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    with draft_folder(tmp_path) as draft:
        draft.rename(tmp_path / "done")
    write_whole(tmp_path / "a", "")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".a.0123456z", ".a.other", ".b.01234567", ".hidden", "a", "done", "mine"]
    sweep_files(tmp_path)
    assert not (tmp_path / ".b.01234567").exists()
