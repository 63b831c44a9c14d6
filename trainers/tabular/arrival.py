"""Newton's method for rewards of states, in the value of arriving z (see ``state_model``).

Every objective here has the form

    b . z - e . V(z) - penalty(theta(z) - level),

whose Hessian is sparse: P^T C P from the soft maximum and M^T R M from the penalty, with
M = d theta / dz = I - gamma P_pi.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray
from trainers.soft import soft_policy, soft_value
from trainers.tabular.solution import Certificate, Progress, Solution, unfinished, unit
from trainers.tabular.sparse import Factorization, dense_factor, sparse_factor
from trainers.tabular.state_model import StateModel

MAX_STEPS = 60
"""More Newton steps than a fit has needed (5 are usual from a neighbouring prior, 15 from nothing)."""


class StatePenalty(Protocol):
    """A convex penalty on the deviations d (n,) of the rewards from a common level.

    Its curvature is root^T diag(w) root, with root the identity where it is None; w is ``curvature(d)``
    exactly, or ``weights(d)`` for a positive bound on it. A free level is itself held by level_weight
    level^2 / 2.
    """

    @property
    def root(self) -> sp.csr_array | None: ...
    @property
    def free_level(self) -> bool: ...
    @property
    def level_weight(self) -> float: ...
    def value(self, d: FloatArray) -> float: ...
    def gradient(self, d: FloatArray) -> FloatArray: ...
    def weights(self, d: FloatArray) -> FloatArray: ...
    def curvature(self, d: FloatArray) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class Objective:
    """Maximise b . z - e . V(z) - penalty(theta(z) - level).

    Attributes:
        model: how rewards follow from z.
        b: (n,) linear weight of z.
        e: (L,) non-negative weight of V.
        penalty: the prior.
    """

    model: StateModel
    b: FloatArray
    e: FloatArray
    penalty: StatePenalty


@dataclass(frozen=True, eq=False)
class Fit:
    """A maximum of the objective.

    Attributes:
        z: (n,) values of arrival.
        level: common level of the rewards (zero unless the penalty leaves it free).
        theta: (n,) rewards.
        policy: (L, A) soft-optimal policy.
        iterations: Newton steps taken.
        step: largest change of a reward in the Newton step that was left at the end, in units of reward.
    """

    z: FloatArray
    level: float
    theta: FloatArray
    policy: FloatArray
    iterations: int
    step: float

    @property
    def d(self) -> FloatArray:
        """(n,) deviations from the level."""
        return self.theta - self.level


class _Point:
    """Objective (to be minimised), gradient and what the Hessian needs at one z and level."""

    def __init__(self, objective: Objective, z: FloatArray, level: float) -> None:
        model, penalty = objective.model, objective.penalty
        self.z, self.level = z, level
        q = model.q(z)
        v = soft_value(q, model.temperature)
        self.theta = model.theta(z, v)
        self.d = self.theta - level
        self.policy = soft_policy(q, model.temperature)
        misfit = float(objective.e @ v - objective.b @ z)
        self.value = misfit + penalty.value(self.d) + 0.5 * penalty.level_weight * level**2


def fit(
    objective: Objective,
    warm: Fit | None = None,
    *,
    tolerance: float = 1e-8,
    watch: Callable[[Fit], object] | None = None,
) -> Fit:
    """Maximise the objective by Newton's method with a line search.

    Args:
        objective: of which, where the penalty's level is free and a constant a gauge, the maximum with level
            0 is returned.
        warm: the fit of a neighbouring objective to start from; None starts from z = 0.
        tolerance: Newton step, relative to the ``unit`` of the deviations, below which the fit has converged.
        watch: called before every step with what there is; False ends the search.
    """
    z, level = (np.zeros(objective.model.size), 0.0) if warm is None else (warm.z, warm.level)
    point = _Point(objective, z, level)
    step = np.inf
    iteration = 0
    while iteration < MAX_STEPS:
        system = NewtonSystem(objective, point)
        following = None
        for exact in (True, False):
            dz, dlevel = system.direction(exact)
            slope = float(system.gradient @ dz + system.level_gradient * dlevel)
            if np.isfinite(slope) and slope < 0.0:
                following = _line_search(objective, point, dz, dlevel, slope)
            if following is not None:
                break
        step = float(np.abs(system.jacobian @ dz - dlevel).max()) if np.isfinite(slope) else np.inf
        so_far = Fit(point.z, point.level, point.theta, point.policy, iteration, step)
        if following is None or (watch is not None and watch(so_far) is False):
            break
        point = following
        iteration += 1
        if step <= tolerance * unit(point.d, objective.model.temperature):
            break
    return Fit(point.z, point.level, point.theta, point.policy, iteration, step)


def watched(
    progress: Progress | None, solution: Callable[[Fit, Certificate], Solution]
) -> Callable[[Fit], object] | None:
    """The ``watch`` of `fit` that tells ``progress`` what every step came to."""
    if progress is None:
        return None

    def watch(found: Fit) -> object:
        so_far = solution(found, unfinished(found.iterations, found.step))
        return progress(found.iterations, MAX_STEPS, so_far)

    return watch


def _line_search(
    objective: Objective, point: _Point, dz: FloatArray, dlevel: float, slope: float
) -> _Point | None:
    length = 1.0
    rounding = 1e-13 * (1.0 + abs(point.value))
    for _ in range(25):
        candidate = _Point(objective, point.z + length * dz, point.level + length * dlevel)
        if candidate.value <= point.value + 1e-4 * length * slope + rounding:
            return candidate
        length *= 0.4
    return None


class NewtonSystem:
    """Gradient and Hessian at a point; the free level is eliminated from the system."""

    def __init__(self, objective: Objective, point: _Point | Fit) -> None:
        model, penalty, b, e = objective.model, objective.penalty, objective.b, objective.e
        self._model, self._penalty, self._policy, self._e, self._d = model, penalty, point.policy, e, point.d
        self._averaged = model.averaged(point.policy)
        self.jacobian = model.jacobian(self._averaged)
        self._pull = penalty.gradient(point.d)
        self.gradient = self._averaged.T @ e - b + self.jacobian.T @ self._pull
        self.level_gradient = penalty.level_weight * point.level - float(self._pull.sum())
        root = penalty.root
        self._root_jacobian = self.jacobian if root is None else root @ self.jacobian
        ones = np.ones(model.size)
        self._root_ones = ones if root is None else np.asarray(root @ ones)

    def factor(self, exact: bool) -> tuple[Factorization, FloatArray]:
        """Factorised Hessian in z, and the (n,) weights of its penalty: exact, or a positive definite
        bound."""
        model, policy = self._model, self._policy
        weight = self._e / model.temperature
        if exact:
            penalty_weight = self._penalty.curvature(self._d)
            weight = weight - model.weight * self._pull[model.live] / model.temperature
        else:
            penalty_weight = self._penalty.weights(self._d)
        spread = (weight[:, None] * policy).ravel()
        if model.dense:
            hessian = model.features.T @ (spread[:, None] * model.features)
            hessian -= self._averaged.T @ (weight[:, None] * self._averaged)
            hessian += self._root_jacobian.T @ (penalty_weight[:, None] * self._root_jacobian)
            return dense_factor(hessian), penalty_weight
        parts = ((model.features, spread), (self._averaged, -weight), (self._root_jacobian, penalty_weight))
        total = sum(x.T @ (sp.diags_array(scale) @ x) for x, scale in parts)
        return sparse_factor(sp.csc_matrix(total)), penalty_weight

    def direction(self, exact: bool) -> tuple[FloatArray, float]:
        """Newton's step of z (n,) and of the level; NaN where the system is singular."""
        try:
            factor, weight = self.factor(exact)
        except np.linalg.LinAlgError:
            return np.full(self._model.size, np.nan), np.nan
        if not self._penalty.free_level:
            return -factor.solve(self.gradient), 0.0
        along, spare = self.level_direction(factor, weight)
        step = factor.solve(self.gradient)
        border = self._border(weight)
        dlevel = (-self.level_gradient - float(border @ step)) / spare
        return along * dlevel - step, dlevel

    def level_direction(self, factor: Factorization, weight: FloatArray) -> tuple[FloatArray, float]:
        """(n,) how z follows the level, and the curvature along it once z has followed."""
        border = self._border(weight)
        along = factor.solve(border)
        corner = float(weight @ self._root_ones**2) + self._penalty.level_weight
        return along, corner - float(border @ along)

    def random_pull(self, weight: FloatArray, rng: np.random.Generator) -> FloatArray:
        """(n,) draw whose covariance is the positive definite Hessian."""
        scale = np.sqrt(np.maximum(self._e, 0.0) / self._model.temperature)
        noise = scale[:, None] * np.sqrt(self._policy) * rng.standard_normal(self._policy.shape)
        prior = np.sqrt(weight) * rng.standard_normal(weight.size)
        return np.asarray(
            self._model.features.T @ noise.ravel()
            - self._averaged.T @ noise.sum(axis=1)
            + self._root_jacobian.T @ prior
        )

    def _border(self, weight: FloatArray) -> FloatArray:
        return np.asarray(self._root_jacobian.T @ (weight * self._root_ones))
