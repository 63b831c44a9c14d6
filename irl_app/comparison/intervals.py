"""Figures with intervals, or why they are missing; kept by content, as live runs are compared often."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from irl_app.analysis import Estimate, UndefinedMetricError, improvement_interval, stratified_bootstrap
from trainers.arrays import FloatArray


def bootstrap(
    scores: FloatArray | None, statistic: Callable[[FloatArray], FloatArray], why_missing: str = ""
) -> Estimate:
    """A figure of scores (N, M) with its interval; without scores, why it is missing."""
    if scores is None:
        return Estimate(None, why_missing=why_missing)
    try:
        return _kept_bootstrap(statistic, scores.shape, scores.tobytes())
    except UndefinedMetricError:
        return Estimate(None, why_missing="No return was recorded yet.")


@lru_cache(maxsize=4096)
def _kept_bootstrap(
    statistic: Callable[[FloatArray], FloatArray], shape: tuple[int, int], content: bytes
) -> Estimate:
    """By content: while one run goes on and is compared again and again, the others cost nothing."""
    return stratified_bootstrap(np.frombuffer(content).reshape(shape), statistic)


def better(label: str, own: FloatArray, baseline: str, rivals: FloatArray | None) -> Estimate:
    """Probability that a run of one label, own (N, M), beats one of the baseline's, rivals (K, M)."""
    if label == baseline or not baseline:
        return Estimate(None, why_missing="The others are compared with this one.")
    if rivals is None:
        return Estimate(None, why_missing=f"{baseline} has no such runs to compare with.")
    try:
        return _kept_improvement(own.shape, own.tobytes(), rivals.shape, rivals.tobytes())
    except UndefinedMetricError:
        return Estimate(None, why_missing="No return was recorded yet.")


@lru_cache(maxsize=4096)
def _kept_improvement(
    shape: tuple[int, int], content: bytes, rival_shape: tuple[int, int], rival_content: bytes
) -> Estimate:
    own, rivals = np.frombuffer(content).reshape(shape), np.frombuffer(rival_content).reshape(rival_shape)
    return improvement_interval(own, rivals)
