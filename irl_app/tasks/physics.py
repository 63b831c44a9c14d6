"""CartPole and Acrobot for many episodes at once: Gymnasium's equations of motion on arrays.

Operation for operation as ``gymnasium.envs.classic_control`` has them, so that a seed gives the same episode.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.tasks.batch import MovesLeft, Obs, Step
from trainers.mdp import BoolArray, FloatArray, IntArray

_X_LIMIT = 2.4
_ANGLE_LIMIT = 12 * 2 * np.pi / 360


@dataclass(frozen=True)
class Physics:
    """A system whose state is four numbers.

    Attributes:
        spread: each number starts uniformly in ±spread. start_kind: precision in which it starts.
        move: (state (4, m), action (m,)) -> state (4, m).
        observe: state (4, m) -> (m, O) float32. ended: state (4, m) -> (m,).
        reward: terminated (m,) -> (m,).
    """

    spread: float
    start_kind: type[np.float32] | type[np.float64]
    move: Callable[[FloatArray, IntArray], FloatArray]
    observe: Callable[[FloatArray], Obs]
    ended: Callable[[FloatArray], BoolArray]
    reward: Callable[[BoolArray], FloatArray]


class PhysicsBatch:
    """A `Batch` of n systems, cut off after `limit` moves."""

    def __init__(self, physics: Physics, n: int, limit: int) -> None:
        self._physics = physics
        self._state = np.zeros((4, n))
        self._left = MovesLeft(n, limit)

    def reset(self, slots: IntArray, seeds: IntArray) -> Obs:
        """As `Batch.reset`."""
        spread, kind = self._physics.spread, self._physics.start_kind
        drawn = [np.random.default_rng(seed).uniform(-spread, spread, 4) for seed in seeds.tolist()]
        start: NDArray[Any] = np.stack(drawn, axis=1).astype(kind)
        self._state[:, slots] = start
        self._left.restart(slots)
        return self._physics.observe(start)

    def step(self, slots: IntArray, action: IntArray) -> Step:
        """As `Batch.step`."""
        state = self._physics.move(self._state[:, slots], action)
        self._state[:, slots] = state
        terminated = self._physics.ended(state)
        truncated = self._left.count(slots, terminated)
        return Step(self._physics.observe(state), self._physics.reward(terminated), terminated, truncated)


def _cart_pole_move(state: FloatArray, action: IntArray) -> FloatArray:
    """One Euler step of 0.02 s under a push of ±10 N (Barto, Sutton and Anderson 1983)."""
    x, x_dot, theta, theta_dot = state
    force = np.where(action == 1, 10.0, -10.0)
    cos, sin = np.cos(theta), np.sin(theta)
    temp = (force + 0.05 * np.square(theta_dot) * sin) / 1.1
    theta_acc = (9.8 * sin - cos * temp) / (0.5 * (4.0 / 3.0 - 0.1 * np.square(cos) / 1.1))
    x_acc = temp - 0.05 * theta_acc * cos / 1.1
    return np.stack(
        [x + 0.02 * x_dot, x_dot + 0.02 * x_acc, theta + 0.02 * theta_dot, theta_dot + 0.02 * theta_acc]
    )


def _cart_pole_ended(state: FloatArray) -> BoolArray:
    return (np.abs(state[0]) > _X_LIMIT) | (np.abs(state[2]) > _ANGLE_LIMIT)


def _acrobot_derivative(state: NDArray[Any], torque: FloatArray) -> FloatArray:
    """(4, m) time derivative, the book's version (Sutton and Barto, 11.3; both links 1 m and 1 kg)."""
    theta1, theta2, dtheta1, dtheta2 = state
    cos2, sin2 = np.cos(theta2), np.sin(theta2)
    d1 = 0.25 + (1.0 + 0.25 + cos2) + 1.0 + 1.0
    d2 = (0.25 + 0.5 * cos2) + 1.0
    phi2 = 0.5 * 9.8 * np.cos(theta1 + theta2 - np.pi / 2.0)
    phi1 = -0.5 * dtheta2**2 * sin2 - dtheta2 * dtheta1 * sin2 + 1.5 * 9.8 * np.cos(theta1 - np.pi / 2) + phi2
    ddtheta2 = (torque + d2 / d1 * phi1 - 0.5 * dtheta1**2 * sin2 - phi2) / (1.25 - d2**2 / d1)
    ddtheta1 = -(d2 * ddtheta2 + phi1) / d1
    return np.stack([dtheta1, dtheta2, ddtheta1, ddtheta2])


def _acrobot_move(state: FloatArray, action: IntArray) -> FloatArray:
    """One fourth-order Runge-Kutta step of 0.2 s under a torque of -1, 0 or 1 N m."""
    torque = action.astype(np.float64) - 1.0
    k1 = _acrobot_derivative(state, torque)
    k2 = _acrobot_derivative(state + 0.1 * k1, torque)
    k3 = _acrobot_derivative(state + 0.1 * k2, torque)
    k4 = _acrobot_derivative(state + 0.2 * k3, torque)
    moved: FloatArray = state + 0.2 / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
    angles = moved[:2]
    while (beyond := np.abs(angles) > np.pi).any():
        angles[beyond] -= np.copysign(2 * np.pi, angles[beyond])
    np.clip(moved[2], -4 * np.pi, 4 * np.pi, out=moved[2])
    np.clip(moved[3], -9 * np.pi, 9 * np.pi, out=moved[3])
    return moved


def _acrobot_observe(state: FloatArray) -> Obs:
    theta1, theta2, dtheta1, dtheta2 = state
    seen = [np.cos(theta1), np.sin(theta1), np.cos(theta2), np.sin(theta2), dtheta1, dtheta2]
    return np.stack(seen, axis=1).astype(np.float32)


CART_POLE = Physics(
    spread=0.05,
    start_kind=np.float64,
    move=_cart_pole_move,
    observe=lambda state: state.T.astype(np.float32),
    ended=_cart_pole_ended,
    reward=lambda terminated: np.ones(terminated.shape),
)
ACROBOT = Physics(
    spread=0.1,
    start_kind=np.float32,  # as Gymnasium has it: the first observation shows it
    move=_acrobot_move,
    observe=_acrobot_observe,
    ended=lambda state: -np.cos(state[0]) - np.cos(state[1] + state[0]) > 1.0,
    reward=lambda terminated: np.where(terminated, 0.0, -1.0),
)
