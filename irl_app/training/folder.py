"""A training run's folder: made and deleted whole, its small files replaced in one step.

config.json            what was asked for (irl_app.training.config)
status.json            how far it is
metrics.jsonl          its curves (irl_app.training.metrics)
checkpoints/           everything needed to go on, the newest few (irl_app.training.checkpoints)
demonstrations.safetensors  what it learns from, its own copy; its SHA-256 is in demonstrations.sha256
maps.safetensors       of a grid run: its Q-values in a few fixed layouts (irl_app.training.maps)
slices.safetensors     of a control task: value and reward over two state variables (irl_app.training.slices)
rewards.safetensors    recovered beside true rewards of whole episodes (irl_app.training.rewarded)
rollouts/              episodes to look at, when it ends (irl_app.training.rollouts)
log.txt                what the worker printed
STOP                   its presence asks the worker to stop
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from irl_app.files import write_whole
from irl_app.training.config import RunConfig, TrainingError, read_config, read_object
from irl_app.training.locks import is_held

STATES = ("queued", "running", "stopped", "done", "failed", "interrupted")
OWNER_LOCK, WORKER_LOCK = ".owner.lock", ".worker.lock"
_ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,253}[a-z0-9])?")  # no longer than a folder's name may be
_INTERRUPTED = "its process has ended before it was done: resume it"


@dataclass(frozen=True)
class Status:
    """How far a run is.

    Attributes:
        state: one of ``STATES``. A run that says that it waits or works while no process holds it is
            "interrupted".
        update: updates done. updates: those that were asked for. message: one sentence for people, or "".
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


@dataclass(frozen=True)
class TrainingRun:
    """A run as its small files tell."""

    folder: Path
    config: RunConfig
    status: Status

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name


def runs_root() -> Path:
    """Where runs are kept: the environment variable IRL_APP_RUNS, else ``runs`` in the working folder."""
    return Path(os.environ.get("IRL_APP_RUNS") or "runs")


def create_run(config: RunConfig, *, root: Path | None = None, folder: Path | None = None) -> Path:
    """Make a run's folder, whole or not at all; it is not started.

    Args:
        root: gets the folder ``<task>-<method>-<n>``; default ``runs_root()``.
        folder: the very folder to make instead, missing or empty.

    Raises:
        TrainingError: there is something at ``folder`` already.
        OSError: it cannot be written; nothing is left behind.
    """
    parent = (runs_root() if root is None else root) if folder is None else folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=parent, prefix=".new-"))
    try:
        draft.chmod(0o755)
        write_whole(draft / "config.json", config.as_json())
        updates = int(config.config.get("updates", 0))
        write_status(draft, Status("stopped", updates=updates, message="not started"))
        return _placed(draft, folder) if folder is not None else _numbered(draft, parent, config)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def read_run(run: Path) -> TrainingRun:
    """What a run's folder says about itself.

    Raises:
        TrainingError: there is no run, or one of its files is damaged.
    """
    return TrainingRun(run, read_config(run), read_status(run))


def list_runs(root: Path | None = None) -> tuple[TrainingRun, ...]:
    """The training runs directly in a folder, newest first; a damaged one does not hide the others."""
    runs = []
    for path in sorted((runs_root() if root is None else root).glob("[!.]*/config.json")):
        try:
            runs.append(read_run(path.parent))
        except TrainingError:
            continue
    return tuple(sorted(runs, key=lambda run: (run.config.created, _number(run.id)), reverse=True))


def find_run(name: str, root: Path | None = None) -> Path:
    """The folder of the run with this id. A name from a link is safe here: it cannot lead out of the folder.

    Raises:
        TrainingError: there is no such run; the message says where it was looked for.
    """
    where = runs_root() if root is None else root
    if _ID.fullmatch(name) is None or not (where / name / "config.json").is_file():
        raise TrainingError(f"there is no run {name!r} in {where}: see irl-app runs list")
    return where / name


def read_status(run: Path) -> Status:
    """How far the run is, by what it wrote and by who holds it.

    Raises:
        TrainingError: ``status.json`` is missing or damaged.
    """
    held = is_active(run)  # before the file is read: a run that ends in between has then written how
    status = _written_status(run)
    if status.active and not held and not is_active(run):
        return replace(status, state="interrupted", message=_INTERRUPTED, pid=0)
    return status


def last_status(run: Path) -> Status:
    """The status as it was written, whoever holds the run; a stopped one if it is missing or damaged."""
    try:
        return _written_status(run)
    except TrainingError:
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


def delete_run(run: Path) -> None:
    """Delete a run's folder, damaged or not; it disappears from the list in one step.

    Raises:
        TrainingError: there is no run, or it is queued or running.
        OSError: it cannot be deleted.
    """
    if run.is_symlink():
        raise TrainingError(f"{run} is a link: delete the run that it leads to")
    if not (run / "config.json").is_file():
        raise TrainingError(f"there is no training run at {run}: it has no config.json")
    if is_active(run):
        raise TrainingError(f"{run.name} is queued or running: stop it before it is deleted")
    doomed = run.with_name(f".deleted-{secrets.token_hex(4)}")
    os.replace(run, doomed)
    shutil.rmtree(doomed)


def _written_status(run: Path) -> Status:
    path = run / "status.json"
    found = read_object(path)
    try:
        status = Status(
            str(found["state"]),
            int(found["update"]),
            int(found["updates"]),
            str(found["message"]),
            int(found["pid"]),
            str(found["changed"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path} is damaged: resume the run to write it anew") from error
    if status.state not in STATES:
        raise TrainingError(f"{path} is damaged: {status.state!r} is none of {', '.join(STATES)}")
    return status


def _placed(draft: Path, folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainingError(f"{folder} exists already: choose another folder, or resume the run in it")
    if folder.exists():
        folder.rmdir()
    os.replace(draft, folder)
    return folder


def _numbered(draft: Path, root: Path, config: RunConfig) -> Path:
    stem = re.sub(r"[^a-z0-9]+", "-", f"{config.task}-{config.method}".lower()).strip("-")
    taken = [_number(path.name) for path in root.glob(f"{stem}-*") if path.name[len(stem) + 1 :].isdecimal()]
    number = max(taken, default=0) + 1
    while True:
        try:
            os.replace(draft, root / f"{stem}-{number}")
            return root / f"{stem}-{number}"
        except OSError:  # somebody else took the number a moment ago
            if not (root / f"{stem}-{number}").exists():
                raise
            number += 1


def _number(name: str) -> int:
    tail = name.rpartition("-")[2]
    return int(tail) if tail.isdecimal() else 0
