"""The folders of runs: made and deleted whole, found by name, listed."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from irl_app.files import draft_folder, write_whole
from irl_app.runs.config import RunConfig
from irl_app.runs.format import RunError, description_of
from irl_app.runs.run import Run, read_run
from irl_app.runs.status import Status, is_active, write_status

MAX_RUNS, MAX_DEPTH = 5_000, 4
"""Runs that are listed at most, and how many folders deep one is looked for at most."""
_ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,253}[a-z0-9])?")  # no longer than a folder's name may be


@dataclass(frozen=True)
class RunList:
    """The runs in a folder, newest first, and a sentence for each that cannot be read."""

    runs: tuple[Run, ...]
    problems: tuple[str, ...]


def runs_root() -> Path:
    """Where runs are kept: the environment variable IRL_APP_RUNS, else ``runs`` in the working folder."""
    return Path(os.environ.get("IRL_APP_RUNS") or "runs")


def create_run(
    config: RunConfig,
    *,
    root: Path | None = None,
    folder: Path | None = None,
    fill: Callable[[Path], None] | None = None,
) -> Path:
    """Make a run's folder, whole or not at all; a training is not started.

    Args:
        config: what is asked for.
        root: gets the folder ``<task>-<method>-<n>``; default ``runs_root()``.
        folder: the very folder to make instead, missing or empty.
        fill: writes what a run that is done already has found; None for a run that is to be worked on.

    Raises:
        RunError: there is something at ``folder`` already.
        OSError: it cannot be written; nothing is left behind.
    """
    if folder is not None:
        _check_free(folder)
    parent = (runs_root() if root is None else root) if folder is None else folder.parent
    with draft_folder(parent) as draft:
        write_whole(draft / "config.json", config.as_json())
        if fill is None:
            updates = int(config.config.get("updates", 0))
            write_status(draft, Status("stopped", updates=updates, message="not started"))
        else:
            fill(draft)
            write_status(draft, Status("done"))
        return _placed(draft, folder) if folder is not None else _numbered(draft, parent, config)


def list_runs(
    root: Path | None = None, depth: int = 1, *, read: Callable[[Path, str], Run] = read_run
) -> RunList:
    """The runs in a folder, newest first; one that cannot be read does not hide the others.

    Args:
        root: where to look; default ``runs_root()``.
        depth: how many folders deep a run may lie; a run holds no others; links to other folders
            than runs are not followed.
        read: gives the run in a folder, called so, or raises a ``RunError``.
    """
    where = runs_root() if root is None else root
    runs, problems = [], []
    for folder, name in islice(_run_folders(where, depth), MAX_RUNS):
        try:
            runs.append(read(folder, _shown(name)))
        except RunError as error:
            problems.append(_shown(str(error)))
    runs.sort(key=lambda run: (run.config.created, _number(run.name), run.name), reverse=True)
    return RunList(tuple(runs), tuple(problems))


def find_run(name: str, root: Path | None = None) -> Path:
    """The folder of the run with this name. One from a link is safe here: it cannot lead out of the root.

    Raises:
        RunError: there is no such run; the message says where it was looked for.
    """
    where = runs_root() if root is None else root
    if _ID.fullmatch(name) is None or description_of(where / name) is None:
        raise RunError(f"there is no run {name!r} in {where}: see irl-app runs list")
    return where / name


def delete_run(run: Path) -> None:
    """Delete a run's folder, damaged or not; it disappears from the list in one step.

    Raises:
        RunError: there is no run, or it is queued or running.
        OSError: it cannot be deleted.
    """
    if run.is_symlink():
        raise RunError(f"{run} is a link: delete the run that it leads to")
    if description_of(run) is None:
        raise RunError(f"there is no run at {run}: it has no config.json")
    if is_active(run):
        raise RunError(f"{run.name} is queued or running: stop it before it is deleted")
    doomed = run.with_name(f".deleted-{secrets.token_hex(4)}")
    os.replace(run, doomed)
    with suppress(FileNotFoundError):  # swept away meanwhile
        shutil.rmtree(doomed)


def _run_folders(root: Path, depth: int, within: str = "") -> Iterator[tuple[Path, str]]:
    """The folders that say that they are runs, and their names as seen from where the first look was."""
    try:
        with os.scandir(root) as entries:
            names = sorted(entry.name for entry in entries if entry.name[0] != "." and _is_folder(entry))
    except OSError:  # there is none, or it is not ours to look into
        return
    for name in names:
        folder = root / name
        if description_of(folder) is not None:
            yield folder, within + name
        elif depth > 1 and not folder.is_symlink():
            yield from _run_folders(folder, depth - 1, f"{within}{name}/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _shown(text: str) -> str:
    """A name that can be shown and sent, whatever bytes it is made of."""
    return text.encode(errors="backslashreplace").decode()


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} exists already: choose another folder, or remove it first")


def _placed(draft: Path, folder: Path) -> Path:
    _check_free(folder)  # again: writing takes its time
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
