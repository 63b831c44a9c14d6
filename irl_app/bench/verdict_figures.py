"""What the cases of ``irl-app bench verdict`` come to: rank correlations, and how many good are bad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from irl_app.analysis.changed_worlds import KINDS
from irl_app.analysis.estimates import UndefinedMetricError
from irl_app.analysis.intervals import share_interval
from irl_app.analysis.rank_agreement import goodman_kruskal_gamma, kendall_tau
from irl_app.analysis.verdict import GOOD_REGRET
from irl_app.bench.verdict import Case
from trainers.arrays import BoolArray, FloatArray

BAD_MEAN, BAD_WORST = 0.1, 0.2
"""Mean and worst tenth in the judge's worlds above which a reward should not have been called good."""
GOAL = {
    "tau_elsewhere": 0.85,
    "gamma_level": 0.95,
    "bad_among_good": 0.005,
    "good_found": 0.9,
    "tau_without_truth": 0.6,
}
"""What is asked for; at most of ``bad_among_good``, at least of the others."""
FIGURES = (
    "regret_elsewhere",
    "regret_state",
    "regret",
    "regret_transfer",
    "starc_state",
    "starc",
    "map_cosine",
    "pearson_state",
    "pearson_val",
    "pearson_raw",
    "epic_state",
    "dard_state",
    "value_pearson",
)
"""Of the card, beside whose rank correlation with what a reward is worth elsewhere the verdict's stands."""
LEVELS = {"poor": 0.0, "fair": 1.0, "good": 2.0}


def figures_of(cases: Sequence[Case]) -> dict[str, Any]:
    """All that is printed: the goals' figures, of both families, of every figure and kind."""
    families = dict.fromkeys(case.world.family for case in cases)
    return {
        "recoveries": len(cases),
        **_headline(cases),
        "families": {
            family: _headline([case for case in cases if case.world.family == family]) for family in families
        },
        "tau_of_figures": {name: _tau(cases, _figure(name)) for name in FIGURES},
        "left_out": {kind: _left_out(cases, kind) for kind in (*KINDS, "mix")},
        "goal": GOAL,
        "cases": [_case(case) for case in cases],
    }


def _case(case: Case) -> dict[str, Any]:
    """One recovery, in a line."""
    return {
        "world": f"{case.world.name}, seed {case.world.seed}",
        "method": case.method,
        "demonstrations": "exact" if case.n_demos is None else case.n_demos,
        "level": case.card.verdict.elsewhere.level,
        "elsewhere": _short(case.card.elsewhere.mean.value),
        "without_truth": _short(case.blind.estimate),
        "judge": _short(case.judge.mean.value),
        "judge_worst_tenth": _short(case.judge.worst_tenth),
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _headline(cases: Sequence[Case]) -> dict[str, Any]:
    level = np.array([LEVELS.get(case.card.verdict.elsewhere.level or "", np.nan) for case in cases])
    mean, worst = _judged(cases)
    good, truly = level == LEVELS["good"], mean <= GOOD_REGRET
    blind = np.array([_number(case.blind.estimate) for case in cases])
    believed = np.array([_number(case.blind.draws.mean.value) for case in cases]) <= GOOD_REGRET
    return {
        "tau_elsewhere": _tau(cases, _figure("regret_elsewhere")),
        "gamma_level": _measured(goodman_kruskal_gamma, level, -mean),
        "good": int(good.sum()),
        **_share("bad_among_good", mean[good] > BAD_MEAN),
        **_share("worst_among_good", worst[good] > BAD_WORST),
        **_share("good_found", good[truly]),
        "tau_without_truth": _measured(kendall_tau, blind, mean),
        "good_without_truth": int(believed.sum()),
        **_share("bad_without_truth", mean[believed] > BAD_MEAN),
        **_share("worst_without_truth", worst[believed] > BAD_WORST),
    }


def _judged(cases: Sequence[Case]) -> tuple[FloatArray, FloatArray]:
    """(N,) mean and worst tenth in the judge's worlds."""
    means = np.array([_number(case.judge.mean.value) for case in cases])
    return means, np.array([_number(case.judge.worst_tenth) for case in cases])


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _figure(name: str) -> Callable[[Case], float]:
    return lambda case: _number(case.card.value(name))


def _tau(cases: Sequence[Case], figure: Callable[[Case], float]) -> float | None:
    """Of a figure with the judge's mean regret: near 1 of a good regret, near -1 of a good correlation."""
    return _measured(kendall_tau, np.array([figure(case) for case in cases]), _judged(cases)[0])


def _measured(
    measure: Callable[[FloatArray, FloatArray], float], x: FloatArray, y: FloatArray
) -> float | None:
    known = np.isfinite(x) & np.isfinite(y)
    try:
        return measure(x[known], y[known])
    except UndefinedMetricError:
        return None


def _share(name: str, true: BoolArray) -> dict[str, Any]:
    """A share with its ends; nothing, where it is of nothing."""
    if not true.size:
        return {name: None, f"{name}_interval": None}
    found = share_interval(int(true.sum()), true.size)
    return {name: found.value, f"{name}_interval": [found.low, found.high]}


def _left_out(cases: Sequence[Case], kind: str) -> dict[str, Any]:
    """How the verdict from the other kinds foretells one: tau, and the bad among what looks good."""
    rest = np.array([_mean_but(case, kind) for case in cases])
    there = np.array([_mean_of(case, kind) for case in cases])
    return {
        "tau": _measured(kendall_tau, rest, there),
        **_share("bad_among_good", there[(rest <= GOOD_REGRET) & np.isfinite(there)] > BAD_MEAN),
    }


def _mean_but(case: Case, kind: str) -> float:
    places = [rows for other, rows in case.card.elsewhere.by_kind().items() if other != kind]
    return float(case.card.elsewhere.regrets[np.concatenate(places)].mean()) if places else np.nan


def _mean_of(case: Case, kind: str) -> float:
    judge = case.mixed if kind == "mix" else case.judge
    rows = judge.by_kind().get(kind)
    return np.nan if rows is None else float(judge.regrets[rows].mean())
