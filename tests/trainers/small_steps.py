"""Transitions for tests, of no more than matters there."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from trainers.transitions import Transitions


def transitions(
    obs: ArrayLike,
    action: ArrayLike,
    next_obs: ArrayLike,
    *,
    terminated: ArrayLike | None = None,
    reward: ArrayLike | None = None,
    every: int | None = None,
) -> Transitions:
    """N steps; nothing ends and nothing is paid unless said; episodes of ``every`` steps, else one."""
    n = len(np.asarray(action))
    at = np.arange(n)
    return Transitions(
        obs,  # type: ignore[arg-type]
        action,  # type: ignore[arg-type]
        next_obs,  # type: ignore[arg-type]
        np.zeros(n, bool) if terminated is None else terminated,  # type: ignore[arg-type]
        np.zeros(n) if reward is None else reward,  # type: ignore[arg-type]
        at // (every or n),
        at % (every or n),
    )
