"""Planning in a known MDP: soft-optimal and optimal control, evaluation, occupancy.

Arrays run over all S state numbers; terminal and invalid states hold q = 0, v = 0 and a uniform policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray
from trainers.soft import soft_policy, soft_value
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.sparse import DENSE_LIMIT, Factorization, sparse_factor

MAX_STEPS = 500
"""More policy iterations than any problem has needed (below 10 are usual)."""

SETTLED, ROUNDED = 1e-11, 1e-8
"""Violation of the soft Bellman equation, relative to the largest value, at which soft policy iteration ends:
at once, or once rounding lets it fall no further."""

NOTHING = 1e-16
"""Occupancy, relative to all that is spread, that rounding alone may leave where nobody comes."""

TIE = 1e-9
"""Actions whose values differ by less than this, relative to the largest value, are equally good."""

SWEEPS, NEAR_ENOUGH = 300, 1e-7
"""Most sweeps of value iteration that precede policy iteration from a guess, and the change, relative to the
largest value, that ends them: what is left is then a step or two."""


@dataclass(frozen=True, eq=False)
class Control:
    """A solved control problem.

    Attributes:
        q: (S, A) action values.
        v: (S,) state values.
        policy: (S, A) rows sum to one.
        iterations: Newton steps (policy iterations) taken.
        residual: largest violation of the Bellman equation, in units of reward.
    """

    q: FloatArray
    v: FloatArray
    policy: FloatArray
    iterations: int
    residual: float


def backup(mdp: TabularMDP, v: FloatArray) -> FloatArray:
    """(L, A) expected value E_{s'} v(s') of the next state, with v (L,) over live states and 0 elsewhere."""
    return np.asarray(mdp.continuation @ v).reshape(-1, mdp.n_actions)


def greatest(q: FloatArray) -> FloatArray:
    """(L,) largest of each row of q (L, A), column by column: numpy is far slower along a short axis."""
    return reduce(np.maximum, q.T)


def chain(mdp: TabularMDP, policy: FloatArray) -> Factorization:
    """Factorised I - gamma P_pi over the L live states, for a policy (L, A)."""
    n, a = policy.shape
    if n > DENSE_LIMIT and not policy.all():  # actions never taken would only be fill
        taken = np.flatnonzero(policy)
        choose = sp.csr_array((policy.ravel()[taken], (taken // a, taken)), shape=(n, n * a))
        return sparse_factor(sp.csc_array(sp.eye_array(n) - mdp.gamma * (choose @ mdp.continuation)))
    rows, _ = mdp.entries
    flow = -mdp.gamma * mdp.continuation.data * policy.ravel()[rows]
    return mdp.chain_pattern.factor(np.concatenate([np.ones(mdp.live_states.size), flow]))


def embed(mdp: TabularMDP, values: FloatArray, elsewhere: float = 0.0) -> FloatArray:
    """(S, ...) array that holds values (L, ...) at live states and one number elsewhere."""
    full = np.full((mdp.n_states, *values.shape[1:]), elsewhere)
    full[mdp.live_states] = values
    return full


def soft_optimal(mdp: TabularMDP, reward: FloatArray, temperature: float) -> Control:
    """Soft-optimal control of reward (S, A) by soft policy iteration (Newton on the soft Bellman equation).

    Args:
        mdp: dynamics; V is zero where an episode has ended.
        reward: (S, A) mean reward of a pair; only live states are read.
        temperature: tau > 0.

    Raises:
        ValueError: the temperature is not positive or a reward is not finite.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature:g}: choose for example 1")
    r = _live_reward(mdp, reward)
    q, v, iterations, residual = solve_soft(mdp, r, temperature, np.zeros(len(r)))
    policy = embed(mdp, soft_policy(q, temperature), 1.0 / mdp.n_actions)
    return Control(embed(mdp, q), embed(mdp, v), policy, iterations, residual)


def solve_soft(
    mdp: TabularMDP, r: FloatArray, temperature: float, v: FloatArray
) -> tuple[FloatArray, FloatArray, int, float]:
    """Soft policy iteration on live states: r (L, A), first guess v (L,) -> q (L, A), v (L,), steps,
    residual.

    The map v -> T v - v is convex and isotone, so Newton's steps need no damping; it ends at rounding.
    """
    last, iteration = np.inf, 0
    while True:
        q = r + mdp.gamma * backup(mdp, v)
        target = soft_value(q, temperature)
        residual = float(np.abs(target - v).max())
        scale = 1.0 + float(np.abs(target).max())
        settled = residual <= SETTLED * scale or (residual >= last and residual <= ROUNDED * scale)
        if settled or iteration == MAX_STEPS:
            return q, target, iteration, residual
        last = residual
        v = v + chain(mdp, soft_policy(q, temperature)).solve(target - v)
        iteration += 1


def optimal(mdp: TabularMDP, reward: FloatArray, *, near: FloatArray | None = None) -> Control:
    """Optimal control of reward (S, A) by policy iteration; the policy is uniform over tied actions.

    Args:
        mdp: dynamics; V is zero where an episode has ended.
        reward: (S, A) mean reward of a pair; only live states are read.
        near: (S,) values that may be close to the optimal ones: cheap sweeps of value iteration from there
            leave policy iteration a step or two. None starts from the value of random moves.

    Raises:
        ValueError: a reward is not finite.
    """
    r = _live_reward(mdp, reward)
    rows = np.arange(len(r))
    if near is None:
        # It tells everywhere where reward is to be had: few improvements are left to make.
        v = chain(mdp, np.full_like(r, 1.0 / mdp.n_actions)).solve(r.mean(axis=1))
    else:
        v = _swept(mdp, r, near[mdp.live_states])
    choice = (r + mdp.gamma * backup(mdp, v)).argmax(axis=1)
    last, iteration = np.inf, 1
    while True:
        v = chain(mdp, np.eye(mdp.n_actions)[choice]).solve(r[rows, choice])
        q = r + mdp.gamma * backup(mdp, v)
        largest, gain = float(np.abs(q).max()), greatest(q) - q[rows, choice]
        residual, tie = float(gain.max()), TIE * largest
        better = gain > SETTLED * largest  # where little is gained the old choice stays, so that this ends
        rounded = residual >= last and residual <= tie
        if iteration == MAX_STEPS or rounded or not better.any():
            break
        choice, last = np.where(better, q.argmax(axis=1), choice), residual
        iteration += 1
    residual = float(np.abs(greatest(q) - v).max())
    policy = (q >= q.max(axis=1, keepdims=True) - tie).astype(float)
    policy /= policy.sum(axis=1, keepdims=True)
    uniform = 1.0 / mdp.n_actions
    return Control(embed(mdp, q), embed(mdp, greatest(q)), embed(mdp, policy, uniform), iteration, residual)


def _swept(mdp: TabularMDP, r: FloatArray, v: FloatArray) -> FloatArray:
    """(L,) values after value iteration from v (L,), until little changes."""
    for _ in range(SWEEPS):
        swept = greatest(r + mdp.gamma * backup(mdp, v))
        change, v = float(np.abs(swept - v).max()), swept
        if change <= NEAR_ENOUGH * float(np.abs(v).max()):
            break
    return v


def evaluate(mdp: TabularMDP, policy: FloatArray, reward: FloatArray) -> FloatArray:
    """(S,) discounted return of policy (S, A) under reward (S, A) from every state."""
    r = _live_reward(mdp, reward)
    pi = policy[mdp.live_states]
    return embed(mdp, chain(mdp, pi).solve((pi * r).sum(axis=1)))


def occupancy(mdp: TabularMDP, policy: FloatArray, first: FloatArray | None = None) -> FloatArray:
    """(S, A) discounted occupancy (1 - gamma) sum_t gamma^t P(s_t, a_t); sums to one iff nothing
    terminates. What lies below rounding, of either sign, is zero.

    Args:
        mdp: dynamics. policy: (S, A).
        first: (S,) distribution of the first state, or any multiple of one; None for the MDP's own.
    """
    pi = policy[mdp.live_states]
    start = (1.0 - mdp.gamma) * (mdp.p0 if first is None else first)[mdp.live_states]
    found = chain(mdp, pi).solve_transposed(start)[:, None] * pi
    return embed(mdp, np.where(found > NOTHING * start.sum(), found, 0.0))


def expected_reward(mdp: TabularMDP, state_reward: FloatArray) -> FloatArray:
    """(S, A) mean reward E_{s'} theta(s') of a reward theta (S,) that is received on entering a state.

    Raises:
        ValueError: the reward of a valid state is not finite.
    """
    if not np.isfinite(state_reward[mdp.valid]).all():
        raise ValueError("the reward of every state that is not a wall must be a finite number")
    theta = np.where(mdp.valid, state_reward, 0.0)
    return np.asarray(mdp.transition @ theta).reshape(mdp.n_states, mdp.n_actions)


def _live_reward(mdp: TabularMDP, reward: FloatArray) -> FloatArray:
    if reward.shape != (mdp.n_states, mdp.n_actions):
        raise ValueError(f"reward must be {(mdp.n_states, mdp.n_actions)}, got {reward.shape}")
    r = np.asarray(reward[mdp.live_states], dtype=float)
    if not np.isfinite(r).all():
        raise ValueError("the reward of every live state and action must be a finite number")
    return r
