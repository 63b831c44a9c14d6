"""How far a run is: its ``status.json``, and whether a process holds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from irl_app.files import write_whole
from irl_app.reading import reading
from irl_app.runs.format import RunError, read_object
from irl_app.runs.locks import is_held

STATES = ("queued", "running", "stopped", "done", "failed", "interrupted")
OWNER_LOCK, WORKER_LOCK = ".owner.lock", ".worker.lock"
_INTERRUPTED = "its process has ended before it was done: resume it"
_WAITING = "the program that queued it has ended: the next irl-app app starts it, or resume it"


@dataclass(frozen=True)
class Status:
    """How far a run is.

    Attributes:
        state: one of ``STATES``. A run that says that it waits or works while no process holds it is
            "interrupted".
        update: updates done. updates: those that were asked for, 0 where there is nothing to count.
        message: one sentence for people, or "".
        pid: the worker's process, 0 if there is none. changed: time of this status, ISO 8601.
    """

    state: str
    update: int = 0
    updates: int = 0
    message: str = ""
    pid: int = 0
    changed: str = ""

    @property
    def active(self) -> bool:
        """Whether a process holds the run, waiting or working."""
        return self.state in ("queued", "running")

    @property
    def resumable(self) -> bool:
        """Whether it makes sense to let it go on."""
        return not self.active and self.state != "done"


def read_status(run: Path) -> Status:
    """How far the run is, by what it wrote and by who holds it.

    Raises:
        RunError: ``status.json`` is missing or damaged.
    """
    status = _written_status(run)
    if status.active and not is_active(run):
        status = _written_status(run)  # again: a run that has ended in between has now written how
        if status.active and not is_active(run):
            said = _WAITING if status.state == "queued" else _INTERRUPTED
            return replace(status, state="interrupted", message=said, pid=0)
    return status


def last_status(run: Path) -> Status:
    """The status as it was written, whoever holds the run; a stopped one if it is missing or damaged."""
    try:
        return _written_status(run)
    except RunError:
        return Status("stopped")


def write_status(run: Path, status: Status) -> None:
    """Replace ``status.json`` in one step; ``changed`` becomes now.

    Raises:
        OSError: it cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    write_whole(run / "status.json", json.dumps(asdict(replace(status, changed=now))) + "\n")


def is_active(run: Path) -> bool:
    """Whether a process holds the run: a queue that it waits in, or a worker."""
    return is_held(run / OWNER_LOCK) or is_held(run / WORKER_LOCK)


def request_stop(run: Path) -> None:
    """Ask the worker, if there is one, to stop soon."""
    (run / "STOP").touch()


def _written_status(run: Path) -> Status:
    path, remedy = f"{run}/status.json", "resume the run to write it anew"
    with reading(path, RunError, remedy):
        found = read_object(path, remedy)
        if (state := found.text("state")) not in STATES:
            found.refuse("state", f"one of {', '.join(STATES)}")
        return Status(
            state,
            found.whole("update"),
            found.whole("updates"),
            found.text("message"),
            found.whole("pid"),
            found.text("changed"),
        )
