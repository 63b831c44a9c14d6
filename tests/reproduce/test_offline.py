"""Tables of offline imitation: what is asked for, and reports made from real, very short runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from irl_app.reproduce import Asked, Report, figure_2, offline_robustness
from irl_app.tasks import CONTROL_TASKS
from irl_app.training import RunConfig

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
    monkeypatch.setattr(module, "arms", lambda _: {a: short(c) for a, c in asks.items() if keep(a)})


def _asked(cache: Path) -> Asked:
    return Asked(cache, quick=True, processes=1, progress=lambda done, total, what: None)


def test_figure_2_gives_all_methods_the_same_networks_and_no_environment() -> None:
    asks = figure_2.arms(quick=False)
    assert len(asks) == 3 * 3 * 5
    for (task, method, n), config in asks.items():
        assert config.method == method
        assert config.config["online"] is False
        assert config.demonstrations is not None
        assert (config.demonstrations["episodes"], len(config.seeds)) == (n, 10)
        assert config.demonstrations["every"] == CONTROL_TASKS[task].subsample
        for alike in ("hidden", "updates", "learning_rate"):
            assert config.config[alike] == asks[task, "iq", n].config[alike]


def test_figure_2_from_short_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_2, "METHODS", ("bc",))
    _hurried(figure_2, monkeypatch, lambda arm: arm[2] == 1)
    report: Report = figure_2.figure_2(_asked(tmp_path))
    (section,) = report.sections
    assert section.columns == ("method", "n = 1")
    assert [row[0] for row in section.rows] == ["Behavioural cloning"]
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


def test_candidates_from_short_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = dict(list(offline_robustness.CANDIDATES.items())[:1])
    monkeypatch.setattr(offline_robustness, "CANDIDATES", few)
    _hurried(offline_robustness, monkeypatch, lambda arm: True)
    (section,) = offline_robustness.offline_robustness(_asked(tmp_path)).sections
    assert section.columns == ("candidate", "return, n = 1", "solved", "lost", "largest size of Q")
    assert [row[0] for row in section.rows] == list(few)
    assert all(int(row[2]) + int(row[3]) <= 2 for row in section.rows)
