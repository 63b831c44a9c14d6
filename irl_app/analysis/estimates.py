"""Correlations and intervals: numbers that say how sure they are, or why they are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit
from scipy.stats import rankdata

from trainers.mdp import FloatArray

_NORMAL_97_5 = 1.959963984540054
_SAME = 1e-9  # spread, relative to size, below which numbers count as all the same


class UndefinedMetricError(ValueError):
    """A metric has no meaning for these numbers; the message is one sentence for people."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, or the reason why there is none.

    Attributes:
        value: the number, None where it is undefined.
        low, high: ends of the interval, None where the number is exact or the sample too small.
        n: points (or runs) it was computed from.
        why_missing: one sentence if value is None, "" otherwise.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    why_missing: str = ""


def pearson(x: FloatArray, y: FloatArray, weights: FloatArray | None = None) -> float:
    """Pearson correlation of x (n,) and y (n,), in [-1, 1]; weights (n,) >= 0 default to one each.

    Raises:
        UndefinedMetricError: fewer than two points, or one side is constant.
    """
    if x.size < 2:
        raise UndefinedMetricError(f"A correlation needs at least two points, there {_is_are(x.size)}.")
    if np.ptp(x) <= _SAME * np.abs(x).max() or np.ptp(y) <= _SAME * np.abs(y).max():
        which = "recovered" if np.ptp(x) <= _SAME * np.abs(x).max() else "true"
        raise UndefinedMetricError(
            f"The {which} reward is the same everywhere here, so nothing can correlate with it."
        )
    w = np.full(x.size, 1.0 / x.size) if weights is None else weights / weights.sum()
    dx, dy = x - w @ x, y - w @ y
    norm = np.sqrt((w @ (dx * dx)) * (w @ (dy * dy)))
    if norm == 0.0:
        raise UndefinedMetricError(
            "One of the rewards is the same wherever there is weight, so nothing can correlate."
        )
    return float(np.clip((w @ (dx * dy)) / norm, -1.0, 1.0))


def spearman(x: FloatArray, y: FloatArray) -> float:
    """Spearman's rank correlation of a recovered x (n,) with a true y (n,), in [-1, 1]; ties share a rank.

    Raises:
        UndefinedMetricError: as `pearson`, and where the truth takes only two values: all that ranks could
            tell then is the order within ties, which is noise.
    """
    recovered, true = _rounded(x), _rounded(y)
    if np.unique(true).size == 2:
        raise UndefinedMetricError(
            "The true reward has only two values here: ranks within each are noise, so none are compared."
        )
    return pearson(rankdata(recovered), rankdata(true))


def _rounded(x: FloatArray) -> FloatArray:
    """x without what lies nine digits below its largest number: rounding errors are no ranks."""
    largest = float(np.abs(x).max(initial=0.0))
    if largest < 1e-290:  # no power of ten would scale it
        return np.zeros_like(x)
    return np.round(x, 9 - int(np.ceil(np.log10(largest))))


def correlation(metric: Callable[[FloatArray, FloatArray], float], x: FloatArray, y: FloatArray) -> Estimate:
    """A correlation with Fisher's z interval, tanh(artanh r ± 1.96 / sqrt(n - 3)), given for n >= 4.

    The interval treats points as independent. Cells next to each other are not, so it is rather too narrow.
    """
    n = int(x.size)
    try:
        value = metric(x, y)
    except UndefinedMetricError as error:
        return Estimate(None, n=n, why_missing=str(error))
    if n < 4:
        return Estimate(value, n=n)
    z, half = np.arctanh(np.clip(value, -1.0 + 1e-15, 1.0 - 1e-15)), _NORMAL_97_5 / np.sqrt(n - 3)
    return Estimate(value, float(np.tanh(z - half)), float(np.tanh(z + half)), n)


def mean_interval(values: Sequence[float], lowest: float = -np.inf, highest: float = np.inf) -> Estimate:
    """Mean of independent runs with Student's t interval, mean ± t(.975, n-1) s / sqrt(n), given for n >= 2.

    The interval is cut where values cannot lie: below ``lowest`` and above ``highest``.

    Raises:
        UndefinedMetricError: there is no value.
    """
    n = len(values)
    if n == 0:
        raise UndefinedMetricError("There is no run to average.")
    mean = float(np.mean(values))
    if n == 1:
        return Estimate(mean, n=1)
    half = float(stdtrit(n - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(n))
    return Estimate(mean, max(mean - half, lowest), min(mean + half, highest), n)


def _is_are(n: int) -> str:
    return "is one" if n == 1 else "are none"
