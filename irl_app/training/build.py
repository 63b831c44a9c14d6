"""From a run's folder to its job: the task, the demonstrations, the trainer, the evaluation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from irl_app.files import write_whole
from irl_app.tasks import ControlTask, control_task
from irl_app.training.config import RunConfig
from irl_app.training.evaluation import Evaluation
from irl_app.training.loop import Job
from irl_app.training.maps import save_maps
from irl_app.training.request import check_compilation, soft_q_config
from irl_app.training.shown import Shown, draw, load_shown, save_shown
from irl_app.training.views import Views
from trainers.committee import Committee
from trainers.mdp import FloatArray
from trainers.soft_q import SoftQTrainer
from trainers.soft_q_config import SoftQConfig


def build(run: Path, config: RunConfig) -> Job:
    """The job of a run with a fresh trainer.

    The first time, the demonstrations are drawn and kept in the run's folder, and their provenance is written
    into its ``config.json``; from then on the run's own copy is used.

    Raises:
        TaskError: there is no such task.
        DemonstrationError: the demonstrations cannot be read, or do not fit the task.
        TrainingError: there are too few of them, the run's own copy is damaged, or a setting is refused.
    """
    task = control_task(config.task)
    settings = soft_q_config(config.config)
    check_compilation(settings)
    shown = _shown(run, config, task)
    trainer = _trainer(settings, config, task, shown)
    views = Views(run, task, config.seeds, settings, shown, trainer.end_values)
    episodes = config.schedule.episodes
    evaluation = Evaluation(task, config.seeds, episodes, settings, shown.learned, shown.held_out, views.heed)

    def evaluate() -> dict[str, FloatArray]:
        save_maps(run, task, trainer)
        return evaluation(trainer)

    return Job(
        run,
        trainer,
        evaluate,
        config.schedule,
        settings.updates,
        settings.checkpoint_every,
        views.conclude,
    )


def _trainer(
    settings: SoftQConfig, config: RunConfig, task: ControlTask, shown: Shown
) -> SoftQTrainer | Committee:
    shapes = task.obs_shape, task.n_actions
    if settings.committee > 1:
        return Committee(settings, *shapes, seeds=config.seeds, demonstrations=shown.learned)
    return SoftQTrainer(
        settings,
        *shapes,
        seeds=config.seeds,
        demonstrations=shown.learned or None,
        make_env=task.make if settings.online else None,
    )


def _shown(run: Path, config: RunConfig, task: ControlTask) -> Shown:
    asked = config.demonstrations
    if asked is None:
        return Shown(())
    if "provenance" in asked:
        return load_shown(run, len(config.seeds))
    shown, provenance = draw(task, asked, config.seeds)
    save_shown(run, shown)
    known = {**asked, "provenance": provenance}
    write_whole(run / "config.json", replace(config, demonstrations=known).as_json())
    return shown
