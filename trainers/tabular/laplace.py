"""How sure a fitted state reward is: the standard deviations of its Laplace posterior."""

from __future__ import annotations

import numpy as np

from trainers.arrays import FloatArray
from trainers.tabular.arrival import Fit, NewtonSystem, Objective
from trainers.tabular.sparse import Factorization

EXACT_LIMIT = 1600
"""Up to this many states the diagonal of the inverse is computed exactly, beyond it from posterior draws."""

DRAWS = 256
"""Posterior draws for larger problems: a standard deviation from them is accurate to about 4 %."""

NO_SD = "Rounding leaves no standard deviations: choose a temperature nearer to 1 or a smaller discount."


def posterior_sd(objective: Objective, found: Fit) -> tuple[FloatArray | None, tuple[str, ...]]:
    """(n,) standard deviation of every reward, None where rounding leaves none, and sentences on that.

    The posterior is Gaussian at the most probable reward, with the Fisher information plus the prior's
    curvature as its precision. Where a constant is free, it is that of the reward less its mean. It is
    conditional on the prior: a smooth prior lends certainty to states that were never visited.
    """
    model, penalty = objective.model, objective.penalty
    system = NewtonSystem(objective, found)
    try:
        factor, weight = system.factor(exact=False)
    except np.linalg.LinAlgError:
        return None, (NO_SD,)
    # Eliminating the free level adds one direction, along z = A^-1 border, to the covariance A^-1 of z.
    along, spare = system.level_direction(factor, weight)
    if penalty.free_level and not spare > 0.0:
        return None, (NO_SD,)
    level = (
        np.asarray(system.jacobian @ along) / np.sqrt(spare) if penalty.free_level else np.zeros(model.size)
    )
    if model.size > EXACT_LIMIT:
        return _from_draws(system, factor, weight, level), (
            f"Standard deviations come from {DRAWS} posterior draws and are accurate to about 4 %.",
        )
    jacobian = system.jacobian if model.dense else system.jacobian.toarray()
    covariance = np.asarray(system.jacobian @ factor.solve(np.asfortranarray(jacobian.T)))
    covariance += np.outer(level, level)
    variance = np.diagonal(covariance).copy()
    if penalty.free_level:
        variance += covariance.mean() - 2.0 * covariance.mean(axis=0)
    return np.sqrt(np.maximum(variance, 0.0)), ()


def _from_draws(
    system: NewtonSystem, factor: Factorization, weight: FloatArray, level: FloatArray
) -> FloatArray:
    rng = np.random.default_rng(0)
    pulls = np.column_stack([system.random_pull(weight, rng) for _ in range(DRAWS)])
    draws = np.asarray(system.jacobian @ factor.solve(pulls))
    if level.any():
        draws += level[:, None] * rng.standard_normal(DRAWS)
        draws -= draws.mean(axis=0)
    return np.asarray(np.sqrt((draws**2).mean(axis=1)))
