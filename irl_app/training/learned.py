"""What a run has learned, read from its newest checkpoint without torch: for pages, rewards and exports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from irl_app.rewards import QNetwork, RewardError, network_from_weights
from irl_app.tasks import control_task
from irl_app.tasks.acting import QValues
from irl_app.training.checkpoint_files import FOLDER, CheckpointError, checkpoint_updates, verified
from irl_app.training.config import RunConfig, TrainingError
from irl_app.training.request import soft_q_config
from trainers.soft_q_config import SoftQConfig


@dataclass(frozen=True, eq=False)
class Learned:
    """One seed's learner.

    Attributes:
        seed: its number. update: updates done. q: its network.
        refused: what is wrong with the checkpoints after it, one sentence each.
        end_value: V(end), what it holds having ended for worth where demonstrations end; 0 by "zero".
    """

    seed: int
    update: int
    q: QNetwork
    end_value: float
    refused: tuple[str, ...] = ()


def stacked_q(learned: Sequence[Learned]) -> QValues:
    """Q of K learners side by side: observations (K, B, *O), each one's own -> (K, B, A)."""
    return lambda obs: np.stack([own.q(rows) for own, rows in zip(learned, obs, strict=True)])


def read_learned(run: Path, config: RunConfig, *, slow: bool = False) -> tuple[Learned, ...]:
    """Every seed's learner, as the newest good checkpoint has it.

    Args:
        slow: take the target networks, which follow the learners slowly, an average over their last updates.

    Raises:
        TaskError: there is no such task.
        TrainingError: there is no good checkpoint, or it holds no multi-layer perceptrons.
    """
    task, settings = control_task(config.task), soft_q_config(config.config)
    if settings.network != "mlp":
        raise TrainingError(
            f'{run} has networks of kind "{settings.network}": only perceptrons, "mlp", can be read here'
        )
    refused: list[str] = []
    for update in reversed(checkpoint_updates(run)):
        try:
            _, content = verified(run / FOLDER / f"{update:08d}.json")
            weights = load(content)["critic.target" if slow else "critic.weights"]
            break
        except (CheckpointError, SafetensorError, KeyError) as error:
            refused.append(str(error))
    else:
        why = refused[-1] if refused else "it has no checkpoint: let it go on, or start it anew"
        raise TrainingError(f"{run} has nothing learned to read: {why}")
    numbers = math.prod(task.obs_shape)
    try:
        return tuple(
            Learned(
                seed,
                update,
                network_from_weights(
                    own[:-1], numbers, settings.hidden, task.n_actions, layer_norm=settings.layer_norm
                ),
                _end_value(settings, float(own[-1])),
                tuple(refused),
            )
            for seed, own in zip(config.seeds, weights, strict=True)
        )
    except (RewardError, ValueError) as error:
        raise TrainingError(f"{run} holds other networks than can be read here: {error}") from error


def _end_value(settings: SoftQConfig, learned: float) -> float:
    """V(end) where demonstrations end, as the critic has it."""
    if settings.terminal == "zero" or not settings.imitates:
        return 0.0
    return settings.demo_reward / (1.0 - settings.gamma) if settings.method == "sqil" else learned
