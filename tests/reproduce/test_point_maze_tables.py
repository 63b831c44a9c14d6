"""The tables of the point maze, at their smallest."""

from __future__ import annotations

from pathlib import Path

import pytest

from irl_app.reproduce import REPRODUCTIONS, Options, point_maze


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks are trained once for both tables."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def options(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    monkeypatch.setattr(point_maze, "QUICK_SEEDS", range(1))
    monkeypatch.setattr(point_maze, "QUICK_EPISODES", 8)
    return Options(cache, True, 1, lambda done, total, words: None)


def test_what_transfers(options: Options) -> None:
    success = REPRODUCTIONS["maze-transfer"].make(options).values["success"]
    assert {"AIRL, g(s), planned on", "copying those of AIRL"} <= set(success)  # type: ignore[call-overload]
    assert success["causal ML"]["barrier left"]["mean"] >= 0.9  # type: ignore[index]
    assert success["planning anew on the true reward"]["barrier left"]["mean"] >= 0.9  # type: ignore[index]
    assert success["copying the expert's moves"]["barrier left"]["mean"] <= 0.5  # type: ignore[index]


def test_maps_and_controls(options: Options) -> None:
    report = REPRODUCTIONS["figure-5"].make(options)
    assert "AIRL, g(s)" in report.values["maps"]  # type: ignore[operator]
    best = report.values["maps"]["causal ML"]  # type: ignore[index]
    assert best["success"]["mean"] >= 0.9
    assert best["pearson_true"]["mean"] >= 0.8
    assert min(report.values["controls"].values()) >= 0.9  # type: ignore[attr-defined]
