"""Runs that were asked for the same thing, pooled; named by what tells them apart."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from irl_app.analysis import Curve, curve, last_values
from irl_app.runs import Run, RunConfig
from irl_app.training.metrics import Metrics
from irl_app.training.request import settings_of_run, title_of_run
from trainers.arrays import FloatArray

MAX_NAMED = 3
"""With more settings that tell two runs apart, they go by the names of their folders."""
Axis = Literal["update", "env_steps", "seconds"]
AXES: Mapping[Axis, str] = {"update": "updates", "env_steps": "environment steps", "seconds": "wall time"}
"""Fields of `Metrics` that a curve can be drawn along."""
UNTOLD = ("method", "compile", "log_every", "kept")
"""Settings that stand elsewhere, or change how a run is kept or how fast it is, never its numbers."""
Setting = str | float | int | bool | None
"""A value of a flattened configuration."""
NOTHING = "–"
"""The value of a setting that an arm does not have."""


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
    runs: tuple[Run, ...]
    metrics: tuple[Metrics, ...]
    left_out: tuple[Run, ...] = ()

    @property
    def n_seeds(self) -> int:
        """Seeds in all of its runs."""
        return sum(len(run.config.seeds) for run in self.runs)

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


def pool(runs: Sequence[Run], metrics: Mapping[str, Metrics]) -> tuple[Arm, ...]:
    """The runs as arms, in the order in which each arm's first run comes.

    Runs are pooled when task, method and every setting agree. Of runs that share a seed the one that came
    furthest counts, of equal ones the first; the others are left out.

    Args:
        runs: as found.
        metrics: what was recorded, by the name of the run; one for every training among them.
    """
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        asked = run.config
        key = (asked.task, asked.method, asked.is_training, tuple(sorted(settings_of(asked).items())))
        groups.setdefault(key, []).append(run)
    members = [_once(group, metrics) for group in groups.values()]
    labels = _labels([kept[0] for kept, _ in members])
    return tuple(
        Arm(
            label=label,
            task=kept[0].config.task,
            method=kept[0].config.method,
            settings=settings_of(kept[0].config),
            runs=kept,
            metrics=tuple(metrics[run.name] for run in kept if run.config.is_training),
            left_out=left_out,
        )
        for label, (kept, left_out) in zip(labels, members, strict=True)
    )


def differences(arms: Sequence[Arm]) -> tuple[Difference, ...]:
    """Only the settings in which arms differ that they matter to: task and method first, then by name."""
    asked = [{"task": arm.task, "method": title_of_run(arm.runs[0].config), **arm.settings} for arm in arms]
    told = [settings_of_run(arm.runs[0].config) for arm in arms]
    names = ["task", "method", *sorted({name for arm in arms for name in arm.settings})]
    found = []
    for name in names:
        idle = [
            name in arm.runs[0].config.config and name not in own for arm, own in zip(arms, told, strict=True)
        ]
        values = [_text(settings, name) for settings in asked]
        if len({value for value, nothing in zip(values, idle, strict=True) if not nothing}) > 1:
            shown = (NOTHING if nothing else value for value, nothing in zip(values, idle, strict=True))
            found.append(Difference(name, tuple(shown)))
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


def _once(group: Sequence[Run], metrics: Mapping[str, Metrics]) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """The runs whose seeds no other run has that came further, and the others."""

    def reached(run: Run) -> int:
        return max(metrics[run.name].update, default=-1) if run.config.is_training else 0

    kept: set[str] = set()
    seen: set[int] = set()
    for run in sorted(group, key=reached, reverse=True):
        if not seen & set(run.config.seeds):
            kept.add(run.name)
            seen |= set(run.config.seeds)
    left_out = tuple(run for run in group if run.name not in kept)
    return tuple(run for run in group if run.name in kept), left_out


def _labels(runs: Sequence[Run]) -> list[str]:
    """A label a run: its method, and what tells it from the others of its task and method."""
    kinds = [(run.config.task, title_of_run(run.config)) for run in runs]
    asked = [settings_of(run.config) for run in runs]
    return [
        _label(run, own, [other for other, its in zip(asked, kinds, strict=True) if its == kind])
        for run, own, kind in zip(runs, asked, kinds, strict=True)
    ]


def _label(run: Run, own: Mapping[str, Setting], rivals: Sequence[Mapping[str, Setting]]) -> str:
    title = title_of_run(run.config)
    if len(rivals) == 1:
        return title
    names = sorted({name for rival in rivals for name in rival})
    telling = [name for name in names if len({_text(rival, name) for rival in rivals}) > 1]
    if not 0 < len(telling) <= MAX_NAMED:
        return _bracketed(title, run.name)
    return _bracketed(
        title, ", ".join(f"{setting_title(name.rpartition('.')[2])} {_text(own, name)}" for name in telling)
    )


def _bracketed(title: str, more: str) -> str:
    return f"{title[:-1]}, {more})" if title.endswith(")") else f"{title} ({more})"


def _text(settings: Mapping[str, Setting], name: str) -> str:
    return written_setting(settings[name]) if name in settings else NOTHING


def settings_of(config: RunConfig) -> dict[str, Setting]:
    """All that was asked for beside task, method and seeds: ``{"alpha": 0.5, "demonstrations.episodes": 1}``.

    A map of one's own is told by the first digits of its SHA-256.
    """
    schedule, world = (asdict(part) if part else {} for part in (config.schedule, config.world))
    if world.get("map"):
        world["map"] = hashlib.sha256(world["map"].encode()).hexdigest()[:8]
    asked = {
        **_told(config.config),
        "demonstrations": config.demonstrations or {},
        **({} if config.reward is None else {"reward": config.reward}),
        "schedule": _told(schedule),
        "world": world,
    }
    return flattened(asked) | {"version": config.version}


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


def _told(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if name not in UNTOLD}
