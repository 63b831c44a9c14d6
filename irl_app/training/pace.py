"""How fast a run is, and when it will be done, by what it has recorded: the same after any reload."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irl_app.training.folder import Status
from irl_app.training.metrics import Metrics

OVER = 10.0
"""Seconds of training that the pace is taken over."""


@dataclass(frozen=True)
class Pace:
    """updates_per_second: of late, evaluations included. seconds_left: to the last update at that pace."""

    updates_per_second: float
    seconds_left: float


def pace(metrics: Metrics, status: Status) -> Pace | None:
    """The pace over the last ``OVER`` seconds of training; None before there are two lines to tell."""
    seconds, updates = metrics.seconds, metrics.update
    if len(seconds) < 2:
        return None
    first = min(int(np.searchsorted(seconds, seconds[-1] - OVER)), len(seconds) - 2)
    lasted = float(seconds[-1] - seconds[first])
    if lasted <= 0:
        return None
    rate = float(updates[-1] - updates[first]) / lasted
    left = max(0, status.updates - max(status.update, int(updates[-1])))
    return Pace(rate, left / rate)
