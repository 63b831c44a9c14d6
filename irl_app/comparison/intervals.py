"""Figures of runs with what they spread over, or why they are missing."""

from __future__ import annotations

from irl_app.analysis import Estimate, Statistic, UndefinedMetricError, improvement_interval, over_runs
from trainers.arrays import FloatArray

NOTHING = Estimate(None, why_missing="No return was recorded yet.")


def figure(scores: FloatArray | None, statistic: Statistic, why_missing: str = "") -> Estimate:
    """A figure of scores (N, M), see ``over_runs``; without scores, why it is missing."""
    if scores is None:
        return Estimate(None, why_missing=why_missing)
    try:
        return over_runs(scores, statistic)
    except UndefinedMetricError:
        return NOTHING


def better(label: str, own: FloatArray, baseline: str, rivals: FloatArray | None) -> Estimate:
    """Probability that a run of one label, own (N, M), beats one of the baseline's, rivals (K, M)."""
    if label == baseline or not baseline:
        return Estimate(None, why_missing="The others are compared with this one.")
    if rivals is None:
        return Estimate(None, why_missing=f"{baseline} has no such runs to compare with.")
    try:
        return improvement_interval(own, rivals)
    except UndefinedMetricError:
        return NOTHING
