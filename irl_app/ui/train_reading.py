"""What the Train page reads of runs' folders, many times a second: kept while the files stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from irl_app.analysis import interquartile_mean
from irl_app.comparison import number
from irl_app.runs import Run, RunError
from irl_app.training import Metrics, read_metrics
from irl_app.ui.page import stamp_of
from irl_app.ui.questions import Keep

KEPT_RUNS = 64

_kept: Keep[Metrics | str] = Keep(KEPT_RUNS)


def metrics_of(folder: Path) -> Metrics | str:
    """The run's curves, or a sentence on why they cannot be read."""
    return _kept.get((folder, stamp_of(folder / "metrics.jsonl")), 1, lambda: _read(folder))


def _read(folder: Path) -> Metrics | str:
    try:
        return read_metrics(folder)
    except (RunError, OSError) as error:
        return f"Its curves cannot be read: {error}."


@dataclass(frozen=True)
class Earned:
    """What the seeds of a run earned last, one finite return each."""

    returns: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Their interquartile mean."""
        return float(interquartile_mean(np.array(self.returns)))

    @property
    def text(self) -> str:
        """``487 (452 to 500 over 5 seeds)``."""
        if len(self.returns) == 1:
            return number(self.middle)
        ends = f"{number(min(self.returns))} to {number(max(self.returns))}"
        return f"{number(self.middle)} ({ends} over {len(self.returns)} seeds)"


def earned(metrics: Metrics | str) -> Earned | None:
    """The newest evaluation; None before there is one."""
    newest = None if isinstance(metrics, str) else metrics.last("return")
    if newest is None:
        return None
    return Earned(tuple(newest[np.isfinite(newest)].tolist()))


def queue_words(place: int | None) -> str:
    """Where a queued run stands: its place in this server's queue, 0 with a worker, None in another's."""
    if place is None:
        return "waiting"
    return {0: "starting", 1: "next in queue"}.get(place, f"no. {place} in queue")


def progress_html(run: Run) -> str:
    """A bar with the share of the updates that are done."""
    status = run.status
    done = min(1.0, status.update / status.updates) if status.updates > 0 else 0.0
    return (
        f'<progress class="irl-progress irl-is-{escape(status.state)}" max="1" '
        f'value="{done:.4f}" aria-label="Progress"></progress>'
    )
