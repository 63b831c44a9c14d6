"""Lunar Lander put into any state in flight: for one step from there, and to be looked at."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from gymnasium.envs.box2d.lunar_lander import FPS, LEG_DOWN, SCALE, VIEWPORT_H, VIEWPORT_W, LunarLander

from irl_app.tasks.vector_env import Obs
from trainers.arrays import BoolArray, FloatArray

_HALF_WIDTH, _HALF_HEIGHT = VIEWPORT_W / SCALE / 2, VIEWPORT_H / SCALE / 2
_HIGH = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
_SETTLED = 30
"""Idle moves after which the legs hang as they do in flight."""


class LanderPhysics:
    """One lander over a moon whose hills are always the same.

    A state is what is observed. The legs are put where they hang in flight, off the ground; whether they
    touch it comes out of the next move.

    Args:
        render_mode: as Gymnasium's.
    """

    def __init__(self, render_mode: str | None = None) -> None:
        self.env = LunarLander(render_mode=render_mode)
        self.env.reset(seed=0)
        for _ in range(_SETTLED):
            self.env.step(0)
        lander = self._lander
        self._hang = [(lander.GetLocalPoint(leg.position), leg.angle - lander.angle) for leg in self.env.legs]

    @property
    def _lander(self) -> Any:
        return self.env.lander

    def put(self, state: FloatArray) -> None:
        """Put the lander into a state (8,); the last two numbers are not looked at."""
        env, lander = self.env, self._lander
        x, y, vx, vy, angle, spin = map(float, state[:6])
        lander.position = ((x + 1.0) * _HALF_WIDTH, y * _HALF_HEIGHT + env.helipad_y + LEG_DOWN / SCALE)
        lander.angle = angle
        lander.linearVelocity = (vx * FPS / _HALF_WIDTH, vy * FPS / _HALF_HEIGHT)
        lander.angularVelocity = spin * FPS / 20.0
        for leg, (place, turned) in zip(env.legs, self._hang, strict=True):
            leg.position, leg.angle = lander.GetWorldPoint(place), angle + turned
            leg.linearVelocity = lander.GetLinearVelocityFromLocalPoint(place)
            leg.angularVelocity = lander.angularVelocity
            leg.ground_contact = False
        for body in (lander, *env.legs):
            body.awake = True
        env.game_over, env.prev_shaping = False, None

    def move(self, states: FloatArray, action: int) -> tuple[Obs, BoolArray]:
        """Observations (n, 8) and terminations (n,) after one action in each of the states (n, 8).

        The engines' random dispersion is left out.
        """
        self.env.np_random = _Straight()  # type: ignore[assignment]
        seen, ended = np.empty((len(states), 8), np.float32), np.empty(len(states), bool)
        for i, state in enumerate(states):
            self.put(state)
            seen[i], _, ended[i], _, _ = self.env.step(action)
            if self.env.game_over or any(leg.ground_contact for leg in self.env.legs):
                self._part()
        return seen, ended

    def _part(self) -> None:
        """Off the ground for a moment: a contact that lasts would not be noticed as a new one."""
        self.put(_HIGH)
        self.env.step(0)


class _Straight:
    """A generator for engines that fire straight."""

    def uniform(self, low: float, high: float) -> float:
        return math.fsum((low, high)) / 2.0
