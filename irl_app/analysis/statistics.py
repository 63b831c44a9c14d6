"""Figures over a handful of runs that say how sure they are, as defined by Agarwal et al. 2021 (rliable).

"Deep reinforcement learning at the edge of the statistical precipice", NeurIPS 2021. Scores are matrices
(N, M): a row a run (a seed), a column a task. Runs of different tasks have nothing to do with each other, so
the bootstrap resamples the runs of every task by themselves: the tasks are its strata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from irl_app.analysis.estimates import Estimate, UndefinedMetricError
from trainers.arrays import FloatArray

RESAMPLES = 5_000
"""Of a bootstrap: another seed then moves the ends of a 95 % interval by about a hundredth of its width."""
_CHUNK = 4_000_000  # resampled numbers that are held at once: 32 MB
_TAILS = (2.5, 97.5)

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


def stratified_bootstrap(
    scores: FloatArray, statistic: Statistic, *, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """A figure of scores (N, M) and its 95 % percentile interval, runs resampled within every task.

    Agarwal et al. 2021, section 4.1. With one run a task there is no interval. With two to four it is rather
    too narrow, as every bootstrap of so few is.

    Args:
        scores: (N, M) finite scores, runs by tasks.
        statistic: figure of (..., N·M) scores, for example `interquartile_mean`.
        resamples: how often the runs are drawn again, with replacement.
        seed: of the draws; the same seed gives the same interval.

    Raises:
        UndefinedMetricError: there is no run, or a score is not finite.
    """
    n_runs, n_tasks = _check(scores)
    value = float(statistic(scores.ravel()))
    if n_runs == 1:
        return Estimate(value, n=scores.size)
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(np.take_along_axis(scores[None], rows, axis=1).reshape(len(rows), -1))
        for rows in _rows(rng, resamples, n_runs, n_tasks)
    ]
    low, high = np.percentile(np.concatenate(drawn), _TAILS)
    return Estimate(value, float(low), float(high), scores.size)


def improvement_interval(
    x: FloatArray, y: FloatArray, *, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """`probability_of_improvement` of x (N, M) over y (K, M) with its 95 % bootstrap interval.

    The runs of x and of y are resampled independently, within every task. With one run on either side there
    is no interval.

    Raises:
        UndefinedMetricError: as `probability_of_improvement`.
    """
    value = probability_of_improvement(x, y)
    n = len(x) + len(y)
    if min(len(x), len(y)) == 1:
        return Estimate(value, n=n)
    rng, wins = np.random.default_rng(seed), _wins(x, y)
    total = np.zeros(resamples)
    for table in wins:  # (N, K): a resample is how often each run was drawn, so no score is looked at again
        times_x = rng.multinomial(len(x), np.full(len(x), 1 / len(x)), size=resamples) / len(x)
        times_y = rng.multinomial(len(y), np.full(len(y), 1 / len(y)), size=resamples) / len(y)
        total += np.einsum("bn,nk,bk->b", times_x, table, times_y)
    low, high = np.percentile(total / len(wins), _TAILS)
    return Estimate(value, float(low), float(high), n)


def _wins(x: FloatArray, y: FloatArray) -> FloatArray:
    """(M, N, K): 1 where a run of x beats one of y on a task, 1/2 where they tie."""
    above = x.T[:, :, None] > y.T[:, None, :]
    level = x.T[:, :, None] == y.T[:, None, :]
    return np.asarray(above + 0.5 * level)


def _rows(rng: np.random.Generator, resamples: int, n_runs: int, n_tasks: int) -> Iterator[np.ndarray]:
    """Rows (b, N, M) of resamples, drawn for every task by itself, a bearable number b at a time."""
    at_once = max(1, _CHUNK // (n_runs * n_tasks))
    for first in range(0, resamples, at_once):
        yield rng.integers(n_runs, size=(min(at_once, resamples - first), n_runs, n_tasks))


def _check(scores: FloatArray) -> tuple[int, int]:
    if scores.ndim != 2:
        raise ValueError(f"scores must be a matrix of runs by tasks, got the shape {scores.shape}")
    if scores.size == 0:
        raise UndefinedMetricError("There is no run to average.")
    if not np.isfinite(scores).all():
        raise UndefinedMetricError("One of the runs has no score.")
    return scores.shape
