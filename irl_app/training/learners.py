"""What a run has learned, read from its newest checkpoint without torch: for pages, rewards and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from irl_app.rewards import ActorNetworks, Networks, Perceptron, RewardError, learner_of
from irl_app.runs import RunConfig, RunError
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
        RunError: there is no good checkpoint, or it holds no multi-layer perceptrons.
    """
    settings = learner_config(config.config)
    if settings.network != "mlp":
        raise RunError(
            f'{run} has networks of kind "{settings.network}": only perceptrons, "mlp", can be read here'
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
            own = self._perceptron(f"{self.critic}.network", k, settings.layer_norm)
            if not settings.standardise:
                return own
            units = f"{self.critic}.standard"
            return _in_plain_units(own, self.tensors[f"{units}.mean"][k], self.tensors[f"{units}.std"][k])
        critics, clones = settings.critics, settings.clones if settings.has_clone else 0
        return ActorNetworks(
            self._perceptron("average", k),
            tuple(
                self._perceptron(f"{self.critic}.network", k * critics + i, settings.layer_norm)
                for i in range(critics)
            ),
            tuple(self._perceptron("clones.network", k * clones + i) for i in range(clones)),
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
        return tuple(
            _in_plain_units(
                self._perceptron("discriminator.reward", k),
                self.tensors["scale.mean"][k, 0],
                self.tensors["scale.std"][k, 0],
            )
            for k in range(len(self.config.seeds))
        )

    def _perceptron(self, name: str, row: int, layer_norm: bool = False) -> Perceptron:
        layers = [
            (self.tensors[f"{name}.layers.{i}.weight"][row], self.tensors[f"{name}.layers.{i}.bias"][row, 0])
            for i in range(len(self.settings.hidden) + 1)
        ]
        return Perceptron(tuple(layers), layer_norm)


def _in_plain_units(network: Perceptron, mean: NDArray[Any], std: NDArray[Any]) -> Perceptron:
    """A network of (x - mean) / std as one of x: its first layer says the units."""
    (weights, bias), *others = network.layers
    scaled = weights.astype(np.float64) / std.astype(np.float64).reshape(-1, 1)
    shifted = bias - mean.ravel() @ scaled
    return Perceptron(
        ((scaled.astype(np.float32), shifted.astype(np.float32)), *others), network.layer_norm
    )


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
