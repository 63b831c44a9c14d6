"""Demonstrations by what a training run has learned from a task's true reward."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from irl_app.demonstrations import Demonstrations, Provenance, Spaces
from irl_app.runs import RunConfig, RunError, read_config
from irl_app.tasks import get_task, rollout
from irl_app.training.learners import load_learners
from irl_app.training.request import title_of_run
from trainers.learner import policy_of

SPARE = 3
"""Episodes that are played for each that is kept."""


def run_demonstrations(run: Path, n_episodes: int, seed: int) -> Demonstrations:
    """Episodes of the learner of a run, as it is played.

    Of `SPARE` times as many those come first that nothing ended before the limit of moves: a fall, where a
    task punishes it, is no demonstration. Among equals the order in which they were played decides.

    Args:
        run: of one seed. n_episodes: >= 1. seed: of the episodes.

    Raises:
        RunError: the run is no training, has several seeds, or has nothing learned to read.
    """
    config = read_config(run)
    if not config.is_training or len(config.seeds) != 1:
        raise RunError(f"{run} must be a training of one seed: demonstrations are by one expert")
    task, learners = get_task(config.task), load_learners(run, config)
    played = rollout(task, policy_of(learners.each[0]), SPARE * n_episodes, seed, keep=True)
    order = np.argsort(played.terminated, kind="stable")[:n_episodes]
    episodes = tuple((played.episodes or ())[i] for i in order)
    whole = int((~played.terminated).sum())
    expert = (
        f"{title_of_run(config)} on the true reward{_prior(config)}, {learners.update} updates, "
        f"seed {config.seeds[0]}; mean "
        f"return {played.returns.mean():.0f} over {len(played.returns)} episodes, {whole} of them not ended "
        "before the limit of moves, which come first"
    )
    provenance = Provenance(task.name, expert, seed, task.gamma)
    return Demonstrations(episodes, provenance, Spaces(task.observation_space, task.action_space))


def _prior(config: RunConfig) -> str:
    """Whose episodes it also learned from, in words; nothing if from its own alone."""
    asked = config.demonstrations
    if asked is None:
        return ""
    known = asked.get("provenance", {}).get("expert", "unknown")
    source = "the task's own dataset" if asked.get("source") is None else Path(asked["source"]).name
    whose = f"{source}, whose expert is unknown" if known == "unknown" else f"{source}, {known}"
    return f", half of its rows from {asked['episodes']} episodes of {whose}"
