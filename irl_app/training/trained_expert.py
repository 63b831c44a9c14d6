"""Experts that this project trains itself, by soft Q-learning on a task's true reward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from irl_app.demonstrations import Demonstrations
from irl_app.tasks import Policy, Task, collect_episodes, rollout_stacked
from irl_app.training.request import LearnerConfig, check_compilation, usual_config
from trainers.learner import SoftmaxLearner

Progress = Callable[[int, int, str], None]

EVALUATIONS = 20
EPISODES = 50
METHOD = "soft-q"


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
    task: Task,
    seed: int,
    *,
    config: LearnerConfig | None = None,
    candidates: int | None = None,
    temperature: float | None = None,
    progress: Progress | None = None,
) -> TrainedExpert:
    """Train on the true reward, look in `EVALUATIONS` times, keep the best; stop where it is good enough.

    Choosing by the true return is right here: an expert is given this reward, an imitator is not.

    Args:
        seed: of weights, replay and episodes; the same seed gives the same expert on the same machine.
        config: None: what is usual for the task. The method must learn from rewards.
        candidates: networks trained side by side, of which one is kept; None: what is usual for the task.
        temperature: at which it acts, >= 0; None: what is usual for the task.
        progress: called with (updates done, of how many, in words) after each look; may raise to stop.

    Raises:
        ValueError: the configuration is one of imitation.
    """
    from trainers.deep.trainer import Trainer  # loads torch, which nothing else here needs

    config = usual_config(task, METHOD) if config is None else config
    if config.imitates:
        raise ValueError(f"an expert is trained by soft-q or dqn, {config.method} needs an expert itself")
    n = task.expert_training.candidates if candidates is None else candidates
    seeds = range(n * seed, n * seed + n)
    spaces = task.observation_space, task.action_space
    trainer = Trainer(config, *spaces, seeds=seeds, make_env=task.make)
    learner = trainer.learner
    assert isinstance(learner, SoftmaxLearner)  # of numbered actions, which soft-q and dqn are for
    every = replace(learner, temperature=_temperature(task, temperature)).act
    best = TrainedExpert(_of_one(every, 0), -np.inf, 0)
    while not trainer.finished and best.mean_return < task.expert_return:
        trainer.advance(-(-config.updates // EVALUATIONS))
        played = rollout_stacked(task, every, n, EPISODES, seed + trainer.update)
        means = [float(own.returns.mean()) for own in played]
        if max(means) > best.mean_return:
            best = TrainedExpert(_of_one(every, int(np.argmax(means))), max(means), trainer.update)
            kept = {name: tensor.detach().clone() for name, tensor in trainer.critic.state_dict().items()}
        if progress is not None:
            said = f"return {max(means):.0f}, best {best.mean_return:.0f}"
            progress(trainer.update, config.updates, said)
    trainer.critic.load_state_dict(kept)
    return best


def _temperature(task: Task, asked: float | None) -> float:
    return task.expert_training.temperature if asked is None else asked


def _of_one(every: Policy, k: int) -> Policy:
    """The k-th of policies that are asked together."""
    return lambda obs, generator: every(obs, generator)[k]


def expert_demonstrations(
    task: Task,
    n_episodes: int,
    seed: int,
    progress: Progress | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    temperature: float | None = None,
) -> Demonstrations:
    """Demonstrations by the task's own expert, or by one that is trained first, which takes minutes.

    Args:
        n_episodes: >= 1. seed: of the training and of the episodes. progress: as in `train_expert`.
        changes: settings of the training that differ from the usual ones.
        temperature: at which a trained expert acts; None: what is usual for the task.

    Raises:
        TaskError: a number is out of range.
        RunError: there is no C++ compiler to compile with.
    """
    if task.expert is not None:
        return collect_episodes(task, task.expert[1], n_episodes, seed, task.expert[0])
    updates = task.expert_training.updates
    longer = {} if updates is None else {"updates": updates}
    config = usual_config(task, METHOD, **{**longer, **(changes or {})})
    check_compilation(config)
    temperature = _temperature(task, temperature)
    trained = train_expert(task, seed, config=config, temperature=temperature, progress=progress)
    acts = f"acting at temperature {temperature:g}" if temperature else "greedy"
    says = f"{METHOD} on the true reward, {trained.update} updates, {acts}"
    return collect_episodes(task, trained.policy, n_episodes, seed, says)
