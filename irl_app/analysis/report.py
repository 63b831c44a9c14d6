"""The report card: how far a recovered reward may be trusted, in frozen numbers and plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from irl_app.analysis.coverage import Coverage, coverage_of
from irl_app.analysis.distances import canonical_distance, dard, epic
from irl_app.analysis.estimates import (
    Estimate,
    UndefinedMetricError,
    correlation,
    mean_interval,
    pearson,
    spearman,
)
from irl_app.analysis.planning import Reach, expected_return, reach
from irl_app.analysis.reference import Reference, World, reference
from irl_app.analysis.transfer import as_original_actions
from irl_app.analysis.verdict import Level, verdict_of, warnings_of
from irl_app.analysis.wording import HEADLINE, METRIC_TEXTS, written
from irl_app.envs.grid_spec import GridSpec
from irl_app.rewards import StateReward, arrival_values, expected_reward_table, val_canonical
from trainers.control import expected_reward, optimal
from trainers.mdp import BoolArray, FloatArray

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
        level: "good", "fair" or "poor".
        verdict: a few plain sentences, with the reason why raw and de-shaped figures differ.
        warnings: plain sentences on what limits the answer.
    """

    metrics: Mapping[str, Metric]
    coverage: Coverage
    level: Level
    verdict: str
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> Metric:
        return self.metrics[name]

    def value(self, name: str) -> float | None:
        """The overall number of a metric, None where it is undefined."""
        return self.metrics[name].value


def judge(recovery: Recovery) -> ReportCard:
    """The report card of a recovery; what depends on the grid alone is kept between calls."""
    known = reference(recovery.grid, recovery.mdp.gamma)
    coverage = coverage_of(recovery.mdp, recovery.counts, exact=recovery.demonstrations is None)
    table = expected_reward_table(recovery.rewards["marginal"], recovery.mdp)
    state_reward = recovery.rewards["state"]
    if not isinstance(state_reward, StateReward):
        raise TypeError(f'the "state" lens must hold a StateReward, got {type(state_reward).__name__}')
    state = arrival_values(state_reward, recovery.mdp)
    plan = optimal(known.world.mdp, table)
    metrics = {
        **_correlations(known, coverage, table, state, plan.v, recovery.true_reward.values),
        **_distances(known, table, state, recovery.true_reward.values),
        **_regrets(known, table, state, plan.policy),
        **_reach_metrics(recovery.grid, known, plan.policy),
    }
    ordered = {name: metrics[name] for name in METRIC_TEXTS}
    level, verdict = verdict_of(
        {name: m.value for name, m in ordered.items()},
        known.n_walls_added,
        coverage,
        converged=recovery.solution.certificate.converged,
    )
    return ReportCard(ordered, coverage, level, verdict, warnings_of(recovery, coverage))


def judge_policy(grid: GridSpec, policy: FloatArray, gamma: float | None = None) -> dict[str, Metric]:
    """Regret, path lengths and success of any policy (S, A) in a grid, for example of the imitation
    policy."""
    known = reference(grid, grid.gamma if gamma is None else gamma)
    return {"regret": _metric("regret", _regret(known.world, policy)), **_reach_metrics(grid, known, policy)}


def summarise(cards: Sequence[ReportCard]) -> dict[str, Estimate]:
    """Mean and 95 % t-interval of each ``HEADLINE`` metric over independent runs.

    A run where a metric is undefined is left out of its mean. Of a single run the figures are its own, with
    the intervals that they have (Fisher's, of correlations).
    """
    if len(cards) == 1:
        return {name: replace(cards[0][name].overall, n=1) for name in HEADLINE}
    summary: dict[str, Estimate] = {}
    for name in HEADLINE:
        values = [value for card in cards if (value := card.value(name)) is not None]
        try:
            summary[name] = mean_interval(values, *METRIC_TEXTS[name].bounds)
        except UndefinedMetricError:
            missing = cards[0][name].overall.why_missing if cards else "There is no run to average."
            summary[name] = Estimate(None, why_missing=missing)
    return summary


def _correlations(
    known: Reference,
    coverage: Coverage,
    table: FloatArray,
    state: FloatArray,
    v: FloatArray,
    true: FloatArray,
) -> dict[str, Metric]:
    mdp = known.world.mdp
    pairs = np.broadcast_to(mdp.live[:, None], table.shape)
    compared = {
        "pearson_raw": (pearson, table, known.world.reward, pairs, coverage.visited_pairs),
        "pearson_val": (pearson, val_canonical(mdp, table), known.canonical, pairs, coverage.visited_pairs),
        "pearson_state": (pearson, state, true, mdp.valid, coverage.visited_cells),
        "spearman_state": (spearman, state, true, mdp.valid, coverage.visited_cells),
        "value_pearson": (pearson, v, known.world.v, mdp.live, coverage.visited_cells),
    }
    return {name: _correlation_metric(name, *parts) for name, parts in compared.items()}


def _correlation_metric(
    name: str,
    measure: Callable[[FloatArray, FloatArray], float],
    recovered: FloatArray,
    true: FloatArray,
    where: BoolArray,
    visited: BoolArray,
) -> Metric:
    regions = (where, where & visited, where & ~visited)
    overall, seen, unseen = (correlation(measure, recovered[region], true[region]) for region in regions)
    return _metric(name, overall, seen, unseen)


def _distances(known: Reference, table: FloatArray, state: FloatArray, true: FloatArray) -> dict[str, Metric]:
    mdp = known.world.mdp
    canonical = val_canonical(mdp, table)
    return {
        "starc": _metric(
            "starc",
            Estimate(canonical_distance(canonical[mdp.live], known.canonical[mdp.live]), n=canonical.size),
        ),
        "epic_state": _metric("epic_state", _defined(lambda: epic(mdp, state, true), n=int(mdp.valid.sum()))),
        "dard_state": _metric("dard_state", _defined(lambda: dard(mdp, state, true), n=int(mdp.valid.sum()))),
    }


def _regrets(known: Reference, table: FloatArray, state: FloatArray, policy: FloatArray) -> dict[str, Metric]:
    world, walled = known.world, known.walled
    from_state = expected_reward(world.mdp, state)
    here = _regret(world, policy)
    same = np.allclose(from_state, table, rtol=0.0, atol=1e-9 * (1.0 + np.abs(table).max()))
    regrets = {
        "regret": here,
        "regret_state": here if same else _regret(world, optimal(world.mdp, from_state).policy),
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
