"""Small MDPs for tests: random ones, and grids built the obvious way."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray
from trainers.tabular import ExpertCounts, count_expert
from trainers.tabular.mdp import TabularMDP

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))


def random_mdp(
    seed: int,
    n_states: int = 9,
    n_actions: int = 3,
    *,
    branches: int = 3,
    terminals: int = 0,
    walls: int = 0,
    gamma: float = 0.9,
) -> TabularMDP:
    """Every action of every live state leads to ``branches`` random states with random probabilities."""
    rng = np.random.default_rng(seed)
    special = rng.permutation(n_states)[: terminals + walls]
    terminal, valid = np.zeros(n_states, bool), np.ones(n_states, bool)
    terminal[special[:terminals]] = True
    valid[special[terminals:]] = False
    table = np.zeros((n_states, n_actions, n_states))
    for s in np.flatnonzero(valid & ~terminal):
        for a in range(n_actions):
            table[s, a, rng.choice(np.flatnonzero(valid), branches, replace=False)] = rng.dirichlet(
                np.ones(branches)
            )
    p0 = rng.random(n_states) * (valid & ~terminal)
    return TabularMDP(
        sp.csr_array(table.reshape(n_states * n_actions, n_states)), p0 / p0.sum(), gamma, terminal, valid
    )


def grid_mdp(
    height: int,
    width: int,
    *,
    walls: tuple[tuple[int, int], ...] = (),
    end: tuple[int, int] | None = None,
    teleport: tuple[int, int] | None = None,
    slip: float = 0.0,
    gamma: float = 0.9,
) -> TabularMDP:
    """A grid with five actions; ``end`` terminates, ``teleport`` leads to a uniformly random free cell."""
    n = height * width
    valid, terminal = np.ones(n, bool), np.zeros(n, bool)
    for row, col in walls:
        valid[row * width + col] = False
    if end is not None:
        terminal[end[0] * width + end[1]] = True
    p0 = (valid & ~terminal).astype(float)
    if teleport is not None:
        p0[teleport[0] * width + teleport[1]] = 0.0
    p0 /= p0.sum()
    table = sp.lil_array((n * len(MOVES), n))

    def enter(cell: int, move: tuple[int, int]) -> int:
        row, col = cell // width + move[0], cell % width + move[1]
        inside = 0 <= row < height and 0 <= col < width and valid[row * width + col]
        return row * width + col if inside else cell

    for cell in np.flatnonzero(valid & ~terminal):
        for a, move in enumerate(MOVES):
            if teleport is not None and cell == teleport[0] * width + teleport[1]:
                table[[cell * len(MOVES) + a], :] = p0
                continue
            table[cell * len(MOVES) + a, enter(cell, move)] += 1.0 - slip
            for other in MOVES[:4]:
                table[cell * len(MOVES) + a, enter(cell, other)] += slip / 4.0
    return TabularMDP(sp.csr_array(table), p0, gamma, terminal, valid)


def demonstrate(
    mdp: TabularMDP, policy: FloatArray, n_episodes: int, n_moves: int, seed: int, **options: bool
) -> ExpertCounts:
    """Counts of episodes sampled step by step."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, int, bool, int]] = []
    for episode in range(n_episodes):
        state = int(rng.choice(mdp.n_states, p=mdp.p0))
        for _ in range(n_moves):
            action = int(rng.choice(mdp.n_actions, p=policy[state] / policy[state].sum()))
            row = mdp.transition[[state * mdp.n_actions + action]].toarray().ravel()
            following = int(rng.choice(mdp.n_states, p=row / row.sum()))
            rows.append((state, action, following, bool(mdp.terminal[following]), episode))
            state = following
            if mdp.terminal[state]:
                break
    obs, action, next_obs, terminated, episodes = (np.array(column) for column in zip(*rows, strict=True))
    return count_expert(
        mdp, obs=obs, action=action, next_obs=next_obs, terminated=terminated, episode=episodes, **options
    )


def dense_transition(mdp: TabularMDP) -> FloatArray:
    """(S, A, S) transition probabilities."""
    return np.asarray(mdp.transition.toarray()).reshape(mdp.n_states, mdp.n_actions, mdp.n_states)


def canonical(mdp: TabularMDP, reward: FloatArray) -> FloatArray:
    """(L*A,) r + gamma E V^u(s') - V^u(s), V^u the value of the uniform policy, by a dense inverse."""
    table = dense_transition(mdp)
    chain = np.eye(mdp.n_states) - mdp.gamma * table.mean(axis=1)
    v = np.linalg.solve(chain, np.where(mdp.live, reward.mean(axis=1), 0.0))
    return np.asarray((reward + mdp.gamma * table @ v - v[:, None])[mdp.live].ravel())
