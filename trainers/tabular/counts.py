"""What the exact solvers need to know of demonstrations: counts of pairs, of transitions, of first states."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import occupancy

EXACT_STEPS = 1_000_000
"""How many visits stand for the exact occupancy of an expert where a method needs counts."""


@dataclass(frozen=True, eq=False)
class ExpertCounts:
    """Sufficient statistics of demonstrations in an MDP of S states and A actions.

    Attributes:
        visits: (n_episodes, S*A) undiscounted number of times each episode took each pair.
        discounted: (S, A) (1 - gamma) times the mean over episodes of sum_t gamma^t 1[s_t, a_t]. It sums to
            1 - gamma^T for episodes of T steps that ended, as the occupancy of a process that ends does. An
            episode that was cut off goes on, see ``count_expert``.
        undiscounted: (S, A) share of all steps, with those that follow where an episode was cut off (see
            ``count_expert``); sums to one.
        p0: (S,) share of the episodes that start in each state.
        transitions: (S*A, S) number of times each pair led to each state.
        n_episodes: number of episodes, at least one.
        n_steps: number of steps.
        tail: share of the discounted mass, 0 to 1, that lies beyond where episodes were cut off.
    """

    visits: sp.csr_array
    discounted: FloatArray
    undiscounted: FloatArray
    p0: FloatArray
    transitions: sp.csr_array
    n_episodes: int
    n_steps: int
    tail: float = 0.0

    @property
    def pair_visits(self) -> FloatArray:
        """(S, A) how often each pair was taken in all episodes together."""
        return np.asarray(self.visits.sum(axis=0), dtype=float).reshape(self.p0.size, -1)


def count_expert(
    mdp: TabularMDP,
    *,
    obs: IntArray,
    action: IntArray,
    next_obs: IntArray,
    terminated: BoolArray,
    episode: IntArray,
    absorbing: bool = False,
) -> ExpertCounts:
    """Count demonstrations given as flat arrays (N,) in order of time.

    A limit of moves is no end: an episode that it cut off after T steps goes on from its last state as the
    demonstrations do, at random where they never were. ``discounted`` gets the mass of gamma^T that is left,
    ``undiscounted`` the 1 / (1 - gamma) steps that such a tail is worth: without them the states where the
    limit strikes would count as left for good, and where all demonstrations stay, none would seem to want to.

    Args:
        mdp: gives S, A and gamma.
        obs: (N,) states.
        action: (N,) actions.
        next_obs: (N,) states that followed.
        terminated: (N,) True where the step ended its episode (not: where a time limit cut it).
        episode: (N,) ids 0 .. E-1, ascending, without gaps.
        absorbing: extend each terminated episode into its last state for ever (the absorbing convention):
            ``discounted`` gets the remaining mass gamma^T, ``undiscounted`` counts 1 / (1 - gamma) further
            steps (the effective length of that tail), both split evenly over the actions, which have no
            effect there. ``visits`` stays as observed.

    Raises:
        ValueError: the arrays are empty, differ in length, or hold numbers outside the MDP.
    """
    _check(mdp, obs, action, next_obs, terminated, episode)
    n_pairs = mdp.n_states * mdp.n_actions
    starts = np.flatnonzero(np.diff(episode, prepend=-1))
    lengths = np.diff(starts, append=obs.size)
    time = np.arange(obs.size) - np.repeat(starts, lengths)
    pair = obs * mdp.n_actions + action
    ones = np.ones(obs.size)
    visits = sp.csr_array((ones, (episode, pair)), shape=(starts.size, n_pairs))
    moves = sp.csr_array((ones, (pair, next_obs)), shape=(n_pairs, mdp.n_states))
    for matrix in (visits, moves):
        matrix.sum_duplicates()
    share = (1.0 - mdp.gamma) / starts.size
    discounted = np.bincount(pair, share * mdp.gamma**time, n_pairs).astype(float, copy=False)
    discounted = discounted.reshape(mdp.n_states, -1)
    undiscounted = np.bincount(pair, minlength=n_pairs).astype(float).reshape(mdp.n_states, -1)
    ends = starts + lengths - 1
    ended = terminated[ends]
    left = mdp.gamma**lengths / starts.size
    cut = np.bincount(next_obs[ends][~ended], left[~ended], mdp.n_states).astype(float, copy=False)
    if cut.any():
        shown = undiscounted + (undiscounted.sum(axis=1, keepdims=True) == 0.0)
        shown /= shown.sum(axis=1, keepdims=True)
        goes_on = mdp.with_absorbing_terminals() if absorbing else mdp
        discounted = discounted + occupancy(goes_on, shown, cut)
        struck = np.bincount(next_obs[ends][~ended], minlength=mdp.n_states).astype(float)
        undiscounted = undiscounted + occupancy(goes_on, shown, struck) / (1.0 - mdp.gamma)
    if absorbing:
        into, length = next_obs[ends][ended], lengths[ended]
        np.add.at(discounted, into, (mdp.gamma**length / starts.size / mdp.n_actions)[:, None])
        np.add.at(undiscounted, into, 1.0 / (1.0 - mdp.gamma) / mdp.n_actions)
    return ExpertCounts(
        visits=visits,
        discounted=discounted,
        undiscounted=undiscounted / undiscounted.sum(),
        p0=np.bincount(obs[starts], minlength=mdp.n_states) / starts.size,
        transitions=moves,
        n_episodes=int(starts.size),
        n_steps=int(obs.size),
        tail=float(cut.sum()),
    )


def _check(
    mdp: TabularMDP,
    obs: IntArray,
    action: IntArray,
    next_obs: IntArray,
    terminated: BoolArray,
    episode: IntArray,
) -> None:
    arrays = (obs, action, next_obs, terminated, episode)
    if obs.ndim != 1 or any(array.shape != obs.shape for array in arrays):
        raise ValueError(f"the arrays must be flat and equally long, got {[array.shape for array in arrays]}")
    if obs.size == 0:
        raise ValueError("there are no demonstrations to learn from: record or collect at least one episode")
    for name, array, bound in (
        ("obs", obs, mdp.n_states),
        ("next_obs", next_obs, mdp.n_states),
        ("action", action, mdp.n_actions),
    ):
        if array.min() < 0 or array.max() >= bound:
            raise ValueError(f"{name} must lie in 0..{bound - 1}, got {array.min()}..{array.max()}")
    if not mdp.live[obs].all() or not mdp.valid[next_obs].all():
        raise ValueError("a demonstrated state is a wall, or an action is taken after the end of an episode")
    if episode[0] != 0 or not np.isin(np.diff(episode), (0, 1)).all():
        raise ValueError("episode ids must be 0, 1, 2, ... in ascending order without gaps")


def exact_counts(mdp: TabularMDP, policy: FloatArray) -> ExpertCounts:
    """The statistics of infinitely many demonstrations of policy (S, A): its exact occupancy.

    Visits are one pseudo-episode of ``EXACT_STEPS`` steps spread as the discounted occupancy is.
    """
    exact = occupancy(mdp, policy)
    share = exact / exact.sum()
    visits = EXACT_STEPS * share.ravel()
    transitions = sp.csr_array(
        sp.dia_array((visits[None], [0]), shape=(visits.size, visits.size)) @ mdp.transition
    )
    return ExpertCounts(
        visits=sp.csr_array(visits[None]),
        discounted=exact,
        undiscounted=share,
        p0=mdp.p0,
        transitions=transitions,
        n_episodes=1,
        n_steps=EXACT_STEPS,
    )


def estimate_dynamics(mdp: TabularMDP, counts: ExpertCounts) -> TabularMDP:
    """The MDP with maximum-likelihood transitions where a pair was tried; an untried pair leads back to its
    state.

    Staying put is the neutral guess: it claims no way to anywhere that was not seen. States, ends, gamma
    and the first-state distribution stay those of ``mdp``.
    """
    tried = np.asarray(counts.transitions.sum(axis=1)).ravel()
    state = np.repeat(np.arange(mdp.n_states), mdp.n_actions)
    rows = np.repeat(np.arange(tried.size), np.diff(counts.transitions.indptr))
    untried = np.flatnonzero((tried == 0) & mdp.live[state])
    data = np.concatenate([counts.transitions.data / tried[rows], np.ones(untried.size)])
    indices = (np.concatenate([rows, untried]), np.concatenate([counts.transitions.indices, state[untried]]))
    estimate = sp.csr_array((data, indices), shape=mdp.transition.shape)
    return replace(mdp, transition=estimate)
