"""Report cards of recovered rewards side by side, from runs as the command line keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from irl_app.comparison import CardRow, Comparison, compare, find_runs
from irl_app.experiment import Experiment
from irl_app.recipes import Recipe
from irl_app.runs import save_run
from tests.comparison.made_runs import make_run

SMALL = Experiment("gridworld/goal", size=4, n_demos=5, recipe=Recipe(method="mce"))


def keep(folder: Path, experiment: Experiment, seeds: Sequence[int]) -> list[Path]:
    return [save_run(folder / f"seed-{s}", experiment, s, *experiment.run(s)) for s in seeds]


def change(folder: Path, **metrics: dict[str, Any]) -> None:
    """Rewrite metrics of a kept run."""
    path = folder / "run.json"
    content = json.loads(path.read_text())
    for name, entry in metrics.items():
        content["metrics"][name] = content["metrics"].get(name, {}) | entry
    path.write_text(json.dumps(content))


def compared(root: Path) -> Comparison:
    return compare(sorted(find_runs(root).runs, key=lambda run: run.name), {})


def row(comparison: Comparison, name: str) -> CardRow:
    return next(card for card in comparison.cards if card.name == name)


def test_cards_stand_beside_each_other_seeds_pooled(tmp_path: Path) -> None:
    kept = keep(tmp_path / "a-mce", SMALL, (0, 1, 2, 3))
    keep(tmp_path / "b-bc", replace(SMALL, recipe=Recipe(method="bc")), (0,))
    for folder, starc in zip(kept, (0.1, 0.2, 0.3, 0.9), strict=True):
        change(folder, starc={"mean": starc, "low": None, "high": None})
    found = compared(tmp_path)
    assert [arm.label for arm in found.carded] == ["Maximum causal entropy IRL", "Behavioural cloning"]
    assert found.tasks == ()
    starc = row(found, "starc")
    assert starc.title == "STARC distance"
    assert (starc.entries[0].value, starc.texts[0], starc.entries[0].n) == (0.25, "0.250", 4)
    assert starc.entries[0].low is not None
    assert row(found, "pearson_raw").entries[1].low is not None  # its only run's own interval
    assert [d.setting for d in found.differences] == ["method"]


def test_the_nearest_to_perfect_is_marked_and_a_tie_is_not(tmp_path: Path) -> None:
    for name, method, regret, share in (
        ("a", "mce", 0.5, 1.0),
        ("b", "bc", 0.0001, 1.0),
        ("c", "iq", 0.0, 1.0),
    ):
        (folder,) = keep(tmp_path / name, replace(SMALL, recipe=Recipe(method=method)), (0,))  # type: ignore[arg-type]
        change(folder, regret={"mean": regret}, success_rate={"mean": share})
    found = compared(tmp_path)
    regret = row(found, "regret")
    assert regret.texts == ("50.0 %", "0.0 %", "0 %")
    assert regret.best == {2}
    assert row(found, "success_rate").best == frozenset()


def test_what_is_missing_says_why_and_strange_metrics_are_shown_as_they_are(tmp_path: Path) -> None:
    (folder,) = keep(tmp_path / "a", SMALL, (0,))
    change(
        folder,
        starc={"mean": None, "sentence": "Both are constant."},
        made_up={"title": "Made up", "mean": -12.3456},
        damaged={"title": "Damaged", "mean": "<b>"},
    )
    found = compared(tmp_path)
    starc, made_up = row(found, "starc"), row(found, "made_up")
    assert (starc.texts, starc.entries[0].why_missing) == (("–",), "Both are constant.")
    assert (made_up.title, made_up.texts, made_up.help) == ("Made up", ("−12.3",), "")
    assert row(found, "damaged").texts == ("–",)


def test_a_training_with_a_report_has_curves_and_a_card(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "iq", task="gridworld/goal")
    (kept,) = keep(tmp_path / "elsewhere", SMALL, (0,))
    (kept / "run.json").rename(folder / "run.json")
    found = compared(tmp_path)
    assert [arm.label for arm in found.carded] == ["IQ-Learn"]
    assert [task.task for task in found.tasks] == ["gridworld/goal"]
    assert row(found, "regret").entries[0].value is not None


def test_a_damaged_report_is_said(tmp_path: Path) -> None:
    (folder,) = keep(tmp_path, SMALL, (0,))
    (folder / "run.json").write_text("{")
    found = find_runs(tmp_path)
    assert found.runs == ()
    assert "damaged" in found.problems[0]


@pytest.mark.parametrize("content", ["[]", '{"format": "irl-app training run", "seeds": 3}'])
def test_a_damaged_training_is_said(tmp_path: Path, content: str) -> None:
    folder = make_run(tmp_path)
    (folder / "config.json").write_text(content)
    assert "damaged" in find_runs(tmp_path).problems[0]
