"""The report card: how far a recovered reward may be trusted, in frozen numbers and plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from irl_app.analysis.coverage import Coverage, coverage_of
from irl_app.analysis.distances import canonical_distance, dard, epic
from irl_app.analysis.elsewhere import Elsewhere, judge_elsewhere, solved_worlds
from irl_app.analysis.estimates import (
    Estimate,
    UndefinedMetricError,
    correlation,
    pearson,
    settled,
    spearman,
    unless_rounding,
)
from irl_app.analysis.free_directions import carried, map_cosine
from irl_app.analysis.intervals import mean_interval
from irl_app.analysis.planning import Reach, expected_return, reach
from irl_app.analysis.reference import Reference, World, reference
from irl_app.analysis.transfer import as_original_actions
from irl_app.analysis.verdict import Level, Verdict, verdict_of, warnings_of
from irl_app.analysis.wording import METRIC_TEXTS, written
from irl_app.envs.grid_spec import GridSpec
from irl_app.rewards import expected_reward_table, val_canonical
from trainers.arrays import FloatArray
from trainers.tabular.planning import expected_reward, optimal

if TYPE_CHECKING:
    from collections.abc import Callable

    from irl_app.recovery import Recovery


@dataclass(frozen=True)
class Metric:
    """One figure of the card.

    Attributes:
        name: key, as in the command line's JSON.
        title, sentence, help: a few words; one plain sentence with the number; the careful definition.
        formula: the definition in LaTeX.
        best: the value of a perfect recovery.
        overall: over everything.
        visited, unvisited: over what the expert did and did not visit, where that makes sense.
    """

    name: str
    title: str
    sentence: str
    help: str
    formula: str
    best: float
    overall: Estimate
    visited: Estimate | None = None
    unvisited: Estimate | None = None

    @property
    def value(self) -> float | None:
        """The overall number; None where it is undefined (``sentence`` says why)."""
        return self.overall.value

    @property
    def text(self) -> str:
        """The overall number as people read it, "–" where there is none."""
        return (
            "–" if self.overall.value is None else written(self.overall.value, METRIC_TEXTS[self.name].unit)
        )


@dataclass(frozen=True)
class ReportCard:
    """Everything that was found out about one recovery.

    Attributes:
        metrics: by name, in the order to be read.
        coverage: how much of the grid the expert showed.
        elsewhere: regret in changed worlds.
        verdict: three answers: planned with here, planned with elsewhere, read as a map.
        warnings: plain sentences on what limits the answers.
    """

    metrics: Mapping[str, Metric]
    coverage: Coverage
    elsewhere: Elsewhere
    verdict: Verdict
    warnings: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The worse of what the verdict says of planning here and elsewhere."""
        return self.verdict.level

    def __getitem__(self, name: str) -> Metric:
        return self.metrics[name]

    def value(self, name: str) -> float | None:
        """The overall number of a metric, None where it is undefined."""
        return self.metrics[name].value


def judge(recovery: Recovery) -> ReportCard:
    """The report card of a recovery; what depends on the grid alone is kept between calls."""
    known = reference(recovery.grid, recovery.mdp.gamma)
    coverage = coverage_of(recovery.mdp, recovery.counts, exact=recovery.demonstrations is None)
    mdp, size = recovery.mdp, recovery.size
    table = expected_reward_table(recovery.rewards["marginal"], mdp)
    table = settled(table, size, np.broadcast_to(mdp.live[:, None], table.shape))
    if not unless_rounding(val_canonical(mdp, table), size).any():  # all of it is shaping: no act is better
        table = np.zeros_like(table)
    planned = carried(recovery)
    state = settled(recovery.arrivals, size, mdp.valid) if planned[mdp.valid].any() else planned
    plan, state_plan = optimal(mdp, table), optimal(mdp, expected_reward(mdp, planned))
    tried = judge_elsewhere(solved_worlds(recovery.grid, mdp.gamma), planned, state_plan.v)
    metrics = {
        **_correlations(known, coverage, table, state, plan.v, recovery.true_reward.values, size),
        **_distances(known, table, state, recovery.true_reward.values, size),
        **_regrets(known, table, planned, plan.policy, state_plan.policy),
        **_reach_metrics(recovery.grid, known, plan.policy),
    }
    metrics["regret_elsewhere"] = _metric("regret_elsewhere", tried.mean)
    ordered = {name: metrics[name] for name in METRIC_TEXTS}
    verdict = verdict_of(
        {name: m.value for name, m in ordered.items()},
        tried,
        coverage,
        method=recovery.config.method,
        converged=recovery.solution.certificate.converged,
    )
    return ReportCard(ordered, coverage, tried, verdict, warnings_of(recovery, coverage))


def summarise(cards: Sequence[ReportCard]) -> dict[str, Metric]:
    """The metrics of the cards of independent runs: means, with 95 % intervals over the runs.

    A run where a metric is undefined is left out of its mean. Of a single run the figures are its own, with
    the intervals that they have (Fisher's, of correlations).
    """
    return {name: _over_cards(name, [card[name] for card in cards]) for name in cards[0].metrics}


def _over_cards(name: str, own: Sequence[Metric]) -> Metric:
    visited = [metric.visited for metric in own if metric.visited]
    unvisited = [metric.unvisited for metric in own if metric.unvisited]
    parts = (_over_runs(name, part) if part else None for part in (visited, unvisited))
    return _metric(name, _over_runs(name, [metric.overall for metric in own]), *parts)


def _over_runs(name: str, figures: Sequence[Estimate]) -> Estimate:
    if len(figures) == 1:
        return replace(figures[0], n=1)
    values = [figure.value for figure in figures if figure.value is not None]
    if not values:
        return replace(figures[0], n=0)
    return mean_interval(values, *METRIC_TEXTS[name].bounds)


def _correlations(
    known: Reference,
    coverage: Coverage,
    table: FloatArray,
    state: FloatArray,
    v: FloatArray,
    true: FloatArray,
    size: float,
) -> dict[str, Metric]:
    mdp = known.world.mdp
    pairs = np.broadcast_to(mdp.live[:, None], table.shape)
    canonical = unless_rounding(val_canonical(mdp, table), size)
    compared = {
        "pearson_raw": (pearson, table, known.world.reward, pairs, coverage.visited_pairs),
        "pearson_val": (pearson, canonical, known.canonical, pairs, coverage.visited_pairs),
        "pearson_state": (pearson, state, true, mdp.valid, coverage.visited_cells),
        "spearman_state": (spearman, state, true, mdp.valid, coverage.visited_cells),
        "value_pearson": (pearson, v, known.world.v, mdp.live, coverage.visited_cells),
    }
    found = {}
    for name, (measure, ours, theirs, where, visited) in compared.items():
        regions = (where, where & visited, where & ~visited)
        found[name] = _metric(name, *(correlation(measure, ours[some], theirs[some]) for some in regions))
    return found


def _distances(
    known: Reference, table: FloatArray, state: FloatArray, true: FloatArray, size: float
) -> dict[str, Metric]:
    mdp = known.world.mdp
    theirs = known.canonical[mdp.live]
    tables = {"starc": table, "starc_state": expected_reward(mdp, state)}
    starc = {
        name: canonical_distance(unless_rounding(val_canonical(mdp, ours), size)[mdp.live], theirs)
        for name, ours in tables.items()
    }
    return {
        **{name: _metric(name, Estimate(distance, n=theirs.size)) for name, distance in starc.items()},
        "map_cosine": _metric(
            "map_cosine", _defined(lambda: map_cosine(mdp, state, true, size), n=int(mdp.valid.sum()))
        ),
        "epic_state": _metric("epic_state", _defined(lambda: epic(mdp, state, true), n=int(mdp.valid.sum()))),
        "dard_state": _metric("dard_state", _defined(lambda: dard(mdp, state, true), n=int(mdp.valid.sum()))),
    }


def _regrets(
    known: Reference, table: FloatArray, state: FloatArray, policy: FloatArray, state_policy: FloatArray
) -> dict[str, Metric]:
    world, walled = known.world, known.walled
    regrets = {
        "regret": _regret(world, policy),
        "regret_state": _regret(world, state_policy),
        "regret_permuted": _regret(world, optimal(world.mdp, as_original_actions(table)).policy),
    }
    if walled is None:
        nowhere = Estimate(
            None, why_missing="No wall can be added to this grid without cutting off a part of it."
        )
        regrets |= {"regret_transfer": nowhere, "regret_transfer_raw": nowhere}
    else:
        carried = expected_reward(walled.mdp, state)
        regrets["regret_transfer"] = _regret(walled, optimal(walled.mdp, carried).policy)
        regrets["regret_transfer_raw"] = _regret(walled, optimal(walled.mdp, table).policy)
    return {name: _metric(name, estimate) for name, estimate in regrets.items()}


def _regret(world: World, policy: FloatArray) -> Estimate:
    return _defined(lambda: world.stakes.regret(expected_return(world.mdp, policy, world.reward)), n=1)


def _reach_metrics(grid: GridSpec, known: Reference, policy: FloatArray) -> dict[str, Metric]:
    names = ("distance_ratio", "distance_ratio_manhattan", "success_rate")
    try:
        found: Reach = reach(
            known.world.mdp, policy, known.goals, known.shortest, known.manhattan, grid.max_steps
        )
    except UndefinedMetricError as error:
        return {name: _metric(name, Estimate(None, why_missing=str(error))) for name in names}
    values = (found.ratio, found.manhattan_ratio, found.success_rate)
    return {
        name: _metric(name, Estimate(value, n=found.n_starts))
        for name, value in zip(names, values, strict=True)
    }


def _defined(compute: Callable[[], float], n: int) -> Estimate:
    """An exact number, or why there is none."""
    try:
        return Estimate(compute(), n=n)
    except UndefinedMetricError as error:
        return Estimate(None, n=n, why_missing=str(error))


def _metric(
    name: str, overall: Estimate, visited: Estimate | None = None, unvisited: Estimate | None = None
) -> Metric:
    words = METRIC_TEXTS[name]
    sentence = (
        overall.why_missing
        if overall.value is None
        else words.sentence.format(value=written(overall.value, words.unit))
    )
    return Metric(
        name, words.title, sentence, words.help, words.formula, words.best, overall, visited, unvisited
    )
