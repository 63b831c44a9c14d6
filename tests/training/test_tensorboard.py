"""Curves as TensorBoard reads them back, by its own reader."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing import event_accumulator

from irl_app.cli import main
from irl_app.runs import RunError, create_run, read_config
from irl_app.training.metrics import MetricsFile
from irl_app.training.tensorboard import export_tensorboard, tag
from tests.comparison.made_runs import make_run
from tests.training.support import toy_config


def read(folder: Path) -> Any:
    """What TensorBoard sees there."""
    found = event_accumulator.EventAccumulator(str(folder))
    found.Reload()
    return found


def points(folder: Path, name: str) -> list[tuple[int, float]]:
    return [(each.step, round(each.tensor_proto.float_val[0], 6)) for each in read(folder).Tensors(name)]


def test_each_seed_is_a_run_of_tensorboards(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", returns=((100.0, None), (480.0, 500.0)), seeds=(3, 7))
    out = export_tensorboard(run, tmp_path / "tb")
    assert out == tmp_path / "tb" / run.name
    assert sorted(path.name for path in out.iterdir()) == ["seed-3", "seed-7"]
    assert points(out / "seed-3", "episodes/return") == [(1000, 100.0), (2000, 480.0)]
    assert points(out / "seed-7", "episodes/return") == [(2000, 500.0)]
    assert points(out / "seed-7", "loss/all") == [(1000, 10.0), (2000, 5.0)]
    (first, _) = read(out / "seed-3").Tensors("loss/all")
    assert first.wall_time == datetime.fromisoformat(read_config(run).created).timestamp() + 2.5


def test_written_again_it_is_replaced(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    export_tensorboard(run, tmp_path / "tb")
    with MetricsFile(run) as file:
        file.append(3000, 0, 9.0, {"loss": [1.0, 2.0]})
    out = export_tensorboard(run, tmp_path / "tb")
    assert points(out / "seed-1", "loss/all") == [(1000, 10.0), (2000, 5.0), (3000, 2.0)]
    assert [path.name for path in (tmp_path / "tb").iterdir()] == [run.name]


def test_a_run_without_curves_and_a_missing_library_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = create_run(toy_config(), root=tmp_path / "runs")
    with pytest.raises(RunError, match="recorded nothing yet"):
        export_tensorboard(run, tmp_path / "tb")
    assert not (tmp_path / "tb").exists()
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    with pytest.raises(RunError, match=r"pip install 'irl-app\[tensorboard\]'"):
        export_tensorboard(run, tmp_path / "tb")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [make_run(tmp_path / "runs") for _ in range(2)]
    main(["runs", "tensorboard", *map(str, runs), "--out", str(tmp_path / "tb")])
    said = capsys.readouterr().out
    assert f"next: tensorboard --logdir {tmp_path / 'tb'}" in said
    assert {path.name for path in (tmp_path / "tb").iterdir()} == {run.name for run in runs}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("return", "episodes/return"), ("loss", "loss/all"), ("loss/value", "loss/value"), ("x", "health/x")],
)
def test_groups(name: str, shown: str) -> None:
    assert tag(name) == shown
