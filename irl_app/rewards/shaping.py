"""From one kind of reward to another: averaging over s', taking shaping out, finding the state-only part.

Everything here speaks the "zero" convention. What an "absorbing" reward would pay after the end is credited,
discounted, to the transition that ends the episode, so that two rewards of different conventions can be
compared.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from numpy.typing import ArrayLike

from irl_app.rewards.protocol import Reward, RewardError
from irl_app.rewards.tables import StateActionReward, StateReward, table_shape
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import evaluate


def worth(
    reward: Reward, mdp: TabularMDP, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike
) -> FloatArray:
    """(B,) what each transition is worth: its reward and, where the episode ends in ``next_obs``, the
    discounted tail of all that is received there for ever after."""
    ended = mdp.terminal[np.asarray(next_obs)]
    after = np.where(ended, mdp.gamma * reward.tail(next_obs), 0.0)
    return reward(obs, action, next_obs, ended) + after


def expected_reward_table(reward: Reward, mdp: TabularMDP) -> FloatArray:
    """(S, A) mean over s' ~ P(. | s, a) of what r(s, a, s') is ``worth``; 0 where no action can be taken.

    Raises:
        RewardError: the reward is for other numbers of states or actions, or is NaN where a transition leads.
    """
    _check_fits(reward, mdp)
    outcomes = mdp.transition.tocoo()
    pairs, next_obs = outcomes.coords
    obs, action = np.divmod(pairs.astype(np.int64), mdp.n_actions)
    received = worth(reward, mdp, obs, action, next_obs)
    table = np.bincount(pairs, weights=outcomes.data * received, minlength=mdp.n_states * mdp.n_actions)
    if np.isnan(table).any():
        raise RewardError(
            "the reward has no value (NaN) in a state that can be entered: it is for another map"
        )
    return np.asarray(table, dtype=np.float64).reshape(mdp.n_states, mdp.n_actions)


def arrival_values(reward: StateReward, mdp: TabularMDP) -> FloatArray:
    """(S,) what entering each state is worth, a terminal state's tail included; NaN where there is none."""
    _check_fits(reward, mdp)
    values = np.where(mdp.valid, reward.values, np.nan)
    if reward.info.terminal == "absorbing":
        ends = np.flatnonzero(mdp.terminal)
        values[ends] += mdp.gamma * reward.tail(ends)
    return values


def arrival_sd(reward: StateReward, mdp: TabularMDP) -> FloatArray | None:
    """(S,) standard deviation of ``arrival_values``, None where the method has none.

    A terminal state's tail is a multiple of its reward, so its deviation grows with it.
    """
    if reward.sd is None:
        return None
    _check_fits(reward, mdp)
    sd = np.where(mdp.valid, reward.sd, np.nan)
    if reward.info.terminal == "absorbing":
        sd[mdp.terminal] /= 1.0 - reward.info.gamma
    return sd


def marginalise(reward: Reward, mdp: TabularMDP) -> StateActionReward:
    """The reward's mean over s': the only part of r(s, a, s') that demonstrations identify."""
    info = replace(reward.info, kind="marginal", terminal="zero", title=f"{reward.info.title}, mean over s'")
    return StateActionReward(expected_reward_table(reward, mdp), info)


def val_canonical(mdp: TabularMDP, table: FloatArray) -> FloatArray:
    """(S, A) canonical form c(s, a) = r(s, a) + gamma E[V(s')] - V(s), V the uniform policy's value of r.

    The same for every r that differs by potential-based shaping; its mean over actions is 0 in every state.
    Skalse et al. 2024, STARC: value-adjusted levelling (VAL) with the uniform policy.
    """
    uniform = np.full((mdp.n_states, mdp.n_actions), 1.0 / mdp.n_actions)
    v = evaluate(mdp, uniform, table)
    canonical = table + (mdp.gamma * (mdp.transition @ v)).reshape(table.shape) - v[:, None]
    canonical[~mdp.live] = 0.0
    return canonical


def deshape(reward: Reward, mdp: TabularMDP) -> StateActionReward:
    """The reward without potential-based shaping, in VAL-canonical form (see ``val_canonical``)."""
    info = replace(reward.info, kind="deshaped", terminal="zero", title=f"{reward.info.title}, de-shaped")
    return StateActionReward(val_canonical(mdp, expected_reward_table(reward, mdp)), info)


def disentangle(reward: Reward, mdp: TabularMDP) -> StateReward:
    """The state-only part g(s') of a reward (see ``disentangle_table``)."""
    info = replace(
        reward.info, kind="disentangled", terminal="zero", title=f"{reward.info.title}, state-only part"
    )
    return StateReward(disentangle_table(mdp, expected_reward_table(reward, mdp)), None, info)


def disentangle_table(
    mdp: TabularMDP, table: FloatArray, weights: FloatArray | None = None, ridge: float = 1e-9
) -> FloatArray:
    """(S,) g of the least-squares fit r(s, a) = E[g(s') + gamma h(s')] - h(s), h(terminal) = 0.

    g is on the scale of a reward received on entering s', and NaN where there is no state. If r is a state
    reward plus shaping, g is that state reward, up to what the fit cannot see: a constant c on live states
    together with c / (1 - gamma) on terminal ones (shaping by a constant potential). The ridge picks the
    smallest such g, so without terminal states its mean is near zero. (Fu et al. 2018, adversarial IRL, prove
    when the two parts can be told apart; here they are solved for exactly.)

    With k = g + gamma h the best h is a mean of P k - r over actions, which leaves one sparse system in k.

    Args:
        mdp: dynamics, and which states end the episode.
        table: (S, A) reward.
        weights: (S, A) >= 0 of each pair, None for one each; only their ratios count.
        ridge: of |g|^2 relative to the mean weight, > 0.

    Raises:
        RewardError: ridge is not positive, or a weight is negative, or all are zero.
    """
    live, n_live, a = mdp.live_states, mdp.live_states.size, mdp.n_actions
    w = np.ones((n_live, a)) if weights is None else np.asarray(weights, dtype=float)[live]
    if ridge <= 0.0 or (w < 0.0).any() or w.sum() <= 0.0:
        raise RewardError(
            "disentangling needs a positive ridge and weights that are not negative and not all zero"
        )
    w = w / w.mean()
    state_weight = w.sum(axis=1)  # (L,)
    seen = state_weight > 0.0
    share = np.where(seen[:, None], w / np.where(seen, state_weight, 1.0)[:, None], 1.0 / a)  # (L, A)

    states = np.flatnonzero(mdp.valid)
    p = sp.csr_array(mdp.transition[mdp.live_pairs][:, states])  # (L*A, n)
    r = table[live]  # (L, A)
    rows = np.repeat(np.arange(n_live), a)
    mean_over_actions = sp.csr_array(
        (share.ravel(), (rows, np.arange(n_live * a))), shape=(n_live, n_live * a)
    )
    m = sp.csr_array(mean_over_actions @ p)  # (L, n)
    mean_r = (share * r).sum(axis=1)  # (L,)

    # Weighted squares of P k - r about their mean over actions, in each state.
    squares = p.T @ sp.diags_array(w.ravel()) @ p - m.T @ sp.diags_array(state_weight) @ m
    linear = p.T @ (w * r).ravel() - m.T @ (state_weight * mean_r)
    place = sp.csr_array(
        (np.ones(n_live), (np.searchsorted(states, live), np.arange(n_live))), shape=(states.size, n_live)
    )
    b = sp.csr_array(sp.eye_array(states.size) - mdp.gamma * (place @ m))  # g = b k + c
    c = mdp.gamma * (place @ mean_r)
    system = sp.csc_array(squares + ridge * (b.T @ b))
    k = spla.spsolve(system, linear - ridge * (b.T @ c))

    g = np.full(mdp.n_states, np.nan)
    g[states] = b @ k + c
    return g


def _check_fits(reward: Reward, mdp: TabularMDP) -> None:
    theirs, ours = table_shape(reward.info), (mdp.n_states, mdp.n_actions)
    if theirs != ours:
        raise RewardError(
            f"the reward is for {theirs[0]} states and {theirs[1]} actions, "
            f"this grid has {ours[0]} and {ours[1]}"
        )
