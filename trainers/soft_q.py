"""Discrete soft Q-learning: one trainer whose critic objective is chosen, K seeds side by side.

The learner's policy is pi(a | s) = exp((Q(s, a) - V(s)) / tau); r = Q(s, a) - gamma V(s') is its reward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.critic import Critic
from trainers.networks import MLP
from trainers.replay import Batch, Steps
from trainers.soft_q_config import IMITATION, SoftQConfig
from trainers.transitions import Transitions

__all__ = ["IMITATION", "SoftQConfig", "SoftQTrainer", "Transitions"]

FloatArray = NDArray[np.float32]
OFFLINE_ROUND = 32
"""Updates whose rows are drawn at once when nothing happens between them."""


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
        _check(config, obs_shape, n_actions, seeds, demonstrations, make_env)
        self.config, self.seeds, self.n_actions, self.obs_shape = config, tuple(seeds), n_actions, obs_shape
        self.update, self.env_steps = 0, 0
        k = len(self.seeds)
        self._generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        network = MLP(int(np.prod(obs_shape)), config.hidden, n_actions, config.layer_norm)
        self.critic = Critic(config, network, torch.stack([network.init(g) for g in self._generators]))
        self._demos = self._first = None
        if config.imitates and demonstrations is not None:
            every = list(demonstrations) * k if len(demonstrations) == 1 else list(demonstrations)
            self._demos = Steps.of(every)
            self._first = Steps.of([_first_steps(own) for own in every])
        self._replay: Steps | None = None
        self._envs: list[gym.Env[Any, Any]] = []
        self._returns: list[list[float]] = [[] for _ in self.seeds]
        if config.online and make_env is not None:
            self._replay = Steps(k, config.replay_capacity, obs_shape)
            self._envs = [make_env() for _ in self.seeds]

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""
        return self.update >= self.config.updates

    def advance(self, n: int) -> None:
        """Do n updates, rounded up to whole rounds; stop at the end."""
        until = min(self.update + n, self.config.updates)
        while self.update < until:
            self._round()

    def q_values(self, obs: FloatArray) -> FloatArray:
        """(K, B, A) Q of every seed at obs (B, *O), or at (K, B, *O), each seed's own."""
        return self._values(obs, target=False)

    def target_q_values(self, obs: FloatArray) -> FloatArray:
        """The same of the target networks, which follow slowly."""
        return self._values(obs, target=True)

    def _values(self, obs: FloatArray, *, target: bool) -> FloatArray:
        x = torch.as_tensor(obs, dtype=torch.float32)
        if x.ndim == len(self.obs_shape) + 1:
            x = x.expand(len(self.seeds), *x.shape)
        with torch.no_grad():
            values: FloatArray = self.critic.q(x, target=target).numpy()
        return values

    def policy(self, obs: FloatArray) -> FloatArray:
        """(K, B, A) probabilities pi(a | s) of every seed at obs (B, *O) or (K, B, *O)."""
        q = self.q_values(obs) / self.config.temperature
        weights = np.exp(q - q.max(-1, keepdims=True))
        return np.asarray(weights / weights.sum(-1, keepdims=True), np.float32)

    def statistics(self) -> dict[str, FloatArray]:
        """Name -> (K,) means since the last call: loss, its terms, |Q|, entropy, returns while learning."""
        found = self.critic.statistics()
        if any(self._returns):
            means = [float(np.mean(own)) if own else float("nan") for own in self._returns]
            found["training_return"] = np.array(means, np.float32)
            self._returns = [[] for _ in self.seeds]
        return found

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that is needed to go on from a checkpoint: tensors by name, and what JSON can hold."""
        tensors = {f"critic.{name}": tensor for name, tensor in self.critic.state().items()}
        tensors |= {f"generator.{k}": g.get_state() for k, g in enumerate(self._generators)}
        about: dict[str, Any] = {"update": self.update, "env_steps": self.env_steps}
        if self._replay is not None:
            held = self._replay.size[0]
            for name, tensor in self._replay.fields.items():
                own = tensor.view(len(self.seeds), -1, *tensor.shape[1:])[:, :held]
                tensors[f"replay.{name}"] = own.contiguous()
            about["replay_next"] = self._replay.next
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}, about

    def load_state_dict(self, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of a trainer made with the same arguments.

        Raises:
            ValueError: the state is of another configuration.
        """
        try:
            self.critic.load({name: tensors[f"critic.{name}"] for name in self.critic.state()})
            for k, generator in enumerate(self._generators):
                generator.set_state(tensors[f"generator.{k}"])
            self.update, self.env_steps = int(about["update"]), int(about["env_steps"])
            if self._replay is not None:
                held = tensors["replay.action"].shape[1]
                for name, tensor in self._replay.fields.items():
                    own = tensor.view(len(self.seeds), -1, *tensor.shape[1:])
                    own[:, :held] = tensors[f"replay.{name}"]
                self._replay.size = [held] * len(self.seeds)
                self._replay.next = int(about["replay_next"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise ValueError(f"the state is of another configuration: {error}") from error

    def _round(self) -> None:
        config = self.config
        to_checkpoint = config.checkpoint_every - self.update % config.checkpoint_every
        usual = config.updates_per_round if config.online else OFFLINE_ROUND
        n = min(usual, to_checkpoint, config.updates - self.update)
        if self._replay is not None:
            if self.update % config.checkpoint_every == 0:
                self._reset_all()
            missing = max(0, config.warmup - self._replay.size[0])
            for _ in range(missing + config.steps_per_round):
                self._step_environments(at_random=self._replay.size[0] < config.warmup)
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
        return demos if replay is None else demos.beside(replay), first, size

    def _step_environments(self, at_random: bool) -> None:
        obs = self._obs.copy()
        actions = self._choose(obs, at_random)
        step: dict[str, Any] = {"obs": obs, "action": actions, "next_obs": np.empty_like(obs)}
        step |= {"terminated": np.zeros(len(actions), bool), "reward": np.zeros(len(actions), np.float32)}
        for k, env in enumerate(self._envs):
            raw, reward, terminated, truncated, _ = env.step(int(actions[k]))
            step["next_obs"][k] = seen = np.asarray(raw, np.float32)
            step["terminated"][k], step["reward"][k] = terminated, reward
            self._running[k] += float(reward)
            if terminated or truncated:
                self._returns[k].append(self._running[k])
                self._running[k] = 0.0
                seen = np.asarray(env.reset()[0], np.float32)
            self._obs[k] = seen
        assert self._replay is not None
        self._replay.add(step)
        self.env_steps += len(self._envs)

    def _choose(self, obs: FloatArray, at_random: bool) -> NDArray[np.int64]:
        """(K,) actions: Boltzmann's by the Gumbel trick; deep Q-learning's greedy but for a random share."""
        noise = torch.stack([torch.rand(self.n_actions + 1, generator=g) for g in self._generators])
        uniform, coin = noise[:, :-1], noise[:, -1]
        if at_random:
            return uniform.argmax(1).numpy()
        with torch.no_grad():
            q = self.critic.q(torch.from_numpy(obs)[:, None])[:, 0]
        if self.config.method == "dqn":
            progress = self.update / max(1.0, self.config.exploration_share * self.config.updates)
            share = max(self.config.exploration, 1.0 - progress * (1.0 - self.config.exploration))
            return torch.where(coin < share, uniform.argmax(1), q.argmax(1)).numpy()
        gumbel = -torch.log(-torch.log(uniform.clamp(1e-12, 1.0 - 1e-7)))
        return (q / self.config.temperature + gumbel).argmax(1).numpy()

    def _reset_all(self) -> None:
        """Cut the running episodes; every environment starts anew from a seed that its generator draws."""
        self._running = [0.0] * len(self._envs)
        self._obs = np.empty((len(self._envs), *self.obs_shape), np.float32)
        for k, (env, generator) in enumerate(zip(self._envs, self._generators, strict=True)):
            seed = int(torch.randint(2**31 - 1, (), generator=generator))
            self._obs[k] = env.reset(seed=seed)[0]


def _first_steps(own: Transitions) -> Transitions:
    """The first steps of the episodes; all of them if subsampling has left none."""
    rows = np.flatnonzero(own.first) if own.first.any() else np.arange(len(own))
    names = ("obs", "action", "next_obs", "terminated", "reward", "first")
    return Transitions(**{name: getattr(own, name)[rows] for name in names})


def _check(
    config: SoftQConfig,
    obs_shape: tuple[int, ...],
    n_actions: int,
    seeds: Sequence[int],
    demonstrations: Sequence[Transitions] | None,
    make_env: Callable[[], gym.Env[Any, Any]] | None,
) -> None:
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
