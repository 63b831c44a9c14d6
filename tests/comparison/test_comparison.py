"""Run folders in, figures and sentences out: pooling, labels, normalisation, what is missing and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.comparison import (
    Arm,
    Comparison,
    TaskReference,
    compare,
    headline,
    metric_title,
    metrics_in_order,
    number,
    warnings_of,
)
from irl_app.comparison.arms import flattened
from irl_app.runs import MAX_DEPTH, list_runs
from tests.comparison.made_runs import make_run

CARTPOLE = {"CartPole-v1": TaskReference(random=20.0, expert=500.0)}
BOTH = CARTPOLE | {"Acrobot-v1": TaskReference(random=-500.0, expert=-100.0)}


def compared(root: Path, references: dict[str, TaskReference] | None = None, **options: str) -> Comparison:
    runs = sorted(list_runs(root, MAX_DEPTH).runs, key=lambda run: run.name)
    return compare(runs, CARTPOLE if references is None else references, **options)


def arm(comparison: Comparison, label: str) -> Arm:
    return next(arm for arm in comparison.arms if arm.label == label)


def test_returns_and_shares_golden(tmp_path: Path) -> None:
    """Last returns 20, 260, 380, 500: the middle two give 320; shares 0, .5, .75, 1: gap 1 − .5625."""
    make_run(tmp_path, "iq", [[1, 2, 3, 4], [20, 260, 380, 500]])
    found = compared(tmp_path)
    (row,) = found.tasks[0].rows
    assert (row.label, row.n_runs, row.state) == ("IQ-Learn (whole objective)", 4, "done")
    assert row.returns.value == 320.0
    assert row.score.value == pytest.approx((0.5 + 0.75) / 2)
    assert row.gap.value == pytest.approx(1 - 2.25 / 4)
    assert row.better.value is None
    assert found.baseline == ""
    assert found.overall == ()


def test_the_last_return_that_was_recorded_counts(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[100, 200], [300, None], [None, None]])
    np.testing.assert_array_equal(compared(tmp_path).arms[0].last("return"), [300.0, 200.0])


def test_seeds_of_equal_runs_are_pooled_and_repeated_ones_left_out(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[1, 2]], seeds=[0, 1])
    make_run(tmp_path, "iq", [[3, 4, 5]], seeds=[2, 3, 4])
    repeated = make_run(tmp_path, "iq", [[9, 9]], seeds=[4, 5])
    found = compared(tmp_path)
    (pooled,) = found.arms
    np.testing.assert_array_equal(np.sort(pooled.last("return")), [1, 2, 3, 4, 5])
    assert pooled.n_seeds == 5
    assert any(repeated.name in said and "Left out" in said for said in warnings_of(found))


@pytest.mark.parametrize("first", [0, 1])
def test_of_runs_with_the_same_seeds_the_one_that_came_furthest_counts(tmp_path: Path, first: int) -> None:
    lengths = ([[1, 2]], [[1, 2], [3, 4]])
    runs = [make_run(tmp_path, "iq", lengths[i], settings={"updates": 9}) for i in (first, 1 - first)]
    found = compared(tmp_path)
    np.testing.assert_array_equal(np.sort(found.arms[0].last("return")), [3, 4])
    assert any(runs[first].name in said and "Left out" in said for said in warnings_of(found))


def test_labels_say_what_tells_runs_apart_and_nothing_else(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", settings={"alpha": 0.5}, demonstrations={"episodes": 1})
    make_run(tmp_path, "iq", settings={"alpha": 2.0}, demonstrations={"episodes": 1})
    make_run(tmp_path, "iq", settings={"alpha": 2.0}, demonstrations={"episodes": 10})
    make_run(tmp_path, "bc", settings={"alpha": 7.0}, demonstrations={"episodes": 3})
    make_run(tmp_path, "iq", task="Acrobot-v1", settings={"alpha": 9.0})
    assert {arm.label for arm in compared(tmp_path).arms} == {
        "IQ-Learn (whole objective, alpha 0.5, episodes 1)",
        "IQ-Learn (whole objective, alpha 2, episodes 1)",
        "IQ-Learn (whole objective, alpha 2, episodes 10)",
        "Behavioural cloning",
        "IQ-Learn (whole objective)",
    }


def test_runs_that_differ_in_much_go_by_their_folders(tmp_path: Path) -> None:
    make_run(tmp_path, "iq")
    make_run(tmp_path, "iq", settings={"alpha": 1.0, "gamma": 0.9, "temperature": 0.1, "batch_size": 8})
    assert {arm.label for arm in compared(tmp_path).arms} == {
        "IQ-Learn (whole objective, cartpole-v1-iq-1)",
        "IQ-Learn (whole objective, cartpole-v1-iq-2)",
    }


def test_only_differences_are_listed(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", settings={"layer_norm": True, "learning_rate": 0.1})
    idle = {"alpha": 0.5, "gradient": "semi", "value_clip": None, "compile": True}
    make_run(tmp_path, "bc", settings={**idle, "layer_norm": False, "learning_rate": 1e-5})
    found = {d.setting: d.values for d in compared(tmp_path).differences}
    assert found == {
        "method": ("Behavioural cloning", "IQ-Learn (whole objective)"),
        "layer_norm": ("no", "yes"),
        "learning_rate": ("1e−05", "0.1"),
    }


def test_flattened_settings() -> None:
    nested = {"a": {"b": 1, "c": {"d": None}}, "hidden": [64, 64]}
    assert flattened(nested) == {"a.b": 1, "a.c.d": None, "hidden": "64, 64"}
    assert flattened({"hidden": []}) == {"hidden": "none"}


def test_behavioural_cloning_is_the_usual_baseline_and_another_can_be_chosen(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[400, 450, 500, 500]])
    make_run(tmp_path, "bc", [[100, 420, 300, 200]])
    make_run(tmp_path, "sqil", [[10, 10, 10, 10]])
    found = compared(tmp_path)
    assert found.baseline == "Behavioural cloning"
    iq, bc, sqil = found.tasks[0].rows  # best first
    assert iq.label == "IQ-Learn (whole objective)"
    assert iq.better.value == 15 / 16  # of sixteen pairs, only 400 against 420 is lost
    assert bc.better.value is None
    assert sqil.better.value == 0.0
    again = compared(tmp_path, baseline="SQIL")
    assert again.baseline == "SQIL"
    assert again.tasks[0].rows[0].better.value == 1.0
    assert compared(tmp_path, baseline="gone").baseline == "Behavioural cloning"


def test_a_run_without_returns_is_no_baseline(tmp_path: Path) -> None:
    make_run(tmp_path, "bc", [[None, None]], state="failed")
    make_run(tmp_path, "iq", [[400, 450]])
    assert compared(tmp_path).baseline == "IQ-Learn (whole objective)"


def test_over_tasks_scores_are_averaged_and_a_missing_task_is_said(tmp_path: Path) -> None:
    for seed, (task, best) in enumerate((("CartPole-v1", 500.0), ("Acrobot-v1", -100.0))):
        make_run(tmp_path, "iq", [[best] * 4], task=task, seeds=range(seed, seed + 4))
    make_run(tmp_path, "bc", [[20.0] * 4])
    found = compared(tmp_path, BOTH)
    iq, bc = found.overall
    assert (iq.label, iq.n_runs, iq.score.value, iq.gap.value) == ("IQ-Learn (whole objective)", 4, 1.0, 0.0)
    assert iq.returns.value is None
    assert bc.score.value is None
    assert "no run on Acrobot-v1" in bc.score.why_missing
    assert headline(found).startswith("Over 2 tasks IQ-Learn (whole objective) comes 100 %")


def test_unequal_numbers_of_seeds_have_no_mean_over_tasks(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[500.0] * 4])
    make_run(tmp_path, "iq", [[-100.0] * 2], task="Acrobot-v1")
    found = compared(tmp_path, BOTH)
    assert "there are" in found.overall[0].score.why_missing
    assert "4 on CartPole-v1" in found.overall[0].score.why_missing
    assert [row.returns.value for task in found.tasks for row in task.rows] != []
    assert "CartPole-v1: IQ-Learn (whole objective) earns 500" in headline(found)


def test_unknown_tasks_have_returns_and_no_shares(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[5.0, 7.0]])
    (row,) = compared(tmp_path, {}).tasks[0].rows
    assert row.returns.value == 6.0
    assert row.score.value is None
    assert "not known" in row.gap.why_missing


def test_a_run_without_returns_yet_is_shown_without_figures(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[None, None]], state="stopped", message="asked to stop")
    make_run(tmp_path, "bc", [[100.0, 120.0]])
    found = compared(tmp_path)
    bc, iq = found.tasks[0].rows
    assert bc.label == "Behavioural cloning"
    assert iq.returns.value is None
    assert (iq.state, iq.n_runs) == ("stopped, 40 %", 0)
    assert iq.better.value is None
    assert any("Not finished: cartpole-v1-iq-1" in said for said in warnings_of(found))


def test_headline_says_who_is_ahead_and_whether_it_is_settled(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[480, 490, 494, 496, 500, 500]])
    make_run(tmp_path, "bc", [[10, 20, 30, 40, 50, 60]])
    said = headline(compared(tmp_path))
    assert said.startswith("IQ-Learn (whole objective) earns most: 495 (480 to 500)")
    assert "A seed of it beats one of Behavioural cloning with probability 1.00 (0.54 to 1.00)" in said
    make_run(tmp_path, "sqil", [[470, 495, 500, 480, 500, 500]])
    assert "is not settled" in headline(compared(tmp_path))


def test_headline_of_one_method_alone(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[260, 260]])
    found = compared(tmp_path)
    said = "IQ-Learn (whole objective) earns 260 (260 to 260), 50.0 % of the way from random moves to the "
    said += "expert."
    assert headline(found) == said
    assert "only 2 seeds" in " ".join(warnings_of(found))


def test_one_seed_and_a_failure_are_said(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[260]], state="failed", message="the disk is full")
    said = " ".join(warnings_of(compared(tmp_path)))
    assert "One seed does not say how another would do" in said
    assert "cartpole-v1-iq-1 failed: the disk is full" in said


def test_a_damaged_run_does_not_hide_the_others(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[260, 300]])
    torn = make_run(tmp_path, "bc", [[1, 2]])
    (torn / "metrics.jsonl").write_text("{}\n")
    (tmp_path / "no-run").mkdir()
    (tmp_path / "no-run" / "config.json").write_text('{"format": "something else"}')
    found = list_runs(tmp_path, MAX_DEPTH)
    assert len(found.runs) == 2
    assert "not a run of this program" in found.problems[0]
    comparison = compared(tmp_path)
    assert [row.label for row in comparison.tasks[0].rows] == ["IQ-Learn (whole objective)"]
    assert "cartpole-v1-bc-1 is left out" in warnings_of(comparison)[0]


def test_runs_are_found_in_folders_and_not_inside_runs(tmp_path: Path) -> None:
    run = make_run(tmp_path / "reproduce" / "figure-2", "iq")
    make_run(run / "checkpoints", "bc")
    make_run(tmp_path / ".hidden", "bc")
    make_run(tmp_path / "a" / "b" / "c" / "d" / "e", "bc")
    assert [run.name for run in list_runs(tmp_path, MAX_DEPTH).runs] == [
        "reproduce/figure-2/cartpole-v1-iq-1"
    ]
    assert list_runs(tmp_path / "nowhere", MAX_DEPTH).runs == ()


def test_curves_of_an_arm_go_along_any_axis(tmp_path: Path) -> None:
    make_run(tmp_path, "iq", [[0, 0], [10, 20]])
    found = compared(tmp_path).arms[0]
    for axis, ends in (("update", [1000, 2000]), ("env_steps", [4000, 8000]), ("seconds", [2.5, 5.0])):
        curve = found.curve("return", axis)  # type: ignore[arg-type]
        assert curve is not None
        np.testing.assert_array_equal(curve.x, ends)
        np.testing.assert_array_equal(curve.centre, [0, 15])
    assert found.curve("entropy", "update") is None


def test_words_and_numbers() -> None:
    assert metrics_in_order(["loss/value", "zeta", "return", "loss"]) == (
        "return",
        "loss",
        "loss/value",
        "zeta",
    )
    assert metric_title("loss/soft_bellman") == "Loss: soft bellman"
    assert metric_title("zeta") == "Zeta"
    assert [number(x) for x in (487.4, 12.34, -0.5, -0.0)] == ["487", "12.3", "−0.50", "0.00"]
