"""Runs of grids, written to their folders."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from irl_app import __version__
from irl_app.analysis import Metric, ReportCard
from irl_app.demonstrations import save_json
from irl_app.envs.grid_map import format_map
from irl_app.experiment import Experiment, interval, solver_figures, summary
from irl_app.export import html_report, save_reward
from irl_app.recovery import Recovery
from irl_app.runs.reading import FORMAT, SEVERAL, RunError


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
