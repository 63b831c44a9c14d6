"""Letting a policy play: many episodes side by side, one batched call of the policy a move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.demonstrations import Demonstrations, Episode, Provenance, Spaces, transitions_of
from irl_app.tasks.task import Task, TaskError
from irl_app.tasks.vector_env import Obs, Policy, Step
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.spaces import SpaceError
from trainers.transitions import Transitions


@dataclass(frozen=True)
class RolloutResult:
    """n finished episodes of one policy.

    Attributes:
        returns: (n,) undiscounted sums of the true rewards. lengths: (n,) moves.
        terminated: (n,) False where the limit of moves cut the episode off.
        first_obs: (n, *O) where the episodes began.
        episodes: whole, if they were to be kept.
    """

    returns: FloatArray
    lengths: IntArray
    terminated: BoolArray
    first_obs: Obs
    episodes: tuple[Episode, ...] | None = None

    def transitions(self, most: int | None = None) -> Transitions:
        """All steps of the episodes that were kept, or of the first so many of them."""
        return transitions_of(Demonstrations((self.episodes or ())[:most], Provenance()))


def rollout(task: Task, policy: Policy, n_episodes: int, seed: int, *, keep: bool = False) -> RolloutResult:
    """n episodes of a policy, each to its own end.

    The starts of the first k of n episodes do not depend on n, nor on the policy. With the same seed and a
    deterministic policy the same numbers come out.

    Args:
        policy: (B, *O) float32 observations, generator -> (B,) actions; B shrinks as episodes end.
        n_episodes: >= 1. seed: >= 0.
        keep: keep the whole episodes.

    Raises:
        TaskError: a number is out of range, or the policy's answer is not (B,) actions of the task.
    """

    def stacked(obs: Obs, generator: np.random.Generator) -> IntArray:
        return np.asarray(policy(obs[0], generator))[None]

    return rollout_stacked(task, stacked, 1, n_episodes, seed, keep=keep)[0]


def rollout_stacked(
    task: Task, policy: Policy, n_policies: int, n_episodes: int, seed: int, *, keep: bool = False
) -> tuple[RolloutResult, ...]:
    """n episodes of each of K policies that are asked together, as stacked networks are; one result a policy.

    Every policy has its own starts.

    Args:
        policy: (K, B, *O) float32 observations, generator -> (K, B) actions. B is the largest number of
            episodes that any of the K has left; the others' last rows are of ended episodes, and ignored.
        n_policies: K >= 1. n_episodes, seed, keep: as in `rollout`.

    Raises:
        TaskError: a number is out of range, or the policy's answer is not (K, B) actions of the task.
    """
    if n_episodes < 1 or n_policies < 1:
        raise TaskError(f"there must be at least 1 episode and 1 policy, got {n_episodes}, {n_policies}")
    if seed < 0:
        raise TaskError(f"the seed must be 0 or more, got {seed}")
    starts = np.random.SeedSequence(seed).generate_state(n_episodes * n_policies)
    generator = np.random.default_rng([seed, 1])
    slots = (
        np.arange(n_episodes * n_policies).reshape(n_episodes, n_policies).T
    )  # (K, n): fewer are the first
    batch = task.make_vec(slots.size)
    obs = batch.reset(slots.T.ravel(), starts.astype(np.int64))  # (n * K, *O), by slot
    log = _Log(obs.copy(), keep)
    alive = np.ones(slots.shape, dtype=bool)
    while (width := int(alive.sum(axis=1).max())) > 0:
        asked = np.argsort(~alive, axis=1, kind="stable")[:, :width]  # (K, B) those alive first
        slot, live = np.take_along_axis(slots, asked, 1), np.take_along_axis(alive, asked, 1)
        actions = np.asarray(policy(obs[slot], generator))
        acting, chosen = slot[live], _checked(actions, slot.shape, task)[live]
        step = batch.step(acting, chosen)
        log.add(acting, chosen, step)
        obs[acting] = step.obs
        ended = np.zeros(slots.size, dtype=bool)
        ended[acting] = step.terminated | step.truncated
        alive &= ~ended[slots]
    return log.results(slots)


def _checked(actions: np.ndarray[Any, Any], shape: tuple[int, ...], task: Task) -> np.ndarray[Any, Any]:
    """Actions of this leading shape, as the task's space has them."""
    space = task.action_space
    if actions.shape != (*shape, *space.shape):
        raise TaskError(f"the policy must answer with actions of shape {shape}, got {actions.shape}")
    try:
        return space.cast(actions.reshape(-1, *space.shape), "the policy's actions").reshape(actions.shape)
    except SpaceError as error:
        raise TaskError(f"{task.name}: {error}") from error


def collect_episodes(task: Task, policy: Policy, n_episodes: int, seed: int, expert: str) -> Demonstrations:
    """Demonstrations of a policy in a control task; arguments and errors as `rollout`.

    Args:
        expert: who acts, in words, for the provenance.
    """
    episodes = rollout(task, policy, n_episodes, seed, keep=True).episodes
    assert episodes is not None  # kept
    provenance = Provenance(task.name, expert, seed, task.gamma)
    return Demonstrations(episodes, provenance, Spaces(task.observation_space, task.action_space))


def random_policy(task: Task) -> Policy:
    """Every action with the same probability, whatever is observed."""
    rank = len(task.observation_space.shape)
    return lambda obs, generator: task.action_space.sample(generator, obs.shape[: obs.ndim - rank])


class _Log:
    """What has happened in each slot since `first` (slots, *O); with `keep` every move of it."""

    def __init__(self, first: Obs, keep: bool) -> None:
        self._first, self._keep = first, keep
        self._returns, self._lengths = np.zeros(len(first)), np.zeros(len(first), dtype=np.int64)
        self._terminated = np.zeros(len(first), dtype=bool)
        self._moves: list[tuple[IntArray, IntArray, Step]] = []

    def add(self, slots: IntArray, actions: IntArray, step: Step) -> None:
        self._returns[slots] += step.reward
        self._lengths[slots] += 1
        self._terminated[slots] = step.terminated
        if self._keep:
            self._moves.append((slots, actions, step))

    def results(self, groups: IntArray) -> tuple[RolloutResult, ...]:
        """One result for each row of `groups` (K, n) of slots."""
        episodes = self._episodes() if self._keep else None
        return tuple(
            RolloutResult(
                self._returns[slots],
                self._lengths[slots],
                self._terminated[slots],
                self._first[slots],
                None if episodes is None else tuple(episodes[slot] for slot in slots.tolist()),
            )
            for slots in groups
        )

    def _episodes(self) -> list[Episode]:
        order = np.argsort(np.concatenate([slots for slots, _, _ in self._moves]), kind="stable")
        cuts = np.cumsum(self._lengths)[:-1]

        def by_slot(parts: list[Any]) -> list[Any]:
            return np.split(np.concatenate(parts)[order], cuts)

        obs = by_slot([step.obs for _, _, step in self._moves])
        actions = by_slot([chosen for _, chosen, _ in self._moves])
        rewards = by_slot([step.reward for _, _, step in self._moves])
        return [
            Episode(np.concatenate([first[None], seen]), action, reward, bool(ended), not ended)
            for first, seen, action, reward, ended in zip(
                self._first, obs, actions, rewards, self._terminated, strict=True
            )
        ]
