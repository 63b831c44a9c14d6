"""Whole trainings side by side: ours really trained, theirs by a stand-in that prints what it is given."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from irl_app.bench import sqil
from irl_app.bench.sqil import BenchError, bench_sqil, build, is_built
from irl_app.cli import main


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that passes for built; its interpreter answers as theirs would, ten times as slow."""
    folder = tmp_path / "theirs"
    answer = {"cpu_seconds": 100.0, "seconds": 100.0, "mean_return": 9.0, "env_steps": 1500, "updates": 1000}
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.write_text(
        f"#!{sys.executable}\nimport sys, json\njson.loads(sys.argv[2])\nprint('{json.dumps(answer)}')\n"
    )
    python.chmod(0o755)
    (folder / "built.txt").write_text("\n".join(sqil._requirements()), encoding="utf-8")
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_both_get_the_same_and_are_printed(stand_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["bench", "sqil", "--steps", "1000", "--seeds", "0,1", "--env", str(stand_in)]
    assert main([*command, "--json"]) in (0, None)
    trainings = json.loads(capsys.readouterr().out)["trainings"]
    assert [(t["whose"], t["seed"]) for t in trainings] == [
        ("imitation", 0),
        ("ours", 0),
        ("imitation", 1),
        ("ours", 1),
    ]
    ours = [t for t in trainings if t["whose"] == "ours"]
    assert all((t["env_steps"], t["updates"]) == (1000, 500) for t in ours)
    assert all(t["cpu_seconds"] > 0 and 0 < t["mean_return"] <= 500 for t in ours)


def test_an_environment_of_other_versions_is_not_taken_for_built(stand_in: Path) -> None:
    assert is_built(stand_in)
    (stand_in / "built.txt").write_text("imitation==0.1", encoding="utf-8")
    assert not is_built(stand_in)
    assert not is_built(stand_in / "nowhere")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(BenchError, match="no virtual environment"):
        build(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_what_cannot_be_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqil, "THEIRS", ("irl-app-no-such-thing @ file:///nowhere/at/all.whl",))
    with pytest.raises(BenchError, match="cannot be made in"):
        bench_sqil([0], steps=1000, n_demos=1, environment=tmp_path / "e", progress=lambda *_: None)
    assert not is_built(tmp_path / "e")


def test_bad_numbers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "sqil", "--steps", "10"]) == 2
    assert "--steps must be at least 1000" in capsys.readouterr().err
