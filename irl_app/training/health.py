"""Alarms: what in a run's curves says that learning goes wrong; nothing here knows the true reward."""

from __future__ import annotations

import numpy as np

from irl_app.training.metrics import Metrics

GROWTH = 4.0
"""|Q| that grew by this factor over the last half of the lines is still growing."""
LARGE = 1e3
"""|Q| below this raises no alarm, however fast it grew."""


def alarms(metrics: Metrics) -> tuple[str, ...]:
    """One short clause an alarm, none for a healthy run.

    Looks at the newest line for a loss that is no number, and for a largest |Q| above ``LARGE`` that is at
    least ``GROWTH`` times what it was in the middle of the run.
    """
    found = []
    loss, size = metrics.values.get("loss"), metrics.values.get("q_abs_max")
    if loss is not None and (bad := int(np.isnan(loss[-1]).sum())):
        found.append(f"the loss of {bad} of {loss.shape[1]} seeds is no number")
    if size is not None:
        now, then = size[-1], size[len(size) // 2]
        if grown := int(((now > LARGE) & (now > GROWTH * then)).sum()):
            found.append(f"|Q| of {grown} of {size.shape[1]} seeds grows, now {now.max():.0f}")
    return tuple(found)
