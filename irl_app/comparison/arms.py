"""Runs that were asked for the same thing, pooled; named by what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from irl_app.analysis import Curve, curve, last_values
from irl_app.comparison.found import FoundRun, Setting
from irl_app.recipes import METHODS
from irl_app.training.metrics import Metrics
from trainers.mdp import FloatArray

METHOD_TITLES: Mapping[str, str] = {name: method.title for name, method in METHODS.items()} | {
    "iq": "IQ-Learn",
    "sqil": "SQIL",
    "sqil-t": "SQIL-T",
    "bc": "Behavioural cloning",
    "soft-q": "Soft Q-learning",
    "dqn": "Deep Q-learning",
}
MAX_NAMED = 3
"""With more settings that tell two runs apart, they go by the names of their folders."""
Axis = Literal["update", "env_steps", "seconds"]
AXES: Mapping[Axis, str] = {
    "update": "updates",
    "env_steps": "environment steps",
    "seconds": "wall time",
}
"""Fields of `Metrics` that a curve can be drawn along."""


@dataclass(frozen=True, eq=False)
class Arm:
    """The runs of one method with one set of settings on one task: their seeds count as one sample.

    Attributes:
        label: method, and the settings that tell it from the other arms of its task.
        task, method, settings: what its runs were asked for.
        runs: the folders.
        metrics: what was recorded, one for each run that is a training.
        left_out: runs that only repeat seeds of the others: the same seed twice is not two samples.
    """

    label: str
    task: str
    method: str
    settings: Mapping[str, Setting]
    runs: tuple[FoundRun, ...]
    metrics: tuple[Metrics, ...]
    left_out: tuple[FoundRun, ...] = ()

    @property
    def n_seeds(self) -> int:
        """Seeds in all of its runs."""
        return sum(len(run.seeds) for run in self.runs)

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that were recorded, sorted."""
        return tuple(sorted({name for part in self.metrics for name in part.values}))

    def last(self, name: str) -> FloatArray:
        """The last recorded number of a metric for every seed that has one, (n,)."""
        parts = [last_values(part.values[name]) for part in self.metrics if name in part.values]
        values = np.concatenate(parts) if parts else np.zeros(0)
        return values[np.isfinite(values)]

    def curve(self, name: str, axis: Axis) -> Curve | None:
        """A metric along one of ``AXES``; None if nothing was recorded."""
        return curve(
            [
                (np.asarray(getattr(part, axis), dtype=float), part.values[name])
                for part in self.metrics
                if name in part.values
            ]
        )


@dataclass(frozen=True)
class Difference:
    """A setting in which arms differ, and its value in each as people read it."""

    setting: str
    values: tuple[str, ...]


def pool(runs: Sequence[FoundRun], metrics: Mapping[str, Metrics]) -> tuple[Arm, ...]:
    """The runs as arms, in the order in which each arm's first run comes.

    Runs are pooled when task, method and every setting agree. Of runs that share a seed the one that came
    furthest counts, of equal ones the first; the others are left out.

    Args:
        runs: as found.
        metrics: what was recorded, by the name of the run; one for every training among them.
    """
    groups: dict[tuple[object, ...], list[FoundRun]] = {}
    for run in runs:
        key = (run.task, run.method, run.is_training, tuple(sorted(run.settings.items())))
        groups.setdefault(key, []).append(run)
    members = [_once(group, metrics) for group in groups.values()]
    labels = _labels([kept[0] for kept, _ in members])
    return tuple(
        Arm(
            label=label,
            task=kept[0].task,
            method=kept[0].method,
            settings=kept[0].settings,
            runs=kept,
            metrics=tuple(metrics[run.name] for run in kept if run.is_training),
            left_out=left_out,
        )
        for label, (kept, left_out) in zip(labels, members, strict=True)
    )


def differences(arms: Sequence[Arm]) -> tuple[Difference, ...]:
    """Only the settings in which the arms differ: task and method first, then by name."""
    asked = [
        {"task": arm.task, "method": METHOD_TITLES.get(arm.method, arm.method), **arm.settings}
        for arm in arms
    ]
    names = ["task", "method", *sorted({name for arm in arms for name in arm.settings})]
    found = []
    for name in names:
        values = tuple(written_setting(settings[name]) if name in settings else "–" for settings in asked)
        if len(set(values)) > 1:
            found.append(Difference(name, values))
    return tuple(found)


def written_setting(value: Setting) -> str:
    """A setting's value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}".replace("-", "−")
    return str(value)


def setting_title(name: str) -> str:
    """A setting's name as people read it: ``demonstrations.n_episodes`` is "demonstrations, n episodes"."""
    return name.replace(".", ", ").replace("_", " ")


def _once(
    group: Sequence[FoundRun], metrics: Mapping[str, Metrics]
) -> tuple[tuple[FoundRun, ...], tuple[FoundRun, ...]]:
    """The runs whose seeds no other run has that came further, and the others."""

    def reached(run: FoundRun) -> int:
        return max(metrics[run.name].update, default=-1) if run.is_training else 0

    kept: set[str] = set()
    seen: set[int] = set()
    for run in sorted(group, key=reached, reverse=True):
        if not seen & set(run.seeds):
            kept.add(run.name)
            seen |= set(run.seeds)
    left_out = tuple(run for run in group if run.name not in kept)
    return tuple(run for run in group if run.name in kept), left_out


def _labels(runs: Sequence[FoundRun]) -> list[str]:
    """A label a run: its method, and what tells it from the others of its task and method."""
    return [_label(run, [o for o in runs if (o.task, o.method) == (run.task, run.method)]) for run in runs]


def _label(run: FoundRun, rivals: Sequence[FoundRun]) -> str:
    title = METHOD_TITLES.get(run.method, run.method)
    if len(rivals) == 1:
        return title
    names = sorted({name for rival in rivals for name in rival.settings})
    telling = [name for name in names if len({_text(rival, name) for rival in rivals}) > 1]
    if not 0 < len(telling) <= MAX_NAMED:
        return f"{title} ({run.name})"
    return f"{title} ({', '.join(f'{_short(name)} {_text(run, name)}' for name in telling)})"


def _text(run: FoundRun, name: str) -> str:
    return written_setting(run.settings[name]) if name in run.settings else "–"


def _short(name: str) -> str:
    return setting_title(name.rpartition(".")[2])
