"""The curves of one run while it goes on: every seed by itself, and what they do together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irl_app.analysis.curves import POINTS
from irl_app.analysis.statistics import interquartile_mean
from trainers.mdp import FloatArray

CELLS = 4_000
"""At most so many numbers a figure: many seeds get fewer points each."""


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
    most = max(2, min(points, CELLS // values.shape[1]))
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    seeds = np.where(np.isfinite(values[rows]), values[rows], np.nan)
    centre = np.array([float(interquartile_mean(row[np.isfinite(row)])) for row in seeds])
    return SeedCurves(np.asarray(x[rows], dtype=float), seeds, centre)
