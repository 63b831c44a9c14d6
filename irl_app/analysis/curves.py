"""Learning curves: what several runs, or the seeds of one, did at the same moment, and their middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.analysis.statistics import interquartile_mean
from trainers.arrays import FloatArray, IntArray

POINTS = 240
"""At most so many points a curve: one every few pixels."""
NEAR = 0.1
"""Share of a curve's range: so far from its end it has arrived."""
CELLS = 4_000
"""At most so many numbers a figure: many seeds get fewer points each."""


@dataclass(frozen=True)
class Curve:
    """A figure of several runs along an axis.

    Attributes:
        x: (P,) ascending: updates, steps or seconds.
        centre: (P,) interquartile mean over the runs that have a number there.
        low, high: (P,) the least and the largest of them; not a number where fewer than two runs are left.
        n: (P,) runs that have a number there.
    """

    x: FloatArray
    centre: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray


def curve(parts: Sequence[tuple[FloatArray, FloatArray]], *, points: int = POINTS) -> Curve | None:
    """The curve of runs that were recorded in one or several parts; None where no number is finite.

    Each part is laid on the axis of all, straight lines between its own records and nothing beyond them, so a
    run that was stopped early ends early.

    Args:
        parts: (x (T,), values (T, K)) each, x ascending; a value that was not recorded is not a number.
        points: most points of the curve.
    """
    recorded = [
        (x[rows], values[rows]) for x, values in parts if (rows := np.isfinite(values).any(axis=1)).any()
    ]
    if not recorded:
        return None
    grid = _thinned(np.unique(np.concatenate([x for x, _ in recorded])), points)
    values = np.concatenate([_on_grid(x, y, grid) for x, y in recorded], axis=1)  # (P, N)
    there = np.isfinite(values)
    kept = there.any(axis=1)
    grid, values, n = grid[kept], values[kept], there.sum(axis=1)[kept]
    centre = np.array([float(interquartile_mean(row[np.isfinite(row)])) for row in values])
    low, high = (np.where(n > 1, end(values, axis=1), np.nan) for end in (np.nanmin, np.nanmax))
    return Curve(grid, centre, low, high, n)


def last_values(values: FloatArray) -> FloatArray:
    """The last finite number (K,) of every column of values (T, K); not a number where there is none."""
    last = np.full(values.shape[1], np.nan)
    for row in values:
        last = np.where(np.isfinite(row), row, last)
    return last


def arrival(updates: IntArray, values: FloatArray) -> int:
    """The first update from which a curve stays near its end.

    The curve is the mean over seeds, and at each moment that of the last tenth of all moments; near is less
    than ``NEAR`` of its range away, or than two standard deviations of its last quarter. So losses of
    different methods can be compared, as by normalising them.

    Args:
        updates: (T,) ascending.
        values: (T, K) of each seed; moments at which none has a number are left out.
    """
    known = ~np.isnan(values).all(axis=1)
    mean, at = np.nanmean(values[known], axis=1), updates[known]
    tenth, quarter = max(1, len(mean) // 10), max(1, len(mean) // 4)
    smooth = np.array([mean[max(0, i + 1 - tenth) : i + 1].mean() for i in range(len(mean))])
    near = max(NEAR * np.ptp(mean), 2.0 * mean[-quarter:].std())
    far = np.flatnonzero(np.abs(smooth - smooth[-1]) > near)
    return int(at[min(far[-1] + 1, len(at) - 1)]) if far.size else int(at[0])


def _on_grid(x: FloatArray, values: FloatArray, grid: FloatArray) -> FloatArray:
    """Values (P, K) at the grid (P,), each column straight between its own records, nothing beyond them."""
    laid = np.full((len(grid), values.shape[1]), np.nan)
    for k, column in enumerate(values.T):
        known = np.isfinite(column)
        if known.any():
            laid[:, k] = np.interp(grid, x[known], column[known], left=np.nan, right=np.nan)
    return laid


def _thinned(grid: NDArray[Any], points: int) -> NDArray[Any]:
    """At most ``points`` of the grid, evenly, first and last among them."""
    if len(grid) <= points:
        return grid
    return grid[np.linspace(0, len(grid) - 1, points).round().astype(int)]


@dataclass(frozen=True)
class SeedCurves:
    """A metric of K seeds at P moments.

    Attributes:
        x: (P,) ascending.
        seeds: (P, K) not a number where a seed has none.
        centre: (P,) interquartile mean over the seeds that have a number.
    """

    x: FloatArray
    seeds: FloatArray
    centre: FloatArray


def seed_curves(x: FloatArray, values: FloatArray, points: int = POINTS) -> SeedCurves | None:
    """The recorded part of a metric, thinned evenly, first and last kept; None where no number is finite.

    Args:
        x: (T,) ascending. values: (T, K); a value that was not recorded is not a number.
        points: most moments of the curve.
    """
    rows = np.flatnonzero(np.isfinite(values).any(axis=1))
    if not rows.size:
        return None
    rows = _thinned(rows, max(2, min(points, CELLS // values.shape[1])))
    seeds = np.where(np.isfinite(values[rows]), values[rows], np.nan)
    centre = np.array([float(interquartile_mean(row[np.isfinite(row)])) for row in seeds])
    return SeedCurves(np.asarray(x[rows], dtype=float), seeds, centre)
