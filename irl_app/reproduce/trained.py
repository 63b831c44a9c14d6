"""Training runs that a reproduction needs: each made once, resumed if cut off, reused when finished."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from irl_app.reproduce.report import Asked
from irl_app.training import Jobs, RunConfig, Status, TrainingError, create_run, read_metrics, read_status

Arm = TypeVar("Arm", bound=Hashable)

POLL = 0.5
"""Seconds between two looks at the runs."""
NEVER = 10**9
"""As ``evaluate_every``: at the beginning and at the end only, which every run is."""
UNWATCHED: Mapping[str, Any] = {
    "evaluate_every": NEVER, "episodes": 1, "log_every": 500, "checkpoint_every": 4_000, "kept": 1,
}  # fmt: skip
"""Settings of runs whose last policies alone are looked at, and by others than the run itself."""


def trained(arms: Mapping[Arm, RunConfig], name: Callable[[Arm], str], asked: Asked) -> dict[Arm, Path]:
    """A finished run for every arm, in a folder whose name ends in a digest of what was asked for.

    Args:
        arms: whatever tells the runs apart -> what to train.
        name: of an arm's folder: letters, digits, dashes; different for different arms.
        asked: where, how many at once, who is told.

    Raises:
        TrainingError: a run failed; the message names it and says why.
        OSError: the cache cannot be written.
        KeyboardInterrupt: the runs are stopped; they go on from their checkpoints the next time.
    """
    runs = {arm: asked.cache / f"{name(arm)}-{digest(config)}" for arm, config in arms.items()}
    for arm, run in runs.items():
        if not run.exists():
            create_run(arms[arm], folder=run)
    missing = [run for run in runs.values() if read_status(run).state != "done"]
    if missing:
        jobs = Jobs(slots=asked.processes, capacity=len(missing), per_owner=len(missing))
        try:
            for run in missing:
                jobs.submit(run, "reproduce")
            _wait(tuple(runs.values()), asked)
        finally:
            jobs.close()
    return runs


def digest(config: RunConfig) -> str:
    """Eight hex digits that change with anything that was asked for, or with the program's version."""
    asked = {name: value for name, value in asdict(config).items() if name != "created"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]


def _wait(runs: Sequence[Path], asked: Asked) -> None:
    while True:
        states = {run: read_status(run) for run in runs}
        for run, status in states.items():
            if status.state not in ("queued", "running", "done"):
                raise TrainingError(f"{run} is {status.state}: {status.message}")
        working = [run.name.rpartition("-")[0] for run, status in states.items() if status.state == "running"]
        asked.progress(int(1000 * sum(map(_done, states.values()))), 1000 * len(runs), ", ".join(working))
        if all(status.state == "done" for status in states.values()):
            return
        time.sleep(POLL)


def _done(status: Status) -> float:
    """Share of a run that is done, in [0, 1]."""
    return 1.0 if status.state == "done" else status.update / max(1, status.updates)


def last_returns(run: Path) -> NDArray[np.float64]:
    """(K,) mean true returns of a finished run's last evaluation.

    Raises:
        TrainingError: its metrics are damaged, or nothing was evaluated.
    """
    found = read_metrics(run).last("return")
    if found is None:
        raise TrainingError(f"{run} was never evaluated: delete it and try again")
    return found
