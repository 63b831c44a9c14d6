"""The verdict, measured: cases in few worlds, and what cases made by hand come to."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from irl_app.analysis.elsewhere import summed_up
from irl_app.analysis.rank_agreement import goodman_kruskal_gamma, kendall_tau
from irl_app.bench import verdict
from irl_app.bench.verdict import Case, judged_cases
from irl_app.bench.verdict_figures import GOAL, figures_of
from irl_app.bench.verdict_worlds import bench_worlds, random_map
from irl_app.cli import main
from irl_app.envs.presets import PRESETS
from irl_app.ui.lab_trust import measured


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One preset and one map, two methods, two demonstrations."""
    worlds = bench_worlds(0)
    monkeypatch.setattr(verdict, "bench_worlds", lambda seed: [worlds[1], worlds[-1]])
    monkeypatch.setattr(verdict, "METHODS", ("ml", "iq"))
    monkeypatch.setattr(verdict, "SHOWN", (2,))
    monkeypatch.setattr(verdict, "LEAST", 1)
    monkeypatch.setattr(verdict, "SPEED", {10: 0.15})


@pytest.mark.usefixtures("few")
def test_every_recovery_is_judged_twice_and_told_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "verdict", "--seeds", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["recoveries"] == len(found["cases"]) == 4
    assert set(found.pop("seconds_elsewhere")) == {"10"}  # of this machine: no part of what is shipped
    assert set(found) == set(measured())
    assert set(GOAL) <= set(found)
    assert set(found["families"]) == {"presets", "random maps"}
    assert set(found["left_out"]) == {
        "walls added", "walls moved", "slip changed", "starts moved", "mix",
    }  # fmt: skip
    assert {case["method"] for case in found["cases"]} == {"ml", "iq"}
    for case in found["cases"]:
        assert 0.0 <= case["judge"] <= case["judge_worst_tenth"] <= 1.0
    (first, *_), told = judged_cases([5]), found["cases"]
    assert round(first.judge.mean.value or 0.0, 4) == told[0]["judge"]  # the same every time


def made(level: str, elsewhere: float, judge: float, worst: float, blind: float) -> Case:
    def found(mean: float) -> Any:
        return summed_up(np.full(40, mean), ("slip changed",) * 40)

    card = SimpleNamespace(
        verdict=SimpleNamespace(elsewhere=SimpleNamespace(level=level)),
        elsewhere=found(elsewhere),
        value=lambda name: elsewhere if name == "regret_elsewhere" else None,
    )
    without = SimpleNamespace(estimate=blind, draws=found(blind))
    world = SimpleNamespace(family="presets", name="goal", seed=0)
    judged = replace(found(judge), worst_tenth=worst)
    return Case(world, "ml", 3, card, without, judged, found(judge))  # type: ignore[arg-type]


def test_figures_of_cases_made_by_hand() -> None:
    cases = [
        made("good", 0.0, 0.01, 0.05, 0.00),
        made("good", 0.01, 0.3, 0.6, 0.3),  # it should not have been called good
        made("fair", 0.1, 0.015, 0.1, 0.01),  # truly good, not found
        made("poor", 0.5, 0.7, 1.0, 0.5),
    ]
    found = figures_of(cases)
    # Pairs in the order of the judge: 1-3, 1-2, 1-4, 3-2, 3-4, 2-4; only 3-2 is the wrong way round.
    assert found["tau_elsewhere"] == pytest.approx(4 / 6)
    assert found["tau_without_truth"] == pytest.approx(1.0)
    assert found["gamma_level"] == pytest.approx(3 / 5)
    assert found["good"] == 2
    assert found["bad_among_good"] == found["good_found"] == 0.5
    assert found["worst_among_good"] == 0.5
    assert found["bad_among_good_interval"][0] == pytest.approx(0.0126, abs=1e-3)
    assert found["good_without_truth"] == 2
    assert found["bad_without_truth"] == 0.0
    assert found["tau_of_figures"]["starc_state"] is None
    assert found["left_out"]["slip changed"]["tau"] is None  # there is no other kind to foretell it from


def test_gamma_counts_only_pairs_that_differ_on_both_sides() -> None:
    level, lost = np.array([2.0, 2.0, 1.0, 0.0]), np.array([0.0, 0.1, 0.2, 0.9])
    assert goodman_kruskal_gamma(level, -lost) == 1.0
    assert kendall_tau(level, -lost) == pytest.approx(5 / np.sqrt(5 * 6))


def test_random_maps_are_the_same_every_time_and_of_every_kind() -> None:
    maps = [random_map(np.random.default_rng(seed)) for seed in range(40)]
    assert maps[7] == random_map(np.random.default_rng(7))
    assert {grid.goal_kind for grid in maps} == {"end", "stay", "teleport"}
    assert {int(grid.goals.sum()) for grid in maps} == {1, 2}
    lava = [float((grid.rewards < 0).mean()) for grid in maps]
    assert max(lava) > 0.15
    assert len({world.name for world in bench_worlds(1)}) == 2 * len(PRESETS)
