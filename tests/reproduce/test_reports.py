"""Reports: tables for people and README, training runs made once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from irl_app.cli import main
from irl_app.reproduce import REPRODUCTIONS, Options, write_between_markers
from irl_app.reproduce.report import Report, Section
from irl_app.reproduce.run_cache import digest, finished_runs
from irl_app.runs import RunError, read_status
from irl_app.training import read_metrics
from irl_app.training.request import request


def test_a_report_as_markdown() -> None:
    report = Report((Section("T", ("a", "b"), (("x", "1"), ("y", "2"))),), (), {})
    assert report.markdown() == "**T**\n\n| a | b |\n| --- | ---: |\n| x | 1 |\n| y | 2 |"
    with pytest.raises(ValueError, match="2 columns"):
        Section("T", ("a", "b"), (("x",),))


def test_a_file_changes_between_its_markers_only(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("before\n<!-- t: begin -->\nold\n<!-- t: end -->\nafter\n", encoding="utf-8")
    write_between_markers(path, "t", "new")
    text = path.read_text(encoding="utf-8")
    assert text == "before\n<!-- t: begin -->\nnew\n<!-- t: end -->\nafter\n"


def test_a_file_without_markers_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("text", encoding="utf-8")
    with pytest.raises(OSError, match="once each"):
        write_between_markers(path, "t", "new")
    assert path.read_text(encoding="utf-8") == "text"


def test_a_file_without_the_place_is_refused_before_anything_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, cache = tmp_path / "README.md", tmp_path / "cache"
    path.write_text("text", encoding="utf-8")
    asked = ["reproduce", "figure-2", "--quick", "--cache", str(cache), "--write"]
    for place in (path, tmp_path / "nowhere" / "README.md"):
        assert main([*asked, str(place)]) == 2
        assert str(place) in capsys.readouterr().err
    assert not cache.exists()


def test_the_tables_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["tables"]] == list(REPRODUCTIONS)


def test_every_table_has_its_place_in_the_documents() -> None:
    root = Path(__file__).parents[2]
    text = "".join((root / name).read_text(encoding="utf-8") for name in ("README.md", "RESULTS.md"))
    for name in REPRODUCTIONS:
        assert [text.count(f"<!-- {name}: {end} -->") for end in ("begin", "end")] == [1, 1]


def _asked(cache: Path) -> Options:
    return Options(cache, quick=True, processes=1, progress=lambda done, total, what: None)


def test_runs_are_trained_once_and_reused(tmp_path: Path) -> None:
    settings = {"updates": 20, "evaluate_every": 20, "episodes": 1, "checkpoint_every": 20}
    config = request("CartPole-v1", "bc", seeds=(0, 1), settings=settings)
    (run,) = finished_runs({"one": config}, str, _asked(tmp_path)).values()
    assert read_status(run).state == "done"
    assert read_metrics(run).values["return"].shape[1] == 2
    before = (run / "status.json").stat().st_mtime_ns
    assert finished_runs({"one": config}, str, _asked(tmp_path)) == {"one": run}
    assert (run / "status.json").stat().st_mtime_ns == before


def test_whatever_is_asked_changes_the_digest_but_the_time_does_not() -> None:
    config = request("CartPole-v1", "bc", seeds=(0, 1))
    assert digest(config) == digest(replace(config, created="another day"))
    assert digest(config) != digest(replace(config, seeds=(0, 2)))


def test_a_run_that_fails_is_named(tmp_path: Path) -> None:
    config = request("CartPole-v1", "bc", seeds=(0,), episodes=24)
    too_many = replace(config, demonstrations={**(config.demonstrations or {}), "episodes": 1000})
    with pytest.raises(RunError, match=r"many-.* is failed: 1000 demonstrations are asked for"):
        finished_runs({"many": too_many}, str, _asked(tmp_path))
