"""What a run has learned, read from its newest checkpoint without torch: for pages, rewards and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from irl_app.rewards import (
    ActorNetworks,
    ConvolutionalNetwork,
    Network,
    Networks,
    Perceptron,
    RewardError,
    learner_of,
)
from irl_app.runs import RunConfig, RunError
from irl_app.tasks import get_task
from irl_app.training.checkpoint_files import FOLDER, CheckpointError, checkpoint_updates, verified
from irl_app.training.measured import task_of
from irl_app.training.request import LearnerConfig, learner_config
from trainers.gaussian_learner import GaussianLearner
from trainers.learner import Actions, Obs, SoftmaxLearner, policy_of


@dataclass(frozen=True, eq=False)
class Learners:
    """The learners of a run.

    Attributes:
        update: updates done. each: a seed's learner by itself, its observations (B, *O).
        networks: what each is made of.
        disentangled: AIRL's g of each, a perceptron of observations; of other methods nothing.
        refused: what is wrong with the checkpoints after it, one sentence each.
    """

    update: int
    each: tuple[SoftmaxLearner | GaussianLearner, ...]
    networks: tuple[Networks, ...]
    disentangled: tuple[Perceptron, ...] = ()
    refused: tuple[str, ...] = ()

    def act(self, obs: Obs, generator: np.random.Generator) -> Actions:
        """(K, B, *A) what all K do side by side, as learners are played, at their own obs (K, B, *O)."""
        return np.stack([policy_of(own)(x, generator) for own, x in zip(self.each, obs, strict=True)])

    def act_greedily(self, obs: Obs, generator: np.random.Generator) -> Actions:
        """(K, B, *A) the same, always the most probable action."""
        return np.stack([own.act(x, generator, True) for own, x in zip(self.each, obs, strict=True)])


def load_learners(
    run: Path, config: RunConfig, *, target: bool = False, until: int | None = None
) -> Learners:
    """Every seed's learner, as the newest good checkpoint has it.

    Args:
        target: take the target networks, which follow slowly: an average over the last updates.
        until: look at no checkpoint of a later update; None: at all.

    Raises:
        TaskError: there is no such task.
        RunError: there is no good checkpoint, or it holds networks of boards.
    """
    settings = learner_config(config.config)
    if settings.network != "mlp" and not get_task(config.task).observation_space.is_picture:
        raise RunError(
            f'{run} has networks of kind "{settings.network}", which see boards: perceptrons, "mlp", and '
            "those of pictures can be read here"
        )
    refused: list[str] = []
    for update in reversed(checkpoint_updates(run)):
        if until is not None and update > until:
            continue
        try:
            _, content = verified(run / FOLDER / f"{update:08d}.json")
            parts = _Parts(config, settings, load(content), "target" if target else "critic")
            networks = tuple(parts.networks(k) for k in range(len(config.seeds)))
            each = tuple(parts.learner(k, own) for k, own in enumerate(networks))
            return Learners(update, each, networks, parts.disentangled(), tuple(refused))
        except (CheckpointError, SafetensorError) as error:
            refused.append(str(error))
        except (KeyError, IndexError, RewardError) as error:
            raise RunError(f"{run} holds other networks than can be read here: {error}") from error
    why = refused[-1] if refused else "it has no checkpoint: let it go on, or start it anew"
    raise RunError(f"{run} has nothing learned to read: {why}")


@dataclass(frozen=True)
class _Parts:
    """A checkpoint's tensors, and what is in them."""

    config: RunConfig
    settings: LearnerConfig
    tensors: Mapping[str, NDArray[Any]]
    critic: str

    def networks(self, k: int) -> Networks:
        """Those of the k-th seed."""
        settings = self.settings
        if not task_of(self.config).is_continuous:
            own = self._network(f"{self.critic}.network", k, settings.layer_norm)
            units = f"{self.critic}.standard"
            if f"{units}.mean" not in self.tensors:
                return own
            return _in_plain_units(own, self.tensors[f"{units}.mean"][k], self.tensors[f"{units}.std"][k])
        critics, clones = settings.critics, settings.clones if settings.has_clone else 0
        return ActorNetworks(
            self._network("average", k),
            tuple(
                self._network(f"{self.critic}.network", k * critics + i, settings.layer_norm)
                for i in range(critics)
            ),
            tuple(self._network("clones.network", k * clones + i) for i in range(clones)),
            settings.clone_spread,
            self.tensors["scale.mean"][k, 0],
            self.tensors["scale.std"][k, 0],
            float(self.tensors["scale.reach"]),
        )

    def learner(self, k: int, networks: Networks) -> SoftmaxLearner | GaussianLearner:
        """The k-th seed's."""
        settings, space = self.settings, task_of(self.config).action_space
        ends = self.tensors[f"{self.critic}.terminal_value"].reshape(len(self.config.seeds), -1)
        temperature = settings.policy_temperature
        if isinstance(networks, ActorNetworks):
            temperature = float(np.exp(self.tensors["temperature.log"][k, 0]))
        return learner_of(
            networks,
            space,
            temperature,
            settings.gamma,
            settings.terminal_value(float(ends[k].min())),
            cloned=settings.method == "bc",
            near_clone=settings.near_clone,
        )

    def disentangled(self) -> tuple[Perceptron, ...]:
        """AIRL's g of every seed, of observations as they are."""
        if self.settings.method != "airl":
            return ()
        every = []
        for k in range(len(self.config.seeds)):
            g = Perceptron(self._layers("discriminator.reward.layers", len(self.settings.hidden) + 1, k))
            every.append(_of_plain_numbers(g, self.tensors["scale.mean"][k], self.tensors["scale.std"][k]))
        return tuple(every)


    def _network(self, name: str, row: int, layer_norm: bool = False) -> Network:
        settings = self.settings
        if settings.network == "mlp":
            return Perceptron(self._layers(f"{name}.layers", len(settings.hidden) + 1, row), layer_norm)
        convolutions = self._layers(f"{name}.convolutions", len(settings.hidden) - 1, row)
        read_out = Perceptron(self._layers(f"{name}.read_out.layers", 2, row), layer_norm)
        return ConvolutionalNetwork(task_of(self.config).observation_space, convolutions, read_out)

    def _layers(self, name: str, n: int, row: int) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
        """Weights and biases of n layers of one row of a stack."""
        tensors = self.tensors
        return tuple(
            (tensors[f"{name}.{i}.weight"][row], tensors[f"{name}.{i}.bias"][row, 0]) for i in range(n)
        )


def _in_plain_units(network: Network, mean: NDArray[Any], std: NDArray[Any]) -> Network:
    """A network of (x - mean) / std as one of x: its first layer says the units."""
    if isinstance(network, Perceptron):
        return _of_plain_numbers(network, mean, std)
    (weights, bias), *others = network.convolutions  # pictures have one unit
    return replace(network, convolutions=((weights / std.ravel()[0], bias), *others))


def _of_plain_numbers(network: Perceptron, mean: NDArray[Any], std: NDArray[Any]) -> Perceptron:
    (weights, bias), *others = network.layers
    scaled = weights.astype(np.float64) / std.astype(np.float64).reshape(-1, 1)
    shifted = bias - np.broadcast_to(mean.ravel(), len(scaled)) @ scaled
    return replace(network, layers=((scaled.astype(np.float32), shifted.astype(np.float32)), *others))


def ways_with_ends(run: Path, config: RunConfig) -> tuple[NDArray[Any], ...]:
    """For each seed (N, *O) what it observed on its way, if the task's rules ended an episode of it; nothing
    of others, and in a run that learned from demonstrations alone.

    Raises:
        TaskError: there is no such task.
        RunError: there is no good checkpoint, or the steps are not those that it speaks of.
    """
    from trainers.deep.replay import Replay  # loads torch

    task, n = task_of(config), len(config.seeds)
    for update in reversed(checkpoint_updates(run)):
        try:
            about, _ = verified(run / FOLDER / f"{update:08d}.json")
        except CheckpointError:
            continue
        state = about["state"].get("replay")
        if state is None:
            return tuple(np.empty((0, *task.observation_space.shape)) for _ in range(n))
        replay = Replay(run / "replay", n, state["size"], task.observation_space, task.action_space)
        try:
            replay.load(state)
        except ValueError as error:
            raise RunError(f"{run}: {error}") from error
        return tuple(replay.reached(k)[: None if replay.has_ended(k) else 0] for k in range(n))
    raise RunError(f"{run} has no checkpoint: let it go on, or start it anew")
