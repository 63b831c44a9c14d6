"""What the Train page reads of runs' folders, many times a second: kept while the files stay as they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irl_app.analysis import interquartile_mean, written
from irl_app.comparison import number
from irl_app.tasks import TaskError, control_task
from irl_app.training import Metrics, TrainingError, TrainingRun, read_metrics

KEPT_RUNS = 64
Stamp = tuple[int, int]

_kept: OrderedDict[Path, tuple[Stamp, Metrics | str]] = OrderedDict()
_lock = threading.Lock()


def metrics_of(folder: Path) -> Metrics | str:
    """The run's curves, or a sentence on why they cannot be read."""
    path = folder / "metrics.jsonl"
    try:
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_size)
    except OSError:
        stamp = (0, 0)
    with _lock:
        known = _kept.get(folder)
    if known is None or known[0] != stamp:
        known = (stamp, _read(folder))  # outside the lock: nobody waits for another's file
    with _lock:
        _kept[folder] = known
        _kept.move_to_end(folder)
        while len(_kept) > KEPT_RUNS:
            _kept.popitem(last=False)
    return known[1]


def _read(folder: Path) -> Metrics | str:
    try:
        return read_metrics(folder)
    except (TrainingError, OSError) as error:
        return f"Its curves cannot be read: {error}."


@dataclass(frozen=True)
class Earned:
    """What the seeds of a run earned last: interquartile mean, least, most, and how many they are."""

    middle: float
    low: float
    high: float
    seeds: int

    @property
    def text(self) -> str:
        """``487 (452 to 500 over 5 seeds)``."""
        if self.seeds == 1:
            return number(self.middle)
        return f"{number(self.middle)} ({number(self.low)} to {number(self.high)} over {self.seeds} seeds)"


def earned(metrics: Metrics | str) -> Earned | None:
    """The newest evaluation; None before there is one."""
    newest = None if isinstance(metrics, str) else metrics.last("return")
    if newest is None:
        return None
    known = newest[np.isfinite(newest)]
    return Earned(float(interquartile_mean(known)), float(known.min()), float(known.max()), len(known))


def share(task: str, middle: float) -> str:
    """``31 % of the way from random moves to the expert``; "" for a task that is not known here."""
    try:
        score = control_task(task).score(middle)
    except TaskError:
        return ""
    return f"{written(score, 'share').replace('-', '−')} of the way from random moves to the expert"


def queue_words(place: int | None) -> str:
    """Where a queued run stands: its place in this server's queue, 0 with a worker, None in another's."""
    if place is None:
        return "waiting"
    return {0: "starting", 1: "next in queue"}.get(place, f"no. {place} in queue")


def progress_of(run: TrainingRun) -> float:
    """Share of the updates that are done."""
    return min(1.0, run.status.update / run.status.updates) if run.status.updates > 0 else 0.0


def task_title(task: str) -> str:
    """The task as people call it."""
    try:
        return control_task(task).title
    except TaskError:
        return task
