"""State rewards by maximum causal likelihood: the reward whose soft-optimal policy makes the demonstrations
likely.

The likelihood is prod pi(a | s)^N(s, a) with pi soft-optimal for r(s, a) = E_{s'} theta(s') (maximum causal
entropy, Ziebart et al. 2010); the prior's weight is chosen by held-out likelihood over whole episodes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import thread_time

import numpy as np

from trainers.arrays import BoolArray, FloatArray
from trainers.soft import soft_value
from trainers.tabular.arrival import Fit, Objective, fit, watched
from trainers.tabular.counts import ExpertCounts
from trainers.tabular.laplace import posterior_sd
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.priors import RECOMMENDED_PRIOR, Prior, RewardPenalty, bind_prior, prior_paths
from trainers.tabular.solution import Certificate, Progress, Solution, certify, solution_from_q
from trainers.tabular.state_model import StateModel, arrival_model

FOLDS = 5
"""Episodes are dealt out to this many folds, or to as many as there are episodes."""

SEARCH_TOLERANCE = 1e-3
"""Accuracy of the fits whose held-out likelihood is compared; the fit that is reported is accurate to
1e-8."""

TOLERANCE = 1e-5
"""Accuracy of the reward, relative to its largest deviation, above which the fit is said not to have
converged."""


FREE_LEVEL = (
    "A constant added to every reward, what follows an end included, changes nothing the expert does: the "
    "common level is set to zero."
)
TRADED = (
    "A reward for every move can be traded against the reward of ending without a change of what the expert "
    "does: the prior decides between them."
)


@dataclass(frozen=True, eq=False)
class _Choices:
    """Demonstrated choices: N (L, A), and as weights b of z and e of V in the log-likelihood."""

    n: FloatArray
    b: FloatArray
    e: FloatArray


def causal_ml(
    mdp: TabularMDP,
    counts: ExpertCounts,
    *,
    temperature: float = 1.0,
    prior: Prior | None = None,
    progress: Progress | None = None,
) -> Solution:
    """The most probable state reward (S,) given the demonstrations, with its posterior standard deviation.

    Args:
        mdp: dynamics, known or estimated.
        counts: demonstrations.
        temperature: tau of the expert's soft policy.
        prior: fixed prior; None compares those of ``prior_paths`` by k-fold held-out likelihood over episodes
            (one episode cannot be split: then it is ``RECOMMENDED_PRIOR``).
        progress: ``progress(done, total, solution)`` after the first fit, which has the recommended prior,
            and after every prior compared, with the best solution so far when it is a new one, else None;
            with a fixed prior before every Newton step. False stops the search and returns the best so far.

    Raises:
        ValueError: the temperature is not positive.
    """
    started = thread_time()
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature:g}: choose for example 1")
    model = arrival_model(mdp, temperature)
    every = _choices(mdp, model, _visits(counts))
    notes: list[str] = []
    steps = None if prior is None else progress
    if prior is None and counts.n_episodes > 1:
        prior = _search(mdp, model, counts, every, progress, notes)
    elif prior is None:
        prior = RECOMMENDED_PRIOR
        notes.append("No episodes can be held out to compare priors: the prior is the recommended one.")
    return _solution(mdp, model, every, prior, started, notes, steps)


def _visits(counts: ExpertCounts, episodes: BoolArray | None = None) -> FloatArray:
    """(S*A,) visits of the chosen episodes, all of them by default."""
    visits = counts.visits if episodes is None else counts.visits[np.flatnonzero(episodes)]
    return np.asarray(visits.sum(axis=0), dtype=float).ravel()


def _choices(mdp: TabularMDP, model: StateModel, visits: FloatArray) -> _Choices:
    n = visits.reshape(mdp.n_states, -1)[mdp.live_states]
    scale = 1.0 / model.temperature
    return _Choices(n, scale * np.asarray(model.features.T @ n.ravel()), scale * n.sum(axis=1))


def _objective(model: StateModel, choices: _Choices, penalty: RewardPenalty) -> Objective:
    return Objective(model, choices.b, choices.e, penalty)


def _search(
    mdp: TabularMDP,
    model: StateModel,
    counts: ExpertCounts,
    every: _Choices,
    progress: Progress | None,
    notes: list[str],
) -> Prior:
    """The prior under which held-out episodes are most likely, each path walked from strong to weak."""
    started = thread_time()
    paths = prior_paths()
    total = 1 + sum(len(path) for path in paths)
    best, best_score, done = RECOMMENDED_PRIOR, -np.inf, 1
    if progress and progress(done, total, _solution(mdp, model, every, best, started, notes)) is False:
        notes.append("The comparison of priors was stopped before it began.")
        return best
    folds = _folds(mdp, model, counts, every)
    for path in paths:
        warm: list[Fit | None] = [None] * len(folds)
        for prior in path:
            penalty = bind_prior(mdp, prior)
            score = 0.0
            for k, (kept, held_out) in enumerate(folds):
                found = fit(_objective(model, kept, penalty), warm[k], tolerance=SEARCH_TOLERANCE)
                warm[k] = found
                score += _log_likelihood(model, found, held_out)
            done += 1
            better = score > best_score
            if better:
                best, best_score = prior, score
            if progress:
                new = _solution(mdp, model, every, best, started, notes) if better else None
                if progress(done, total, new) is False:
                    notes.append(f"The comparison of priors was stopped after {done - 1} of {total - 1}.")
                    return best
    return best


def _folds(
    mdp: TabularMDP, model: StateModel, counts: ExpertCounts, every: _Choices
) -> list[tuple[_Choices, FloatArray]]:
    """Kept choices and held-out N (L, A) of every fold; episode i goes to fold i modulo their number."""
    n_folds = min(FOLDS, counts.n_episodes)
    fold = np.arange(counts.n_episodes) % n_folds
    total = _visits(counts)
    folds = []
    for k in range(n_folds):
        kept = _choices(mdp, model, total - _visits(counts, fold == k))
        folds.append((kept, every.n - kept.n))
    return folds


def _log_likelihood(model: StateModel, found: Fit, n: FloatArray) -> float:
    q = model.q(found.z)
    return float((n * (q - soft_value(q, model.temperature)[:, None])).sum()) / model.temperature


def _solution(
    mdp: TabularMDP,
    model: StateModel,
    choices: _Choices,
    prior: Prior,
    started: float,
    notes: list[str],
    progress: Progress | None = None,
) -> Solution:
    def solution(found: Fit, certificate: Certificate) -> Solution:
        theta = np.full(mdp.n_states, np.nan)
        theta[mdp.valid] = found.theta
        q = model.q(found.z)
        return solution_from_q(
            mdp, q, model.temperature, certificate=certificate, state_reward=theta, prior=prior
        )

    penalty = bind_prior(mdp, prior)
    objective = _objective(model, choices, penalty)
    found = fit(objective, watch=watched(progress, solution))
    sd, how = posterior_sd(objective, found)
    certificate = certify(
        found.iterations,
        found.step,
        found.theta,
        started,
        temperature=model.temperature,
        accuracy=TOLERANCE,
        notes=(*notes, *how, FREE_LEVEL if penalty.free_level else TRADED),
        failure=f"The fit stopped with Newton's step at {found.step:.2g}: try a stronger prior.",
    )
    state_sd = np.full(mdp.n_states, np.nan)
    if sd is not None:
        state_sd[mdp.valid] = sd
    return replace(solution(found, certificate), state_reward_sd=None if sd is None else state_sd)
