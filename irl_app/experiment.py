"""One experiment: a world, an expert, a number of demonstrations, a recipe; run for a seed, judged."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from irl_app import __version__
from irl_app.analysis import Estimate, ReportCard, judge, summarise
from irl_app.demonstrations import DemonstrationError, Demonstrations, collect
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS
from irl_app.envs.tasks import task as make_task
from irl_app.experts import EXPERTS, expert_policy
from irl_app.recipes import Recipe
from irl_app.recovery import Recovery, recover
from trainers.mdp import FloatArray
from trainers.tabular import Certificate, Progress


@dataclass(frozen=True)
class Experiment:
    """What is run; the seed alone is left open.

    Attributes:
        task: the world, ``gridworld/PRESET``, or only a name for ``map_text``.
        size: cells a side; None for the preset's own.
        map_text: an ASCII map that is the world instead of a preset.
        expert: who demonstrates, a key of ``EXPERTS``; None: the preset's usual one, soft-optimal on a map.
        expert_value: the expert's temperature or share of random moves; None for its usual one.
        n_demos: number of episodes, at least 1; None for the expert's exact occupancy.
        recipe: how the reward is learned.
        shown: demonstrations that exist already and are learned from instead of collecting any.
    """

    task: str
    size: int | None = None
    map_text: str | None = None
    expert: str | None = None
    expert_value: float | None = None
    n_demos: int | None = 30
    recipe: Recipe = field(default_factory=Recipe)
    shown: Demonstrations | None = None

    @property
    def name(self) -> str:
        """The task's name; that of the demonstrations if they were there before."""
        return self.task if self.shown is None else self.shown.provenance.task

    def expert_in_words(self) -> str:
        """Who demonstrates, with temperature or share of random moves."""
        if self.shown is not None:
            return self.shown.provenance.expert
        name, value = self._expert()
        return EXPERTS[name].describe(EXPERTS[name].default if value is None else value)

    def _expert(self) -> tuple[str, float | None]:
        preset = PRESETS.get(self.task.partition("/")[2])
        if self.expert is not None:
            return self.expert, self.expert_value
        if preset is None or self.map_text is not None:
            return "soft-optimal", None
        return preset.expert, preset.expert_value

    def grid(self, seed: int) -> GridSpec:
        """The world of a seed: presets that draw walls, goals or rewards draw them from it.

        Raises:
            GridError: no such preset, a size out of range, or a map with a mistake.
        """
        return make_task(self.task, size=self.size, seed=seed, map_text=self.map_text)

    def policy(self, grid: GridSpec) -> FloatArray:
        """(S, A) policy of the expert in ``grid``.

        Raises:
            ExpertError: no such expert, or its number is out of range.
        """
        name, value = self._expert()
        return expert_policy(name, grid, value)

    def demonstrations(self, grid: GridSpec, seed: int, n_demos: int) -> Demonstrations:
        """The first ``n_demos`` episodes that the expert shows in ``grid``.

        Raises:
            DemonstrationError: the number of demonstrations is out of range.
            ExpertError: as ``policy``.
        """
        policy = self.policy(grid)
        return collect(grid, policy, n_demos, seed, self.expert_in_words(), task=self.task)

    def run(self, seed: int, *, progress: Progress | None = None) -> tuple[Recovery, ReportCard]:
        """Draw the world, demonstrate, recover the reward, judge it; the same seed gives the same answer."""
        grid = self.grid(seed)
        source: Demonstrations | FloatArray
        if self.shown is not None:
            source = self.shown
        elif self.n_demos is None:
            source = self.policy(grid)
        else:
            source = self.demonstrations(grid, seed, self.n_demos)
        recovery = recover(grid, source, self.recipe, progress=progress)
        return recovery, judge(recovery)


def learning_from(shown: Demonstrations, recipe: Recipe, *, map_text: str | None = None) -> Experiment:
    """The experiment that learns from demonstrations that exist already, in the world they were shown in.

    Args:
        shown: what is learned from; its provenance holds the world's map.
        recipe: how.
        map_text: the world, where the provenance does not know it or another one is meant.

    Raises:
        DemonstrationError: nobody says what the world is.
    """
    text = map_text or shown.provenance.map
    if not text:
        raise DemonstrationError(
            "these demonstrations do not say which grid they are from: give its map as well"
        )
    return Experiment("gridworld/map", map_text=text, n_demos=shown.n_episodes, recipe=recipe, shown=shown)


def summary(
    experiment: Experiment, seeds: Sequence[int], outcomes: Sequence[tuple[Recovery, ReportCard]]
) -> dict[str, object]:
    """What ``irl-app recover --json`` prints: metrics with t-intervals over seeds, the solver's certificate.

    ``verdict`` and ``warnings`` are those of the first seed.
    """
    _, first = outcomes[0]
    metrics = summarise([card for _, card in outcomes])
    return {
        "task": experiment.name,
        "method": experiment.recipe.method,
        "seeds": list(seeds),
        "n_demos": "exact" if experiment.n_demos is None else experiment.n_demos,
        "metrics": {name: interval(value) for name, value in metrics.items()},
        "solver": solver_figures([recovery.solution.certificate for recovery, _ in outcomes]),
        "verdict": first.verdict,
        "warnings": list(first.warnings),
        "expert": experiment.expert_in_words(),
        "recipe": asdict(experiment.recipe),
        "version": __version__,
    }


def solver_figures(certificates: Sequence[Certificate]) -> dict[str, float | bool | None]:
    """Median time and iterations, largest residual (None if it is not finite), and whether all converged."""
    residual = max(c.residual for c in certificates)
    return {
        "iterations": statistics.median(c.iterations for c in certificates),
        "residual": residual if math.isfinite(residual) else None,
        "milliseconds": statistics.median(c.milliseconds for c in certificates),
        "converged": all(c.converged for c in certificates),
    }


def interval(estimate: Estimate) -> dict[str, float | int | None]:
    """A figure as programs read it: mean, ends of its 95 % interval, how many seeds or points."""
    return {"mean": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}
