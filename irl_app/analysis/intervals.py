"""Intervals that cover: of shares, and of means of bounded figures, however they pile up at a bound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import betaincinv, stdtrit

from irl_app.analysis.estimates import Estimate, UndefinedMetricError
from trainers.arrays import FloatArray

DRAWS = 4_000
"""Of Dirichlet weights: other draws move an end by about a hundredth of the interval's width."""
TAIL = 0.025
FEW = 5
"""Up to so many figures without bounds are shown by their least and largest."""
MEANS = (
    "the mean, and Gaffke's 95 % interval where a figure has bounds; of others the least and the largest of "
    f"up to {FEW}, of more Student's 95 % interval, if they spread normally"
)
"""What ``mean_interval`` gives, in words; what all runs share, one expert's episodes say, is not in it."""


def share_interval(n_true: float, n: int) -> Estimate:
    """A share n_true / n with its exact 95 % interval (Clopper and Pearson 1934): it covers at least as often
    as it says, for every n. A tie may count as half.

    Raises:
        UndefinedMetricError: there is nothing to take a share of.
    """
    if n < 1:
        raise UndefinedMetricError("There is nothing to take a share of.")
    low = 0.0 if n_true == 0 else float(betaincinv(n_true, n - n_true + 1, TAIL))
    high = 1.0 if n_true == n else float(betaincinv(n_true + 1, n - n_true, 1.0 - TAIL))
    return Estimate(n_true / n, low, high, n)


def bounded_mean(values: FloatArray, lowest: float = 0.0, highest: float = 1.0) -> Estimate:
    """Mean of independent figures that lie within bounds, with Gaffke's 95 % interval.

    With x sorted in [0, 1] and D ~ Dirichlet(1, ..., 1) of n + 1, the ends are the 2.5 % quantile of
    sum D_i x_i and the 97.5 % quantile of sum D_i x_i + D_{n+1}. On 0/1 data that is Clopper and Pearson's.
    That it covers is conjectured for n > 2 and held in every simulation; Gaffke 2005, "Three test statistics
    for a nonparametric one-sided hypothesis on the mean of a nonnegative variable"; Learned-Miller and Thomas
    2019, "A new confidence interval for the mean of a bounded random variable".

    Args:
        values: (n,) within the bounds.
        lowest, highest: what a figure can be.

    Raises:
        UndefinedMetricError: there is no figure.
        ValueError: a figure lies outside the bounds.
    """
    n = values.size
    if n == 0:
        raise UndefinedMetricError("There is no run to average.")
    x = (np.asarray(values, dtype=float) - lowest) / (highest - lowest)
    if x.min() < 0.0 or x.max() > 1.0:
        raise ValueError(f"figures must lie within {lowest:g} and {highest:g}, got {values}")
    weights = _weights(n)
    inner = weights[:, :n] @ np.sort(x)
    low = float(np.quantile(inner, TAIL)) if x.any() else 0.0
    high = float(np.quantile(inner + weights[:, n], 1.0 - TAIL)) if (x < 1.0).any() else 1.0
    span = highest - lowest
    return Estimate(float(np.mean(values)), lowest + span * low, lowest + span * high, n)


def mean_interval(values: Sequence[float], lowest: float = -np.inf, highest: float = np.inf) -> Estimate:
    """Mean of independent runs with its 95 % interval, given for n >= 2.

    Figures within bounds have Gaffke's (see ``bounded_mean``). Of others no interval of a handful both covers
    and says more than the figures themselves: up to ``FEW`` have their least and their largest, which claim
    nothing about other runs. More have Student's t interval, mean ± t(.975, n-1) s / sqrt(n), cut where
    values cannot lie: it covers if the figures spread normally. It has no width where all are equal, so then
    there is none.

    Raises:
        UndefinedMetricError: there is no value.
    """
    n, x = len(values), np.asarray(values, dtype=float)
    if n == 0:
        raise UndefinedMetricError("There is no run to average.")
    mean = float(x.mean())
    if n == 1:
        return Estimate(mean, n=n)
    if np.isfinite([lowest, highest]).all():
        return bounded_mean(np.clip(x, lowest, highest), lowest, highest)
    if n <= FEW:
        return Estimate(mean, float(x.min()), float(x.max()), n)
    if np.ptp(x) == 0.0:
        return Estimate(mean, n=n)
    half = float(stdtrit(n - 1, 0.975) * x.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, max(mean - half, lowest), min(mean + half, highest), n)


@lru_cache(maxsize=32)
def _weights(n: int) -> FloatArray:
    """(DRAWS, n + 1) Dirichlet weights, the same every time."""
    spacings = np.random.default_rng(0).exponential(size=(DRAWS, n + 1))
    return spacings / spacings.sum(axis=1, keepdims=True)
