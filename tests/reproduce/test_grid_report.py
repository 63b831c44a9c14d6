"""``grid-report``: exact Q-functions are judged as exact, curves arrive where they do; a short one whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from irl_app.analysis import reference
from irl_app.reproduce import Options, grid_report
from irl_app.reproduce.grid_judging import distance_of_visits, judge_tables, moves_agreeing
from irl_app.reproduce.grid_play import GOALS, layouts, open_grids
from irl_app.reproduce.grid_report import GRID_REPORT, arms
from irl_app.tasks import get_task
from trainers.tabular.planning import soft_optimal

WALLS = get_task("gridworld/random-walls")


def exact(temperature: float) -> np.ndarray:
    """(G, 1, S, A) soft-optimal Q of the true reward in every layout; where episodes end, anything."""
    tables = []
    for grid in layouts(WALLS):
        world = reference(grid, grid.gamma).world
        q = soft_optimal(world.mdp, world.reward, temperature).q
        tables.append(np.where(world.mdp.live[:, None], q, 77.0))
    return np.array(tables)[:, None]


def test_exact_values_are_judged_as_exact() -> None:
    judged = judge_tables(layouts(WALLS), exact(0.05), 0.05)
    assert judged.value[0] > 0.99
    assert judged.state_value[0] == pytest.approx(1.0, abs=1e-6)
    assert judged.moves[0] == 1.0
    np.testing.assert_allclose([judged.goal_reward[0], judged.other_reward[0]], [10.0, -1.0], atol=1e-6)
    card = judged.card
    for name in ("pearson_raw", "pearson_val", "pearson_state"):
        assert card[name][0] == pytest.approx(1.0, abs=1e-6), name
    assert card["regret"][0] == card["regret_transfer"][0] == 0.0
    assert card["distance_ratio"][0] == pytest.approx(1.0)


def test_a_greedy_learner_is_judged_by_its_maximum() -> None:
    judged = judge_tables(layouts(WALLS), exact(1e-3), 0.0)
    assert judged.value[0] > 0.999
    np.testing.assert_allclose([judged.goal_reward[0], judged.other_reward[0]], [10.0, -1.0], atol=0.01)


def test_values_upside_down_are_no_good() -> None:
    judged = judge_tables(layouts(WALLS), -exact(0.5), 0.5)
    assert judged.moves[0] < 0.3
    assert judged.card["regret"][0] > 0.5


def test_goals_of_open_grids() -> None:
    grids = open_grids(WALLS)
    places = {name: np.argwhere(grid.goals).tolist() for name, grid in grids.items()}
    assert places["bottom right"] == [[7, 7]]
    assert places["middle"] == [[3, 3]]
    assert set(places) == set(GOALS)
    for grid in grids.values():
        assert not grid.walls.any()
        upwards = np.zeros((64, 4))
        upwards[:, 0] = 1.0
        row = int(np.argwhere(grid.goals)[0, 0])
        assert moves_agreeing(grid, upwards) == pytest.approx((7 - row) * 8 / 63)  # from every row below it


def test_visits_apart() -> None:
    found = distance_of_visits(np.array([[2, 2, 0], [0, 0, 5], [1, 0, 1]]), np.array([3, 3, 0]))
    np.testing.assert_allclose(found, [0.0, 1.0, 0.5])


def test_the_whole_of_it_asks_for_every_arm() -> None:
    asked = arms(quick=False)
    assert len(asked) == 6
    assert {config.config["network"] for config in asked.values()} == {"vin"}
    assert asked["iq", "static-walls"].demonstrations is not None
    assert asked["iq", "static-walls"].demonstrations["episodes"] == 300
    assert asked["dqn", "random-goal"].demonstrations is None


@pytest.mark.usefixtures("worked_here")
def test_a_very_short_one_from_training_to_tables_and_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"QUICK_UPDATES": 32, "QUICK_GAMES": 20, "BLOCK": 2, "SEEDS": (0, 1)}.items():
        monkeypatch.setattr(grid_report, name, value)
    monkeypatch.setattr(grid_report, "BLOCK_EVERY", {"iq": 16})
    options = Options(tmp_path, quick=True, processes=1, progress=lambda done, total, what: None)
    report = GRID_REPORT.make(options)
    rows = json.loads(json.dumps(report.values))["rows"]
    assert [(row["grid"], row["method"]) for row in rows] == [("random-walls", "iq")]
    ratio = rows[0]["metrics"]["distance_ratio"]
    assert ratio["n"] == 2
    assert 1.0 <= ratio["low"] <= ratio["mean"]
    games, curves, *_ = report.sections
    assert [row[0].split(", ")[1] for row in games.rows] == [
        "IQ-Learn (whole objective)",
        "expert",
        "random moves",
    ]
    assert games.rows[1][1:3] == ("1.00", "100.0 %")
    assert curves.rows[0][1] == "32"
    page = (tmp_path / "grid-report.html").read_text(encoding="utf-8")
    assert "random-walls: policies in open grids" in page
    assert page.count("data-chart=") == 2 + 2 + 5 + 3 + 2
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/grid-play-20.safetensors")}
    assert len(kept) == 1
    assert GRID_REPORT.make(options).values == report.values
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
