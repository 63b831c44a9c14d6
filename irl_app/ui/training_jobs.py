"""The one queue of this server's trainings, and what a visitor may do with a run."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from irl_app.runs import (
    Note,
    RunConfig,
    RunError,
    create_run,
    delete_run,
    is_active,
    last_status,
    request_stop,
    write_note,
)
from irl_app.training import Jobs, QueueError
from irl_app.training.process import end_worker
from irl_app.ui.visitors import check_may_change, note_owner, owner_of

PER_OWNER = 4
"""Runs that one visitor may have waiting or running."""
HANGS = 10.0
"""Seconds after which a worker that was asked to stop and did not can be ended."""

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
        note_owner(run, owner)
        jobs().submit(run, owner)
    except (QueueError, OSError):
        delete_run(run)
        raise
    return run


def adopt_waiting(root: Path) -> None:
    """Queue again what waited in a queue that has ended, in the same order; others may have taken some."""
    try:
        folders = [path.parent for path in root.glob("[!.]*/status.json")]
    except OSError:
        return
    waiting = [(status.changed, run) for run in folders if (status := last_status(run)).state == "queued"]
    for _, run in sorted(waiting):
        with suppress(RunError, OSError):
            jobs().submit(run, owner_of(run), again=True)


def resume(run: Path, owner: str) -> None:
    """Queue a run again; it goes on from its last good checkpoint.

    Raises:
        RunError: the queue takes no more, the run is done, somebody works on it, or it is somebody else's.
    """
    check_may_change(run)
    jobs().submit(run, owner)


def stop(run: Path) -> None:
    """Ask a run to stop, whoever works on it: this server, or a terminal beside it.

    Raises:
        QueueError: nobody works on it.
        RunError: it is somebody else's.
    """
    check_may_change(run)
    try:
        jobs().stop(run)
    except QueueError:
        if not is_active(run):
            raise
        request_stop(run)


def end(run: Path) -> None:
    """End the process that works on a run, which does not stop by itself.

    Raises:
        RunError: nobody works on it, it cannot be ended, or it is somebody else's.
    """
    check_may_change(run)
    end_worker(run)


def name(run: Path, note: Note) -> None:
    """Have a run called something else, and tagged.

    Raises:
        RunError: it is somebody else's.
        OSError: it cannot be written.
    """
    check_may_change(run)
    write_note(run, note)


def delete(run: Path) -> None:
    """Delete a run with all that belongs to it.

    Raises:
        RunError: it is queued or running, or somebody else's.
        OSError: it cannot be deleted.
    """
    check_may_change(run)
    delete_run(run)


def is_stopping(run: Path) -> bool:
    """Whether somebody asked it to stop."""
    return (run / "STOP").exists()


def hangs(run: Path) -> bool:
    """Whether it was asked to stop, and has not for so long that it hangs."""
    try:
        return time.time() - (run / "STOP").stat().st_mtime > HANGS
    except OSError:
        return False


def position(run: Path) -> int | None:
    """Its place in this server's queue: 0 while it runs, None if it is not in it."""
    with _lock:
        queue = _jobs
    return None if queue is None else queue.position(run)
