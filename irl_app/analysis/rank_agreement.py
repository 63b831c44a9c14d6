"""How far two orders agree."""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau

from irl_app.analysis.estimates import UndefinedMetricError
from trainers.arrays import FloatArray


def kendall_tau(x: FloatArray, y: FloatArray) -> float:
    """Kendall's tau-b of x (n,) and y (n,), in [-1, 1]: concordant less discordant pairs, ties accounted for.

    Raises:
        UndefinedMetricError: one side is constant, or there are fewer than two points.
    """
    if x.size < 2 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        raise UndefinedMetricError("An order of values that are all the same agrees with none.")
    return float(kendalltau(x, y).statistic)


def goodman_kruskal_gamma(x: FloatArray, y: FloatArray) -> float:
    """Goodman and Kruskal's gamma of x (n,) and y (n,), in [-1, 1]: concordant less discordant pairs, as a
    share of the pairs that are tied on neither side. Where one side has few values it can still reach 1.

    Raises:
        UndefinedMetricError: no pair is untied.
    """
    order = np.sign(np.subtract.outer(x, x)) * np.sign(np.subtract.outer(y, y))
    if not order.any():
        raise UndefinedMetricError("No two of these differ on both sides.")
    return float(order.sum() / np.abs(order).sum())
