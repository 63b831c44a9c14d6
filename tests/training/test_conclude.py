"""What a worker does after its run has ended: it is the run's status that counts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from irl_app.runs import RunConfig, is_active, read_status, request_stop
from irl_app.training import worker
from irl_app.training.loop import Job
from tests.training.support import toy_run
from tests.training.toy_worker import make


def worked(monkeypatch: pytest.MonkeyPatch, run: Path, conclude: Callable[[], None]) -> int:
    """Work on a toy run in a thread of this process, which keeps its signals and its priority."""

    def with_conclusion(folder: Path, config: RunConfig) -> Job:
        return replace(make(folder, config), conclude=conclude)

    monkeypatch.setattr(worker, "_be_polite", lambda: None)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(worker.main, [str(run)], with_conclusion).result()


@pytest.mark.parametrize("stop", [False, True])
def test_it_comes_before_a_run_is_done_and_after_one_has_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: bool
) -> None:
    run, seen = toy_run(tmp_path), []
    if stop:
        request_stop(run)
    assert worked(monkeypatch, run, lambda: seen.append((read_status(run).state, is_active(run)))) == 0
    assert seen == [("stopped" if stop else "running", True)]
    assert read_status(run).state == ("stopped" if stop else "done")
    assert not is_active(run)


def test_what_goes_wrong_with_it_is_said_and_the_run_is_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise OSError("no pictures today")

    run = toy_run(tmp_path)
    assert worked(monkeypatch, run, broken) == 0
    status = read_status(run)
    assert (status.state, status.update) == ("done", 60)
    assert status.message == "its episodes could not be drawn: OSError: no pictures today (more in log.txt)"
    assert "Traceback" in capsys.readouterr().err


def test_nobody_is_kept_waiting_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = toy_run(tmp_path, pause=0.01), []
    monkeypatch.setattr(worker._Stop, "reason", lambda self: self._set("told to end") or self._reason)
    assert worked(monkeypatch, run, lambda: seen.append(1)) == 0
    assert read_status(run).state == "stopped"
    assert not seen


def test_who_is_ended_before_it_does_it_on_resuming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    run, seen = toy_run(tmp_path), []
    with pytest.raises(Killed):
        worked(monkeypatch, run, killed)
    assert (read_status(run).state, read_status(run).update) == ("interrupted", 60)
    lines = (run / "metrics.jsonl").read_bytes()
    assert worked(monkeypatch, run, lambda: seen.append(1)) == 0
    assert seen == [1]
    assert read_status(run).state == "done"
    assert (run / "metrics.jsonl").read_bytes() == lines
