"""The loop in this process: stopped or broken off anywhere, it ends as if it had never been interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from irl_app.runs import RunError, read_config, read_status
from irl_app.training import loop, read_metrics
from irl_app.training.checkpoint_files import checkpoint_updates
from irl_app.training.checkpoints import last_good_checkpoint
from irl_app.training.loop import train
from irl_app.training.metrics import NAME
from tests.training.support import toy_run
from tests.training.toy_worker import ToyTrainer, make


def go(run: Path, stop_at: int | None = None) -> ToyTrainer:
    """Work on a run, until an update if given; its trainer."""
    job = make(run, read_config(run))
    assert isinstance(job.trainer, ToyTrainer)
    train(job, lambda: "asked to stop" if stop_at is not None and job.trainer.update >= stop_at else "")
    return job.trainer


def curves(run: Path) -> list[dict[str, object]]:
    """All lines of the metrics, without the seconds."""
    lines = [json.loads(line) for line in (run / NAME).read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    run = toy_run(tmp_path_factory.mktemp("whole"))
    go(run)
    return run


def final(run: Path) -> dict[str, torch.Tensor]:
    found, refused = last_good_checkpoint(run)
    assert found is not None
    assert found.update == 60
    assert refused == ()
    return dict(found.tensors)


def assert_equal_runs(run: Path, whole: Path) -> None:
    expected, found = final(whole), final(run)
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert curves(run) == curves(whole)
    assert read_status(run).state == "done"


def test_lines_evaluations_and_checkpoints_come_at_their_updates(whole: Path) -> None:
    metrics = read_metrics(whole)
    # a line every 7, in rounds of 3 updates, a checkpoint every 20, an evaluation past 25 and past 50
    assert metrics.update.tolist() == [0, 9, 15, 20, 23, 29, 35, 40, 43, 49, 58, 60]
    assert (metrics.env_steps == 2 * metrics.update).all()
    evaluated = metrics.values["return"][:, 0]
    assert evaluated[~(evaluated != evaluated)].tolist() == [29.0, 58.0, 60.0]
    assert checkpoint_updates(whole) == (20, 40, 60)
    assert (metrics.seconds[1:] >= metrics.seconds[:-1]).all()


@pytest.mark.parametrize("stops", [[1], [20], [21], [59], [9, 9, 30, 30, 45], [60]])
def test_a_stopped_run_ends_as_one_never_stopped(tmp_path: Path, whole: Path, stops: list[int]) -> None:
    run = toy_run(tmp_path)
    for stop_at in stops:
        go(run, stop_at)
    go(run)
    assert_equal_runs(run, whole)


@pytest.mark.parametrize("fail_at", [0, 1, 19, 20, 33, 59])
def test_a_run_that_broke_goes_on_from_its_last_checkpoint(tmp_path: Path, whole: Path, fail_at: int) -> None:
    run = toy_run(tmp_path)
    broken = make(run, read_config(run))
    broken.trainer.config = {**read_config(run).config, "fail_at": fail_at}  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="the toy broke"):
        train(broken, lambda: "")
    go(run)
    assert_equal_runs(run, whole)


def test_a_stop_waits_for_a_checkpoint_that_is_near(tmp_path: Path) -> None:
    run = toy_run(tmp_path)
    assert go(run, 23).update == 40
    status = read_status(run)
    assert (status.state, status.update) == ("stopped", 40)
    assert status.message == "asked to stop at update 40: it goes on from update 40 when resumed"


def test_a_stop_does_not_wait_for_a_checkpoint_that_is_far(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "GRACE", 0.0)
    run = toy_run(tmp_path)
    assert go(run, 23).update == 23
    assert "at update 23: it goes on from update 20" in read_status(run).message
    assert read_metrics(run).update[-1] == 23
    go(run)
    assert_equal_runs(run, whole)


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_damaged_checkpoint_is_told_and_passed_over(tmp_path: Path, whole: Path, suffix: str) -> None:
    run = toy_run(tmp_path)
    go(run, 40)
    path = run / "checkpoints" / f"00000040{suffix}"
    path.write_bytes(path.read_bytes()[:100])
    go(run)
    assert f"{path.name} is half-written" in read_status(run).message
    assert read_status(run).message.endswith("went on from update 20")
    assert_equal_runs(run, whole)


def test_without_a_good_checkpoint_it_starts_anew(tmp_path: Path, whole: Path) -> None:
    run = toy_run(tmp_path)
    go(run, 40)
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(b"")
    go(run)
    assert read_status(run).message.endswith("went on from the beginning")
    assert_equal_runs(run, whole)


def test_a_torn_line_of_metrics_is_replaced(tmp_path: Path, whole: Path) -> None:
    run = toy_run(tmp_path)
    go(run, 40)
    with (run / NAME).open("a") as file:
        file.write('{"update": 43, "env')
    go(run)
    assert_equal_runs(run, whole)


def test_a_done_run_that_is_worked_on_again_stays_as_it_is(tmp_path: Path, whole: Path) -> None:
    run = toy_run(tmp_path)
    go(run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.suffix != ".json"}
    go(run)
    assert {path: path.read_bytes() for path in before} == before
    assert_equal_runs(run, whole)


def test_a_damaged_curve_is_named(tmp_path: Path) -> None:
    run = toy_run(tmp_path)
    go(run, 40)
    (run / NAME).write_text("nonsense\n")
    with pytest.raises(RunError, match="line 1 of"):
        go(run)


def test_only_the_newest_checkpoints_stay(tmp_path: Path) -> None:
    run = toy_run(tmp_path, updates=120)
    go(run)
    assert checkpoint_updates(run) == (80, 100, 120)
