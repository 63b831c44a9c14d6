"""What the robots page shows: an expert, who learned from it, and what is known of the recovered reward.

A stage folder holds ``expert.npz`` and ``learner.npz``, two recordings, and ``about.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irl_app.files import write_whole
from irl_app.paths import site_root
from irl_app.reading import Fields, read_fields, reading
from irl_app.stage.recording import Recording, RecordingError
from irl_app.stage.recording_file import load_recording, save_recording

FORMAT, FORMAT_VERSION = "irl-app stage", 1
ABOUT, EXPERT, LEARNER = "about.json", "expert.npz", "learner.npz"
MAX_BYTES = 1_000_000
AGREEMENTS = ("episodes", "full_episodes", "steps")


class MaterialError(ValueError):
    """A stage folder cannot be read; the message is one sentence."""


@dataclass(frozen=True, eq=False)
class Material:
    """Expert and learner at one task.

    ``figures`` has any of these parts; a figure is ``{"value": x, "low": x, "high": x}``, where the interval
    may be missing:

    - ``imitation``: a figure, the learner's way from random moves (0) to the expert (1).
    - ``returns``: mean true returns, any of ``expert``, ``learner``, ``random``.
    - ``episodes``, ``full_episodes``, ``steps``: correlation of recovered with true reward over whole
      episodes, over those that last as long as can be, over single steps: a figure with ``length``, what the
      length of the episode alone reaches, where that says anything.
    - ``agents``: ``{"steps": n, "count": n, "rows": [figure with "reward" and "title"]}``, true returns of
      fresh agents after so many steps, mean of so many; ``reward`` is "true", "recovered" or "control".

    Attributes:
        task: the environment's name.
        title: who learned, from what; for people.
        command: what makes it.
        expert, learner: one episode of each.
        figures: what is known.

    Raises:
        MaterialError: a figure is not of that form.
    """

    task: str
    title: str
    command: str
    expert: Recording
    learner: Recording
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("imitation", *AGREEMENTS):
            if name in self.figures:
                _check_figure(name, self.figures[name], ("length",) if name in AGREEMENTS else ())
        for name, value in self.figures.get("returns", {}).items():
            _check_number(f"returns.{name}", value)
        if (agents := self.figures.get("agents")) is not None:
            _check_number("agents.steps", agents.get("steps"))
            _check_number("agents.count", agents.get("count"))
            for row in agents.get("rows", ()):
                _check_figure(f"agents.{row.get('reward')}", row, ())


def write_material(material: Material, folder: Path) -> Path:
    """Write a stage folder, ``about.json`` last: without it a folder is none. Returns the folder.

    Raises:
        OSError: it cannot be written.
    """
    save_recording(material.expert, folder / EXPERT)
    save_recording(material.learner, folder / LEARNER)
    about = {"format": FORMAT, "version": FORMAT_VERSION, "figures": dict(material.figures)}
    about |= {"task": material.task, "title": material.title, "command": material.command}
    write_whole(folder / ABOUT, json.dumps(about, indent=1, allow_nan=False))
    return folder


def read_material(folder: Path) -> Material:
    """The material of a stage folder.

    Raises:
        MaterialError: a file is missing, damaged or of another version.
    """
    path = folder / ABOUT
    with reading(path, MaterialError, "make it again"):
        about = _read_about(path)
        try:
            recordings = load_recording(folder / EXPERT), load_recording(folder / LEARNER)
        except RecordingError as error:
            raise MaterialError(str(error)) from error
        texts = [about.text(name) for name in ("task", "title", "command")]
        return Material(texts[0], texts[1], texts[2], *recordings, figures=about.object("figures").found)


def stage_folders(root: Path) -> list[Path]:
    """The stage folders in a folder, those in its runs' folders among them, in the order of their names."""
    patterns = (f"*/{ABOUT}", f"*/stage/{ABOUT}", f"*/*/stage/{ABOUT}")
    return sorted({path.parent for pattern in patterns for path in root.glob(pattern)})


def shipped_material() -> list[Path]:
    """The stage folders that come with this program."""
    return stage_folders(site_root() / "assets" / "robots")


def _read_about(path: Path) -> Fields:
    about = read_fields(path, MAX_BYTES)
    if about.found.get("format") != FORMAT:
        raise MaterialError(f"{path} is not of a stage folder of irl-app")
    if (version := about.found.get("version")) != FORMAT_VERSION:
        raise MaterialError(
            f"{path.parent} is of format {str(version)[:20]}, this irl-app reads "
            f"{FORMAT_VERSION}: make it again"
        )
    return about


def _check_figure(name: str, figure: Mapping[str, Any], more: tuple[str, ...]) -> None:
    known = [key for key in ("low", "high", *more) if key in figure]
    for key in ("value", *known):
        _check_number(f"{name}.{key}", figure.get(key))


def _check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MaterialError(f"the figure {name[:60]} must be a finite number, got {str(value)[:40]}")
