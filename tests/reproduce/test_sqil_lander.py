"""The Lunar Lander table of SQIL: what is run, what counts as landing, a real short run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gymnasium.envs.box2d.lunar_lander import heuristic

from irl_app.reproduce import Options, sqil_lander
from irl_app.reproduce.sqil_lander import ABLATED, CONDITIONS, STARTS, arms, landed
from irl_app.tasks import Obs, collect_episodes, get_task
from irl_app.training.request import request
from trainers.arrays import IntArray


def test_every_condition_is_run_where_it_learns() -> None:
    asked = arms(quick=False)
    assert {name for name, _ in asked} == set(CONDITIONS)
    offline = {name for name in CONDITIONS if (name, STARTS[0]) not in asked}
    assert offline == {"bc", "no-samples"}
    assert {len(config.seeds) for config in asked.values()} == {5}
    assert {config.demonstrations["every"] for config in asked.values() if config.demonstrations} == {1}


def test_the_ablation_takes_one_part_away_at_a_time() -> None:
    whole = arms(quick=False)["sqil", STARTS[1]].config
    for name in ABLATED:
        without = arms(quick=False)[name, STARTS[1]].config
        changed = {key for key in whole if whole[key] != without[key]}
        assert changed == set(CONDITIONS[name].settings)


class Lander:
    """What Gymnasium's heuristic pilot asks of its environment."""

    continuous = False

    def __init__(self) -> None:
        self.unwrapped = self


def test_a_landing_is_at_rest_between_the_flags() -> None:
    def pilot(obs: Obs, generator: np.random.Generator) -> IntArray:
        flown = np.array([heuristic(Lander(), row) for row in obs])
        return np.where(generator.random(len(obs)) < 0.1, generator.integers(4, size=len(obs)), flown)

    flown = collect_episodes(get_task("LunarLander-v3"), pilot, 30, 0, "pilot").episodes
    came_down = [episode for episode in flown if episode.rewards[-1] == 100.0]
    assert 10 < len(came_down) < 30
    assert [episode for episode in flown if landed(episode)] == [
        episode for episode in came_down if abs(episode.observations[-1, 0]) <= 0.2
    ]


@pytest.mark.usefixtures("worked_here")
def test_a_short_run_fills_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"updates": 20, "evaluate_every": 10**9, "episodes": 1, "checkpoint_every": 20}
    asks = {
        (name, start): request(
            start,
            CONDITIONS[name].method,
            seeds=(0, 1),
            settings={**settings, **({"warmup": 50} if name == "sqil" else {})},
            source=sqil_lander._source(),
        )
        for name, start in (("bc", STARTS[1]), ("sqil", STARTS[0]))
    }
    monkeypatch.setattr(sqil_lander, "arms", lambda quick: asks)
    monkeypatch.setattr(sqil_lander, "QUICK_EPISODES", 2)
    told: list[str] = []
    options = Options(tmp_path, quick=True, processes=1, progress=lambda done, total, what: told.append(what))
    report = sqil_lander.sqil_lander(options)
    (section,) = report.sections
    assert [row[0] for row in section.rows] == ["Random", "Behavioural cloning", "SQIL", "Expert, as shown"]
    assert section.columns == ("method", "from the left", "paper")
    rows = report.values["rows"]
    assert isinstance(rows, list)
    assert [(row["condition"], row["task"]) for row in rows] == [("bc", STARTS[0]), ("sqil", STARTS[0])]
    assert all(0.0 <= rate <= 1.0 for row in rows for rate in row["successes"])
    assert "landings of sqil" in told
    kept = {path: path.read_bytes() for path in tmp_path.rglob("target-landings-*.json")}
    assert len(kept) == 2
    assert sqil_lander.sqil_lander(options).values == report.values
