"""The one queue of this server's trainings, and what a visitor may do with a run."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from irl_app.training import (
    Jobs,
    QueueError,
    RunConfig,
    create_run,
    delete_run,
    is_active,
    request_stop,
)

PER_OWNER = 4
"""Runs that one browser session may have waiting or running."""

_jobs: Jobs | None = None
_lock = threading.Lock()


def jobs() -> Jobs:
    """The queue, made when the first run is started; one core is left to the pages."""
    global _jobs
    with _lock:
        if _jobs is None:
            _jobs = Jobs(slots=max(1, min(4, (os.cpu_count() or 2) - 1)), per_owner=PER_OWNER)
        return _jobs


def close_jobs() -> None:
    """End the queue, if there is one: what waits is stopped, what runs can be resumed."""
    global _jobs
    with _lock:
        ended, _jobs = _jobs, None
    if ended is not None:
        ended.close()


def start(config: RunConfig, owner: str, root: Path) -> Path:
    """Make a run and queue it; its folder.

    Raises:
        QueueError: the queue takes no more; no run is left behind.
        OSError: the run cannot be written.
    """
    run = create_run(config, root=root)
    try:
        jobs().submit(run, owner)
    except QueueError:
        delete_run(run)
        raise
    return run


def resume(run: Path, owner: str) -> None:
    """Queue a run again; it goes on from its last good checkpoint.

    Raises:
        TrainingError: the queue takes no more, the run is done, or somebody works on it.
    """
    jobs().submit(run, owner)


def stop(run: Path) -> None:
    """Ask a run to stop, whoever works on it: this server, or a terminal beside it.

    Raises:
        QueueError: nobody works on it.
    """
    try:
        jobs().stop(run)
    except QueueError:
        if not is_active(run):
            raise
        request_stop(run)


def is_stopping(run: Path) -> bool:
    """Whether somebody asked it to stop."""
    return (run / "STOP").exists()


def position(run: Path) -> int | None:
    """Its place in this server's queue: 0 while it runs, None if it is not in it."""
    with _lock:
        queue = _jobs
    return None if queue is None else queue.position(run)
