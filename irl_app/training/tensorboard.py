"""A run's curves as TensorBoard reads them, by its own writer; ``metrics.jsonl`` stays their source."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.files import draft_folder
from irl_app.runs import Run, RunError, read_run
from irl_app.training.metrics import Metrics, read_metrics

EPISODES = ("return", "length", "training_return")


def export_tensorboard(run: Path, out: Path) -> Path:
    """Write ``out/<run>/seed-<s>/events...``: each seed is a run of TensorBoard's, its steps are updates.

    Each point's time is when the run was made, plus the seconds that it had trained. What was written for
    this run before is replaced.

    Returns:
        ``out/<run>``.

    Raises:
        RunError: TensorBoard is not installed, there is no such run, it is damaged, or it has no curves.
        OSError: it cannot be written; what was there before then stays.
    """
    writer = _writer()
    about, metrics = read_run(run), read_metrics(run)
    if not about.config.is_training:
        raise RunError(f"{run} was solved exactly, in one step: it has no curves")
    if not metrics.values:
        raise RunError(f"{run} has recorded nothing yet: train it first")
    with draft_folder(out) as draft:
        for column, seed in enumerate(about.config.seeds):
            _write(writer, draft / f"seed-{seed}", about, metrics, column)
        return _placed(draft, out / about.folder.resolve().name)


def tag(name: str) -> str:
    """A metric's name in TensorBoard, which groups by what stands before the slash."""
    if name == "loss":
        return "loss/all"
    if "/" in name:
        return name
    return f"episodes/{name}" if name in EPISODES else f"health/{name}"


def _writer() -> Any:
    try:
        from tensorboard.summary import Writer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "tensorboard":
            raise
        raise RunError(
            "TensorBoard is not installed: install it with pip install 'irl-app[tensorboard]'"
        ) from error
    return Writer


def _write(writer: Any, folder: Path, about: Run, metrics: Metrics, column: int) -> None:
    began = datetime.fromisoformat(about.config.created).timestamp()
    events = writer(str(folder))
    try:
        for name, values in metrics.values.items():
            own = values[:, column]
            for row in np.flatnonzero(np.isfinite(own)).tolist():
                time = began + float(metrics.seconds[row])
                events.add_scalar(tag(name), float(own[row]), int(metrics.update[row]), wall_time=time)
    finally:
        events.close()


def _placed(draft: Path, target: Path) -> Path:
    """The draft in the target's place; what was there goes."""
    if target.exists():
        old = Path(tempfile.mkdtemp(dir=target.parent, prefix=".old-"))
        target.replace(old / "run")
        draft.replace(target)
        shutil.rmtree(old)
    else:
        draft.replace(target)
    return target
