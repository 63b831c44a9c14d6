"""``irl-app bench runs``: its figures, of few runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irl_app.bench.many_runs import make_runs
from irl_app.cli import main
from irl_app.cli.console import MANY
from irl_app.runs import list_runs


def test_it_counts_processor_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "runs", "--count", "3", "--repeats", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == 3
    assert len(found["seconds"]) == 1
    assert found["median_seconds"] > 0
    assert main(["bench", "runs", "--count", "2", "--repeats", "1"]) == 0
    assert "with 2 runs" in capsys.readouterr().out
    assert main(["bench", "runs", "--count", "0"]) == 2


def test_the_runs_are_such_as_trainings_leave_and_many_are_listed_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_runs(tmp_path, MANY + 1)
    assert len(list_runs(tmp_path).runs) == MANY + 1
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    assert main(["runs", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("cartpole-v1-iq-") for line in lines) == MANY + 1
    assert len({len(line) for line in lines if line.startswith("cartpole-v1-iq-")}) == 1
