"""Steps in whole episodes with their true reward: whoever took them, judged by the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from irl_app.demonstrations import Episode
from irl_app.tasks import Obs
from trainers.mdp import BoolArray, FloatArray, IntArray
from trainers.transitions import Transitions


@dataclass(frozen=True, eq=False)
class Steps:
    """N steps (s, a, s').

    Attributes:
        obs, next_obs: (N, *O) float32. action: (N,). terminated: (N,) ended by the task's rules.
        reward: (N,) the true one. episode: (N,) ascending number of the episode, -1: of no whole one.
    """

    obs: Obs
    action: IntArray
    next_obs: Obs
    terminated: BoolArray
    reward: FloatArray
    episode: IntArray

    def __len__(self) -> int:
        return len(self.action)


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
