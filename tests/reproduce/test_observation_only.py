"""The table of imitation without actions: what is run, and a real short run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.reproduce import Options, observation_only
from irl_app.reproduce.observation_only import DEMONSTRATIONS, PAPER, WAYS, arms


def test_every_way_is_shown_the_same_and_learns_online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation_only, "shipped", lambda task: 10)
    asked = arms(quick=False)
    assert len(asked) == 3 * len(WAYS) * len(DEMONSTRATIONS)
    assert {(task, n) for task, _, n in asked} == set(PAPER)
    assert {task: len(config.seeds) for (task, _, _), config in asked.items()} == {
        "CartPole-v1": 5, "LunarLander-v3": 5, "Hopper-v5": 3,
    }  # fmt: skip
    for (task, way, n), config in asked.items():
        other = asked[task, "demonstrations", n]
        assert config.config["actions_from"] == way
        assert config.config["online"]
        assert config.demonstrations == other.demonstrations


@pytest.mark.parametrize("there", [0, 5])
def test_what_is_not_shipped_is_said(there: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation_only, "shipped", lambda task: there if task == "Hopper-v5" else 60)
    asked = arms(quick=False)
    assert {n for task, _, n in asked if task == "Hopper-v5"} == ({1} if there else set())
    notes = " ".join(observation_only._notes(asked, 50))
    assert ("No demonstrations of Hopper-v5 are shipped" in notes) == (not there)
    found = {arm: np.zeros(3) for arm in asked if arm[0] == "Hopper-v5"}
    if there:
        section = observation_only._section("Hopper-v5", (1, 10), found)
        assert section.rows[0][1:] == ("0 (0 to 0) (0)", "only 5 are shipped")
        assert section.rows[-1][1:] == ("2507 ± 345", "3465 ± 51")


@pytest.mark.usefixtures("worked_here")
def test_a_short_run_fills_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation_only, "QUICK_UPDATES", 16)
    monkeypatch.setattr(observation_only, "QUICK_EPISODES", 3)
    options = Options(tmp_path, quick=True, processes=1, progress=lambda *_: None)
    report = observation_only.observation_only(options)
    (section,) = report.sections
    assert [row[0] for row in section.rows] == [*WAYS.values(), "paper, states only"]
    assert section.rows[-1][1] == "452 ± 50"
    rows = report.values["rows"]
    assert isinstance(rows, list)
    for row in rows:
        assert row["return"]["mean"] == pytest.approx(np.mean(row["returns"]))
        assert 8 <= min(row["returns"]) <= max(row["returns"]) <= 500
    assert observation_only.observation_only(options).values == report.values
