"""Total variation and Wasserstein-1: the reward is constrained, not penalised, and found by an interior
point method.

The logarithm of every constraint's slack is added with a weight that falls tenfold a stage; each stage is
solved by Newton's method from the last (Boyd and Vandenberghe 2004, section 11.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.newton import NewtonResult, Point, Problem, Watch, maximise
from trainers.tabular.priors import neighbours
from trainers.tabular.reward_term import RewardTerm
from trainers.tabular.solution import unit
from trainers.tabular.sparse import dense_factor, sparse_factor

STAGES = 13
"""Most barrier weights 1, 1/10, ... relative to the mean pair's probability times the reward scale."""

DENSE_PAIRS = 1000
"""Up to this many pairs the Lipschitz system, which fills up, is solved as a dense one."""

BARRIER_TOLERANCE = 1e-4
"""Accuracy of the reward that the last stage should reach, relative to the largest reward."""

CENTRING = 1e-3
"""Pull of the Lipschitz barrier on the reward itself, which its constraints leave free up to a constant."""

_METHOD = (
    " by an interior point method; alpha, beta and the penalty play no part. The residual is what further "
    "reductions of the barrier would still move."
)
BARRIER_NOTE = {
    "range": "Every reward is held within plus or minus {scale:g}" + _METHOD,
    "lipschitz": (
        "Rewards of one action in neighbouring states, and of two actions in one state, are held within "
        "{scale:g} of each other" + _METHOD
    ),
}
"""What the certificate says of each constraint."""


@dataclass(frozen=True, eq=False)
class LipschitzTerm:
    """rho . r with a logarithmic barrier on |r_i - r_j| <= bound for every joined pair of pairs.

    Attributes:
        rho: (L, A) expert distribution.
        differences: (m, L*A) sparse; row r_i - r_j of every constraint.
        bound: K.
        barrier: weight of the barrier.
    """

    rho: FloatArray
    differences: sp.csr_array
    bound: float
    barrier: float

    def slopes(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(L, A) derivative and minus the diagonal of the second derivative."""
        gap = self.differences @ r.ravel()
        push = self.barrier * (1.0 / (self.bound - gap) - 1.0 / (self.bound + gap))
        slope = self.rho - (self.differences.T @ push).reshape(r.shape) - self._centring * r
        diagonal = self.differences.power(2).T @ self._stiffness(r) + self._centring
        return slope, diagonal.reshape(r.shape)

    def room(self, r: FloatArray, dr: FloatArray) -> float:
        """The largest step along dr that keeps every constraint."""
        gap, move = self.differences @ r.ravel(), self.differences @ dr.ravel()
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move != 0, (self.bound - np.sign(move) * gap) / np.abs(move), np.inf)
        return float(room.min(initial=np.inf))

    def lowest(self) -> FloatArray:
        """(L, A) no reward has a lower end."""
        return np.full_like(self.rho, -np.inf)

    def hessian(self, r: FloatArray) -> sp.csr_array:
        """(L*A, L*A) minus the second derivative."""
        stiffness = sp.diags_array(self._stiffness(r))
        full = self.differences.T @ (stiffness @ self.differences)
        return sp.csr_array(full + self._centring * sp.eye_array(self.rho.size))

    @property
    def _centring(self) -> float:
        return CENTRING * self.barrier / self.bound**2

    def _stiffness(self, r: FloatArray) -> FloatArray:
        gap = self.differences @ r.ravel()
        return np.asarray(self.barrier * (1.0 / (self.bound - gap) ** 2 + 1.0 / (self.bound + gap) ** 2))

    def direction(
        self, mdp: TabularMDP, point: Point, curvature: FloatArray, spread: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Newton's change of the rewards (L, A) and of the values (L,).

        The curvature couples pairs, so nothing can be eliminated state by state: the unknown is the change
        of Q, with dr = N dQ, N = I - gamma P Pi, and the curvature of the soft maximum in the blocks of
        each state.
        """
        policy = point.policy
        n_live, n_actions = policy.shape
        pairs = np.arange(policy.size)
        average = sp.csr_array((policy.ravel(), pairs, np.arange(0, policy.size + 1, n_actions)))
        to_reward = sp.eye_array(policy.size) - mdp.gamma * (mdp.continuation @ average)
        mass = sp.diags_array(spread.sum(axis=1))
        blocks = sp.diags_array(spread.ravel()) - average.T @ mass @ average
        system = to_reward.T @ (self.hessian(point.reward) @ to_reward) + blocks
        small = policy.size <= DENSE_PAIRS
        factor = dense_factor(system.toarray()) if small else sparse_factor(sp.csc_matrix(system))
        dq = factor.solve(to_reward.T @ point.gradient.ravel())
        return (to_reward @ dq).reshape(n_live, n_actions), np.asarray(average @ dq)


def maximise_constrained(
    problem: Problem, constraint: Literal["range", "lipschitz"], bound: float, watch: Watch
) -> NewtonResult:
    """Maximise rho . r - value_weight . V*(r) under |r| <= bound or its Lipschitz form.

    The residual of the result is the larger of the last Newton step and of a ninth of what the last tenfold
    reduction of the barrier moved, which is what all further reductions would move.
    """
    term = problem.term
    assert isinstance(term, RewardTerm)  # the barrier terms are built from it here and nowhere else
    barrier = bound / term.rho.size
    barriers: RewardTerm | LipschitzTerm
    if constraint == "range":
        barriers = replace(term, barrier=barrier)
    else:
        barriers = LipschitzTerm(term.rho, _differences(problem.mdp), bound, barrier)
    reward, v = np.zeros_like(term.rho), np.zeros(len(term.rho))
    iterations = 0
    for _ in range(STAGES):
        before = reward
        result = maximise(replace(problem, term=barriers), reward, v, tolerance=1e-7, watch=watch)
        reward, v = result.reward, result.v
        iterations += result.iterations
        drift = float(np.abs(reward - before).max()) / 9.0
        if drift <= 0.1 * BARRIER_TOLERANCE * unit(reward, problem.temperature):
            break
        barriers = replace(barriers, barrier=0.1 * barriers.barrier)
    return replace(result, iterations=iterations, residual=max(drift, result.residual))


def _differences(mdp: TabularMDP) -> sp.csr_array:
    """(m, L*A) differences of one action's reward in neighbouring live states, and of two actions' in one
    state."""
    joined = sp.coo_array(sp.triu(neighbours(mdp)[mdp.live_states][:, mdp.live_states], k=1))
    n_live, a = mdp.live_states.size, mdp.n_actions
    actions = np.arange(a)
    first, second = np.triu_indices(a, k=1)
    here = np.arange(n_live)[:, None] * a
    plus = np.concatenate([(joined.row[:, None] * a + actions).ravel(), (here + first).ravel()])
    minus = np.concatenate([(joined.col[:, None] * a + actions).ravel(), (here + second).ravel()])
    rows = np.arange(plus.size)
    data = np.concatenate([np.ones(plus.size), -np.ones(plus.size)])
    indices = (np.concatenate([rows, rows]), np.concatenate([plus, minus]))
    return sp.csr_array((data, indices), shape=(plus.size, n_live * a))
