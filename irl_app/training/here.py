"""Training in the process that asks for it, for notebooks and scripts."""

from __future__ import annotations

from pathlib import Path

from irl_app.runs import RunConfig, last_status
from irl_app.runs.format import RunError
from irl_app.training.build import build
from irl_app.training.loop import train
from irl_app.training.process import claim
from trainers.deep.threads import use_one_thread


def train_here(run: Path, config: RunConfig) -> None:
    """Train a run from its beginning to its end.

    Raises:
        KeyboardInterrupt: it was interrupted; ``irl-app resume`` goes on with it.
        RunError, DemonstrationError, TaskError: it cannot be trained, or somebody else works on it.
    """
    use_one_thread()
    lock = claim(run)
    try:
        job = build(run, config)
        train(job, lambda: "")
        if job.conclude is not None:
            job.conclude()
    finally:
        lock.release()
    if (status := last_status(run)).state != "done":
        raise RunError(f"{run} is {status.state}: {status.message}")
