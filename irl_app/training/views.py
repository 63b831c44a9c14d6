"""What a run's page shows beside its curves: slices and rewards at every evaluation, rollouts at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from irl_app.tasks import ControlTask, RolloutResult
from irl_app.tasks.states import state_space
from irl_app.training.learner import Learner
from irl_app.training.rewarded import RewardedSteps
from irl_app.training.rollouts import save_rollouts
from irl_app.training.shown import Shown
from irl_app.training.slices import Arrays, Implied, Slicer
from trainers.soft_q_config import SoftQConfig


class Views:
    """Writes what is drawn of one run; the learners are left as they are.

    Args:
        run: its folder. task, seeds, config, shown: what it learns, and from what.
        ends: given whether it was demonstrated, what having ended is worth to each of the K learners.
    """

    def __init__(
        self,
        run: Path,
        task: ControlTask,
        seeds: Sequence[int],
        config: SoftQConfig,
        shown: Shown,
        ends: Callable[[bool], Arrays],
    ) -> None:
        self._run, self._task, self._seeds, self._example = run, task, tuple(seeds), shown.example
        implied = Implied(config.gamma, config.policy_temperature, cloned=config.method == "bc")
        space = state_space(task)
        self._slicer = None
        if space is not None:
            self._slicer = Slicer(run, task, space, implied, lambda: ends(False), shown.learned)
        self._rewarded = RewardedSteps(run, task, implied, ends, shown.learned, shown.held_out)
        self._last: tuple[int, tuple[RolloutResult, ...]] | None = None

    def heed(self, learner: Learner, played: Sequence[RolloutResult]) -> None:
        """Write slices and rewards; the episodes (kept whole, one result a learner) are remembered.

        Raises:
            OSError: they cannot be written.
        """
        self._last = (learner.update, tuple(played))
        with np.errstate(over="ignore", invalid="ignore"):  # a Q-function that has run away is drawn so
            if self._slicer is not None:
                self._slicer.save(learner)
            self._rewarded.save(learner, played)

    def conclude(self) -> None:
        """Draw the last evaluation's episodes; nothing if this process has made no evaluation.

        Raises:
            OSError: they cannot be written.
        """
        if self._last is not None:
            update, played = self._last
            by_seed = list(zip(self._seeds, played, strict=True))
            save_rollouts(self._run, self._task, update, by_seed, self._example)
