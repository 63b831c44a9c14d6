"""Correlations and intervals: numbers that say how sure they are, or why they are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from trainers.arrays import BoolArray, FloatArray

_NORMAL_97_5 = 1.959963984540054
_SAME = 1e-9  # spread, relative to size, below which numbers count as all the same
_LEFT_BY_SOLVERS = 1e-8  # the same of what iterations leave where nothing should be


def settled(values: FloatArray, size: float, where: BoolArray | None = None) -> FloatArray:
    """The values, or their mean in place of each where they differ by no more than rounding.

    Rounding is judged by what went in, not by what is left of it: of rewards near 1 that cancel, 1e-16 is
    left, and its pattern means nothing.

    Args:
        values: of any shape. size: of what went into them, > 0.
        where: of the shape of the values: which count; None for all.
    """
    some = values if where is None else values[where]
    if np.ptp(some) > _LEFT_BY_SOLVERS * size:
        return values
    return np.where(np.isfinite(values), some.mean(), values)


def unless_rounding(canonical: FloatArray, size: float) -> FloatArray:
    """A canonical reward, or zeros where it is rounding beside the size of what went in (see ``settled``)."""
    return (
        canonical
        if np.abs(canonical).max(initial=0.0) > _LEFT_BY_SOLVERS * size
        else np.zeros_like(canonical)
    )


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

    def as_json(self) -> dict[str, float | int | None]:
        """As programs read it: mean, ends of the interval, of how many."""
        return {"mean": self.value, "low": self.low, "high": self.high, "n": self.n}


def pearson(x: FloatArray, y: FloatArray, weights: FloatArray | None = None) -> float:
    """Pearson correlation of x (n,) and y (n,), in [-1, 1]; weights (n,) >= 0 default to one each.

    Raises:
        UndefinedMetricError: fewer than two points, or one side is constant.
    """
    if x.size < 2:
        there = "is one" if x.size == 1 else "are none"
        raise UndefinedMetricError(f"A correlation needs at least two points, there {there}.")
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
    """A correlation with Fisher's z interval, tanh(artanh r ± 1.96 / sqrt(n - 3)), given for n >= 4; of ranks
    sqrt(1 + r^2 / 2) times as far (Bonett and Wright 2000).

    The interval treats points as independent. Cells next to each other are not, so it is rather too narrow.
    """
    n = int(x.size)
    try:
        value = metric(x, y)
    except UndefinedMetricError as error:
        return Estimate(None, n=n, why_missing=str(error))
    return with_fisher_interval(value, n, widened=1.0 + 0.5 * value**2 if metric is spearman else 1.0)


def with_fisher_interval(value: float, n: int, n_held: int = 0, widened: float = 1.0) -> Estimate:
    """A correlation over n points, n_held variables held fixed, with Fisher's z interval if n allows one, its
    variance ``widened`` times as large."""
    if n < 4 + n_held:
        return Estimate(value, n=n)
    z, half = (
        np.arctanh(np.clip(value, -1.0 + 1e-15, 1.0 - 1e-15)),
        _NORMAL_97_5 * np.sqrt(widened / (n - 3 - n_held)),
    )
    return Estimate(value, float(np.tanh(z - half)), float(np.tanh(z + half)), n)
