"""The part of the objective that is a sum over pairs of a concave function of the pair's reward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainers.arrays import FloatArray
from trainers.divergences import Divergence
from trainers.settings import SHARE
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.newton import Point
from trainers.tabular.schur import schur_system

Penalty = Literal["expert", "mixture", "uniform"]

SOFTEST = 1e-12
"""Least curvature, relative to the uniform distribution: keeps Newton's system definite."""

FLOOR = 1e-2
"""Least weight, relative to the uniform distribution, of the penalty on pairs that the expert never takes.

Without it the reward of such pairs has no lower bound; far below it, it is only limited by rounding.
"""

EDGE = 1e-9
"""How close a reward comes to the open end of its domain, relative to the domain's own scale."""


@dataclass(frozen=True, eq=False)
class RewardTerm:
    """F(r) = sum rho lambda phi(r / lambda) - sum d (r - r0)^2 / (4 alpha), as its derivatives.

    r0 = lambda * neutral is the reward of a pair on which expert and learner agree. The chi-squared
    divergence is the quadratic itself, so there phi is the identity. For a mixture the policy's half of d
    is the learner's own occupancy; eliminating it from the first-order condition n(r) = (1 + (r - r0) / (4
    alpha)) rho_pi, with n = rho phi'(r / lambda) - d (r - r0) / (2 alpha), leaves a concave term with F' =
    n / (1 + (r - r0) / (4 alpha)) on r - r0 > -4 alpha, and holds pairs that the expert never takes at that
    end. A range constraint |r| <= lambda enters as a logarithmic barrier.

    Attributes:
        divergence: which phi.
        scale: lambda.
        rho: (L, A) expert distribution over live pairs.
        stiffness: (L, A) d / (2 alpha).
        bound: 4 alpha for a mixture, else infinity.
        barrier: weight of the logarithmic barrier, 0 without a range constraint.
    """

    divergence: Divergence
    scale: float
    rho: FloatArray
    stiffness: FloatArray
    bound: float
    barrier: float = 0.0

    @property
    def neutral(self) -> float:
        """r0, the reward of a pair on which expert and learner agree."""
        return self.scale * self.divergence.neutral

    @property
    def _linear(self) -> bool:
        return self.divergence.name == "chi2" or self.divergence.constraint != "none"

    def slopes(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(L, A) F'(r) and -F''(r) inside the domain."""
        pull = r - self.neutral
        if self._linear:
            slope, curvature = self.rho.copy(), np.zeros_like(r)
        else:
            x = np.where(self.rho > 0, r / self.scale, self.divergence.neutral)
            slope = self.rho * self.divergence.dphi(x)
            curvature = -self.rho * self.divergence.d2phi(x) / self.scale
        slope -= self.stiffness * pull
        curvature += self.stiffness
        if np.isfinite(self.bound):
            share = 1.0 + pull / self.bound
            slope, curvature = slope / share, curvature / share + slope / (self.bound * share**2)
            curvature = np.maximum(curvature, SOFTEST / r.size)
        if self.barrier:
            above, below = self.scale - r, self.scale + r
            slope += self.barrier * (1.0 / below - 1.0 / above)
            curvature += self.barrier * (1.0 / below**2 + 1.0 / above**2)
        return slope, curvature

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """(L, A) open ends of the domain of each pair's reward."""
        if self.barrier:
            return np.full_like(self.rho, -self.scale), np.full_like(self.rho, self.scale)
        lower = np.full_like(self.rho, self.neutral - self.bound)
        if not self._linear:
            lower[self.rho > 0] = np.maximum(lower[self.rho > 0], self.scale * self.divergence.lower)
        return lower, np.full_like(self.rho, np.inf)

    def room(self, r: FloatArray, dr: FloatArray) -> float:
        """The largest step along dr that stays in the domain (possibly infinite)."""
        lower, upper = self.limits()
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(dr < 0, (lower - r) / dr, np.where(dr > 0, (upper - r) / dr, np.inf))
        return float(room.min())

    def direction(
        self, mdp: TabularMDP, point: Point, curvature: FloatArray, spread: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Newton's change of the rewards (L, A) and of the values (L,), see ``SchurSystem.solve``."""
        return schur_system(mdp).solve(point.gradient, point.policy, curvature, spread)

    def lowest(self) -> FloatArray:
        """(L, A) smallest reward that is taken: a hair inside the domain, -inf where it has no lower end."""
        if self.barrier:
            return np.full_like(self.rho, -np.inf)
        lower, _ = self.limits()
        width = min(self.bound, self.scale)
        return np.where(np.isfinite(lower), lower + EDGE * width, -np.inf)

    def first_guess(self) -> FloatArray:
        """(L, A) the neutral reward; a mixture's pairs that the expert never takes start where they end."""
        return np.where((self.rho > 0) | ~np.isfinite(self.bound), self.neutral, self.lowest())


def reward_term(
    divergence: Divergence, rho: FloatArray, *, scale: float, alpha: float, penalty: Penalty, beta: float
) -> RewardTerm:
    """The reward term of an expert distribution rho (L, A) over live pairs.

    The quadratic's distribution d is rho ("expert"), (rho + rho_pi) / 2 ("mixture") or
    (1 - beta) rho + beta uniform ("uniform"). Any other divergence takes the place of the expert's share of
    it: d is then nothing, rho_pi / 2 or beta uniform. So one formula serves all, and "expert" is the
    paper's objective.

    Raises:
        ValueError: scale or alpha is not positive, beta is outside [0, 1], or the penalty is unknown.
    """
    if not (scale > 0 and alpha > 0):
        raise ValueError(f"the reward scale and alpha must be positive, got {scale:g} and {alpha:g}")
    if beta not in SHARE:
        raise ValueError(f"beta must lie {SHARE}, got {beta:g}")
    chi2 = divergence.name == "chi2"
    curvature = 1.0 / (2.0 * alpha * (scale if chi2 else 1.0))
    own = rho if chi2 else np.zeros_like(rho)
    bound = np.inf
    if divergence.constraint != "none":
        stiffness = np.zeros_like(rho)
    elif penalty in ("expert", "uniform"):
        uniform = beta if penalty == "uniform" else 0.0
        share = np.where(rho > 0, uniform, max(uniform, FLOOR))
        stiffness = curvature * ((1.0 - uniform) * own + share / rho.size)
    elif penalty == "mixture":
        bound = 2.0 / curvature
        stiffness = 0.5 * curvature * own
    else:
        raise ValueError(f"unknown penalty {penalty!r}: choose expert, mixture or uniform")
    return RewardTerm(divergence, scale, rho, stiffness, bound)
