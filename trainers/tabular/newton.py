"""Newton's method on IQ-Learn's objective in Q (Garg et al. 2021, eq. 9), certified by its first-order condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainers.control import backup, chain, soft_policy, soft_value
from trainers.mdp import FloatArray, TabularMDP
from trainers.tabular.reward_term import RewardTerm
from trainers.tabular.schur import schur_system

MAX_STEPS = 100
"""More Newton steps than any posed problem has needed (about 10 are usual, 30 at a domain's edge)."""


@dataclass(frozen=True, eq=False)
class NewtonResult:
    """Where Newton's method ended.

    Attributes:
        q: (L, A) over live states.
        reward: (L, A) q - gamma P v.
        iterations: steps taken.
        residual: largest |F'(r) - x_pi| / -F''(r): how far each reward is from its first-order condition, to first
            order, in units of reward; x_pi is the occupancy of q's policy.
    """

    q: FloatArray
    reward: FloatArray
    iterations: int
    residual: float


def maximise(
    mdp: TabularMDP,
    term: RewardTerm,
    value_weight: FloatArray,
    temperature: float,
    q: FloatArray,
    *,
    tolerance: float = 1e-9,
    keep_going: Callable[[int], bool] = lambda _: True,
) -> NewtonResult:
    """Maximise F(Q - gamma P V) - value_weight . V over Q, V the soft maximum of Q.

    The line search looks at slopes, not at values: the objective is flat to rounding long before r has converged.

    Args:
        mdp: dynamics.
        term: F.
        value_weight: (L,) linear weight of V, the discounted mass that starts in each state.
        temperature: tau.
        q: (L, A) first guess, inside the term's domain.
        tolerance: wanted accuracy of the reward, relative to its largest value.
        keep_going: asked before every step; False ends the search.
    """
    system = schur_system(mdp)
    point = _Point(mdp, term, value_weight, temperature, q)
    iteration = 0
    for iteration in range(MAX_STEPS):
        if not keep_going(iteration):
            break
        spread = np.maximum(point.weight, 1e-13 * np.abs(point.weight).max())[:, None] * point.policy / temperature
        try:
            dq, dr = system.solve(point.gradient, point.policy, point.curvature, spread)
        except np.linalg.LinAlgError:
            break
        following = _line_search(point, dq, dr)
        if following is None:
            break
        point = following
        if np.abs(dr).max() <= tolerance * (1.0 + np.abs(point.reward).max()):
            break
    return NewtonResult(point.q, point.reward, iteration + 1, point.residual())


class _Point:
    """A Q with everything that the next step needs."""

    def __init__(
        self, mdp: TabularMDP, term: RewardTerm, value_weight: FloatArray, temperature: float, q: FloatArray
    ) -> None:
        self._mdp, self._term, self._value_weight, self._temperature = mdp, term, value_weight, temperature
        self.q = q
        self.reward = q - mdp.gamma * backup(mdp, soft_value(q, temperature))  # (L, A)
        self.policy = np.maximum(soft_policy(q, temperature), 1e-300)
        self.slope, self.curvature = term.slopes(self.reward)
        flow = mdp.gamma * np.asarray(mdp.continuation.T @ self.slope.ravel())
        self.weight = flow + value_weight  # (L,) minus the derivative with respect to V at fixed Q
        self.gradient = self.slope - self.policy * self.weight[:, None]

    def moved(self, dq: FloatArray) -> _Point:
        return _Point(self._mdp, self._term, self._value_weight, self._temperature, self.q + dq)

    def inside(self) -> bool:
        lower, upper = self._term.limits()
        return bool(((self.reward > lower) & (self.reward < upper)).all() and np.isfinite(self.gradient).all())

    def step_to_boundary(self, dr: FloatArray) -> float:
        """The largest step at most 1 that, to first order, keeps a hundredth of the way to the domain's end."""
        lower, upper = self._term.limits()
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(dr < 0, (lower - self.reward) / dr, np.where(dr > 0, (upper - self.reward) / dr, np.inf))
        return float(min(1.0, 0.99 * room.min()))

    def residual(self) -> float:
        flow = chain(self._mdp, self.policy).solve_transposed(self._value_weight)
        return float((np.abs(self.slope - flow[:, None] * self.policy) / self.curvature).max())


def _line_search(point: _Point, dq: FloatArray, dr: FloatArray) -> _Point | None:
    ascent = float((point.gradient * dq).sum())
    if not ascent > 0:
        return None
    step = point.step_to_boundary(dr)
    for _ in range(40):
        candidate = point.moved(step * dq)
        if candidate.inside():
            slope = float((candidate.gradient * dq).sum())
            if slope >= -0.9 * ascent:
                return candidate
            step *= min(0.5, max(0.1, ascent / (ascent - slope)))
        else:
            step *= 0.5
    return None
