"""Recovered against true reward of episodes: a step at a time, an episode at a time, and without the lengths.

Sums over episodes agree whenever longer episodes have more of both: two unrelated positive rewards do. So the
correlation of sums is only worth something beside that of the lengths alone, and what is left of it when
the lengths are held fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irl_app.analysis.estimates import (
    Estimate,
    UndefinedMetricError,
    correlation,
    pearson,
    with_fisher_interval,
)
from trainers.arrays import FloatArray, IntArray

_DECIDED = 1e-9


@dataclass(frozen=True)
class Agreement:
    """Pearson correlations in [-1, 1], or why there is none.

    Attributes:
        steps: of the rewards of steps.
        sums: of the sums over episodes.
        lengths: of the episodes' lengths with the true sums: what knowing nothing but the length scores.
        means: of the mean reward a step over episodes.
        given_length: of the sums, with the lengths held fixed (partial correlation).
    """

    steps: Estimate
    sums: Estimate
    lengths: Estimate
    means: Estimate
    given_length: Estimate


def agreement(recovered: FloatArray, true: FloatArray, episode: IntArray) -> Agreement:
    """How far two rewards agree over the steps of some episodes.

    Args:
        recovered, true: (N,) of each step.
        episode: (N,) which episode it is of, -1 for a step of no whole episode.
    """
    totals = episode_sums(recovered, true, episode)
    n, ours, theirs = totals.T
    return Agreement(
        steps=correlation(pearson, recovered, true),
        sums=correlation(pearson, ours, theirs),
        lengths=_lengths(n, theirs),
        means=correlation(pearson, ours / n, theirs / n),
        given_length=_partial(ours, theirs, n),
    )


def episode_sums(recovered: FloatArray, true: FloatArray, episode: IntArray) -> FloatArray:
    """(E, 3) length, recovered sum and true sum of each whole episode, in the order of their numbers."""
    whole = episode >= 0
    _, place = np.unique(episode[whole], return_inverse=True)
    columns = (np.ones(len(recovered)), recovered, true)
    return np.stack([np.bincount(place, weights=column[whole]) for column in columns], axis=1)


def _lengths(n: FloatArray, theirs: FloatArray) -> Estimate:
    if len(n) and np.ptp(n) == 0.0:
        return Estimate(None, n=len(n), why_missing="All episodes here have the same length.")
    return correlation(pearson, n, theirs)


def _partial(x: FloatArray, y: FloatArray, given: FloatArray) -> Estimate:
    """Correlation of what of x and of y does not follow from a third by a line; an interval with n - 4."""
    if len(x) < 4:
        return Estimate(None, n=len(x), why_missing="Holding the lengths fixed needs at least 4 episodes.")
    if np.ptp(given) == 0.0:
        return correlation(pearson, x, y)
    left = [_rest(values, given) for values in (x, y)]
    for values, rest in zip((x, y), left, strict=True):
        if np.abs(rest).max() <= _DECIDED * max(1.0, float(np.abs(values).max())):
            why = "The length of an episode decides its return here, so nothing is left to agree on."
            return Estimate(None, n=len(x), why_missing=why)
    try:
        return with_fisher_interval(pearson(*left), len(x), n_held=1)
    except UndefinedMetricError as error:
        return Estimate(None, n=len(x), why_missing=str(error))


def _rest(values: FloatArray, given: FloatArray) -> FloatArray:
    line = np.stack([np.ones_like(given), given], axis=1)
    fit, *_ = np.linalg.lstsq(line, values, rcond=None)
    return np.asarray(values - line @ fit)
