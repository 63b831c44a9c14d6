"""The curves' file: whole lines only, and cut where a run goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.runs import RunError
from irl_app.training import read_metrics
from irl_app.training.metrics import NAME, MetricsFile, cut_metrics


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of two seeds with lines at 0, 10, 20 and 30; returns at 0 and 20 only."""
    with MetricsFile(tmp_path) as metrics:
        metrics.append(0, 0, 0.0, {"return": [9.0, float("nan")]})
        metrics.append(10, 40, 0.5, {"loss": np.array([1.0, 2.0], np.float32)})
        metrics.append(20, 80, 1.0, {"loss": [float("inf"), 2.5], "return": [20.0, 22.0]})
        metrics.append(30, 120, 1.51239, {"loss": [0.25, 0.125]})
    return tmp_path


def test_what_was_written_is_read(run: Path) -> None:
    metrics = read_metrics(run)
    assert metrics.update.tolist() == [0, 10, 20, 30]
    assert metrics.env_steps.tolist() == [0, 40, 80, 120]
    assert metrics.seconds.tolist() == [0.0, 0.5, 1.0, 1.512]
    nan = np.nan
    np.testing.assert_array_equal(metrics.values["loss"], [[nan, nan], [1, 2], [nan, 2.5], [0.25, 0.125]])
    np.testing.assert_array_equal(metrics.values["return"], [[9, nan], [nan, nan], [20, 22], [nan, nan]])


def test_the_last_observation_of_a_metric(run: Path) -> None:
    metrics = read_metrics(run)
    last = metrics.last("return")
    assert last is not None
    assert last.tolist() == [20.0, 22.0]
    assert metrics.last("entropy") is None


def test_a_run_that_has_not_begun_has_no_curves(tmp_path: Path) -> None:
    metrics = read_metrics(tmp_path)
    assert metrics.update.shape == (0,)
    assert metrics.values == {}
    cut_metrics(tmp_path, 10)
    assert not (tmp_path / NAME).exists()


LINE = '{"update": %d, "env_steps": 1, "seconds": 1, "values": {%s}}'


@pytest.mark.parametrize("torn", ['{"update": 40, "env', LINE % (40, "")])
def test_a_line_without_its_end_is_no_line(run: Path, torn: str) -> None:
    with (run / NAME).open("a") as file:
        file.write(torn)
    assert read_metrics(run).update.tolist() == [0, 10, 20, 30]
    cut_metrics(run, 30)
    with MetricsFile(run) as metrics:
        metrics.append(40, 160, 2.0, {"loss": [0.0, 0.0]})
    assert read_metrics(run).update.tolist() == [0, 10, 20, 30, 40]


@pytest.mark.parametrize(
    ("update", "left"), [(-1, []), (0, [0]), (19, [0, 10]), (20, [0, 10, 20]), (99, [0, 10, 20, 30])]
)
def test_cutting_keeps_lines_up_to_an_update_as_they_were(run: Path, update: int, left: list[int]) -> None:
    before = (run / NAME).read_bytes()
    cut_metrics(run, update)
    assert read_metrics(run).update.tolist() == left
    assert before.startswith((run / NAME).read_bytes())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "line 5 of .* is damaged"),
        ("[1, 2]", "line 5 of .* is damaged"),
        (LINE % (40, '"loss": ["a", 1]'), "line 5 of .* is damaged"),
        (LINE % (30, ""), "line 5 of .* out of order: 30 after 30"),
        (LINE % (40, '"loss": [1]'), r"speak of \[1, 2\] seeds"),
    ],
)
def test_a_damaged_line_is_named(run: Path, line: str, says: str) -> None:
    with (run / NAME).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(RunError, match=says):
        read_metrics(run)
