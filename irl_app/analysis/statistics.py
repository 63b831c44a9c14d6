"""Figures over a handful of runs, as defined by Agarwal et al. 2021 (rliable), and what they spread over.

"Deep reinforcement learning at the edge of the statistical precipice", NeurIPS 2021. Scores are matrices
(N, M): a row a run (a seed), a column a task. Their bootstrap intervals are not taken over: of two to five
runs they hold the truth half to four fifths of the time, and of runs that all reach the best return they have
no width.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from irl_app.analysis.estimates import Estimate, UndefinedMetricError
from irl_app.analysis.intervals import share_interval
from trainers.arrays import FloatArray

Statistic = Callable[[FloatArray], FloatArray]
"""(..., n) scores -> (...) figures: one along the last axis, whose order does not matter."""


def interquartile_mean(scores: FloatArray) -> FloatArray:
    """Mean (...) of the middle half of the scores (..., n): floor(n/4) are cut off at either end.

    Agarwal et al. 2021, section 4.3; `scipy.stats.trim_mean(scores, 0.25)`. It is as robust as the median to
    a lost run, and takes half of the scores into account instead of one or two.
    """
    n = scores.shape[-1]
    cut = n // 4
    return np.asarray(np.sort(scores, axis=-1)[..., cut : n - cut].mean(axis=-1))


def optimality_gap(scores: FloatArray, target: float = 1.0) -> FloatArray:
    """How much (...) the scores (..., n) fall short of the target: target − mean of min(score, target).

    Agarwal et al. 2021, section 4.3. 0 where every run reached the target; what lies above earns nothing, so
    a lost run cannot be made up for.
    """
    return np.asarray(target - np.minimum(scores, target).mean(axis=-1))


def probability_of_improvement(x: FloatArray, y: FloatArray) -> float:
    """P(a run of x scores higher than one of y), a tie counting half, mean over tasks; in [0, 1].

    Agarwal et al. 2021, section 4.3, equation 2: on every task the Mann–Whitney U of the two samples over
    N·K. Within a task only the order counts, so scores need no common scale across tasks.

    Args:
        x, y: (N, M) and (K, M) scores on the same M tasks.

    Raises:
        UndefinedMetricError: one of them has no run, or the tasks differ in number.
    """
    _check(x)
    _check(y)
    if x.shape[1] != y.shape[1]:
        raise UndefinedMetricError(f"One has runs on {x.shape[1]} tasks, the other on {y.shape[1]}.")
    return float(_wins(x, y).mean())


def over_runs(scores: FloatArray, statistic: Statistic) -> Estimate:
    """A figure of scores (N, M), between the least and the largest that one of them has alone.

    These ends are what was seen, no claim on other runs. One score alone has none.

    Args:
        scores: (N, M) finite scores, runs by tasks.
        statistic: figure of (..., N·M) scores, for example `interquartile_mean`.

    Raises:
        UndefinedMetricError: there is no run, or a score is not finite.
    """
    _check(scores)
    value = float(statistic(scores.ravel()))
    if scores.size == 1:
        return Estimate(value, n=1)
    own = statistic(scores.reshape(-1, 1))
    return Estimate(value, float(own.min()), float(own.max()), scores.size)


def improvement_interval(x: FloatArray, y: FloatArray) -> Estimate:
    """`probability_of_improvement` of x (N, M) over y (K, M) with the exact 95 % interval of a share.

    Every run of x meets every one of y, but no more than min(N, K) pairs a task share no run: the interval is
    Clopper and Pearson's for so many. It is exact where one side always scores the same, else it covers more
    often than it says. Five runs a side cannot show which is better, even if all of one beat all of the
    other: two laws that are level do so once in 32.

    Raises:
        UndefinedMetricError: as `probability_of_improvement`.
    """
    pairs = min(len(x), len(y)) * x.shape[1]
    return share_interval(probability_of_improvement(x, y) * pairs, pairs)


def _wins(x: FloatArray, y: FloatArray) -> FloatArray:
    """(M, N, K): 1 where a run of x beats one of y on a task, 1/2 where they tie."""
    above = x.T[:, :, None] > y.T[:, None, :]
    level = x.T[:, :, None] == y.T[:, None, :]
    return np.asarray(above + 0.5 * level)


def _check(scores: FloatArray) -> None:
    if scores.ndim != 2:
        raise ValueError(f"scores must be a matrix of runs by tasks, got the shape {scores.shape}")
    if scores.size == 0:
        raise UndefinedMetricError("There is no run to average.")
    if not np.isfinite(scores).all():
        raise UndefinedMetricError("One of the runs has no score.")
