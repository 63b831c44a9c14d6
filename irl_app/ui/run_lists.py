"""The runs of this server, for all of its sessions: looked for a few times a second at most, by however many,
and read again only where a folder has changed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from irl_app.runs import Run, RunList, list_runs, read_run
from irl_app.ui.page import Stamp, stamp_of

FRESH = 0.3
"""Seconds for which a list is given again as it is."""
FILES = ("", "config.json", "status.json", "findings.json", "note.json")
"""What is looked at to know whether a run has changed; "" is its folder."""
MOST = 20_000
"""Runs that are remembered."""

_lock = threading.Lock()
_lists: dict[tuple[Path, int], tuple[float, RunList]] = {}
_runs: dict[Path, tuple[tuple[Stamp, ...], Run]] = {}


def runs_in(root: Path, depth: int = 1) -> RunList:
    """The runs in a folder as ``list_runs`` gives them, as they were a moment ago at most."""
    key = (root.resolve(), depth)
    with _lock:
        made, found = _lists.get(key, (-FRESH, RunList((), ())))
        if time.monotonic() - made >= FRESH:
            if len(_runs) > MOST:
                _runs.clear()
            found = list_runs(root, depth, read=_read)
            _lists[key] = (time.monotonic(), found)
        return found


def forget_lists() -> None:
    """Look again at once: a run has just been made or changed here."""
    with _lock:
        _lists.clear()


def _read(folder: Path, name: str) -> Run:
    """The run as it was read last, if its files are the same and no process holds it."""
    place = folder.absolute()
    stamps = tuple(stamp_of(folder / name) for name in FILES)
    if place in _runs and _runs[place][0] == stamps and _runs[place][1].name == name:
        return _runs[place][1]
    run = read_run(folder, name)
    if run.status.state not in ("queued", "running", "interrupted"):  # which ends without any change here
        _runs[place] = (stamps, run)
    return run
