"""What a run's page shows beside its curves: slices and rewards at every evaluation, rollouts at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from irl_app.tasks import RolloutResult, Task
from irl_app.training.maps import save_maps
from irl_app.training.reward_samples import RewardSampler
from irl_app.training.rollouts import save_films, save_rollouts
from irl_app.training.slices import Slicer
from irl_app.training.split import Split
from trainers.learner import Learner, SoftmaxLearner


class Views:
    """Writes what is drawn of one run; the learners are left as they are.

    Args:
        run: its folder. task, seeds, split: what it learns, and from what.
    """

    def __init__(self, run: Path, task: Task, seeds: Sequence[int], split: Split) -> None:
        self._run, self._task, self._seeds, self._example = run, task, tuple(seeds), split.example
        space = task.state_space
        self._slicer = None if space is None else Slicer(run, task, space, split.train)
        self._sampler = RewardSampler(run, task, split.train, split.validation)
        self._last: tuple[int, Learner, tuple[RolloutResult, ...]] | None = None

    def on_evaluation(self, update: int, learner: Learner, played: Sequence[RolloutResult]) -> None:
        """Write maps, slices and rewards; the episodes (kept whole, one result a learner) are remembered.

        Raises:
            OSError: they cannot be written.
        """
        self._last = (update, learner, tuple(played))
        with np.errstate(over="ignore", invalid="ignore"):  # a Q-function that has run away is drawn so
            if isinstance(learner, SoftmaxLearner):
                save_maps(self._run, self._task, update, learner)
                if self._slicer is not None:
                    self._slicer.save(update, learner)
            self._sampler.save(learner, played)

    def conclude(self) -> None:
        """Draw the last evaluation's episodes, or new ones of an environment that only draws itself; nothing
        if this process has made no evaluation.

        Raises:
            OSError: they cannot be written.
        """
        if self._last is None:
            return
        update, learner, played = self._last
        if self._task.can_be_drawn:
            by_seed = list(zip(self._seeds, played, strict=True))
            save_rollouts(self._run, self._task, update, by_seed, self._example)
        elif self._task.is_inferred:
            save_films(self._run, self._task, update, self._seeds, learner)
