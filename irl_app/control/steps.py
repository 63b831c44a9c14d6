"""Steps that policies take in control tasks, with more or less noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from irl_app.tasks import ControlTask, Obs, Policy, rollout_stacked
from irl_app.training.steps import Steps, steps_of_episodes
from trainers.mdp import IntArray


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
