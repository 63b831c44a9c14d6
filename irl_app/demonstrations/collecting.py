"""Demonstrations sampled from a policy, or recorded from a person at the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from irl_app.demonstrations.episode import DemonstrationError, Episode, check_episode
from irl_app.demonstrations.episodes import MAX_STEPS, Demonstrations, Provenance
from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import BoolArray, FloatArray, IntArray

Play = tuple[int, Sequence[tuple[int, int]]]  # start cell, then (action, cell it led to) for each move

PERSON = "person at the keyboard"
_BLOCK = 2_000_000  # uniform numbers drawn at a time: 16 MB


def collect(
    grid: GridSpec,
    policy: FloatArray,
    n_episodes: int,
    seed: int,
    expert: str,
    *,
    task: str = "gridworld/map",
) -> Demonstrations:
    """Episodes of a policy on the grid's exact dynamics, at most ``grid.max_steps`` moves each.

    The law is that of stepping the environment. The first k of n episodes do not depend on n, so that
    a larger number extends a smaller one.

    Args:
        policy: (S, A) probabilities; rows of cells in which no action is taken are ignored.
        n_episodes: at least 1, at most what keeps ``n_episodes * max_steps`` within ten million.
        expert, task: for the provenance, in words and as ``gridworld/NAME``.

    Raises:
        DemonstrationError: a number is out of range or the policy is not one for this grid.
    """
    if n_episodes < 1:
        raise DemonstrationError(f"the number of demonstrations must be at least 1, got {n_episodes}")
    if n_episodes * grid.max_steps > MAX_STEPS:
        raise DemonstrationError(
            f"{n_episodes} demonstrations of up to {grid.max_steps} moves are more than {MAX_STEPS} moves: "
            f"ask for at most {MAX_STEPS // grid.max_steps}"
        )
    if seed < 0:
        raise DemonstrationError(f"the seed must be 0 or more, got {seed}")
    _check_policy(grid, policy)
    rng = np.random.default_rng(seed)
    width = 1 + 2 * grid.max_steps  # one uniform number for the start, two a move
    block = max(1, _BLOCK // width)
    episodes: list[Episode] = []
    for first in range(0, n_episodes, block):
        uniform = rng.random((min(block, n_episodes - first), width))
        episodes += _roll_out(grid, policy, uniform)
    return Demonstrations(tuple(episodes), Provenance(task, expert, seed, grid.gamma, format_map(grid)))


def _check_policy(grid: GridSpec, policy: FloatArray) -> None:
    if policy.shape != (grid.n_states, grid.n_actions):
        raise DemonstrationError(
            f"the policy must be ({grid.n_states}, {grid.n_actions}) for this grid, got {policy.shape}"
        )
    rows = policy[grid.mdp().live]
    if not ((rows >= 0).all() and np.allclose(rows.sum(axis=1), 1.0)):
        raise DemonstrationError("the policy's rows must be probabilities that sum to one")


def _roll_out(grid: GridSpec, policy: FloatArray, uniform: FloatArray) -> list[Episode]:
    """One episode a row of `uniform` (n, 1 + 2 max_steps), all moving at once."""
    mdp, steps = grid.mdp(), grid.max_steps
    choose, move = _RowSampler(sp.csr_array(policy)), _RowSampler(mdp.transition)
    n = uniform.shape[0]
    cells, actions = np.zeros((n, steps + 1), dtype=np.int64), np.zeros((n, steps), dtype=np.int64)
    starts = np.minimum((uniform[:, 0] * grid.start_cells.size).astype(np.int64), grid.start_cells.size - 1)
    cells[:, 0] = grid.start_cells[starts]
    lengths = np.full(n, steps, dtype=np.int64)
    running = np.arange(n)
    for t in range(steps):
        here = cells[running, t]
        action = choose(here, uniform[running, 1 + 2 * t])
        there = move(here * grid.n_actions + action, uniform[running, 2 + 2 * t])
        actions[running, t], cells[running, t + 1] = action, there
        ended = mdp.terminal[there]
        lengths[running[ended]] = t + 1
        running = running[~ended]
        if not running.size:
            break
    terminated = mdp.terminal[cells[np.arange(n), lengths]]
    return [
        _episode(grid, cells[i, : t + 1], actions[i, :t], terminated[i])
        for i, t in enumerate(lengths.tolist())
    ]


class _RowSampler:
    """Draws columns of a sparse stochastic matrix, one row a draw, by inverting the cumulative sum."""

    def __init__(self, matrix: sp.csr_array) -> None:
        # one running sum over all rows: at most 50,000, so a probability is good to 1e-11
        self._cumulative = np.concatenate([[0.0], np.cumsum(matrix.data)])
        self._starts, self._columns = matrix.indptr, matrix.indices

    def __call__(self, rows: IntArray, uniform: FloatArray) -> IntArray:
        first, last = self._starts[rows], self._starts[rows + 1]
        low, high = self._cumulative[first], self._cumulative[last]
        entry = np.searchsorted(self._cumulative, low + uniform * (high - low), side="right") - 1
        return self._columns[np.clip(entry, first, last - 1)].astype(np.int64)


def _episode(grid: GridSpec, cells: IntArray, actions: IntArray, terminated: bool | np.bool_) -> Episode:
    rewards = grid.state_reward()[cells[1:]]
    return Episode(cells, actions, rewards, terminated=bool(terminated), truncated=not terminated)


def from_play(grid: GridSpec, episodes: Sequence[Play], *, task: str = "gridworld/map") -> Demonstrations:
    """Demonstrations played by a person; an episode that did not reach its end counts as truncated.

    Args:
        episodes: for each the start cell and its moves, (action, cell it led to).
        task: for the provenance, as ``gridworld/NAME``.

    Raises:
        DemonstrationError: no episode, an episode without moves or with more than ``grid.max_steps``, or
            a move that the grid does not allow; the message names the episode and the move.
    """
    played = [
        _played(grid, start, moves, f"episode {i}") for i, (start, moves) in enumerate(episodes, start=1)
    ]
    return Demonstrations(tuple(played), Provenance(task, PERSON, None, grid.gamma, format_map(grid)))


def _played(grid: GridSpec, start: int, moves: Sequence[tuple[int, int]], name: str) -> Episode:
    if not moves:
        raise DemonstrationError(f"{name} has no moves: delete it, or make at least one move")
    if len(moves) > grid.max_steps:
        raise DemonstrationError(f"{name} has {len(moves)} moves, the grid allows {grid.max_steps}")
    cells = _whole([start, *(cell for _, cell in moves)], name)
    actions = _whole([action for action, _ in moves], name)
    terminal: BoolArray = grid.mdp().terminal
    terminated = bool(cells[-1] < grid.n_states and terminal[cells[-1]])
    check_episode(grid, cells, actions, terminated, name)
    return _episode(grid, cells, actions, terminated)


def _whole(numbers: list[int], name: str) -> IntArray:
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**31 for n in numbers):
        raise DemonstrationError(f"{name}: cells and actions are whole numbers from 0")
    return np.array(numbers, dtype=np.int64)
