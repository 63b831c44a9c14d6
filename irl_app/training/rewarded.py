"""Recovered beside true rewards of whole episodes, a step at a time; written at every evaluation.

``rewards.safetensors`` is replaced in one step. The steps are the demonstrated ones, the learner's own and
those of random moves: ``recovered`` (K, N) float32, not a number where a seed has fewer; ``true`` (K, N);
``who`` (K, N) numbers of ``WHO``; ``episode`` (K, N) ascending, -1 for a step of no whole episode.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from irl_app.files import write_whole
from irl_app.tasks import ControlTask, RolloutResult, random_policy, rollout
from irl_app.training.arrays import DamagedError, read_arrays
from irl_app.training.learner import Learner
from irl_app.training.slices import Arrays, Implied
from irl_app.training.steps import Steps, steps_of_demonstrations, steps_of_episodes
from trainers.mdp import FloatArray, IntArray
from trainers.transitions import Transitions

NAME = "rewards.safetensors"
WHO = ("demonstrations", "the learner", "random moves")
EPISODES = 10
"""Of each kind at most."""
RANDOM_SEED = 5_000_011
"""Of the random moves: episodes that no training sees."""


@dataclass(frozen=True, eq=False)
class Rewarded:
    """One seed's steps.

    Attributes:
        recovered, true: (N,) rewards. who: (N,) number in ``WHO``.
        episode: (N,) ascending number of the episode, -1 for a step of no whole episode.
    """

    recovered: FloatArray
    true: FloatArray
    who: IntArray
    episode: IntArray


class RewardedSteps:
    """Makes and writes the rewards of one run.

    Args:
        implied: what the learners' rewards are.
        ends: given whether it was demonstrated, what having ended is worth to each of the K learners.
        learned, held_out: demonstrations, one for each learner or none; the second whole episodes.
    """

    def __init__(
        self,
        run: Path,
        task: ControlTask,
        implied: Implied,
        ends: Callable[[bool], Arrays],
        learned: Sequence[Transitions],
        held_out: Sequence[Transitions],
    ) -> None:
        self._run, self._implied, self._ends = run, implied, ends
        self._shown = [_demonstrated(own, whole=bool(held_out)) for own in (held_out or learned)]
        played = rollout(task, random_policy(task), EPISODES, RANDOM_SEED, keep=True)
        self._random = steps_of_episodes(played.episodes or ())

    def save(self, learner: Learner, played: Sequence[RolloutResult]) -> None:
        """Write the rewards of all learners as they are now.

        Args:
            played: of each of the K learners episodes that were kept whole.

        Raises:
            OSError: they cannot be written.
        """
        own = [steps_of_episodes((each.episodes or ())[:EPISODES]) for each in played]
        kinds = (self._shown, own, [self._random] * len(own))
        columns = [self._of(learner, who, kind) for who, kind in enumerate(kinds) if kind]
        arrays: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(np.concatenate([column[name] for column in columns], axis=1))
            for name in columns[0]
        }
        write_whole(self._run / NAME, save(arrays))

    def _of(self, learner: Learner, who: int, steps: Sequence[Steps]) -> dict[str, NDArray[Any]]:
        """(K, n) columns of one kind of steps, each learner's own; the short ones are filled up."""
        width = max(len(own.action) for own in steps)
        rows = [np.minimum(np.arange(width), len(own.action) - 1) for own in steps]

        def stacked(name: str) -> NDArray[Any]:
            return np.stack([getattr(own, name)[at] for own, at in zip(steps, rows, strict=True)])

        there = np.arange(width) < np.array([len(own.action) for own in steps])[:, None]
        q = np.asarray(learner.q_values(stacked("obs")), np.float64)
        taken = np.take_along_axis(q, stacked("action")[..., None], -1)[..., 0]
        after = self._implied.value(np.asarray(learner.q_values(stacked("next_obs"))))
        after = np.where(stacked("terminated"), self._ends(who == 0)[:, None], after)
        recovered = self._implied.rewards(taken, self._implied.value(q), after)
        return {
            "recovered": np.where(there, recovered, np.nan).astype(np.float32),
            "true": stacked("reward").astype(np.float32),
            "who": np.full(there.shape, who, dtype=np.int64),
            "episode": stacked("episode").astype(np.int64),
        }


def read_rewarded(run: Path, seed: int) -> Rewarded | None:
    """The newest rewards of the seed with this place; None before there are any.

    Raises:
        TrainingError: the file is damaged, or has no such seed.
    """
    if (arrays := read_arrays(run / NAME)) is None:
        return None
    try:
        found = [arrays[name][seed] for name in ("recovered", "true", "who", "episode")]
    except (KeyError, IndexError) as error:
        raise DamagedError(run / NAME) from error
    if any(array.shape != found[0].shape or array.ndim != 1 for array in found):
        raise DamagedError(run / NAME)
    there = np.isfinite(found[0])
    recovered, true, who, episode = (array[there] for array in found)
    return Rewarded(recovered.astype(np.float64), true.astype(np.float64), who, episode)


def _demonstrated(own: Transitions, *, whole: bool) -> Steps:
    """The first episodes, or where none is whole all steps, of no episode."""
    steps = steps_of_demonstrations(own, whole=whole)
    if not whole:
        return replace(steps, episode=np.full(len(steps), -1))
    kept = steps.episode < EPISODES
    return Steps(**{field.name: getattr(steps, field.name)[kept] for field in fields(Steps)})
