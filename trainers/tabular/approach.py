"""Newton's method in Q: the cheap way from a first guess to the neighbourhood of IQ-Learn's maximum.

In Q the soft value is explicit, so that a step costs one factorisation, where a step in r has to plan anew.
What the two share is the model: dQ = u + dV with pi u = 0, so dr = u + K dV, and the objective changes by
F'(r) . dr - c . dV. They differ in the curvature of V, which stands here with the mass c + gamma P^T F'(r)
that the expert's side of the first-order condition implies; at the maximum it is the learner's occupancy.
Away from it the mass may be negative, J is not concave there and a step may fail: ``newton.maximise``, whose
objective always is concave, takes over wherever this ends, and certifies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainers.arrays import FloatArray
from trainers.soft import implied_reward, soft_policy, soft_value
from trainers.tabular.newton import TINY, Problem, Watch
from trainers.tabular.planning import backup
from trainers.tabular.schur import schur_system
from trainers.tabular.solution import unit

MAX_STEPS = 40
"""About 8 are usual, 20 on the largest grids."""

TOLERANCE = 1e-8
"""Largest Newton-sized error of a reward, relative to the largest reward, at which the approach ends."""


@dataclass(frozen=True, eq=False)
class _Point:
    q: FloatArray  # (L, A)
    v: FloatArray  # (L,)
    reward: FloatArray  # (L, A)
    policy: FloatArray  # (L, A)
    slope: FloatArray  # (L, A) F'(r)
    curvature: FloatArray  # (L, A) -F''(r)
    mass: FloatArray  # (L,)
    gradient: FloatArray  # (L, A) dJ/dQ


def approach(
    problem: Problem, reward: FloatArray, v: FloatArray, watch: Watch
) -> tuple[FloatArray, FloatArray, int]:
    """Climb J(Q) from the Q that reward (L, A) and a guess v (L,) of its value give.

    Returns:
        The reward (L, A) and soft value (L,) that were reached, and the number of steps.
    """
    point = _point(problem, reward + problem.mdp.gamma * backup(problem.mdp, v))
    for iteration in range(MAX_STEPS):
        error = float((np.abs(point.gradient) / point.curvature).max())
        near = error <= TOLERANCE * unit(point.reward, problem.temperature)
        if near or not watch(point.q, error):
            return point.reward, point.v, iteration
        following = _step(problem, point)
        if following is None:
            return point.reward, point.v, iteration
        point = following
    return point.reward, point.v, MAX_STEPS


def _point(problem: Problem, q: FloatArray) -> _Point:
    mdp, temperature = problem.mdp, problem.temperature
    v = soft_value(q, temperature)
    reward = implied_reward(q, backup(mdp, v), mdp.gamma)
    policy = np.maximum(soft_policy(q, temperature), TINY)
    slope, curvature = problem.term.slopes(reward)
    # K^T F' = sum_a F' - gamma P^T F'
    mass = problem.value_weight + slope.sum(axis=1) - schur_system(mdp).apply_kt(slope)
    return _Point(q, v, reward, policy, slope, curvature, mass, slope - mass[:, None] * policy)


def _step(problem: Problem, point: _Point) -> _Point | None:
    spread = np.maximum(np.maximum(point.mass, 0.0)[:, None] * point.policy, TINY) / problem.temperature
    system = schur_system(problem.mdp)
    try:
        dr, dv = system.solve(point.slope, point.policy, point.curvature, spread, problem.value_weight)
    except np.linalg.LinAlgError:
        return None
    dq = dr + problem.mdp.gamma * backup(problem.mdp, dv)
    ascent = float((point.gradient * dq).sum())
    if not ascent > 0:
        return None
    step = 1.0
    for _ in range(30):
        candidate = _point(problem, point.q + step * dq)
        slope = float((candidate.gradient * dq).sum())
        if slope >= -0.5 * ascent:
            return candidate
        step *= min(0.5, max(0.1, ascent / (ascent - slope))) if np.isfinite(slope) else 0.1
    return None
