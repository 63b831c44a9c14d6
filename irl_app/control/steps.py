"""Steps of control tasks in whole episodes: whoever took them, judged by the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations import Episode
from irl_app.rewards import Reward
from irl_app.tasks import ControlTask, Policy, rollout_stacked
from trainers.mdp import BoolArray, FloatArray, IntArray
from trainers.transitions import Transitions

Obs = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Steps:
    """N steps (s, a, s').

    Attributes:
        obs, next_obs: (N, *O) float32. action: (N,). terminated: (N,) ended by the task's rules.
        reward: (N,) the true one. episode: (N,) ascending number of the episode.
    """

    obs: Obs
    action: IntArray
    next_obs: Obs
    terminated: BoolArray
    reward: FloatArray
    episode: IntArray

    def __len__(self) -> int:
        return len(self.action)

    def paid(self, reward: Reward) -> FloatArray:
        """(N,) what another reward pays, the discounted tail included where an episode ended."""
        own = reward(self.obs, self.action, self.next_obs, self.terminated)
        ended = np.flatnonzero(self.terminated)
        own[ended] += reward.info.gamma * reward.tail(self.next_obs[ended])
        return own


def steps_of_episodes(episodes: Sequence[Episode]) -> Steps:
    """All steps of whole episodes."""
    sizes = [len(each) for each in episodes]
    terminated = np.zeros(sum(sizes), dtype=bool)
    terminated[np.cumsum(sizes) - 1] = [each.terminated for each in episodes]
    return Steps(
        np.concatenate([each.observations[:-1] for each in episodes]).astype(np.float32),
        np.concatenate([each.actions for each in episodes]),
        np.concatenate([each.observations[1:] for each in episodes]).astype(np.float32),
        terminated,
        np.concatenate([each.rewards for each in episodes]),
        np.repeat(np.arange(len(episodes)), sizes),
    )


def steps_of_demonstrations(shown: Transitions, *, whole: bool) -> Steps:
    """All demonstrated steps; where they are not of whole episodes, each counts as one of its own."""
    episode = np.cumsum(shown.first) - 1 if whole else np.arange(len(shown))
    return Steps(
        shown.obs,
        shown.action,
        shown.next_obs,
        shown.terminated,
        shown.reward.astype(np.float64),
        episode,
    )


def joined(parts: Sequence[Steps]) -> Steps:
    """The steps one after the other, their episodes numbered through."""
    offsets = np.cumsum([0, *(int(part.episode[-1]) + 1 for part in parts)])
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Steps)
        if field.name != "episode"
    }
    episode = [part.episode + offset for part, offset in zip(parts, offsets[:-1], strict=True)]
    return Steps(**columns, episode=np.concatenate(episode))


def play(
    task: ControlTask, policy: Policy, n_policies: int, n_episodes: int, seed: int, *, noise: float = 0.0
) -> tuple[Steps, ...]:
    """n episodes of each of K policies that are asked together, as `rollout_stacked` has them.

    Args:
        noise: share of their moves that are drawn at random instead, in [0, 1].
    """

    def disturbed(obs: Obs, generator: np.random.Generator) -> IntArray:
        chosen = policy(obs, generator)
        stray = generator.random(chosen.shape) < noise
        return np.where(stray, generator.integers(task.n_actions, size=chosen.shape), chosen)

    played = rollout_stacked(task, disturbed, n_policies, n_episodes, seed, keep=True)
    return tuple(steps_of_episodes(each.episodes or ()) for each in played)
