"""The reward of places that makes demonstrated moves likely: causal maximum likelihood on a lattice.

The expert is soft-optimal (Ziebart et al. 2010) for a reward r(s') on entering a place,

    pi(a | s) = exp((W(s'(s, a)) - V(s)) / tau),
    W = r + gamma V,  V(s) = tau log sum_a exp(W(s'(s, a)) / tau),

where W is interpolated between the nodes and a runs over a grid of actions. The likelihood of what was done
is taken at the very places and actions that were shown; before, r is a Gaussian process over places with the
kernel scale^2 exp(-|x - y|^2 / (2 length^2)), which knows no walls.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from scipy.optimize import minimize

from trainers.arrays import FloatArray
from trainers.places.world import PlaceWorld
from trainers.soft import soft_policy, soft_value
from trainers.tabular.planning import chain, solve_soft
from trainers.tabular.sparse import Factorization

KEPT = 1e-4
"""Of the prior's largest variance: directions with less are left out."""
TOLERANCE = 1e-3
"""Of the gradient's largest entry, in nats a deviation of the prior, at which a fit has converged."""
MAX_STEPS = 200
_BLOCK = 64


@dataclass(frozen=True)
class PlacePrior:
    """What is believed of a reward of places before anything is shown.

    Attributes:
        length: metres over which rewards are alike, > 0. scale: deviation of rewards, in units of the
            temperature, > 0.
    """

    length: float = 1.0
    scale: float = 0.5


@dataclass(frozen=True, eq=False)
class PlaceSolution:
    """A reward of places and its soft-optimal control.

    Attributes:
        reward: (S,) on entering a node; its level is free, and its mean zero.
        sd: (S,) deviation of the posterior about it, given the prior (Laplace).
        prior_sd: (S,) the same before anything was shown.
        value: (S,) soft value V under the discount of the fit.
        log_likelihood: mean of a demonstrated move, in nats over an even choice among the grid's actions.
        iterations: steps taken. residual: largest entry of the gradient at the end.
        milliseconds: it took.
    """

    reward: FloatArray
    sd: FloatArray
    prior_sd: FloatArray
    value: FloatArray
    log_likelihood: float
    iterations: int
    residual: float
    milliseconds: float

    @property
    def converged(self) -> bool:
        """Whether the gradient is as small as was asked for."""
        return self.residual <= TOLERANCE


def place_likelihood(
    world: PlaceWorld,
    places: FloatArray,
    shown: FloatArray,
    *,
    gamma: float = 0.9,
    temperature: float = 1.0,
    prior: PlacePrior | None = None,
) -> PlaceSolution:
    """The most probable reward of places given demonstrated moves.

    Args:
        world: where it was, with its dynamics, known or learned; it chose among its K actions, as evenly as
            they lie.
        places: (n, 2) where it was. shown: (n, 2) what it did there.
        gamma: in (0, 1). temperature: tau > 0 of its policy. prior: None for the usual one.
    """
    started = perf_counter()
    fit = _Fit(world, places, shown, gamma, temperature, prior or PlacePrior())
    found = minimize(
        fit.objective, np.zeros(fit.root.shape[1]), jac=True, method="L-BFGS-B",
        options={"maxiter": MAX_STEPS, "maxcor": 20, "gtol": TOLERANCE, "ftol": 1e-12},
    )  # fmt: skip
    return fit.solution(found, started)


class _Fit:
    """The posterior of the reward r = root z, z standard normal."""

    def __init__(
        self,
        world: PlaceWorld,
        places: FloatArray,
        shown: FloatArray,
        gamma: float,
        temperature: float,
        prior: PlacePrior,
    ) -> None:
        self.tau, self.k, self.n = temperature, len(world.actions), len(places)
        self.mdp = world.mdp(gamma)
        self.offered = world.after_all(places)
        self.taken = np.asarray(world.lattice.weights(world.moves(places, shown)).sum(axis=0)).ravel()
        self.root = _prior_root(world.lattice.nodes, prior, temperature)
        self.value = np.zeros(world.lattice.size)

    def objective(self, z: FloatArray) -> tuple[float, FloatArray]:
        log_likelihood, gradient, _, _ = self.at(z)
        return -log_likelihood + 0.5 * float(z @ z), z - self.root.T @ gradient

    def at(self, z: FloatArray) -> tuple[float, FloatArray, FloatArray, Factorization]:
        """Log-likelihood, its derivative by the rewards (S,), the policy (n, K) and I - gamma P."""
        mdp, tau, reward = self.mdp, self.tau, self.root @ z
        r = np.asarray(mdp.transition @ reward).reshape(mdp.n_states, -1)
        q, self.value, _, _ = solve_soft(mdp, r, tau, self.value)
        factor = chain(mdp, soft_policy(q, tau))
        worth = reward + mdp.gamma * self.value
        offers = np.asarray(self.offered @ worth).reshape(self.n, self.k)
        policy = soft_policy(offers, tau)
        log_likelihood = (self.taken @ worth - soft_value(offers, tau).sum()) / tau + self.n * np.log(self.k)
        by_worth = (self.taken - self.offered.T @ policy.ravel()) / tau
        return float(log_likelihood), factor.solve_transposed(by_worth), policy, factor

    def solution(self, found: Any, started: float) -> PlaceSolution:
        log_likelihood, gradient, policy, factor = self.at(found.x)
        reward = self.root @ found.x
        ways = self.root - self.root.mean(axis=0)
        covariance = np.linalg.inv(np.eye(ways.shape[1]) + self._information(policy, factor))
        return PlaceSolution(
            reward=reward - reward.mean(),
            sd=np.sqrt(np.einsum("ij,jk,ik->i", ways, covariance, ways)),
            prior_sd=np.linalg.norm(ways, axis=1),
            value=self.value.copy(),
            log_likelihood=log_likelihood / self.n,
            iterations=int(found.nit),
            residual=float(np.abs(found.x - self.root.T @ gradient).max()),
            milliseconds=1000.0 * (perf_counter() - started),
        )

    def _information(self, policy: FloatArray, factor: Factorization) -> FloatArray:
        """(m, m) Fisher information of z: the variance of what the offered actions' worths change by."""
        slopes = factor.solve(self.root) / self.tau
        total = np.zeros((slopes.shape[1],) * 2)
        for low in range(0, self.n, _BLOCK):
            high = min(low + _BLOCK, self.n)
            each = np.asarray(self.offered[low * self.k : high * self.k] @ slopes)
            weighted = each * policy[low:high].reshape(-1, 1)
            means = weighted.reshape(high - low, self.k, -1).sum(axis=1)
            total += weighted.T @ each - means.T @ means
        return total


def _prior_root(nodes: FloatArray, prior: PlacePrior, temperature: float) -> FloatArray:
    """(S, m) R with R R^T the kernel, but for directions of next to no variance."""
    apart = ((nodes[:, None] - nodes[None]) ** 2).sum(axis=-1)
    kernel = (prior.scale * temperature) ** 2 * np.exp(-apart / (2.0 * prior.length**2))
    variance, directions = np.linalg.eigh(kernel)
    kept = variance > KEPT * variance[-1]
    return np.asarray(directions[:, kept] * np.sqrt(variance[kept]))
