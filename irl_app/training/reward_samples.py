"""Recovered beside true rewards of whole episodes, a step at a time; written at every evaluation.

``rewards.safetensors`` is replaced in one step. The steps are the demonstrated ones, the learner's own and
those of random moves: ``recovered`` (K, N) float32, not a number where a seed has fewer; ``true`` (K, N);
``who`` (K, N) numbers of ``WHO``; ``episode`` (K, N) ascending, -1 for a step of no whole episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.reading import reading
from irl_app.runs import RunError
from irl_app.tasks import RolloutResult, Task, random_policy, rollout
from irl_app.training.arrays import REMEDY, read_arrays, write_arrays
from trainers.arrays import FloatArray, IntArray
from trainers.learner import Learner
from trainers.transitions import Transitions, side_by_side

NAME = "rewards.safetensors"
WHO = ("demonstrations", "the learner", "random moves")
EPISODES = 10
"""Of each kind at most."""
RANDOM_SEED = 5_000_011
"""Of the random moves: episodes that no training sees."""


@dataclass(frozen=True, eq=False)
class RewardSamples:
    """One seed's steps.

    Attributes:
        recovered, true: (N,) rewards. who: (N,) number in ``WHO``.
        episode: (N,) ascending number of the episode, -1 for a step of no whole episode.
    """

    recovered: FloatArray
    true: FloatArray
    who: IntArray
    episode: IntArray


class RewardSampler:
    """Makes and writes the rewards of one run.

    Args:
        train, validation: demonstrations, one for each learner or none; the second whole episodes.
    """

    def __init__(
        self, run: Path, task: Task, train: Sequence[Transitions], validation: Sequence[Transitions]
    ) -> None:
        self._run, self._whole = run, bool(validation)
        self._shown = [own[own.episode < EPISODES] if validation else own for own in validation or train]
        episodes = task.bearable(EPISODES)
        self._random = rollout(task, random_policy(task), episodes, RANDOM_SEED, keep=True).transitions()

    def save(self, learner: Learner, played: Sequence[RolloutResult]) -> None:
        """Write the rewards of all learners as they are now.

        Args:
            played: of each of the K learners episodes that were kept whole.

        Raises:
            OSError: they cannot be written.
        """
        own = [each.transitions(EPISODES) for each in played]
        kinds = (self._shown, own, [self._random] * len(own))
        columns = [self._of(learner, who, kind) for who, kind in enumerate(kinds) if kind]
        arrays = {name: np.concatenate([own[name] for own in columns], axis=1) for name in columns[0]}
        write_arrays(self._run / NAME, arrays)

    def _of(self, learner: Learner, who: int, own: Sequence[Transitions]) -> dict[str, NDArray[Any]]:
        """(K, n) columns of one kind of steps, each learner's own; the short ones are filled up."""
        steps, there = side_by_side(own, max(map(len, own)))
        found = learner.judge(steps["obs"], steps["action"], steps["next_obs"], steps["terminated"])
        whole = self._whole or who > 0
        return {
            "recovered": np.where(there, found.reward, np.nan).astype(np.float32),
            "true": steps["reward"].astype(np.float32),
            "who": np.full(there.shape, who, dtype=np.int64),
            "episode": steps["episode"] if whole else np.full(there.shape, -1, dtype=np.int64),
        }


def read_reward_samples(run: Path, seed: int) -> RewardSamples | None:
    """The newest rewards of the seed with this place; None before there are any.

    Raises:
        RunError: the file is damaged, or has no such seed.
    """
    if (arrays := read_arrays(run / NAME)) is None:
        return None
    with reading(run / NAME, RunError, REMEDY):
        found = [arrays[name][seed] for name in ("recovered", "true", "who", "episode")]
        if any(array.ndim != 1 or array.shape != found[0].shape for array in found):
            raise ValueError("the arrays are of other shapes")
        there = np.isfinite(found[0]) & np.isfinite(found[1])
        recovered, true, who, episode = (array[there] for array in found)
        if who.dtype != np.int64 or episode.dtype != np.int64:
            raise ValueError("the arrays are of other kinds")
        if ((who < 0) | (who >= len(WHO)) | (episode < -1)).any():
            raise ValueError("steps of nobody")
        return RewardSamples(recovered.astype(np.float64), true.astype(np.float64), who, episode)
