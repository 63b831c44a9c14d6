"""LunarLander's true reward, as a function of what is observed."""

from __future__ import annotations

import numpy as np

from irl_app.tasks.batch import Obs
from trainers.mdp import BoolArray, FloatArray, IntArray

_FUEL = np.array([0.0, 0.03, 0.3, 0.03])  # nothing, left engine, main engine, right engine
_X, _Y, _VX, _VY, _ANGLE, _SPIN, _LEFT_LEG, _RIGHT_LEG = range(8)


def shaping(obs: Obs) -> FloatArray:
    """(B,) potential of an observation (B, 8): nearness, slowness, uprightness, and 10 for each leg down."""
    s = obs.astype(np.float64).T
    return (
        -100.0 * np.hypot(s[_X], s[_Y])
        - 100.0 * np.hypot(s[_VX], s[_VY])
        - 100.0 * np.abs(s[_ANGLE])
        + 10.0 * s[_LEFT_LEG]
        + 10.0 * s[_RIGHT_LEG]
    )


def came_to_rest(next_obs: Obs) -> BoolArray:
    """(B,) True where the lander sleeps: Box2D then sets its velocities, and only then all three, to 0."""
    return (next_obs[:, [_VX, _VY, _SPIN]] == 0.0).all(axis=1)


def lunar_lander_reward(obs: Obs, action: IntArray, next_obs: Obs, terminated: BoolArray) -> FloatArray:
    """(B,) true reward of transitions; obs, next_obs (B, 8).

    Gain in `shaping` less 0.3 for the main and 0.03 for a side engine; on ending +100 for coming to rest,
    -100 for a crash or for leaving the screen, and nothing else. Two things are not quite functions of
    observations. The environment shapes before it rounds what it shows to float32, so that rewards differ by
    up to 1e-4. And it knows whether the lander sleeps, where we see whether it stands exactly still: a crash
    that leaves all three velocities at exactly 0 would be taken for a landing.
    """
    ordinary = shaping(next_obs) - shaping(obs) - _FUEL[action]
    return np.where(terminated, np.where(came_to_rest(next_obs), 100.0, -100.0), ordinary)
