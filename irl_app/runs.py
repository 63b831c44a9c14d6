"""A run's folder: what was asked, what was found, everything needed to use it; written whole or not at all.

run.json               what was asked and found: recipe, figures with intervals, certificate, verdict
map.txt                the world
demonstrations.json    what was learned from; missing when it was the expert's exact occupancy
reward-LENS.npz        the reward, one file a lens; reward-true.npz beside them
report.html            the report, self-contained

Runs of several seeds stand side by side in one folder, seed-0 and so on, with what they found together in its
summary.json.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irl_app import __version__
from irl_app.analysis import Metric, ReportCard
from irl_app.demonstrations import save_json
from irl_app.envs.grid_map import format_map
from irl_app.experiment import Experiment, interval, solver_figures, summary
from irl_app.export import html_report, save_reward
from irl_app.recovery import Recovery

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


def save_run(folder: Path, experiment: Experiment, seed: int, recovery: Recovery, card: ReportCard) -> Path:
    """Write a run's folder and return it.

    Raises:
        RunError: there is already something at ``folder``.
        OSError: it cannot be written; nothing is left behind.
    """
    with _whole(folder) as draft:
        _write(draft, experiment, seed, recovery, card)
    return folder


def save_runs(
    folder: Path,
    experiment: Experiment,
    seeds: Sequence[int],
    outcomes: Sequence[tuple[Recovery, ReportCard]],
) -> list[Path]:
    """Write the runs of several seeds side by side, with what they found together; returns their folders.

    Raises:
        RunError, OSError: as `save_run`.
    """
    names = [f"seed-{seed}" for seed in seeds]
    with _whole(folder) as draft:
        for name, seed, outcome in zip(names, seeds, outcomes, strict=True):
            save_run(draft / name, experiment, seed, *outcome)
        content = {"format": SEVERAL, "runs": names, "found": summary(experiment, seeds, outcomes)}
        (draft / "summary.json").write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    return [folder / name for name in names]


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


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A draft of a folder, which takes its place when all of it is written and leaves nothing otherwise."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} exists already: choose another folder, or remove it first")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        draft.chmod(0o755)
        yield draft
        os.replace(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


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


def list_runs(root: Path) -> tuple[Run, ...]:
    """The runs in a folder and in its folders, newest first; only their ``run.json`` is read.

    A folder whose ``run.json`` is damaged is left out: one bad run does not hide the others.
    """
    runs = []
    for path in sorted(root.glob("**/run.json")):
        try:
            runs.append(read_run(path.parent))
        except RunError:
            continue
    return tuple(sorted(runs, key=lambda run: str(run.about.get("created")), reverse=True))


def _write(folder: Path, experiment: Experiment, seed: int, recovery: Recovery, card: ReportCard) -> None:
    for lens, reward in recovery.rewards.items():
        save_reward(reward, folder / f"reward-{lens}.npz")
    save_reward(recovery.true_reward, folder / "reward-true.npz")
    (folder / "map.txt").write_text(format_map(recovery.grid), encoding="utf-8")
    if recovery.demonstrations is not None:
        save_json(recovery.demonstrations, folder / "demonstrations.json")
    html_report(recovery, card, folder / "report.html")
    content = _content(experiment, seed, recovery, card)
    (folder / "run.json").write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")


def _content(experiment: Experiment, seed: int, recovery: Recovery, card: ReportCard) -> dict[str, object]:
    return {
        "format": FORMAT,
        "about": {
            "task": experiment.name,
            "seed": seed,
            "n_demos": "exact" if recovery.demonstrations is None else recovery.demonstrations.n_episodes,
            "expert": experiment.expert_in_words(),
            "recipe": asdict(recovery.recipe),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
        },
        "metrics": {name: _metric(metric) for name, metric in card.metrics.items()},
        "solver": solver_figures([recovery.solution.certificate]),
        "verdict": card.verdict,
        "warnings": list(card.warnings),
    }


def _metric(metric: Metric) -> dict[str, object]:
    parts = {"visited": metric.visited, "unvisited": metric.unvisited}
    return {
        "title": metric.title,
        "text": metric.text,
        "sentence": metric.sentence,
        **interval(metric.overall),
        **{name: interval(part) for name, part in parts.items() if part is not None},
    }
