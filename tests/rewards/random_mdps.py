"""Random MDPs and rewards for property tests, and shaping written down as its definition says."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st

from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP

seeds = st.integers(0, 2**32 - 1)


def random_mdp(seed: int, *, full_support: bool = False, terminals: bool | None = None) -> TabularMDP:
    """2 to 7 states (some terminal, some not valid), 2 to 4 actions, sparse or full random transitions."""
    rng = np.random.default_rng(seed)
    s, a = int(rng.integers(2, 8)), int(rng.integers(2, 5))
    valid = np.ones(s, dtype=bool)
    terminal = np.zeros(s, dtype=bool)
    if s >= 4 and not full_support:
        valid[rng.integers(1, s)] = rng.random() < 0.5
    ends = rng.random() < 0.5 if terminals is None else terminals
    if s >= 3 and ends:
        terminal[rng.choice(np.flatnonzero(valid)[1:])] = True
    live = valid & ~terminal
    p = rng.dirichlet(np.ones(s), size=(s, a))
    if not full_support:
        p *= rng.random(p.shape) < 0.6
    p[:, :, ~valid] = 0.0
    dead = p.sum(axis=2) == 0.0
    p[dead] = np.eye(s)[np.nonzero(dead)[0]] * valid
    p[~live] = 0.0
    p[live] /= p[live].sum(axis=2, keepdims=True)
    p0 = rng.random(s) * live
    return TabularMDP(
        sp.csr_array(p.reshape(s * a, s)), p0 / p0.sum(), float(rng.uniform(0.3, 0.97)), terminal, valid
    )


def random_table(mdp: TabularMDP, seed: int) -> FloatArray:
    """(S, A) standard normal reward, 0 where no action is taken."""
    table = np.random.default_rng([seed, 1]).normal(size=(mdp.n_states, mdp.n_actions))
    table[~mdp.live] = 0.0
    return table


def random_state_reward(mdp: TabularMDP, seed: int) -> FloatArray:
    """(S,) standard normal reward on entering, NaN where there is no state."""
    return np.where(mdp.valid, np.random.default_rng([seed, 2]).normal(size=mdp.n_states), np.nan)


def random_shaping(mdp: TabularMDP, seed: int) -> FloatArray:
    """(S, A) gamma E[h(s')] - h(s) for a random potential h that is 0 in terminal states."""
    h = np.random.default_rng([seed, 3]).normal(scale=3.0, size=mdp.n_states) * mdp.live
    p = mdp.transition.toarray().reshape(mdp.n_states, mdp.n_actions, mdp.n_states)
    shaping = mdp.gamma * p @ h - h[:, None]
    shaping[~mdp.live] = 0.0
    return shaping
