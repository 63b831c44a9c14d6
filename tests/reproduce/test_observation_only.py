"""The table of imitation without actions: what is run, and a real short run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.reproduce import Asked, observation_only
from irl_app.reproduce.observation_only import DEMONSTRATIONS, PAPER, WAYS, arms


def test_every_way_is_shown_the_same_and_learns_online() -> None:
    asked = arms(quick=False)
    assert len(asked) == 2 * len(WAYS) * len(DEMONSTRATIONS)
    assert {(task, n) for task, _, n in asked} == set(PAPER)
    assert {len(config.seeds) for config in asked.values()} == {5}
    for (task, way, n), config in asked.items():
        other = asked[task, "demonstrations", n]
        assert config.config["actions_from"] == way
        assert config.config["online"]
        assert config.demonstrations == other.demonstrations


def test_a_short_run_fills_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation_only, "QUICK_UPDATES", 16)
    monkeypatch.setattr(observation_only, "QUICK_EPISODES", 3)
    asked = Asked(tmp_path, quick=True, processes=1, progress=lambda *_: None)
    report = observation_only.observation_only(asked)
    (section,) = report.sections
    assert [row[0] for row in section.rows] == [*WAYS.values(), "paper, states only"]
    assert section.rows[-1][1] == "452 ± 50"
    rows = report.values["rows"]
    assert isinstance(rows, list)
    for row in rows:
        assert row["return"]["mean"] == pytest.approx(np.mean(row["returns"]))
        assert 8 <= min(row["returns"]) <= max(row["returns"]) <= 500
    assert observation_only.observation_only(asked).values == report.values
