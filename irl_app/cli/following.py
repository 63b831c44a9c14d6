"""Working on a training run from the terminal: its worker beside us, its progress before us."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.cli.console import number
from irl_app.cli.options import UsageError, add_open_episodes

if TYPE_CHECKING:
    from irl_app.runs import Run, RunFindings, Status

POLL, LOOK = 0.2, 1.0
"""Seconds between two questions whether the worker has ended, and between two looks at what it has written:
to read long curves takes time that training could have."""


def run_folder(text: str) -> Path:
    """The run that people mean by a path or by its name in the runs' folder.

    Raises:
        RunError: there is none.
    """
    from irl_app.runs import description_of, find_run

    path = Path(text)
    return find_run(text) if description_of(path) is None else path


def judged_run(text: str) -> tuple[Run, RunFindings]:
    """The run that people mean, with what was found.

    Raises:
        RunError: there is none, or it is damaged.
        UsageError: it is a training whose reward nobody has judged yet.
    """
    from irl_app.runs import read_run

    run = read_run(run_folder(text))
    if run.findings is None:
        raise UsageError(
            f"{text} is a training run without a report: irl-app recover --run {shlex.quote(text)}"
        )
    return run, run.findings


def add_run_options(parser: argparse._ActionsContainer) -> None:
    """--every, --updates, --device and --set, which a new run takes."""
    parser.add_argument(
        "--every", type=int, metavar="N", help="keep every N-th transition (default: as the papers)"
    )
    add_open_episodes(parser)
    parser.add_argument("--updates", type=int, metavar="N", help="gradient steps (default: the task's)")
    add_device(parser)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any setting that train --help lists"
    )


def add_device(parser: argparse._ActionsContainer) -> None:
    """--device, which everything takes that trains networks."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        help="where networks are: auto takes a graphics card with CUDA where there is one (default: cpu)",
    )


def device_given(args: argparse.Namespace) -> dict[str, str]:
    """The setting by --device.

    Raises:
        DeviceError: CUDA is asked for and not there: it is said before a run is made.
    """
    if args.device is None:
        return {}
    if args.device == "cuda":
        from trainers.deep.devices import device_named  # takes seconds

        device_named(args.device)
    return {"device": args.device}


def new_run(args: argparse.Namespace, method: str, settings: Mapping[str, Any]) -> Path:
    """A run that can begin: one whose demonstrations cannot be had is not made.

    Args:
        settings: that differ from the task's usual ones.

    Raises:
        UsageError: --demos exact, which networks cannot learn from.
        TaskError, RunError, DemonstrationError: what is asked for does not exist or does not fit.
    """
    from irl_app.runs import create_run
    from irl_app.tasks import get_task
    from irl_app.training.request import request
    from irl_app.training.split import check_asked

    if getattr(args, "demos", 1) is None:
        raise UsageError("--demos exact is for tables: networks learn from episodes, give a number")
    config = request(
        args.task,
        method,
        seeds=args.seeds,
        settings=settings,
        episodes=getattr(args, "demos", None),
        source=args.source,
        every=args.every,
        reward=getattr(args, "reward", None),
        truncate_open=args.truncate_open_episodes,
    )
    check_asked(get_task(config.task), config.demonstrations)
    return create_run(config, folder=args.out)


def settings_given(args: argparse.Namespace) -> dict[str, Any]:
    """The settings by --updates, --device and --set.

    Raises:
        DeviceError: as `device_given`.
        RunError: there is no such setting, or it cannot have this value.
    """
    from irl_app.training.request import setting

    updates = {} if args.updates is None else {"updates": args.updates}
    return updates | device_given(args) | dict(setting(text) for text in args.set)


def work(run: Path, *, quiet: bool = False) -> Status:
    """Start a worker at a run and show how it gets on until it ends; Ctrl+C asks it to stop and waits for it.

    Returns:
        The run's last status.

    Raises:
        RunError: there is no such run, it is done, or somebody works on it.
        UsageError: the run failed, or its process was ended; the message says why.
        KeyboardInterrupt: a second Ctrl+C; the worker then comes to its end alone.
    """
    from irl_app.runs import read_status, request_stop
    from irl_app.training import WorkerProcess, claim

    worker = WorkerProcess(run, claim(run))
    view = _View(run, quiet)
    with view.progress:
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
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._run, self._began, self._first = run, time.monotonic(), -1
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        console = Console(stderr=True)
        hidden = quiet or not console.is_terminal
        self._looked = -LOOK
        self.progress = Progress(*columns, console=console, transient=True, disable=hidden)
        self._bar = self.progress.add_task(run.name, total=None, figures="")

    def look(self, saying: str = "") -> None:
        """Show what the run's folder says now; while it cannot be read, what it said before.

        Nothing is read where nothing is shown, nor more often than every ``LOOK`` seconds.
        """
        if self.progress.disable or (not saying and time.monotonic() - self._looked < LOOK):
            return
        self._looked = time.monotonic()
        from irl_app.runs import RunError, read_status
        from irl_app.training import read_metrics
        from irl_app.training.health import health

        with suppress(RunError, OSError):
            status, metrics = read_status(self._run), read_metrics(self._run)
            if status.state != "running" or not status.updates:
                self.progress.update(self._bar, figures=saying or status.message or status.state)
                return
            figures = self._pace(status)
            returns = metrics.last("return")
            if returns is not None:
                figures.append(f"return {number(float(returns.mean()), 1)}")
            found = health(metrics)
            figures.append("; ".join(found.alarms) or found.state)
            self.progress.update(
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
