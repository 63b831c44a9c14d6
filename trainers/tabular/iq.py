"""Inverse soft-Q learning on a finite MDP, solved exactly (Garg et al. 2021, IQ-Learn)."""

from __future__ import annotations

from dataclasses import replace
from time import thread_time

import numpy as np

from trainers.arrays import FloatArray
from trainers.divergences import Divergence
from trainers.divergences import divergence as divergence_named
from trainers.objective_settings import ValueTerm
from trainers.soft import implied_reward, soft_value
from trainers.tabular.approach import approach
from trainers.tabular.barrier import BARRIER_NOTE, BARRIER_TOLERANCE, maximise_constrained
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.newton import MAX_STEPS, NewtonResult, Problem, Watch, maximise
from trainers.tabular.planning import backup
from trainers.tabular.reward_term import FLOOR, Penalty, RewardTerm, reward_term
from trainers.tabular.schur import schur_system
from trainers.tabular.solution import Progress, Solution, certify, solution_from_q, unfinished

TOLERANCE = 1e-6
"""First-order condition wanted, relative to the largest reward; Newton usually ends far below."""


def iq_learn(
    mdp: TabularMDP,
    expert: FloatArray,
    p0: FloatArray,
    *,
    divergence: str = "chi2",
    alpha: float = 1.0,
    penalty: Penalty = "uniform",
    beta: float = 1.0,
    scale: float = 1.0,
    value_term: ValueTerm = "expert",
    temperature: float = 1.0,
    q_init: FloatArray | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Maximise E_rhoE[phi(r)] - penalty(r) - E[V] over Q, with r = Q - gamma P V (IQ-Learn, eq. 9).

    Args:
        mdp: dynamics, known or estimated; V(end) = 0. For absorbing ends pass
            ``mdp.with_absorbing_terminals()`` and counts taken with ``absorbing=True``.
        expert: (S, A) distribution of the expert's pairs.
        p0: (S,) distribution of first states, read by the value terms "initial" and "mixture".
        divergence: a name in ``trainers.divergences.DIVERGENCES``.
        alpha: weight of the quadratic penalty; larger is weaker. For chi2 it multiplies ``scale``.
        penalty: where the quadratic is taken (see ``reward_term``); total variation and Wasserstein bound
            the reward instead and take none.
        beta: share of the uniform distribution in the "uniform" penalty, in [0, 1]; 0 is the expert penalty.
        scale: reward scale lambda; R_max of total variation, K of Wasserstein.
        value_term: (1 - gamma) E_p0[V] ("initial": wants a discounted ``expert``), E_rhoE[V(s) - gamma V(s')]
            ("expert", its negative weights cut off: see ``value_weight``), or their mean ("mixture": with
            known dynamics the policy's own half equals the initial form).
        temperature: tau of the soft policy.
        q_init: (S, A) first guess, for example the solution of a neighbouring problem.
        progress: called with the steps taken, and the solution they came to, before every Newton step; False
            stops and returns what there is.

    Raises:
        ValueError: an argument is out of its range or the expert distribution lies outside the live states.
    """
    started = thread_time()
    kind = divergence_named(divergence)
    rho = _live_distribution(mdp, expert)
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature:g}: choose for example 1")
    term = reward_term(kind, rho, scale=scale, alpha=alpha, penalty=penalty, beta=beta)
    problem = Problem(mdp, term, value_weight(mdp, rho, p0, value_term), temperature)
    notes = _notes(kind, penalty, beta, rho)

    done, stopped = 0, False

    def watch(q: FloatArray, residual: float) -> bool:
        nonlocal done, stopped
        if not stopped and progress is not None:
            so_far = solution_from_q(mdp, q, temperature, certificate=unfinished(done, residual))
            if progress(min(done, MAX_STEPS), MAX_STEPS, so_far) is False:
                notes.append("The search was stopped before it had converged.")
                stopped = True
        done += 1
        return not stopped

    if kind.constraint == "none":
        reward, v = _first_guess(mdp, term, temperature, q_init, penalty)
        result = _maximise(problem, term, reward, v, watch)
    else:
        result = maximise_constrained(problem, kind.constraint, scale, watch)
        notes.append(BARRIER_NOTE[kind.constraint].format(scale=scale))
    certificate = certify(
        result.iterations,
        result.residual,
        result.reward,
        started,
        temperature=temperature,
        accuracy=TOLERANCE if kind.constraint == "none" else BARRIER_TOLERANCE,
        notes=notes,
        failure=_failure(kind, scale, result),
    )
    return solution_from_q(mdp, result.q, temperature, certificate=certificate)


def value_weight(mdp: TabularMDP, rho: FloatArray, p0: FloatArray, value_term: ValueTerm) -> FloatArray:
    """(L,) weight of V in the objective: the discounted mass that starts in each live state.

    The expert's own form is K^T rho = (1 - gamma) p0 for an exact occupancy. From few demonstrations it
    comes out negative in states that were entered but not left as often as the dynamics say; no
    distribution of first states is, and the objective would not be concave, so those weights are zero and
    the others share their mass.

    Raises:
        ValueError: the value term is unknown.
    """
    initial = (1.0 - mdp.gamma) * p0[mdp.live_states]
    if value_term == "initial":
        return initial
    expert = schur_system(mdp).apply_kt(rho)
    expert = np.maximum(expert, 0.0) * (expert.sum() / np.maximum(expert, 0.0).sum())
    if value_term == "expert":
        return expert
    if value_term == "mixture":
        return 0.5 * (initial + expert)
    raise ValueError(f"unknown value term {value_term!r}: choose initial, expert or mixture")


def _maximise(
    problem: Problem, term: RewardTerm, reward: FloatArray, v: FloatArray, watch: Watch
) -> NewtonResult:
    """Newton's method in r, approached by cheaper steps in Q where no reward's domain has an end."""
    steps = 0
    if all(np.isinf(limit).all() for limit in term.limits()):
        reward, v, steps = approach(problem, reward, v, watch)
    result = maximise(problem, reward, v, watch=watch)
    return replace(result, iterations=steps + result.iterations)


def _live_distribution(mdp: TabularMDP, expert: FloatArray) -> FloatArray:
    shape = (mdp.n_states, mdp.n_actions)
    if expert.shape != shape:
        raise ValueError(f"the expert distribution must be {shape}, got {expert.shape}")
    rho = np.asarray(expert[mdp.live_states], dtype=float)
    if not (np.isfinite(expert).all() and (expert >= 0).all() and rho.sum() > 0):
        raise ValueError("the expert distribution must be non-negative, finite and not empty")
    if expert.sum() > rho.sum() * (1.0 + 1e-9):
        raise ValueError(
            "the expert distribution has mass where no action is taken: absorbing counts want the absorbing "
            "MDP"
        )
    return rho


def _first_guess(
    mdp: TabularMDP, term: RewardTerm, temperature: float, q_init: FloatArray | None, penalty: Penalty
) -> tuple[FloatArray, FloatArray]:
    """Reward (L, A) and value (L,) to start from: of ``q_init``, of the cloned policy, or the neutral reward.

    An expert-only penalty hardly holds the reward of rare pairs, so the search starts where the learner
    already takes them as rarely as the expert does.
    """
    guesses = []
    if q_init is not None:
        guesses.append(np.asarray(q_init[mdp.live_states], dtype=float))
    if penalty == "expert":
        share = np.where(term.rho > 0, term.rho, FLOOR / term.rho.size)
        guesses.append(temperature * np.log(share / share.sum(axis=1, keepdims=True)))
    lower, upper = term.limits()
    for q in guesses:
        v = soft_value(q, temperature)
        reward = implied_reward(q, backup(mdp, v), mdp.gamma)
        if ((reward > lower) & (reward < upper)).all():
            return reward, v
    return term.first_guess(), np.zeros(len(term.rho))


def _notes(kind: Divergence, penalty: Penalty, beta: float, rho: FloatArray) -> list[str]:
    unseen = int((rho == 0).sum())
    bounded = kind.constraint != "none" or penalty == "mixture" or (penalty == "uniform" and beta >= FLOOR)
    if bounded or not unseen:
        return []
    return [
        f"An expert-only penalty has no maximum here: {unseen} of {rho.size} state-action pairs were never "
        "demonstrated, and their reward is unbounded below and not unique. What is shown adds the uniform "
        f"penalty there with {100 * FLOOR:g} % of its weight, so values off the demonstrations are a choice, "
        "not a finding."
    ]


def _failure(kind: Divergence, scale: float, result: NewtonResult) -> str:
    reached = f"The solver stopped after {result.iterations} steps with a residual of {result.residual:.2g}."
    if kind.constraint != "none":
        return (
            f"{reached} Rewards of pairs that the learner hardly takes are not settled: try a smaller scale."
        )
    if np.isfinite(kind.lower):
        return (
            f"{reached} {kind.title} pins rewards at the edge of its domain: try a reward scale of "
            f"{10 * scale:g}."
        )
    return f"{reached} Try a stronger penalty (smaller alpha) or the uniform penalty."
