"""Many sessions look at the runs; their folders are read once, and again when something has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from irl_app.runs import Run, Status, delete_run, write_status
from irl_app.ui import run_lists
from irl_app.ui.run_lists import forget_lists, runs_in
from tests.comparison.made_runs import make_run


def test_only_what_has_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(folder: Path, name: str) -> Run:
        read.append(name)
        return original(folder, name)

    original = run_lists.read_run
    monkeypatch.setattr(run_lists, "read_run", reading)
    monkeypatch.setattr(run_lists, "FRESH", 0.0)
    first, second = make_run(tmp_path, "iq"), make_run(tmp_path, "bc")
    names = {first.name, second.name}
    for _ in range(3):
        assert {run.name for run in runs_in(tmp_path).runs} == names
    assert sorted(read) == sorted(names)
    write_status(first, Status("failed", 3, 2000))
    assert {run.status.state for run in runs_in(tmp_path).runs} == {"failed", "done"}
    assert read[2:] == [first.name]
    write_status(second, Status("running", 3, 2000))
    for _ in range(2):  # whether somebody works on it, no file says
        assert {run.status.state for run in runs_in(tmp_path).runs} == {"failed", "interrupted"}
    assert read[3:] == [second.name] * 2
    (first / "config.json").write_text("{")
    assert len(runs_in(tmp_path).problems) == 1
    delete_run(second)
    assert runs_in(tmp_path).runs == ()


def test_a_list_is_given_again_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lists, "FRESH", 1e9)
    make_run(tmp_path, "iq")
    found = runs_in(tmp_path)
    make_run(tmp_path, "bc")
    assert runs_in(tmp_path) is found
    forget_lists()
    assert len(runs_in(tmp_path).runs) == 2
