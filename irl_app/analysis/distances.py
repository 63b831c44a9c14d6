"""Distances between rewards that do not see what behaviour cannot show: shaping, scale, constants.

A reward is given as (S, A), paid for a state and action, or as (S,), paid on entering a state.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from irl_app.analysis.estimates import UndefinedMetricError, pearson, unless_rounding
from irl_app.rewards import val_canonical
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP


def starc(mdp: TabularMDP, recovered: FloatArray, true: FloatArray) -> float:
    """STARC distance of two (S, A) rewards, 1/2 |c/|c| - c'/|c'||_2, c the VAL-canonical form; in [0, 1].

    0 says that the rewards order all policies alike, 1 that they order them in reverse; it bounds the regret
    of optimising one for the other. A reward that is nothing but shaping has c = 0 and stays 0 when
    normalised, so its distance to any other is 1/2. Skalse et al. 2024, STARC: a general framework for
    quantifying differences between reward functions.
    """
    forms = (
        unless_rounding(val_canonical(mdp, r), float(np.abs(r[mdp.live]).max())) for r in (recovered, true)
    )
    return canonical_distance(*(form[mdp.live] for form in forms))


def canonical_distance(c: FloatArray, d: FloatArray) -> float:
    """1/2 |c/|c| - d/|d||_2 of canonical rewards of one shape, in [0, 1]; a zero norm leaves zeros."""
    return float(0.5 * np.linalg.norm(_unit(c) - _unit(d)))


def epic(mdp: TabularMDP, recovered: FloatArray, true: FloatArray) -> float:
    """EPIC distance sqrt((1 - rho) / 2), rho the Pearson correlation of the canonical rewards; in [0, 1].

    C(r)(s,a,s') = r(s,a,s') + E[gamma r(s',A,S') - r(s,A,S') - gamma r(S,A,S')], A uniform, S and S'
    independent and uniform over states. Coverage: live (s,a) uniform, s' ~ P. Independent S' ask the reward
    about impossible moves, so give it rewards of states, or of pairs, and not Q - gamma V(s'). Gleave et al.
    2021, Quantifying differences in reward functions.

    Raises:
        UndefinedMetricError: a canonical reward is constant.
    """

    def canonical(reward: FloatArray) -> FloatArray:
        pair, arrival = _parts(mdp, reward)
        mean = np.where(mdp.live, pair.mean(axis=1), 0.0)  # E_A; what else is averaged shifts C by a constant
        return _spread(mdp, pair - mean[:, None], arrival + mdp.gamma * mean)

    return _pearson_distance(mdp, canonical, recovered, true)


def dard(mdp: TabularMDP, recovered: FloatArray, true: FloatArray) -> float:
    """DARD distance sqrt((1 - rho) / 2), rho the Pearson correlation of the canonical rewards; in [0, 1].

    As `epic`, but with S' ~ P(. | s, A) and S'' ~ P(. | s', A), so that only possible moves count:
    C(r)(s,a,s') = r(s,a,s') + E[gamma r(s',A,S'') - r(s,A,S') - gamma r(S',A,S'')]. A terminal state counts
    as leading to itself. Wulfe et al. 2022, Dynamics-aware comparison of learned reward functions.

    Raises:
        UndefinedMetricError: a canonical reward is constant.
    """

    def canonical(reward: FloatArray) -> FloatArray:
        pair, arrival = _parts(mdp, reward)
        mean = np.where(mdp.live, pair.mean(axis=1), 0.0)  # E_A of what is paid for the pair
        entered = (mdp.transition @ arrival).reshape(pair.shape).mean(axis=1)  # E_{A,S'} of arrival at S'
        ahead = (mdp.transition @ mean).reshape(pair.shape).mean(axis=1)  # E_{A,S'} of mean at S'
        # The two gamma * E r(., ., S'') share S'' ~ P(. | s', A), so what is paid on entering S'' cancels.
        return _spread(mdp, pair - (mean + entered + mdp.gamma * ahead)[:, None], arrival + mdp.gamma * mean)

    return _pearson_distance(mdp, canonical, recovered, true)


def _parts(mdp: TabularMDP, reward: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(S, A) paid for the pair and (S,) paid on entering; NaN, where there is no state, becomes 0."""
    if reward.shape == (mdp.n_states,):
        return np.zeros((mdp.n_states, mdp.n_actions)), np.where(mdp.valid, reward, 0.0)
    if reward.shape == (mdp.n_states, mdp.n_actions):
        return reward, np.zeros(mdp.n_states)
    raise ValueError(
        f"a reward must be ({mdp.n_states},) or ({mdp.n_states}, {mdp.n_actions}), got {reward.shape}"
    )


def _spread(mdp: TabularMDP, pair: FloatArray, arrival: FloatArray) -> FloatArray:
    """(nnz,) pair(s, a) + arrival(s') of every possible transition."""
    pairs = np.repeat(np.arange(pair.size), np.diff(mdp.transition.indptr))
    return pair.ravel()[pairs] + arrival[mdp.transition.indices]


def _pearson_distance(
    mdp: TabularMDP, canonical: Callable[[FloatArray], FloatArray], recovered: FloatArray, true: FloatArray
) -> float:
    forms = []
    for reward in (recovered, true):
        form = canonical(reward)
        if np.ptp(form) <= 1e-9 * np.nanmax(np.abs(reward)):
            raise UndefinedMetricError(
                "One of the rewards is only shaping and a constant: there is no distance."
            )
        forms.append(form)
    return float(np.sqrt(0.5 * (1.0 - pearson(forms[0], forms[1], mdp.transition.data))))


def _unit(c: FloatArray) -> FloatArray:
    norm = float(np.linalg.norm(c))
    return c / norm if norm > 0.0 else np.zeros_like(c)
