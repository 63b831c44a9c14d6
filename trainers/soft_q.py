"""Discrete soft Q-learning: one trainer whose critic objective is chosen, K seeds side by side.

The learner's policy is pi(a | s) = exp((Q(s, a) - V(s)) / tau); r = Q(s, a) - gamma V(s') is its reward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.critic import Critic, Float32Array
from trainers.environments import Environments
from trainers.image_networks import network_for
from trainers.inverse_model import InverseModel
from trainers.replay import FIELDS, Batch, Steps
from trainers.soft_q_config import IMITATION, SoftQConfig
from trainers.transitions import Transitions

__all__ = ["IMITATION", "SoftQConfig", "SoftQTrainer", "Transitions"]

OFFLINE_ROUND = 32
"""Updates whose rows are drawn at once when nothing happens between them."""
HEAD_START = 1_000
"""Updates of the model that tells actions from what they do, before the first one of Q."""


class SoftQTrainer:
    """Learns Q of K seeds; the same seed gives the same numbers, interrupted or not.

    Work is done in rounds: steps in the environments if online, then a fixed group of updates. Every
    ``checkpoint_every`` updates episodes are cut and the environments reset with seeds of the trainer's
    own, whether or not a checkpoint is written: what is resumed there goes on as if it had never stopped.

    Args:
        config: what to do.
        obs_shape: O, shape of an observation.
        n_actions: A.
        seeds: K seeds; each decides its weights, its rows and its environment.
        demonstrations: one for each seed, or one for all; None for methods that need none.
        make_env: an environment with a Box of shape O and Discrete(A); called K times, only when online.

    Raises:
        ValueError: demonstrations or environment are missing, or do not fit the shapes.
    """

    def __init__(
        self,
        config: SoftQConfig,
        obs_shape: tuple[int, ...],
        n_actions: int,
        *,
        seeds: Sequence[int],
        demonstrations: Sequence[Transitions] | None = None,
        make_env: Callable[[], gym.Env[Any, Any]] | None = None,
    ) -> None:
        if config.committee > 1:
            raise ValueError(f"a committee of {config.committee} is trained by trainers.committee.Committee")
        check_arguments(config, obs_shape, n_actions, seeds, demonstrations, make_env)
        self.config, self.seeds, self.n_actions, self.obs_shape = config, tuple(seeds), n_actions, obs_shape
        self.update, self.env_steps = 0, 0
        k = len(self.seeds)
        self._generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        network = network_for(config, obs_shape, n_actions)
        self.critic = Critic(config, network, torch.stack([network.init(g) for g in self._generators]))
        self._demos = self._first = None
        if config.imitates and demonstrations is not None:
            every = list(demonstrations) * k if len(demonstrations) == 1 else list(demonstrations)
            self._demos = Steps.of(every)
            self._first = Steps.of([own.first_steps() for own in every])
        self._replay: Steps | None = None
        self._envs: Environments | None = None
        self._inverse: InverseModel | None = None
        if config.actions_from == "inverse-model" and self._demos is not None:
            self._inverse = InverseModel.of(
                self._demos, config.hidden, n_actions, self._generators, config.learning_rate
            )
        if config.online and make_env is not None:
            self._replay = Steps(k, config.replay_capacity, obs_shape)
            self._envs = Environments(make_env, k, obs_shape)

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""
        return self.update >= self.config.updates

    def advance(self, n: int) -> None:
        """Do n updates, rounded up to whole rounds; stop at the end."""
        until = min(self.update + n, self.config.updates)
        while self.update < until:
            self._round()

    def q_values(self, obs: Float32Array) -> Float32Array:
        """(K, B, A) Q of every seed at obs (B, *O), or at (K, B, *O), each seed's own."""
        return self.critic.q_values(obs, self.obs_shape)

    def target_q_values(self, obs: Float32Array) -> Float32Array:
        """The same of the target networks, which follow slowly."""
        return self.critic.q_values(obs, self.obs_shape, target=True)

    def end_values(self, demonstrated: bool) -> Float32Array:
        """(K,) what having ended is worth: where a demonstration did, or anywhere else."""
        return self.critic.end_values(demonstrated)

    def policy(self, obs: Float32Array) -> Float32Array:
        """(K, B, A) probabilities pi(a | s) of every seed at obs (B, *O) or (K, B, *O)."""
        q = self.q_values(obs) / self.config.temperature
        weights = np.exp(q - q.max(-1, keepdims=True))
        return np.asarray(weights / weights.sum(-1, keepdims=True), np.float32)

    def statistics(self) -> dict[str, Float32Array]:
        """Name -> (K,) means since the last call: loss, its terms, |Q|, entropy, returns while learning."""
        found = self.critic.statistics()
        if self._inverse is not None:
            found["loss/inverse_model"] = self._inverse.statistics()
        if self._envs is not None and (returns := self._envs.mean_returns()) is not None:
            found["training_return"] = returns
        return found

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that is needed to go on from a checkpoint: tensors by name, and what JSON can hold."""
        tensors = {f"critic.{name}": tensor for name, tensor in self.critic.state().items()}
        tensors |= {f"generator.{k}": g.get_state() for k, g in enumerate(self._generators)}
        if self._inverse is not None:
            tensors |= {f"inverse.{name}": tensor for name, tensor in self._inverse.state().items()}
        about: dict[str, Any] = {"update": self.update, "env_steps": self.env_steps}
        if self._replay is not None:
            tensors |= {f"replay.{name}": tensor for name, tensor in self._replay.state().items()}
            about["replay_next"] = self._replay.next
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}, about

    def load_state_dict(self, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of a trainer made with the same arguments.

        Raises:
            ValueError: the state is of another configuration.
        """
        try:
            self.critic.load({name: tensors[f"critic.{name}"] for name in self.critic.state()})
            if self._inverse is not None:
                self._inverse.load({name: tensors[f"inverse.{name}"] for name in self._inverse.state()})
            for k, generator in enumerate(self._generators):
                generator.set_state(tensors[f"generator.{k}"])
            self.update, self.env_steps = int(about["update"]), int(about["env_steps"])
            if self._replay is not None:
                fields = {name: tensors[f"replay.{name}"] for name in FIELDS}
                self._replay.load(fields, int(about["replay_next"]))
        except (KeyError, RuntimeError, TypeError) as error:
            raise ValueError(f"the state is of another configuration: {error}") from error

    def _round(self) -> None:
        config = self.config
        to_checkpoint = config.checkpoint_every - self.update % config.checkpoint_every
        usual = config.updates_per_round if config.online else OFFLINE_ROUND
        n = min(usual, to_checkpoint, config.updates - self.update)
        if self._envs is not None:
            self._act(self._envs)
        self.critic.improve(*self._draw(n))
        self.update += n

    def _draw(self, n: int) -> tuple[Batch, Batch | None, int]:
        """Rows for n updates, first steps if the value term needs them, the number of expert rows."""
        config = self.config
        size, generators = config.batch_size, self._generators
        demos = None if self._demos is None else self._demos.draw(n, size, generators)
        replay = None if self._replay is None else self._replay.draw(n, size, generators)
        first = None
        if config.method == "iq" and config.value_term == "initial" and self._first is not None:
            first = self._first.draw(n, size, generators)
        if demos is None:
            assert replay is not None  # checked in the constructor
            return replay, first, 0
        return demos if replay is None else self._acted(demos, replay).beside(replay), first, size

    def _acted(self, demos: Batch, replay: Batch) -> Batch:
        """Demonstrated rows with actions from where the configuration says."""
        if self._inverse is not None:
            if self.update == 0 and self._replay is not None:
                self._inverse.improve(self._replay.draw(HEAD_START, self.config.batch_size, self._generators))
            self._inverse.improve(replay)
            return replace(demos, action=self._inverse.actions(demos))
        if self.config.actions_from == "policy":
            with torch.no_grad():
                q = self.critic.q(demos.obs.flatten(1, 2)).view(*demos.action.shape, self.n_actions)
            uniform = torch.stack([torch.rand(q.shape[1:], generator=g) for g in self._generators])
            return replace(demos, action=(q / self.config.temperature + _gumbel(uniform)).argmax(-1))
        return demos

    def _act(self, envs: Environments) -> None:
        """The round's steps; the first time those at random too; from a checkpoint on, new episodes."""
        config, replay = self.config, self._replay
        assert replay is not None  # made with the environments
        if self.update % config.checkpoint_every == 0:
            envs.reset([int(torch.randint(2**31 - 1, (), generator=g)) for g in self._generators])
        missing = max(0, config.warmup - replay.size[0])
        for _ in range(missing + config.steps_per_round):
            at_random = config.acting == "chance" or replay.size[0] < config.warmup
            replay.add(envs.step(self._choose(envs.obs, at_random)))
            self.env_steps += len(self.seeds)

    def _choose(self, obs: Float32Array, at_random: bool) -> NDArray[np.int64]:
        """(K,) actions: Boltzmann's by the Gumbel trick, deep Q-learning's greedy; a share is random."""
        noise = torch.stack([torch.rand(self.n_actions + 1, generator=g) for g in self._generators])
        uniform, coin = noise[:, :-1], noise[:, -1]
        if at_random:
            return uniform.argmax(1).numpy()
        with torch.no_grad():
            q = self.critic.q(torch.from_numpy(obs)[:, None])[:, 0]
        if self.config.method != "dqn":
            q = q / self.config.temperature + _gumbel(uniform)
        return torch.where(coin < self._random_share(), uniform.argmax(1), q.argmax(1)).numpy()

    def _random_share(self) -> float:
        """Share of actions that are random now."""
        config = self.config
        if config.method == "dqn":
            progress = self.update / max(1.0, config.exploration_share * config.updates)
            return max(config.exploration, 1.0 - progress * (1.0 - config.exploration))
        return config.exploration if self._inverse is not None else 0.0


def _gumbel(uniform: Tensor) -> Tensor:
    """Numbers which, added to log-probabilities, make their argmax a draw; from uniform ones in [0, 1)."""
    return -torch.log(-torch.log(uniform.clamp(1e-12, 1.0 - 1e-7)))


def check_arguments(
    config: SoftQConfig,
    obs_shape: tuple[int, ...],
    n_actions: int,
    seeds: Sequence[int],
    demonstrations: Sequence[Transitions] | None,
    make_env: Callable[[], gym.Env[Any, Any]] | None,
) -> None:
    """Check what a trainer is given.

    Raises:
        ValueError: see ``SoftQTrainer``.
    """
    if not seeds:
        raise ValueError("there is no seed: give at least one")
    if n_actions < 2:
        raise ValueError(f"there must be at least 2 actions, got {n_actions}")
    if config.online and make_env is None:
        raise ValueError("learning online needs an environment: give make_env")
    if not config.imitates:
        return
    if not demonstrations:
        raise ValueError(f"{config.method} learns from demonstrations: give at least one")
    if len(demonstrations) not in (1, len(seeds)):
        raise ValueError(
            f"give demonstrations for all seeds or for each of the {len(seeds)}, got {len(demonstrations)}"
        )
    for own in demonstrations:
        if own.obs_shape != obs_shape:
            raise ValueError(f"demonstrations observe shape {own.obs_shape}, the task shape {obs_shape}")
        if own.action.max() >= n_actions:
            raise ValueError(
                f"demonstrations hold action {own.action.max()}, the task has {n_actions} actions"
            )
