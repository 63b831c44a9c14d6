"""Experts that this project trains itself, by soft Q-learning on a task's true reward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from irl_app.demonstrations import Demonstrations
from irl_app.tasks.acting import boltzmann_policy
from irl_app.tasks.batch import Policy
from irl_app.tasks.rollout import collect_episodes, rollout_stacked
from irl_app.tasks.settings import CANDIDATES, EXPERT_TEMPERATURE
from irl_app.tasks.task import ControlTask, TaskError
from trainers.compiler import check_compiler
from trainers.soft_q_config import SoftQConfig, SoftQMethod

Progress = Callable[[int, int, str], None]

EVALUATIONS = 20
EPISODES = 50
METHOD: SoftQMethod = "soft-q"


@dataclass(frozen=True)
class TrainedExpert:
    """The best policy that a training came by.

    Attributes:
        policy: as experts of the task act. mean_return: undiscounted true return, over the `EPISODES`
        episodes that chose it.
        update: of the training.
    """

    policy: Policy
    mean_return: float
    update: int


def train_expert(
    task: ControlTask,
    seed: int,
    *,
    config: SoftQConfig | None = None,
    candidates: int | None = None,
    progress: Progress | None = None,
) -> TrainedExpert:
    """Train on the true reward, look in `EVALUATIONS` times, keep the best; stop where it is good enough.

    Choosing by the true return is right here: an expert is given this reward, an imitator is not.

    Args:
        seed: of weights, replay and episodes; the same seed gives the same expert on the same machine.
        config: None: what is usual for the task. The method must learn from rewards.
        candidates: networks trained side by side, of which one is kept; None: what is usual for the task.
        progress: called with (updates done, of how many, in words) after each look; may raise to stop.

    Raises:
        ValueError: the configuration is one of imitation.
    """
    from trainers.soft_q import SoftQTrainer  # loads torch, which nothing else here needs

    config = SoftQConfig(method=METHOD, **task.defaults(METHOD)) if config is None else config
    if config.imitates:
        raise ValueError(f"an expert is trained by soft-q or dqn, {config.method} needs an expert itself")
    n = CANDIDATES.get(task.name, 1) if candidates is None else candidates
    seeds = range(n * seed, n * seed + n)
    trainer = SoftQTrainer(config, task.obs_shape, task.n_actions, seeds=seeds, make_env=task.make)
    temperature = EXPERT_TEMPERATURE.get(task.name, 0.0)
    every = boltzmann_policy(trainer.q_values, temperature)
    best = TrainedExpert(_of_one(every, 0), -np.inf, 0)
    while not trainer.finished and best.mean_return < task.expert_return:
        trainer.advance(-(-config.updates // EVALUATIONS))
        played = rollout_stacked(task, every, n, EPISODES, seed + trainer.update)
        means = [float(own.returns.mean()) for own in played]
        if max(means) > best.mean_return:
            best = TrainedExpert(_of_one(every, int(np.argmax(means))), max(means), trainer.update)
            kept = {name: tensor.detach().clone() for name, tensor in trainer.critic.state().items()}
        if progress is not None:
            said = f"return {max(means):.0f}, best {best.mean_return:.0f}"
            progress(trainer.update, config.updates, said)
    trainer.critic.load(kept)
    return best


def _of_one(every: Policy, k: int) -> Policy:
    """The k-th of policies that are asked together."""
    return lambda obs, generator: every(obs, generator)[k]


def expert_demonstrations(
    task: ControlTask,
    n_episodes: int,
    seed: int,
    progress: Progress | None = None,
    *,
    compiled: bool = False,
) -> Demonstrations:
    """Demonstrations by the task's own expert, or by one that is trained first, which takes minutes.

    Args:
        n_episodes: >= 1. seed: of the training and of the episodes. progress: as in `train_expert`.
        compiled: train with compiled updates.

    Raises:
        TaskError: a number is out of range, or there is no C++ compiler to compile with.
    """
    if task.expert is not None:
        return collect_episodes(task, task.expert[1], n_episodes, seed, task.expert[0])
    if compiled:
        try:
            check_compiler()
        except ValueError as error:
            raise TaskError(str(error)) from error
    config = replace(SoftQConfig(method=METHOD, **task.defaults(METHOD)), compile=compiled)
    trained = train_expert(task, seed, config=config, progress=progress)
    temperature = EXPERT_TEMPERATURE.get(task.name)
    acts = "greedy" if temperature is None else f"acting at temperature {temperature:g}"
    says = f"{METHOD} on the true reward, {trained.update} updates, {acts}"
    return collect_episodes(task, trained.policy, n_episodes, seed, says)
