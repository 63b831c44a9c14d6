"""Tables of offline imitation: what is asked for, and reports made from real, very short runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from irl_app.reproduce import Options, figure_2, objectives, offline_robustness
from irl_app.reproduce.report import Report
from irl_app.reproduce.run_cache import digest
from irl_app.runs import RunConfig
from irl_app.tasks import TASKS

SHORT = {"updates": 8, "checkpoint_every": 8}


def _hurried(module: ModuleType, monkeypatch: pytest.MonkeyPatch, keep: Callable[[Any], bool]) -> None:
    """Let a reproduction ask for two seeds and eight updates, of the arms that are kept."""

    def short(config: RunConfig) -> RunConfig:
        return replace(
            config,
            seeds=(0, 1),
            config={**config.config, **SHORT},
            schedule=replace(config.schedule, episodes=1, log_every=4),
        )

    asks = module.arms(True)
    monkeypatch.setattr(module, "arms", lambda *_: {a: short(c) for a, c in asks.items() if keep(a)})


def _options(cache: Path) -> Options:
    return Options(cache, quick=True, processes=1, progress=lambda done, total, what: None)


def test_figure_2_gives_all_rows_the_same_networks_and_no_environment(tmp_path: Path) -> None:
    asks = figure_2.arms(False, {"Acrobot-v1": tmp_path / "others-v0"})
    assert len(asks) == (6 + 4 + 4) * 5 + 4 * 2
    for (task, row, n, source), config in asks.items():
        assert config.method == row.partition("-")[0]
        assert config.config["online"] is False
        assert config.demonstrations is not None
        assert (config.demonstrations["episodes"], len(config.seeds)) == (n, 10)
        assert config.demonstrations["source"] == (None if source is None else str(source))
        assert config.demonstrations["every"] == TASKS[task].subsample
        for alike in ("hidden", "updates", "learning_rate"):
            assert config.config[alike] == asks[task, "iq", 1, None].config[alike]


@pytest.mark.usefixtures("worked_here")
def test_figure_2_from_short_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _hurried(figure_2, monkeypatch, lambda arm: arm[2] == 1 and arm[1] != "sqil")
    report: Report = figure_2.figure_2(_options(tmp_path))
    (section,) = report.sections
    assert section.columns == ("method", "n = 1")
    assert [row[0] for row in section.rows] == [
        "IQ-Learn (whole objective)",
        "IQ-Learn (frozen target)",
        "Behavioural cloning",
        "Committee of 64: IQ-Learn (whole objective)",
        "Committee of 64: Behavioural cloning",
    ]
    rows: Any = report.values["rows"]
    assert all(len(row["metrics"]["returns"]) == 2 for row in rows)
    assert all(row["metrics"]["solved"] in (0, 1, 2) for row in rows)


def test_candidates_differ_from_what_is_usual_in_what_they_say() -> None:
    asks = offline_robustness.arms(quick=False)
    assert len({str(config.config) for config in asks.values()}) == len(asks) / 2
    (usual, *_) = offline_robustness.CANDIDATES
    for (words, n), config in asks.items():
        changed = {k: v for k, v in config.config.items() if v != asks[usual, n].config[k]}
        wanted = {
            k: list(v) if isinstance(v, tuple) else v for k, v in offline_robustness.CANDIDATES[words].items()
        }
        assert wanted.items() <= config.config.items()
        if config.method == "iq":
            assert set(changed) - set(wanted) <= {"committee"}  # which hidden layers cannot have


@pytest.mark.usefixtures("worked_here")
def test_candidates_from_short_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = dict(list(offline_robustness.CANDIDATES.items())[:1])
    monkeypatch.setattr(offline_robustness, "CANDIDATES", few)
    _hurried(offline_robustness, monkeypatch, lambda arm: True)
    (section,) = offline_robustness.offline_robustness(_options(tmp_path)).sections
    assert section.columns == ("candidate", "return, n = 1", "solved", "lost", "largest size of Q")
    assert [row[0] for row in section.rows] == list(few)
    assert all(int(row[2]) + int(row[3]) <= 2 for row in section.rows)


@pytest.mark.usefixtures("worked_here")
def test_objectives_differ_in_nothing_else_and_share_figure_2s_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks, shared = objectives.arms(False), figure_2.arms(False)
    assert len(asks) == 2 * (3 * 5 + 3)
    for (task, row, n), config in asks.items():
        other = asks[task, "iq-frozen" if row == "iq" else "iq", n]
        differing = {name for name in config.config if config.config[name] != other.config[name]}
        assert differing == {"gradient"}
        if (task, row, n, None) in shared:
            assert digest(config) == digest(shared[task, row, n, None])
    _hurried(objectives, monkeypatch, lambda arm: arm[2] == 1)
    report = objectives.objectives(_options(tmp_path))
    (row,) = report.values["rows"]  # type: ignore[misc]
    assert len(row["whole"]) == len(row["frozen"]) == 2
    assert report.sections[0].rows[0][0] == "Cart and pole, 1"
