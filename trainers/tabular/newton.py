"""Newton's method on IQ-Learn's objective (Garg et al. 2021, eq. 9), certified by its first-order condition.

Q and r = Q - gamma P V determine each other (their lemma 3.1), so the steps are taken in r, where the
objective F(r) - c . V*(r) is a separable concave term less a convex one, the domain is a box, and the
gradient F'(r) - rho_pi is the first-order condition itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trainers.arrays import BoolArray, FloatArray
from trainers.soft import soft_policy
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import chain, solve_soft
from trainers.tabular.solution import unit

MAX_STEPS = 100
"""More Newton steps than any posed problem has needed (about 10 are usual, 30 at a domain's edge)."""

TINY = 1e-200
"""Keeps probabilities, and what is divided by them, away from zero."""

HOLD = 1e8
"""Relative curvature that keeps a reward at the end of its domain during a step."""


Watch = Callable[[FloatArray, float], bool]
"""``watch(q, residual)`` before every step, q (L, A) over live states; False ends the search."""


class Term(Protocol):
    """The concave part of the objective that depends on the rewards (L, A) directly."""

    def slopes(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(L, A) derivative and minus the diagonal of the second derivative."""

    def room(self, r: FloatArray, dr: FloatArray) -> float:
        """The largest step along dr that stays in the domain."""

    def lowest(self) -> FloatArray:
        """(L, A) smallest reward that is taken."""

    def direction(
        self, mdp: TabularMDP, point: Point, curvature: FloatArray, spread: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Newton's change of the rewards (L, A) and of the values (L,) at a point.

        Args:
            curvature: (L, A) minus the second derivative. spread: (L, A) occupancy over temperature.
        """


@dataclass(frozen=True, eq=False)
class NewtonResult:
    """Where Newton's method ended.

    Attributes:
        q: (L, A) soft-optimal action values over live states.
        v: (L,) soft-optimal values.
        reward: (L, A) q - gamma P v.
        iterations: steps taken.
        residual: largest |F'(r) - rho_pi| / -F''(r): the distance of each reward from its first-order
            condition, to first order, in units of reward. Rewards held at the end of their domain are where
            they belong.
    """

    q: FloatArray
    v: FloatArray
    reward: FloatArray
    iterations: int
    residual: float


@dataclass(frozen=True, eq=False)
class Problem:
    """Maximise F(r) - value_weight . V*(r) over the rewards r (L, A) of live pairs.

    Attributes:
        mdp: dynamics.
        term: F.
        value_weight: (L,) discounted mass that starts in each live state.
        temperature: tau.
    """

    mdp: TabularMDP
    term: Term
    value_weight: FloatArray
    temperature: float

    def point(self, reward: FloatArray, v: FloatArray) -> Point:
        """Everything that the next step needs at reward (L, A), with a guess v (L,) of its value."""
        q, v, _, _ = solve_soft(self.mdp, reward, self.temperature, v)
        policy = np.maximum(soft_policy(q, self.temperature), TINY)
        mass = chain(self.mdp, policy).solve_transposed(self.value_weight)
        occupancy = mass[:, None] * policy
        slope, curvature = self.term.slopes(reward)
        gradient = slope - occupancy
        held = (reward <= self.term.lowest()) & (gradient < 0.0)
        gradient[held] = 0.0
        residual = float((np.abs(gradient) / curvature).max())
        return Point(reward, q, v, policy, occupancy, gradient, curvature, held, residual)


@dataclass(frozen=True, eq=False)
class Point:
    """Everything that a step needs at one reward; all (L, A) but v (L,) and the residual."""

    reward: FloatArray
    q: FloatArray
    v: FloatArray
    policy: FloatArray
    occupancy: FloatArray
    gradient: FloatArray
    curvature: FloatArray
    held: BoolArray
    residual: float


def maximise(
    problem: Problem,
    reward: FloatArray,
    v: FloatArray,
    *,
    tolerance: float = 1e-10,
    watch: Watch = lambda q, residual: True,
) -> NewtonResult:
    """Solve the problem from a reward (L, A) inside the domain and a guess v (L,) of its value.

    Stops when the residual falls below ``tolerance`` times the rewards' ``unit``, when rounding ends the
    ascent, or when ``watch`` says no.
    """
    point = problem.point(reward, v)
    iteration = 0
    while iteration < MAX_STEPS and watch(point.q, point.residual):
        if point.residual <= tolerance * unit(point.reward, problem.temperature):
            break
        following = _step(problem, point)
        if following is None:
            break
        point = following
        iteration += 1
    return NewtonResult(point.q, point.v, point.reward, iteration, point.residual)


def _step(problem: Problem, point: Point) -> Point | None:
    spread = np.maximum(point.occupancy, TINY) / problem.temperature
    curvature = np.where(point.held, HOLD * max(point.curvature.max(), spread.max()), point.curvature)
    try:
        dr, dv = problem.term.direction(problem.mdp, point, curvature, spread)
    except np.linalg.LinAlgError:
        return None
    dr[point.held] = 0.0
    ascent = float((point.gradient * dr).sum())
    if not ascent > 0:
        return None
    return _line_search(problem, point, dr, dv, ascent)


def _line_search(
    problem: Problem, point: Point, dr: FloatArray, dv: FloatArray, ascent: float
) -> Point | None:
    """A step that ends where the objective still climbs, or falls less steeply than it rose.

    It looks at slopes, not at values: the objective is flat to rounding long before r has converged.
    """
    step = min(1.0, 0.99 * problem.term.room(point.reward, dr))
    for _ in range(30):
        reward = np.maximum(point.reward + step * dr, problem.term.lowest())
        candidate = problem.point(reward, point.v + step * dv)
        slope = float((candidate.gradient * dr).sum())
        if slope >= -0.5 * ascent or candidate.residual < 0.5 * point.residual:
            return candidate
        step *= min(0.5, max(0.1, ascent / (ascent - slope))) if np.isfinite(slope) else 0.1
    return None
