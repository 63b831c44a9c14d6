"""What waits at a server that ends is started by the next one, for whom it waited."""

from __future__ import annotations

from pathlib import Path

import pytest

from irl_app.runs import Status, create_run, last_status, read_status, write_status
from irl_app.training import Jobs
from irl_app.ui import training_jobs
from irl_app.ui.visitors import note_owner
from tests.training.support import ROOT, TOY, toy_config, until


def test_waiting_runs_go_on_with_the_next_server_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    runs = [create_run(toy_config(), root=tmp_path) for _ in range(6)]
    queue = Jobs(slots=1, per_owner=1, command=TOY)
    monkeypatch.setattr(training_jobs, "_jobs", queue)
    for place, run in enumerate(runs[:3]):
        note_owner(run, "ann")
        write_status(run, Status("queued", updates=60))
        content = (run / "status.json").read_text()
        (run / "status.json").write_text(content.replace(last_status(run).changed, f"2026-01-0{3 - place}"))
    write_status(runs[3], Status("running", 20, 60))  # its worker was killed: nobody asked for it to go on
    (runs[4] / "status.json").write_text("{")
    (runs[5] / "config.json").unlink()
    write_status(runs[5], Status("queued"))
    training_jobs.adopt_waiting(tmp_path)
    assert [run for run in runs if queue.position(run) is not None] == runs[:3]  # an owner's bound was kept
    until(lambda: all(read_status(run).state == "done" for run in runs[:3]))
    assert queue.position(runs[2]) is None
    assert read_status(runs[3]).state == "interrupted"
    queue.close()
    training_jobs.adopt_waiting(tmp_path / "nowhere")
