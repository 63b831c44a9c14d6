"""The queue and its worker processes: order, bounds, stopping, and what is left when a process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from irl_app.cli import main
from irl_app.runs import RunError, is_active, last_status, read_status
from irl_app.training import Jobs, QueueError, read_metrics, worker
from irl_app.training import jobs as jobs_module
from irl_app.training.process import WorkerProcess, claim, left_behind, unclaim
from tests.training.support import ROOT, TOY, toy_run, until
from tests.training.toy_worker import make

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    queue = Jobs(slots=1, capacity=2, per_owner=3, command=TOY)
    yield queue
    queue.close()


def state(run: Path) -> str:
    return read_status(run).state


def test_runs_go_through_in_order(tmp_path: Path, jobs: Jobs) -> None:
    first, second = toy_run(tmp_path), toy_run(tmp_path)
    jobs.submit(first, "a")
    until(lambda: jobs.position(first) == 0)
    assert jobs.submit(second, "b") == 1
    assert jobs.position(second) == 1
    assert state(second) == "queued"
    until(lambda: state(first) == "done")
    until(lambda: state(second) == "done")
    until(lambda: jobs.position(second) is None)
    assert read_metrics(first).update[-1] == 60
    with pytest.raises(RunError, match="is done"):
        jobs.submit(first, "a")


def test_the_queue_and_an_owners_share_are_bounded(tmp_path: Path, jobs: Jobs) -> None:
    runs = [toy_run(tmp_path, pause=0.05) for _ in range(5)]
    jobs.submit(runs[0], "a")
    until(lambda: jobs.position(runs[0]) == 0)
    jobs.submit(runs[1], "a")
    assert jobs.submit(runs[2], "b") == 1
    with pytest.raises(QueueError, match="2 runs wait already"):
        jobs.submit(runs[3], "b")
    jobs.stop(runs[2])
    assert state(runs[2]) == "stopped"
    assert jobs.position(runs[2]) is None
    jobs.submit(runs[3], "a")
    jobs.stop(runs[1])
    jobs.submit(runs[1], "a")
    with pytest.raises(QueueError, match="you have 3 runs"):
        jobs.submit(runs[4], "a")
    assert [jobs.position(run) for run in runs] == [0, 2, None, 1, None]
    with pytest.raises(RunError, match="queued or running already"):
        Jobs(command=TOY).submit(runs[1], "z")


def test_a_running_one_is_stopped_and_resumed(tmp_path: Path, jobs: Jobs) -> None:
    run = toy_run(tmp_path, pause=0.02)
    jobs.submit(run, "a")
    until(lambda: state(run) == "running" and len(read_metrics(run).update) > 1)
    jobs.stop(run)
    until(lambda: state(run) == "stopped" and jobs.position(run) is None)
    assert "asked to stop" in read_status(run).message
    jobs.submit(run, "a")
    until(lambda: state(run) == "done")
    until(lambda: jobs.position(run) is None)
    with pytest.raises(QueueError, match="nothing to stop"):
        jobs.stop(run)


def test_a_killed_worker_leaves_an_interrupted_run(tmp_path: Path, jobs: Jobs) -> None:
    run = toy_run(tmp_path, pause=0.02)
    jobs.submit(run, "a")
    until(lambda: len(read_metrics(run).update) > 2)
    os.kill(read_status(run).pid, signal.SIGKILL)
    until(lambda: jobs.position(run) is None)
    assert state(run) == "interrupted"
    assert "signal 9" in read_status(run).message
    assert read_status(run).resumable


def test_a_failure_is_one_sentence_and_its_traceback_is_in_the_log(tmp_path: Path, jobs: Jobs) -> None:
    run, mute = toy_run(tmp_path, fail_at=30), toy_run(tmp_path, mute_at=30)
    jobs.submit(run, "a")
    jobs.submit(mute, "a")
    until(lambda: state(run) == "failed")
    assert read_status(run).message == "RuntimeError: the toy broke (more in log.txt)"
    assert "Traceback" in (run / "log.txt").read_text()
    until(lambda: state(mute) == "failed")
    assert read_status(mute).message == "its process ended with 7: a last gasp"


def test_a_worker_that_cannot_be_started_frees_its_run(tmp_path: Path) -> None:
    run = toy_run(tmp_path)
    jobs = Jobs(command=("/nowhere/python",))
    jobs.submit(run, "a")
    until(lambda: state(run) == "stopped")
    assert "could not be started" in read_status(run).message
    jobs.close()


def test_closing_stops_the_workers_and_the_waiting_wait_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "GOODBYE", 300.0)  # on a busy machine
    jobs = Jobs(slots=2, command=TOY)
    runs = [toy_run(tmp_path, pause=0.1) for _ in range(3)]
    for run in runs:
        jobs.submit(run, "a")
    until(lambda: all(len(read_metrics(run).update) > 1 for run in runs[:2]))
    jobs.close()
    assert [state(run) for run in runs] == ["stopped", "stopped", "interrupted"]
    assert "the program that started it ended" in read_status(runs[0]).message
    assert "the next irl-app app starts it" in read_status(runs[2]).message
    assert last_status(runs[2]).state == "queued"
    with pytest.raises(QueueError, match="closed"):
        jobs.submit(runs[2], "a")


def test_a_killed_server_takes_its_workers_along_and_its_runs_can_be_resumed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from irl_app.training import Jobs; from tests.training.support import TOY\n"
        "jobs = Jobs(command=TOY)\n"
        "for run in sys.argv[1:]: jobs.submit(Path(run), 'a')\n"
        "time.sleep(600)"
    )
    runs = [toy_run(tmp_path, pause=0.02) for _ in range(2)]
    server = subprocess.Popen([sys.executable, "-c", code, *map(str, runs)])
    until(lambda: len(read_metrics(runs[0]).update) > 1)
    assert [state(run) for run in runs] == ["running", "queued"]
    server.kill()
    server.wait()
    until(lambda: state(runs[0]) == "stopped")
    assert state(runs[1]) == "interrupted"
    jobs = Jobs(slots=2, command=TOY)
    for run in runs:
        until(lambda run=run: not is_active(run))
        jobs.submit(run, "b")
    until(lambda: all(state(run) == "done" for run in runs))
    jobs.close()


def test_the_worker_ends_at_a_signal_and_refuses_a_run_that_another_works_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = toy_run(tmp_path, pause=0.02)
    process = WorkerProcess(run, claim(run), TOY)
    until(lambda: len(read_metrics(run).update) > 1)
    with pytest.raises(RunError, match="queued or running already"):
        claim(run)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(30)
    assert "told to end" in read_status(run).message


def test_the_places_are_shared_out_fairly(tmp_path: Path) -> None:
    jobs = Jobs(slots=1, capacity=4, per_owner=4, command=TOY)
    runs = [toy_run(tmp_path, pause=0.05) for _ in range(7)]
    jobs.submit(runs[0], "greedy")
    until(lambda: jobs.position(runs[0]) == 0)
    assert [jobs.submit(run, "greedy") for run in runs[1:4]] == [1, 2, 3]
    assert jobs.submit(runs[4], "other") == 1  # who has none works first
    assert jobs.submit(runs[5], "third") == 2  # and gets in though the queue is full
    assert [jobs.position(run) for run in runs[:6]] == [0, 3, 4, 5, 1, 2]
    with pytest.raises(QueueError, match="5 runs wait already"):
        jobs.submit(runs[6], "other")
    jobs.close()


def test_a_worker_that_is_stopped_and_left_behind_is_named_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    code = (
        "import sys, time; from pathlib import Path\n"
        "from irl_app.training import WorkerProcess, claim; from tests.training.support import TOY\n"
        "run = Path(sys.argv[1]); WorkerProcess(run, claim(run), TOY); time.sleep(600)"
    )
    run = toy_run(tmp_path, pause=0.02)
    server = subprocess.Popen([sys.executable, "-c", code, str(run)])
    until(lambda: len(read_metrics(run).update) > 1)
    pid = read_status(run).pid
    os.kill(pid, signal.SIGSTOP)
    assert left_behind(run) == 0
    server.kill()
    server.wait()
    until(lambda: left_behind(run) == pid)
    with pytest.raises(RunError, match=f"process {pid} still works on {run.name}"):
        claim(run)
    assert main(["runs", "stop", run.name]) == 0
    assert f"process {pid} was left behind" in capsys.readouterr().out
    assert main(["runs", "stop", "--now", run.name]) == 0
    assert f"its process {pid} has been ended" in capsys.readouterr().out
    assert state(run) == "interrupted"
    assert main(["runs", "stop", run.name]) == 2
    unclaim(run, claim(run))  # nobody holds it any more


def test_a_worker_without_a_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv, says in (([], "usage"), ([str(tmp_path)], "there is no run at")):
        assert worker.main(argv, make) == 2
        assert says in capsys.readouterr().err
