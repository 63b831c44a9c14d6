"""Runs worked on by the process that asks for them, where processes are not the point: each takes seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from irl_app import training
from irl_app.runs.locks import Lock
from irl_app.training import jobs, worker
from irl_app.training.build import build


class WorkerHere:
    """As `WorkerProcess`; when it is made, its run has come to its end."""

    pid = os.getpid()

    def __init__(self, run: Path, lock: Lock, command: object = None) -> None:
        with (run / "log.txt").open("a") as log, redirect_stdout(log), redirect_stderr(log):
            worker.main([str(run)], build)
        lock.release()

    def ended(self) -> bool:
        return True

    def wait(self, seconds: float) -> bool:
        return True

    def hang_up(self) -> None:
        """Nobody listens."""


class Undisturbed:
    """Hears no signal, as those are the tests'."""

    is_urgent = False

    def __init__(self, run: Path) -> None:
        pass

    def reason(self) -> str:
        return ""


@contextmanager
def working_here() -> Iterator[None]:
    """Commands and queues start no process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "_Stop", Undisturbed)
        patch.setattr(worker, "_be_polite", lambda: None)
        for module in (training, jobs):
            patch.setattr(module, "WorkerProcess", WorkerHere)
        yield
