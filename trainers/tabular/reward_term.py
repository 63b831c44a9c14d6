"""The part of the objective that is a sum over pairs of a concave function of the pair's reward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trainers.divergences import Divergence
from trainers.mdp import BoolArray, FloatArray

Penalty = Literal["expert", "mixture", "uniform"]

FLOOR = 1e-8
"""Pairs whose expert probability is below FLOOR / (L * A) count as never demonstrated."""

PIN = 1e6
"""Curvature that holds a pair at the end of its domain where the expert gives it no weight at all."""


@dataclass(frozen=True, eq=False)
class RewardTerm:
    """F(r) = sum rho lambda phi(r / lambda) - sum d (r - r0)^2 / (4 alpha), as its derivatives.

    r0 = lambda * neutral is the reward of a pair on which expert and learner agree. The chi-squared divergence is
    the quadratic itself, so there phi is the identity. For a mixture the policy's half of d is the learner's own
    occupancy; eliminating it from the first-order condition n(r) = (1 + (r - r0) / (4 alpha)) rho_pi, with
    n = rho phi'(r / lambda) - d (r - r0) / (2 alpha), leaves a concave term with F' = n / (1 + (r - r0) / (4 alpha))
    on r - r0 > -4 alpha. A range constraint |r| <= lambda enters as a logarithmic barrier.

    Attributes:
        divergence: which phi.
        scale: lambda.
        rho: (L, A) expert distribution over live pairs.
        stiffness: (L, A) d / (2 alpha).
        centre: (L, A) where the quadratic vanishes: r0, or the end of the domain for pinned pairs.
        bound: 4 alpha for a mixture, else infinity.
        pinned: (L, A) pairs of a mixture that the expert never shows: their reward is r0 - 4 alpha exactly.
        barrier: weight of the logarithmic barrier, 0 without a range constraint.
    """

    divergence: Divergence
    scale: float
    rho: FloatArray
    stiffness: FloatArray
    centre: FloatArray
    bound: float
    pinned: BoolArray
    barrier: float = 0.0

    @property
    def _linear(self) -> bool:
        return self.divergence.name == "chi2" or self.divergence.constraint != "none"

    def slopes(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(L, A) F'(r) and -F''(r); NaN outside the domain."""
        pull = r - self.centre
        if self._linear:
            slope, curvature = self.rho.copy(), np.zeros_like(r)
        else:
            x = np.where(self.rho > 0, r / self.scale, self.divergence.neutral)
            slope = self.rho * self.divergence.dphi(x)
            curvature = -self.rho * self.divergence.d2phi(x) / self.scale
        slope -= self.stiffness * pull
        curvature = curvature + self.stiffness
        if np.isfinite(self.bound):
            share = np.where(self.pinned, 1.0, 1.0 + pull / self.bound)
            slope, curvature = slope / share, curvature / share
            curvature += np.where(self.pinned, 0.0, slope / (self.bound * share))
        if self.barrier:
            above, below = self.scale - r, self.scale + r
            slope += self.barrier * (1.0 / below - 1.0 / above)
            curvature += self.barrier * (1.0 / below**2 + 1.0 / above**2)
        return slope, curvature

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """(L, A) open ends of the domain of each pair's reward."""
        if self.barrier:
            return np.full_like(self.rho, -self.scale), np.full_like(self.rho, self.scale)
        lower = np.full_like(self.rho, -np.inf)
        if not self._linear:
            lower[self.rho > 0] = self.scale * self.divergence.lower
        if np.isfinite(self.bound):
            lower = np.where(self.pinned, lower, np.maximum(lower, self.centre - self.bound))
        return lower, np.full_like(self.rho, np.inf)

    def with_barrier(self, weight: float) -> RewardTerm:
        """The same term with another weight of the logarithmic barrier."""
        return replace(self, barrier=weight)


def reward_term(
    divergence: Divergence, rho: FloatArray, *, scale: float, alpha: float, penalty: Penalty, beta: float
) -> RewardTerm:
    """The reward term of an expert distribution rho (L, A) over live pairs.

    The quadratic's distribution d is rho ("expert"), (rho + rho_pi) / 2 ("mixture") or
    (1 - beta) rho + beta uniform ("uniform"). Any other divergence takes the place of the expert's share of it:
    d is then nothing, rho_pi / 2 or beta uniform. So one formula serves all, and "expert" is the paper's objective.

    Raises:
        ValueError: scale or alpha is not positive, beta is outside (0, 1], or the penalty is unknown.
    """
    if not (scale > 0 and alpha > 0):
        raise ValueError(f"the reward scale and alpha must be positive, got {scale:g} and {alpha:g}")
    if not 0 < beta <= 1:
        raise ValueError(f"beta must lie in (0, 1], got {beta:g}: for no uniform share choose the expert penalty")
    chi2 = divergence.name == "chi2"
    curvature = 1.0 / (2.0 * alpha * (scale if chi2 else 1.0))
    own = rho if chi2 else np.zeros_like(rho)
    floor = FLOOR / rho.size
    centre = np.full_like(rho, scale * divergence.neutral)
    pinned = np.zeros_like(rho, dtype=bool)
    bound = np.inf
    if divergence.constraint != "none":
        stiffness = np.zeros_like(rho)
    elif penalty == "expert":
        stiffness = curvature * np.where(rho < floor, floor, own)
    elif penalty == "uniform":
        stiffness = curvature * ((1.0 - beta) * own + beta / rho.size)
    elif penalty == "mixture":
        bound = 2.0 / curvature
        pinned = rho < floor
        stiffness = np.where(pinned, PIN, 0.5 * curvature * own)
        centre = np.where(pinned, centre - bound, centre)
        rho = np.where(pinned, 0.0, rho)
    else:
        raise ValueError(f"unknown penalty {penalty!r}: choose expert, mixture or uniform")
    return RewardTerm(divergence, scale, rho, stiffness, centre, bound, pinned)
