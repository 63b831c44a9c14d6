"""Report cards of recovered rewards side by side, from runs as the command line keeps them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from irl_app.comparison import CardRow, Comparison, compare
from irl_app.runs import World, list_runs
from tests.comparison.made_runs import make_recovery, make_run


def change(folder: Path, **metrics: dict[str, Any]) -> None:
    """Rewrite metrics of a kept run."""
    path = folder / "findings.json"
    content = json.loads(path.read_text())
    for name, entry in metrics.items():
        content["metrics"][name] = content["metrics"].get(name, {}) | entry
    path.write_text(json.dumps(content))


def compared(root: Path) -> Comparison:
    return compare(sorted(list_runs(root).runs, key=lambda run: run.name), {})


def row(comparison: Comparison, name: str) -> CardRow:
    return next(card for card in comparison.cards if card.name == name)


def test_cards_stand_beside_each_other_seeds_pooled(tmp_path: Path) -> None:
    kept = [
        make_recovery(tmp_path / "a-mce", seeds=(0, 1, 2)),
        make_recovery(tmp_path / "a-more", seeds=(3,)),
    ]
    make_recovery(tmp_path / "b-bc", "bc")
    for folder, starc in zip(kept, ([0.1, 0.2, 0.3], [0.9]), strict=True):
        change(folder, starc={"values": starc, "mean": None, "low": None, "high": None})
    found = compared(tmp_path)
    assert [arm.label for arm in found.carded] == ["Maximum causal entropy IRL", "Behavioural cloning"]
    assert found.tasks == ()
    starc = row(found, "starc")
    assert starc.title == "STARC distance"
    entry = starc.entries[0]
    assert (entry.value, starc.texts[0], entry.n) == (0.375, "0.375", 4)
    assert 0.0 < (entry.low or 0.0) < 0.2  # Gaffke's: of four little is known
    assert 0.7 < (entry.high or 0.0) < 1.0
    assert row(found, "pearson_raw").entries[1].low is not None  # its only run's own interval
    assert [d.setting for d in found.differences] == ["method"]


def test_the_nearest_to_perfect_is_marked_and_a_tie_is_not(tmp_path: Path) -> None:
    for name, method, regret, share in (
        ("a", "mce", 0.5, 1.0),
        ("b", "bc", 0.0001, 1.0),
        ("c", "iq", 0.0, 1.0),
    ):
        folder = make_recovery(tmp_path / name, method)  # type: ignore[arg-type]
        change(folder, regret={"values": [regret]}, success_rate={"values": [share]})
    found = compared(tmp_path)
    regret = row(found, "regret")
    assert regret.texts == ("50.0 %", "0.0 %", "0 %")
    assert regret.best == {2}
    assert row(found, "success_rate").best == frozenset()


def test_what_is_missing_says_why_and_strange_metrics_are_shown_as_they_are(tmp_path: Path) -> None:
    folder = make_recovery(tmp_path / "a")
    change(
        folder,
        starc={"values": [None], "sentence": "Both are constant."},
        made_up={"title": "Made up", "mean": -12.3456, "low": None, "high": None, "n": 1}
        | {"text": "−12.3", "sentence": "Nobody knows."},
    )
    found = compared(tmp_path)
    starc, made_up = row(found, "starc"), row(found, "made_up")
    assert (starc.texts, starc.entries[0].why_missing) == (("–",), "Both are constant.")
    assert (made_up.title, made_up.texts, made_up.help) == ("Made up", ("−12.3",), "")
    change(folder, starc={"mean": "<b>"})
    (problem,) = list_runs(tmp_path).problems
    assert "mean must be a number, got '<b>'" in problem


def test_a_training_with_a_report_has_curves_and_a_card(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "iq", task="gridworld/goal")
    kept = make_recovery(tmp_path.with_name("elsewhere") / "kept")
    (kept / "findings.json").rename(folder / "findings.json")
    found = compared(tmp_path)
    assert [arm.label for arm in found.carded] == ["IQ-Learn (whole objective)"]
    assert [task.task for task in found.tasks] == ["gridworld/goal"]
    assert row(found, "regret").entries[0].value is not None


def test_a_damaged_report_is_said(tmp_path: Path) -> None:
    folder = make_recovery(tmp_path / "a")
    (folder / "findings.json").write_text("{")
    found = list_runs(tmp_path)
    assert found.runs == ()
    assert "damaged" in found.problems[0]


@pytest.mark.parametrize("content", ["[]", '{"format": "irl-app run", "format_version": 3, "seeds": 3}'])
def test_a_damaged_training_is_said(tmp_path: Path, content: str) -> None:
    folder = make_run(tmp_path)
    (folder / "config.json").write_text(content)
    assert "damaged" in list_runs(tmp_path).problems[0]


def test_other_worlds_are_other_runs(tmp_path: Path) -> None:
    line = "S...\n...G"
    for name, world in (
        ("a", World(size=4)),
        ("b", World(size=5)),
        ("c", World(map=line)),
        ("d", World(map=line + "\n....")),
    ):
        make_recovery(tmp_path / name, "bc", world=world)
    make_recovery(tmp_path / "e", "bc", (1, 2), world=World(size=4))
    found = compared(tmp_path)
    assert [[run.name for run in arm.runs] for arm in found.arms] == [["a", "e"], ["b"], ["c"], ["d"]]
    assert found.arms[0].n_seeds == 3
    assert {"world.size", "world.map"} <= {difference.setting for difference in found.differences}
    assert "S" not in " ".join(value for difference in found.differences for value in difference.values)
