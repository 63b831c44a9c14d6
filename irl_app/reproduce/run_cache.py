"""Training runs that a reproduction needs: each made once, resumed if cut off, reused when finished; and what
their last policies do."""

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

from irl_app.files import write_whole
from irl_app.reproduce.report import Options
from irl_app.runs import RunConfig, RunError, create_run, read_config, read_status
from irl_app.tasks import RolloutResult, Task, rollout_stacked
from irl_app.training import Jobs, read_metrics
from irl_app.training.learners import load_learners
from trainers.arrays import FloatArray

Arm = TypeVar("Arm", bound=Hashable)

POLL = 0.5
"""Seconds between two looks at the runs."""
NEVER = 10**9
"""As ``evaluate_every``: at the beginning and at the end only, which every run is."""
UNWATCHED: Mapping[str, Any] = {
    "evaluate_every": NEVER, "episodes": 1, "log_every": 500, "checkpoint_every": 4_000, "kept": 1,
}  # fmt: skip
"""Settings of runs whose last policies alone are looked at, and by others than the run itself."""
SEED = 1_000_000
"""Of the episodes, which no training sees."""
Figure = Callable[[RolloutResult], float]


def finished_runs(
    arms: Mapping[Arm, RunConfig], name: Callable[[Arm], str], options: Options
) -> dict[Arm, Path]:
    """A finished run for every arm, in a folder whose name ends in a digest of what was asked for.

    Args:
        arms: whatever tells the runs apart -> what to train.
        name: of an arm's folder: letters, digits, dashes; different for different arms.
        options: where, how many at once, who is told.

    Raises:
        RunError: a run failed; the message names it and says why.
        OSError: the cache cannot be written.
        KeyboardInterrupt: the runs are stopped; they go on from their checkpoints the next time.
    """
    runs = {arm: options.cache / f"{name(arm)}-{digest(config)}" for arm, config in arms.items()}
    for arm, run in runs.items():
        if not run.exists():
            create_run(arms[arm], folder=run)
    missing = [run for run in runs.values() if read_status(run).state != "done"]
    if missing:
        jobs = Jobs(slots=options.processes, capacity=len(missing), per_owner=len(missing))
        try:
            for run in missing:
                jobs.submit(run, "reproduce")
            _wait(tuple(runs.values()), options)
        finally:
            jobs.close()
    return runs


def digest(config: RunConfig) -> str:
    """Eight hex digits that change with anything that was asked for, or with the program's version."""
    asked = {name: value for name, value in asdict(config).items() if name != "created"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]


def _wait(runs: Sequence[Path], options: Options) -> None:
    while True:
        states = {run: read_status(run) for run in runs}
        for run, status in states.items():
            if status.state not in ("queued", "running", "done"):
                raise RunError(f"{run} is {status.state}: {status.message}")
        working = [run.name.rpartition("-")[0] for run, status in states.items() if status.state == "running"]
        each = (1.0 if own.state == "done" else own.update / max(1, own.updates) for own in states.values())
        options.progress(int(1000 * sum(each)), 1000 * len(runs), ", ".join(working))
        if all(status.state == "done" for status in states.values()):
            return
        time.sleep(POLL)


def last_returns(run: Path) -> NDArray[np.float64]:
    """(K,) mean true returns of a finished run's last evaluation.

    Raises:
        RunError: its metrics are damaged, or nothing was evaluated.
    """
    found = read_metrics(run).last("return")
    if found is None:
        raise RunError(f"{run} was never evaluated: delete it and try again")
    return found


def greedy_figures(
    run: Path, task: Task, n_episodes: int, name: str, figure: Figure, *, target: bool = False
) -> FloatArray:
    """(K,) a figure of the episodes of every seed's last policy, greedy in Q.

    Args:
        run: finished, of multi-layer perceptrons. task: to play, not necessarily the one learned in.
        n_episodes: of each seed, whole. name: of the figure, for its file. figure: one seed's episodes -> it.
        target: greedy in the target network's Q; its file is another.

    Raises:
        RunError: the run has no good checkpoint left, or the kept file is damaged.
    """
    kept = run / f"{'target-' if target else ''}{name}-{task.name.replace('/', '-')}-{n_episodes}.json"
    if not kept.is_file():
        learners = load_learners(run, read_config(run), target=target)
        greedy = learners.act_greedily
        played = rollout_stacked(task, greedy, len(learners.each), n_episodes, SEED, keep=True)
        write_whole(kept, json.dumps([figure(own) for own in played], allow_nan=False))
    try:
        return np.array(json.loads(kept.read_bytes()), dtype=np.float64)
    except ValueError as error:
        raise RunError(f"{kept} is damaged: delete it and ask again") from error
