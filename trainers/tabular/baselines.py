"""The methods that recovered rewards are compared with, and the truth itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from time import thread_time

import numpy as np

from trainers.arrays import FloatArray
from trainers.divergences import DIVERGENCES
from trainers.tabular.arrival import Fit, Objective, fit, watched
from trainers.tabular.counts import ExpertCounts
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.newton import MAX_STEPS, Problem, maximise
from trainers.tabular.planning import expected_reward, soft_optimal
from trainers.tabular.priors import Prior, RewardPenalty
from trainers.tabular.reward_term import reward_term
from trainers.tabular.solution import Certificate, Progress, Solution, certify, solution_from_q, unfinished
from trainers.tabular.state_model import arrival_model

TOLERANCE = 1e-6
"""Accuracy of the reward, relative to its largest value, above which a solver is said not to have
converged."""


def mce_irl(
    mdp: TabularMDP,
    counts: ExpertCounts,
    *,
    temperature: float = 1.0,
    l2: float = 0.1,
    progress: Progress | None = None,
) -> Solution:
    """Maximum causal entropy IRL with one feature a state (Ziebart et al. 2010).

    Maximises f_E . theta - E_p0[V*(theta)] - l2 |theta|^2 / 2 per episode, f_E the expert's expected
    discounted arrivals and V* the soft-optimal value: where it ends, f_E - f_pi = l2 theta.

    Args:
        mdp: dynamics.
        counts: demonstrations, of which the discounted occupancy and the first states are used.
        temperature: tau.
        l2: ridge, positive.
        progress: called before every Newton step; False stops and returns what there is.

    Raises:
        ValueError: the ridge is not positive.
    """
    started = thread_time()
    model = arrival_model(mdp, temperature)
    horizon = 1.0 / (1.0 - mdp.gamma)
    occupancy = horizon * counts.discounted[mdp.live_states]
    arrivals = np.asarray(model.features.T @ occupancy.ravel())
    penalty = RewardPenalty(Prior("gaussian", l2), None, free_level=False)
    weight = mdp.gamma * arrivals[model.live] + counts.p0[mdp.live_states]

    def solution(found: Fit, certificate: Certificate) -> Solution:
        theta = np.full(mdp.n_states, np.nan)
        theta[mdp.valid] = found.theta
        q = model.q(found.z)
        return solution_from_q(mdp, q, temperature, certificate=certificate, state_reward=theta)

    found = fit(Objective(model, arrivals, weight, penalty), watch=watched(progress, solution))
    return solution(found, _certificate(found.iterations, found.step, found.theta, started, temperature))


def sqil(
    mdp: TabularMDP, counts: ExpertCounts, *, temperature: float = 1.0, progress: Progress | None = None
) -> Solution:
    """The fixed point of soft Q imitation learning (Reddy et al. 2020): soft-optimal for its own replay
    reward.

    With reward 1 on the expert's pairs and 0 on the learner's, in equal parts, the squared soft Bellman
    error of a table is least at r = rho_E / (rho_E + rho_pi). That is the first-order condition of
    IQ-Learn's mixture penalty with alpha = 1/8 and rewards shifted by 1/2, so the fixed point is a maximum
    of a concave objective and unique. Both distributions are discounted occupancies.
    ``progress`` is called before every Newton step; False stops and returns what there is.
    """
    started = thread_time()
    shifted = replace(DIVERGENCES["chi2"], neutral=0.5)
    rho = counts.discounted[mdp.live_states]
    term = reward_term(shifted, rho, scale=1.0, alpha=0.125, penalty="mixture", beta=1.0)
    weight = (1.0 - mdp.gamma) * mdp.p0[mdp.live_states]
    done = count()

    def watch(q: FloatArray, residual: float) -> bool:
        if progress is None:
            return True
        steps = next(done)
        so_far = solution_from_q(mdp, q, temperature, certificate=unfinished(steps, residual))
        return progress(steps, MAX_STEPS, so_far) is not False

    problem = Problem(mdp, term, weight, temperature)
    result = maximise(problem, term.first_guess(), np.zeros(len(rho)), watch=watch)
    certificate = _certificate(result.iterations, result.residual, result.reward, started, temperature)
    return solution_from_q(mdp, result.q, temperature, certificate=certificate)


def behavioural_cloning(
    mdp: TabularMDP, counts: ExpertCounts, *, temperature: float = 1.0, pseudo_count: float = 0.1
) -> Solution:
    """The demonstrated frequencies of actions as a policy, with reward tau log pi(a | s), that is Q of
    value zero.

    Args:
        mdp: states and actions.
        counts: demonstrations.
        temperature: tau.
        pseudo_count: positive number added to every action's count, so that no probability is zero.

    Raises:
        ValueError: the pseudo-count is not positive.
    """
    started = thread_time()
    if not pseudo_count > 0:
        raise ValueError(f"the pseudo-count must be positive, got {pseudo_count:g}: choose for example 0.1")
    visits = counts.pair_visits[mdp.live_states]
    n = visits + pseudo_count
    q = temperature * np.log(n / n.sum(axis=1, keepdims=True))
    unseen = int((visits.sum(axis=1) == 0).sum())
    notes = (
        (f"In {unseen} of {len(n)} states no action was demonstrated: the policy is uniform there.",)
        if unseen
        else ()
    )
    certificate = Certificate(0, 0.0, TOLERANCE, 1e3 * (thread_time() - started), notes)
    return solution_from_q(mdp, q, temperature, certificate=certificate)


def oracle(mdp: TabularMDP, state_reward: FloatArray, temperature: float = 1.0) -> Solution:
    """The soft-optimal Q of the true reward (S,), received on entering a state: what a perfect method would
    find.

    Raises:
        ValueError: the temperature is not positive or the reward of a state is not finite.
    """
    started = thread_time()
    control = soft_optimal(mdp, expected_reward(mdp, state_reward), temperature)
    return solution_from_q(
        mdp,
        control.q[mdp.live_states],
        temperature,
        certificate=_certificate(control.iterations, control.residual, control.v, started, temperature),
        state_reward=state_reward,
    )


def _certificate(
    iterations: int, residual: float, values: FloatArray, started: float, temperature: float
) -> Certificate:
    failure = f"The solver stopped with a residual of {residual:.2g}."
    return certify(
        iterations, residual, values, started, temperature=temperature, accuracy=TOLERANCE, failure=failure
    )
