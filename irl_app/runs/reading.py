"""Finished runs, read from their folders; see the package for what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT, SEVERAL = "irl-app run", "irl-app runs"
LENSES = ("state", "deshaped", "marginal", "transition", "true")
CONTROL_LENSES = ("deshaped", "state", "bounded", "transition")
_BESIDE = ("agreement", "trained_on", "terminal")
MAX_BYTES = 10_000_000
"""Of a ``run.json`` that is read: a hundred times what is ever written."""


def control_reward_name(lens: str, seed: int) -> str:
    """The name of a reward's file in the folder of a control task's run."""
    return f"reward-{lens}-seed-{seed}.safetensors"


class RunError(ValueError):
    """A folder is not a run, or cannot become one."""


@dataclass(frozen=True)
class Run:
    """A finished run, as its ``run.json`` tells; the larger files are read only when asked for.

    Attributes:
        folder: where it is.
        about: what was asked: task, seed, n_demos, expert, recipe, created, version.
        metrics: name -> title, sentence, value, low, high, n, and the same for visited and unvisited cells.
        solver: the certificate of convergence.
        verdict: a few plain sentences.
        warnings: what limits the answer, one plain sentence each.
        beside: of a control task: "agreement" by view of the reward and who acted, "trained_on" of agents,
            "terminal", the rewards' convention; nothing for grids.
    """

    folder: Path
    about: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, Any]]
    solver: Mapping[str, Any]
    verdict: str
    warnings: tuple[str, ...]
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lenses(self) -> tuple[str, ...]:
        """The lenses through which its reward is kept, the recommended one first."""
        return CONTROL_LENSES if self.beside else LENSES

    def reward_file(self, lens: str | None = None, seed: int | None = None) -> Path:
        """The file of the reward seen through one of its lenses, None for the first of them.

        Args:
            seed: of several in one folder, None for the first; grids have one.

        Raises:
            RunError: there is no such lens or seed, or its file is missing.
        """
        lens = self.lenses[0] if lens is None else lens
        if lens not in self.lenses:
            raise RunError(f"unknown lens {lens!r}: choose one of {', '.join(self.lenses)}")
        seeds = self.about.get("seeds", [self.about.get("seed")])
        if seed is not None and seed not in seeds:
            raise RunError(f"{self.folder} has no seed {seed}, it has {', '.join(map(str, seeds))}")
        if self.beside:
            return self._file(control_reward_name(lens, seeds[0] if seed is None else seed))
        return self._file(f"reward-{lens}.npz")

    def report_file(self) -> Path:
        """The HTML report.

        Raises:
            RunError: it is missing, or the run is of a control task.
        """
        if self.beside:
            raise RunError(f"{self.folder} is of a control task: see it in irl-app report and on the pages")
        return self._file("report.html")

    def demonstrations_file(self) -> Path:
        """The demonstrations as JSON.

        Raises:
            RunError: the run learned from the exact occupancy, so there are none.
        """
        if self.beside:
            raise RunError(
                f"{self.folder} is of a control task: its demonstrations stay in the dataset they came from"
            )
        if self.about.get("n_demos") == "exact":
            raise RunError(
                f"{self.folder} learned from the expert's exact occupancy: it has no demonstrations"
            )
        return self._file("demonstrations.json")

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise RunError(f"{path} is missing: the run is damaged, run it again")
        return path


def read_summary(folder: Path) -> Mapping[str, Any] | None:
    """What the runs of several seeds found together, as `summary` gives it; None where there are none.

    Raises:
        RunError: the folder's ``summary.json`` is damaged.
    """
    path = folder / "summary.json"
    if not path.is_file():
        return None
    content = _read(path, SEVERAL)
    found = content.get("found")
    if not isinstance(found, dict) or not isinstance(content.get("runs"), list):
        raise RunError(f"{path} is damaged: run it again")
    return found | {"runs": [str(folder / str(name)) for name in content["runs"]]}


def read_run(folder: Path) -> Run:
    """Read what a run's folder says about itself.

    Raises:
        RunError: there is no run, or more than one, or its ``run.json`` is damaged.
    """
    path = folder / "run.json"
    if not path.is_file():
        several = read_summary(folder)
        if several is not None:
            raise RunError(
                f"{folder} holds the runs of several seeds: name one of them, such as {several['runs'][0]}"
            )
        raise RunError(f"there is no run at {folder}: it has no run.json")
    found = _read(path, FORMAT)
    try:
        about, metrics, solver = found["about"], found["metrics"], found["solver"]
        if not all(isinstance(part, dict) for part in (about, metrics, solver, *metrics.values())):
            raise TypeError("not an object")
        beside = {name: found[name] for name in _BESIDE if name in found}
        warnings = tuple(map(str, found["warnings"]))
        return Run(folder, about, metrics, solver, str(found["verdict"]), warnings, beside)
    except (KeyError, TypeError) as error:
        raise RunError(f"{path} is damaged: run it again") from error


def _read(path: Path, expected: str) -> dict[str, Any]:
    """The JSON object of that format in a file."""
    if path.stat().st_size > MAX_BYTES:
        raise RunError(f"{path} is larger than {MAX_BYTES} bytes: it is not a run's")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise RunError(f"{path} is damaged: run it again") from error
    if not isinstance(found, dict) or found.get("format") != expected:
        raise RunError(f"{path} is not a run of this program")
    return found
