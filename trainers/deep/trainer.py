"""The network trainer: one loop for every method, K seeds side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.arrays import Float32Array
from trainers.deep.actor_critic import ActionCritics, ActorCriticUpdate
from trainers.deep.arguments import check_arguments
from trainers.deep.config import TrainerConfig
from trainers.deep.devices import device_named
from trainers.deep.environments import Environments
from trainers.deep.image_networks import network_for
from trainers.deep.inverse_model import InverseModel, inverse_model
from trainers.deep.replay import Batch, Dataset, Replay
from trainers.deep.standard import Standard
from trainers.deep.update import Critic, CriticUpdate
from trainers.learner import Learner
from trainers.spaces import Box, Space
from trainers.transitions import Transitions

OFFLINE_ROUND = 32
"""Updates whose rows are drawn at once when nothing happens between them."""
HEAD_START = 1_000
"""Updates of the model that tells actions from what they do, before the first one of Q."""


class Trainer:
    """Learns Q of K seeds; the same seed gives the same numbers, interrupted or not.

    Work is done in rounds: steps in the environments if online, then a fixed group of updates. Every
    ``checkpoint_every`` updates episodes are cut and the environments reset with seeds of the trainer's
    own, whether or not a checkpoint is written: what is resumed there goes on as if it had never stopped.

    Args:
        config: what to do.
        observation_space, action_space: of the task.
        seeds: K seeds; each decides its weights, its rows and its environment.
        demonstrations: one for each seed, or one for all; None for methods that need none.
        make_env: an environment with these spaces; called K times, only when online.
        replay: folder of the steps taken online; None: a temporary one.

    Attributes:
        update: updates done. env_steps: steps taken in all environments.

    Raises:
        ValueError: demonstrations or environment are missing, or do not fit the spaces.
    """

    def __init__(
        self,
        config: TrainerConfig,
        observation_space: Space,
        action_space: Space,
        *,
        seeds: Sequence[int],
        demonstrations: Sequence[Transitions] | None = None,
        make_env: Callable[[], gym.Env[Any, Any]] | None = None,
        replay: Path | None = None,
    ) -> None:
        if config.committee > 1:
            raise ValueError(f"a committee of {config.committee} is trained by the class Committee")
        obs_space = check_arguments(config, observation_space, action_space, seeds, demonstrations, make_env)
        self.config, self.seeds, self.action_space = config, tuple(seeds), action_space
        self.update, self.env_steps = 0, 0
        k = len(self.seeds)
        self._generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        self._sums: dict[str, Tensor] = {}
        self._counted = 0
        self._demos = self._initial = None
        if config.imitates and demonstrations is not None:
            every = [replace(own, action=action_space.encoded(own.action)) for own in demonstrations]
            every *= k if len(every) == 1 else 1
            self._demos = Dataset(every)
            self._initial = Dataset([own.initial() for own in every])
        self._update = self._update_for(obs_space)
        self._replay: Replay | None = None
        self._envs: Environments | None = None
        self._inverse: InverseModel | None = None
        if config.actions_from == "inverse-model" and self._demos is not None:
            self._inverse = inverse_model(
                self._demos,
                config.hidden,
                action_space,
                self._generators,
                config.learning_rate,
                self._update.scaled,
                self._update.device,
            )
        if config.online and make_env is not None:
            self._replay = Replay(replay, k, config.replay_capacity, obs_space, action_space)
            self._envs = Environments(make_env, k, obs_space, action_space)

    def _update_for(self, space: Box) -> CriticUpdate | ActorCriticUpdate:
        config, actions, generators = self.config, self.action_space, self._generators
        if isinstance(actions, Box):
            return ActorCriticUpdate(config, space, actions, self._demos, generators)
        network = network_for(config, space, actions.n, generators, layer_norm=config.layer_norm)
        scaled = config.standardise or space.is_picture
        standard = Standard.of(space, len(generators), self._demos) if scaled else None
        critic = Critic(network, len(generators), standard)
        return CriticUpdate(config, space, actions, critic.to(device_named(config.device)), generators)

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""
        return self.update >= self.config.updates

    @property
    def critic(self) -> Critic | ActionCritics:
        """The networks that learn Q."""
        return self._update.critic

    @property
    def learner(self) -> Learner:
        """The K learners as they are now; their weights go on changing with the trainer's."""
        return self._update.face()

    @property
    def target(self) -> Learner:
        """The same by the target networks, which follow slowly."""
        return self._update.face(following=True)

    def reached(self) -> tuple[NDArray[Any], ...]:
        """For each seed (N, *O) what was observed after each of its own steps, in their order.

        Raises:
            ValueError: nobody acts in this training.
        """
        if self._replay is None:
            raise ValueError("there are no own steps: the training is not online")
        return tuple(self._replay.reached(k) for k in range(len(self.seeds)))

    def advance(self, n: int) -> None:
        """Do n updates, rounded up to whole rounds; stop at the end."""
        until = min(self.update + n, self.config.updates)
        while self.update < until:
            self._round()

    def statistics(self) -> dict[str, Float32Array]:
        """Name -> (K,) means since the last call, of the last update of every round: loss, its terms, |Q|,
        entropy; and of the episodes that ended: returns while learning."""
        found = {
            name: (total / self._counted).cpu().numpy().astype(np.float32)
            for name, total in self._sums.items()
        }
        self._sums, self._counted = {}, 0
        if self._inverse is not None:
            found["loss/inverse_model"] = self._inverse.statistics()
        if self._envs is not None and (returns := self._envs.mean_returns()) is not None:
            found["training_return"] = returns
        return found

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that is needed to go on from a checkpoint: tensors by name, and what JSON can hold.

        The replay's steps are in its folder; here is only how many they were.
        """
        tensors = dict(self._update.state_dict())
        tensors |= {f"generator.{k}": g.get_state() for k, g in enumerate(self._generators)}
        if self._inverse is not None:
            tensors |= {f"inverse.{name}": tensor for name, tensor in self._inverse.state_dict().items()}
        state: dict[str, Any] = {"update": self.update, "env_steps": self.env_steps}
        if self._replay is not None:
            state["replay"] = self._replay.state()
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}, state

    def load_state_dict(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of a trainer made with the same arguments.

        Raises:
            ValueError: the state is of another configuration, or the replay's files are not those of then.
        """
        try:
            self._update.load_state_dict(tensors)
            if self._inverse is not None:
                self._inverse.load_state_dict({n.removeprefix("inverse."): t for n, t in tensors.items()})
            for k, generator in enumerate(self._generators):
                generator.set_state(tensors[f"generator.{k}"])
            self.update, self.env_steps = int(state["update"]), int(state["env_steps"])
            if self._replay is not None:
                self._replay.load(state["replay"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise ValueError(f"the state is of another configuration: {error}") from error

    def _round(self) -> None:
        config = self.config
        self._update.prepare()
        to_checkpoint = config.checkpoint_every - self.update % config.checkpoint_every
        usual = config.updates_per_round if config.online else OFFLINE_ROUND
        n = min(usual, to_checkpoint, config.updates - self.update)
        if self._envs is not None:
            self._act(self._envs)
        batch, initial, n_expert = self._draw(n)
        for i in range(n):
            first = None if initial is None else initial.obs[:, i]
            watched = self._update(batch.at(i), first, n_expert)
        for name, value in watched.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._counted += 1
        self.update += n

    def _draw(self, n: int) -> tuple[Batch, Batch | None, int]:
        """Rows for n updates, first steps if the value term needs them, the number of expert rows."""
        config = self.config
        size, generators, device = config.batch_size, self._generators, self._update.device
        demos = None if self._demos is None else self._demos.draw(n, size, generators).to(device)
        replay = None if self._replay is None else self._replay.draw(n, size, generators).to(device)
        initial = None
        if config.method == "iq" and config.value_term == "initial" and self._initial is not None:
            initial = self._initial.draw(n, size, generators).to(device)
        if demos is None:
            assert replay is not None  # checked in the constructor
            return replay, initial, 0
        return demos if replay is None else self._acted(demos, replay).beside(replay), initial, size

    def _acted(self, demos: Batch, replay: Batch) -> Batch:
        """Demonstrated rows with actions from where the configuration says."""
        if self._inverse is not None:
            if self.update == 0 and self._replay is not None:
                first = self._replay.draw(HEAD_START, self.config.batch_size, self._generators)
                self._inverse.improve(first.to(self._update.device))
            self._inverse.improve(replay)
            return replace(demos, action=self._inverse.actions(demos))
        if self.config.actions_from == "policy":
            return replace(demos, action=self._update.own_actions(demos.obs))
        return demos

    def _act(self, envs: Environments) -> None:
        """The round's steps; the first time those at random too; from a checkpoint on, new episodes."""
        config, replay = self.config, self._replay
        assert replay is not None  # made with the environments
        if self.update % config.checkpoint_every == 0:
            replay.begin(
                envs.reset([int(torch.randint(2**31 - 1, (), generator=g)) for g in self._generators])
            )
        missing = max(0, config.warmup - replay.size)
        for _ in range(missing + config.steps_per_round):
            at_random = config.acting == "chance" or replay.size < config.warmup
            action = self._update.choose(envs.obs, 1.0 if at_random else self._random_share())
            replay.add(action, *envs.step(action))
            if envs.begun.any():
                replay.begin(envs.obs, envs.begun)
            self.env_steps += len(self.seeds)

    def _random_share(self) -> float:
        """Share of actions that are random now."""
        config = self.config
        if config.method == "dqn":
            progress = self.update / max(1.0, config.exploration_share * config.updates)
            return max(config.exploration, 1.0 - progress * (1.0 - config.exploration))
        return config.exploration if self._inverse is not None else 0.0
