"""The runs in a folder, by what they say about themselves; nothing large is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from irl_app.runs import Run, RunError, read_run
from irl_app.training.config import TrainingError
from irl_app.training.folder import read_run as read_training

MAX_DEPTH = 4
MAX_RUNS = 5_000
UNTOLD = ("compile", "log_every", "kept")
"""Settings that change how a run is kept or how fast it is, never its numbers."""
Setting = str | float | int | bool | None
"""A value of a flattened configuration."""


@dataclass(frozen=True)
class FoundRun:
    """A run's folder: a training with its curves, a recovered reward with its report card, or both.

    Attributes:
        name: the folder as seen from the root, with forward slashes; names the run to people and in links.
        folder: where it is.
        task, method: what was learned, and how.
        settings: all else that was asked for, flattened: ``{"alpha": 0.5, "demonstrations.episodes": 1}``.
        seeds: one a column of its metrics.
        created: when, as text that sorts.
        state: one of `irl_app.training.folder.STATES`.
        update, updates: done so far, and in all; 0 where there is nothing to count.
        message: what it has to say about its state.
        is_training: whether it has curves.
        report: its report card, None if it has none.
    """

    name: str
    folder: Path
    task: str
    method: str
    settings: Mapping[str, Setting] = field(hash=False)
    seeds: tuple[int, ...] = ()
    created: str = ""
    state: str = "done"
    update: int = 0
    updates: int = 0
    message: str = ""
    is_training: bool = False
    report: Run | None = field(default=None, hash=False)

    @property
    def is_live(self) -> bool:
        """Whether its numbers may still grow."""
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class Found:
    """What a folder holds: runs, newest first, and a sentence for each folder that could not be read."""

    runs: tuple[FoundRun, ...]
    problems: tuple[str, ...]


def find_runs(root: Path) -> Found:
    """The runs in a folder and up to four folders deep; only what they say about themselves is read.

    A damaged run becomes a sentence among the problems: it does not hide the others.
    """
    runs: list[FoundRun] = []
    problems: list[str] = []
    for folder in _candidates(root):
        try:
            runs.append(read_found(folder, folder.relative_to(root).as_posix()))
        except (RunError, TrainingError) as error:
            problems.append(str(error))
    runs.sort(key=lambda run: (run.created, run.name), reverse=True)
    return Found(tuple(runs), tuple(problems))


def read_found(folder: Path, name: str) -> FoundRun:
    """What one run's folder says about itself.

    Raises:
        RunError: it is no run, or its report is damaged.
        TrainingError: its training is damaged.
    """
    report = read_run(folder) if (folder / "run.json").is_file() else None
    if (folder / "config.json").is_file():
        return _training(folder, name, report)
    if report is None:
        raise RunError(f"there is no run at {folder}: it has neither config.json nor run.json")
    return _recovery(folder, name, report)


def _candidates(root: Path) -> Iterator[Path]:
    """Folders that look like runs, at most ``MAX_RUNS``, links not followed."""
    seen = 0
    for path, folders, files in os.walk(root):
        here = Path(path)
        if "config.json" in files or "run.json" in files:
            folders.clear()  # a run holds no others
            yield here
            seen += 1
            if seen == MAX_RUNS:
                return
        elif len(here.relative_to(root).parts) >= MAX_DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def _training(folder: Path, name: str, report: Run | None) -> FoundRun:
    run = read_training(folder)
    config, status = run.config, run.status
    asked = {key: value for key, value in config.config.items() if key not in ("method", *UNTOLD)}
    schedule = {key: value for key, value in asdict(config.schedule).items() if key not in UNTOLD}
    settings = flattened(asked | {"demonstrations": config.demonstrations or {}, "schedule": schedule})
    return FoundRun(
        name=name,
        folder=folder,
        task=config.task,
        method=config.method,
        settings=settings | {"version": config.version},
        seeds=config.seeds,
        created=config.created,
        state=status.state,
        update=status.update,
        updates=status.updates,
        message=status.message,
        is_training=True,
        report=report,
    )


def _recovery(folder: Path, name: str, report: Run) -> FoundRun:
    about = report.about
    recipe = about.get("recipe")
    asked = dict(recipe) if isinstance(recipe, Mapping) else {}
    method = str(asked.pop("method", "unknown"))
    others = {"demonstrations.episodes": about.get("n_demos"), "demonstrations.expert": about.get("expert")}
    settings = flattened(asked | others) | {"version": str(about.get("version", ""))}
    seed = about.get("seed")
    return FoundRun(
        name=name,
        folder=folder,
        task=str(about.get("task", "unknown")),
        method=method,
        settings=settings,
        seeds=(seed,) if isinstance(seed, int) else (),
        created=str(about.get("created", "")),
        report=report,
    )


def flattened(value: object, name: str = "") -> dict[str, Setting]:
    """A nested configuration with dotted names; lists become one text, "64, 64" or "none"."""
    if isinstance(value, Mapping):
        flat: dict[str, Setting] = {}
        for key, part in value.items():
            flat |= flattened(part, f"{name}.{key}" if name else str(key))
        return flat
    if isinstance(value, list | tuple):
        return {name: ", ".join(str(part) for part in value) or "none"}
    if value is None or isinstance(value, str | int | float | bool):
        return {name: value}
    return {name: str(value)}
