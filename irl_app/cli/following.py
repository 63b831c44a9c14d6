"""Working on a training run from the terminal: its worker beside us, its progress before us."""

from __future__ import annotations

import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from irl_app.cli.console import number
from irl_app.cli.options import UsageError

if TYPE_CHECKING:
    from irl_app.training import RunConfig, Status

POLL = 0.2
"""Seconds between two looks at a run's folder."""


def run_folder(text: str) -> Path:
    """The run that people mean by a path or by its name in the runs' folder.

    Raises:
        TrainingError: there is none.
    """
    from irl_app.training import find_run

    path = Path(text)
    return path if (path / "config.json").is_file() else find_run(text)


def new_run(config: RunConfig, folder: Path | None) -> Path:
    """A run that can begin: one whose demonstrations cannot be had is not made.

    Raises:
        TaskError, TrainingError, DemonstrationError: what is asked for does not exist or does not fit.
    """
    from irl_app.tasks import control_task
    from irl_app.training import create_run
    from irl_app.training.shown import check_asked

    check_asked(control_task(config.task), config.demonstrations)
    return create_run(config, folder=folder)


def judged_folder(path: Path) -> Path:
    """The folder of a run with a report: by its path, or by a training run's name in the runs' folder.

    Raises:
        UsageError: it is a training run whose reward nobody has judged yet.
    """
    from irl_app.training import TrainingError, find_run

    folder = path
    if not path.exists():
        with suppress(TrainingError):
            folder = find_run(str(path))
    if (folder / "config.json").is_file() and not (folder / "run.json").is_file():
        raise UsageError(
            f"{path} is a training run without a report: irl-app recover --run {shlex.quote(str(path))}"
        )
    return folder


def work(run: Path, *, quiet: bool = False) -> Status:
    """Start a worker at a run and show how it gets on until it ends; Ctrl+C asks it to stop and waits for it.

    Returns:
        The run's last status.

    Raises:
        TrainingError: there is no such run, it is done, or somebody works on it.
        UsageError: the run failed, or its process was ended; the message says why.
        KeyboardInterrupt: a second Ctrl+C; the worker then comes to its end alone.
    """
    from irl_app.training import WorkerProcess, claim, read_status, request_stop

    worker = WorkerProcess(run, claim(run))
    view = _View(run, quiet)
    with view:
        try:
            while not worker.wait(POLL):
                view.look()
        except KeyboardInterrupt:
            request_stop(run)
            view.look("stopping")
            worker.wait(60.0)
        view.look()
    status = read_status(run)
    if status.state == "failed":
        raise UsageError(f"{run.name} failed: {status.message}")
    if status.state == "interrupted":
        raise UsageError(f"{run.name} was interrupted at update {status.update}: {status.message}")
    return status


class _View:
    """A line on stderr: step, rate, time left, return, health."""

    def __init__(self, run: Path, quiet: bool) -> None:
        self._run, self._began, self._first = run, time.monotonic(), -1
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        console = Console(stderr=True)
        hidden = quiet or not console.is_terminal
        self._progress = Progress(*columns, console=console, transient=True, disable=hidden)
        self._bar = self._progress.add_task(run.name, total=None, figures="")

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def look(self, saying: str = "") -> None:
        """Show what the run's folder says now; while it cannot be read, what it said before."""
        from irl_app.training import TrainingError, read_metrics, read_status
        from irl_app.training.health import health

        with suppress(TrainingError, OSError):
            status, metrics = read_status(self._run), read_metrics(self._run)
            if status.state != "running" or not status.updates:
                self._progress.update(self._bar, figures=saying or status.message or status.state)
                return
            figures = self._pace(status)
            returns = metrics.last("return")
            if returns is not None:
                figures.append(f"return {number(float(returns.mean()), 1)}")
            found = health(metrics)
            figures.append("; ".join(found.alarms) or found.state)
            self._progress.update(
                self._bar,
                completed=status.update,
                total=status.updates,
                figures=" · ".join([saying, *figures] if saying else figures),
            )

    def _pace(self, status: Status) -> list[str]:
        if self._first < 0:
            self._first, self._began = status.update, time.monotonic()
        done, seconds = status.update - self._first, time.monotonic() - self._began
        if done <= 0:
            return []
        left = (status.updates - status.update) * seconds / done
        return [f"{done / seconds:.0f}/s", f"{left // 60:.0f}:{left % 60:02.0f} left"]
