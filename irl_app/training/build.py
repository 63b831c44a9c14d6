"""From a run's folder to its job: the task, the demonstrations, the trainer, the evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym

from irl_app.export import load_reward
from irl_app.files import write_whole
from irl_app.rewards import RewardWrapper
from irl_app.runs import RunConfig
from irl_app.tasks import Task, get_task, load_own
from irl_app.training.evaluation import Evaluation
from irl_app.training.loop import Job
from irl_app.training.measured import measure, task_of
from irl_app.training.request import LearnerConfig, check_compilation, learner_config
from irl_app.training.split import Split, draw, load_split, save_split
from irl_app.training.views import Views
from trainers.deep.committee import Committee
from trainers.deep.trainer import Trainer


def build(run: Path, config: RunConfig) -> Job:
    """The job of a run with a fresh trainer.

    The first time, the demonstrations are drawn and kept in the run's folder, and their provenance is written
    into its ``config.json``; from then on the run's own copy is used.

    Raises:
        TaskError: there is no such task.
        RewardFileError: the reward that is trained on cannot be read.
        DemonstrationError: the demonstrations cannot be read, or do not fit the task.
        RunError: there are too few of them, the run's own copy is damaged, a setting is refused, or it is
            no training.
    """
    load_own()  # what settings may name, and tasks
    schedule, settings = config.training_schedule(), learner_config(config.config)
    check_compilation(settings)
    split, config = _split(run, config, get_task(config.task))
    task = task_of(config)
    trainer = _trainer(run, settings, config, task, split)
    views = Views(run, task, config.seeds, split)
    evaluation = Evaluation(
        task, config.seeds, schedule.episodes, settings, split.train, split.validation, views.on_evaluation
    )
    return Job(
        run,
        trainer,
        lambda: evaluation(trainer.update, trainer.learner, trainer.target),
        schedule,
        settings.updates,
        settings.checkpoint_every,
        views.conclude,
    )


def _trainer(
    run: Path, settings: LearnerConfig, config: RunConfig, task: Task, split: Split
) -> Trainer | Committee:
    spaces = task.observation_space, task.action_space
    if settings.committee > 1:
        return Committee(settings, *spaces, seeds=config.seeds, demonstrations=split.train)
    return Trainer(
        settings,
        *spaces,
        seeds=config.seeds,
        demonstrations=split.train or None,
        make_env=_paid(run, config, task) if settings.online else None,
        replay=run / "replay",
    )


def _paid(run: Path, config: RunConfig, task: Task) -> Callable[[], gym.Env[Any, Any]]:
    """What makes the task's environment, with the reward that is trained on; the run keeps its own copy."""
    if config.reward is None:
        return task.make
    source = Path(config.reward)
    own = run / f"trained-on{source.suffix}"
    if not own.is_file():
        write_whole(own, source.read_bytes())
    reward = load_reward(own)
    return lambda: RewardWrapper(task.make(), reward)


def _split(run: Path, config: RunConfig, task: Task) -> tuple[Split, RunConfig]:
    """What the run learns from; and what it was asked for, with what is known since the first time."""
    asked, split = config.demonstrations, Split(())
    if asked is not None and "provenance" in asked:
        split = load_split(run, len(config.seeds))
    elif asked is not None:
        split, found = draw(task, asked, config.seeds)
        save_split(run, split)
        asked = {**asked, **found}
    known = replace(config, demonstrations=asked, measured=config.measured or measure(task, split, asked))
    if known != config:
        write_whole(run / "config.json", known.as_json())
    return split, known
