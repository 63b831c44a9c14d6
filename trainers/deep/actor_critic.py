"""One update of actors and their critics, for actions that are arrays of numbers.

The critics learn by the same objectives as those of discrete actions: the E critics of a seed are E rows of
a stack, and each has its own loss. What differs is V: it is the mean over the policy's actions, sampled, and
the policy is an actor that climbs what the critics say (soft actor-critic, Haarnoja et al. 2018).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainers.deep.actor_settings import ADVERSARIAL
from trainers.deep.adam import Adam, clipped
from trainers.deep.clones import NOISE, Clones, cloning_loss
from trainers.deep.config import TrainerConfig
from trainers.deep.devices import device_named
from trainers.deep.discriminator import Adversary
from trainers.deep.image_networks import network_for
from trainers.deep.objectives import Loss, Rows, critic_loss
from trainers.deep.replay import Batch, Dataset
from trainers.deep.standard import BRIGHTEST
from trainers.deep.update import TERMINAL_VALUE, Update, tensors_of
from trainers.gaussian import coherent_reward, divergence, log_density, split, unsquashed
from trainers.gaussian_learner import GaussianLearner
from trainers.spaces import Box

REACH = 5.0
"""Scaled observations are cut at so many standard deviations of the demonstrated ones."""
LEAST_DEVIATION = 1e-2
"""Added to these, for numbers that hardly change in the demonstrations."""
LEAST_PACE = 0.05
"""Share of its learning rate that an annealed learner is left with."""


class Scale(nn.Module):
    """Observations in the demonstrations' units, (K, B, *O) -> (K, B, O); without demonstrations as they are,
    pictures in units of the brightest byte.

    Args:
        n_seeds: K. space: of observations. demos: those of K seeds, or None.
    """

    def __init__(self, n_seeds: int, space: Box, demos: Dataset | None) -> None:
        super().__init__()
        shape = (n_seeds, 1, space.size)
        mean, std, reach = torch.zeros(shape), torch.ones(shape), math.inf
        if space.is_picture:
            std, reach = std * BRIGHTEST, 1.0
        elif demos is not None:
            parts = [own.flatten(1).float() for own in demos.fields["obs"].split(demos.sizes)]
            mean = torch.stack([own.mean(0, keepdim=True) for own in parts])
            deviation = torch.stack([own.std(0, keepdim=True, correction=0) for own in parts])
            std, reach = deviation + LEAST_DEVIATION, REACH
        self.mean, self.std = nn.Buffer(mean), nn.Buffer(std)
        self.reach = nn.Buffer(torch.tensor(reach))

    def forward(self, obs: Tensor) -> Tensor:
        scaled = (obs.flatten(2).float() - self.mean) / self.std
        return torch.minimum(torch.maximum(scaled, -self.reach), self.reach)


class ActionCritics(nn.Module):
    """E critics of each of K seeds, and what each holds having ended for worth.

    Args:
        network: of K * E networks, (K * E, B, O + A) -> (K * E, B, 1). n_seeds: K. n: E.
    """

    def __init__(self, network: nn.Module, n_seeds: int, n: int) -> None:
        super().__init__()
        self.network, self.n = network, n
        self.terminal_value = nn.Parameter(torch.zeros(n_seeds * n, 1))

    def forward(self, obs: Tensor, action: Tensor) -> Tensor:
        """(K * E, B) Q(s, a) at scaled observations (K, B, O) and actions (K, B, A)."""
        found: Tensor = self.network(torch.cat((obs, action), -1).repeat_interleave(self.n, 0))
        return found[..., 0]

    def least(self, q: Tensor) -> Tensor:
        """(K, B) the least of what a seed's critics say, q (K * E, B)."""
        return q.unflatten(0, (-1, self.n)).amin(1)


class ActorCriticUpdate(Update):
    """A call that improves critics, then actors, by a batch; otherwise as `CriticUpdate`.

    Args:
        config: what is minimised. space: of observations. actions: of actions, bounded.
        demos: of K seeds, actions from -1 to 1; None for methods that need none.
        generators: of K seeds, for first weights and sampled actions.

    Attributes:
        actor, average: the policies that act and learn, and their slow average, which is judged.
        critic, target: the critics, and their slow copies.
    """

    def __init__(
        self,
        config: TrainerConfig,
        space: Box,
        actions: Box,
        demos: Dataset | None,
        generators: Sequence[torch.Generator],
    ) -> None:
        k, n_actions = len(generators), actions.size
        device = device_named(config.device)
        self._actions, self._demos = actions, demos
        self.scale = Scale(k, space, demos).to(device)
        self.actor = network_for(config, space, 2 * n_actions, generators).to(device)
        every = [generator for generator in generators for _ in range(config.critics)]
        network = network_for(config, space, 1, every, beside=n_actions, layer_norm=config.layer_norm)
        self.critic = ActionCritics(network, k, config.critics).to(device)
        self.clones = Clones(space, n_actions, config, generators).to(device) if config.has_clone else None
        self._cloned = self.clones is None
        self.adversary: Adversary | None = None
        if config.method in ADVERSARIAL:
            self.adversary = Adversary(config, space.size, n_actions, generators, device)
        self.target = copy.deepcopy(self.critic).requires_grad_(False)
        self.average = copy.deepcopy(self.actor).requires_grad_(False)
        self.log_temperature = nn.Parameter(torch.full((k, 1), math.log(config.temperature), device=device))
        learned = dict(self.critic.named_parameters())
        if not config.learns_terminal_value or self.adversary is not None:  # who says it
            del learned[TERMINAL_VALUE]
        rate = config.learning_rate
        self.adam = Adam(learned, rate, {TERMINAL_VALUE: rate / (1.0 - config.gamma)})
        self.actor_adam = Adam(dict(self.actor.named_parameters()), config.actor_rate)
        self.temperature_adam = Adam({"log_temperature": self.log_temperature}, rate)
        followers = dict(self.target.named_parameters())
        self._moving: list[Tensor] = [*learned.values()]
        self._followers: list[Tensor] = [followers[name] for name in learned]
        self._acting: list[Tensor] = [*self.actor.parameters()]
        self._averages: list[Tensor] = [*self.average.parameters()]
        parts: dict[str, nn.Module | Adam] = {
            "scale": self.scale,
            "critic": self.critic,
            "target": self.target,
            "actor": self.actor,
            "average": self.average,
            "temperature": nn.ParameterDict({"log": self.log_temperature}),
            "adam": self.adam,
            "actor_adam": self.actor_adam,
            "temperature_adam": self.temperature_adam,
        }
        if self.clones is not None:
            parts["clones"] = self.clones
        if self.adversary is not None:
            parts |= {
                "discriminator": self.adversary.discriminator,
                "discriminator_adam": self.adversary.adam,
            }
        super().__init__(config, space, generators, parts)

    def scaled(self, obs: Tensor) -> Tensor:
        found: Tensor = self.scale(obs)
        return found

    def prepare(self) -> None:
        """Make the clones, and of the first of them the actor, unless that has been done."""
        if self._cloned or self.clones is None or self._demos is None:
            return
        self.clones.learn(self._demos, self._generators, self.scale)
        if self.config.actor_start == "clone":
            for network in (self.actor, self.average):
                network.load_state_dict(self.clones.first())
        self._cloned = True

    def load_state_dict(self, state: Any) -> None:
        super().load_state_dict(state)
        self._cloned = True

    def __call__(self, batch: Batch, initial_obs: Tensor | None, n_expert: int) -> dict[str, Tensor]:
        """One update; arguments as of `CriticUpdate`."""
        rows, size = batch.obs.shape[1], self._actions.size
        shape = (rows, self._space.size) if self.config.method == "bc" else (3, rows, size)
        noise = self.drawn(torch.randn, *shape, dim=-3)
        mix = None
        if self.adversary is not None:
            mix = self.drawn(torch.rand, n_expert, 1)
        return self._call(tensors_of(batch), initial_obs, n_expert, noise, self._paces(), mix)

    def choose(self, obs: NDArray[Any], random_share: float) -> NDArray[np.float32]:
        """(K, A) actions at obs (K, *O), from -1 to 1: the policy's, and a share of them at random."""
        size, own = self._actions.size, None
        if random_share < 1.0:
            own = self._acted(torch.from_numpy(obs).to(self.device)[:, None])[:, 0]
            if random_share <= 0.0:
                return own.cpu().numpy()
        drawn = self.drawn(torch.rand, size + (own is not None))
        stray = 2.0 * drawn[:, :size] - 1.0
        return (stray if own is None else torch.where(drawn[:, -1:] < random_share, stray, own)).cpu().numpy()

    def own_actions(self, obs: Tensor) -> Tensor:
        return self._acted(obs.flatten(1, 2)).unflatten(1, obs.shape[1:3])

    @torch.no_grad()
    def _acted(self, obs: Tensor) -> Tensor:
        """(K, B, A) actions of the actors at obs (K, B, *O)."""
        noise = self.drawn(torch.randn, obs.shape[1], self._actions.size)
        mean, log_std = split(self.actor(self.scale(obs)))
        return torch.tanh(mean + log_std.exp() * noise)

    def face(self, *, following: bool = False) -> GaussianLearner:
        """The learners: averaged actors and their critics, or the target critics, which follow slowly."""
        self.prepare()
        config, critic = self.config, self.target if following else self.critic
        learned = critic.least(critic.terminal_value.detach())[:, 0].tolist()
        return GaussianLearner(
            actor=lambda obs: self._numbers(lambda: split(self.average(self._seen(obs)))),
            critic=lambda obs, action: self._numbers(
                lambda: critic.least(critic(self._seen(obs), torch.from_numpy(action).to(self.device)))
            ),
            action_space=self._actions,
            temperature=self.log_temperature.detach().exp().double().cpu().numpy(),
            gamma=config.gamma,
            terminal_value=np.array([[config.terminal_value(value)] for value in learned]),
            clone=self._clone_numbers if config.near_clone else None,
            cloned=config.method == "bc",
        )

    def loss(
        self, batch: Batch, initial_obs: Tensor | None, n_expert: int, noise: Tensor
    ) -> tuple[Loss, Rows]:
        """What the critics would minimise, and the batch as the objectives see it.

        Args:
            noise: (2, K, B, A) normal, of the actions that stand for V in obs and in next_obs.
        """
        rows = self._rows(batch, initial_obs, n_expert, noise)
        return critic_loss(self.config, rows), rows

    def _update(self, tensors: list[Tensor], *others: Any) -> dict[str, Tensor]:
        initial_obs, n_expert, noise, paces, mix = others
        config, batch = self.config, Batch(*tensors)
        if config.method == "bc":
            return self._cloning(batch, noise, paces[1])
        batch = replace(batch, obs=self.scale(batch.obs), next_obs=self.scale(batch.next_obs))
        first = None if initial_obs is None else self.scale(initial_obs)
        judged: dict[str, Tensor] = {}
        if self.adversary is not None:
            batch, judged = self._paid(self.adversary, batch, mix, n_expert)
        loss, rows = self.loss(batch, first, n_expert, noise[:2])
        gradients = torch.autograd.grad(loss.total.sum(), self._moving)
        self.adam.step(clipped(gradients, config.grad_clip), paces[0])
        watched = judged | self._improve_actor(batch.obs, noise[2], paces[1])
        with torch.no_grad():
            torch._foreach_lerp_(self._followers, self._moving, config.target_rate)
            torch._foreach_lerp_(self._averages, self._acting, config.actor_average)
            by_seed = {"loss": loss.total, **{f"loss/{name}": term for name, term in loss.terms.items()}}
            watched |= {
                name: term.unflatten(0, (-1, self.critic.n)).mean(1) for name, term in by_seed.items()
            }
            watched["q_abs_max"] = rows.q.abs().amax(1).unflatten(0, (-1, self.critic.n)).amax(1)
        return {name: value.detach() for name, value in watched.items()}

    def _paid(
        self, adversary: Adversary, batch: Batch, mix: Tensor, n_expert: int
    ) -> tuple[Batch, dict[str, Tensor]]:
        """A scaled batch that the discriminator pays, after a step of its own; and that step's terms.

        AIRL's policy maximises E[sum gamma^t (f - log pi)], whose terms are its log D - log(1 - D) (Fu et al.
        2018, section 4). The critics already have -tau log pi: paid tau f, they learn tau times that sum, and
        the policy is the same, whatever tau, which is no more than the unit of reward.
        """
        log_prob, unit = torch.zeros_like(batch.reward), torch.ones_like(self.log_temperature)
        if self.config.method == "airl":
            unit = self._temperature()
            with torch.no_grad():
                log_prob = log_density(unsquashed(batch.action), *split(self.actor(batch.obs)))
        judged = adversary.improve(batch, log_prob, mix, n_expert)
        reward, for_ever = adversary.rewards(batch)
        with torch.no_grad():
            if self.config.learns_terminal_value:
                for critic in (self.critic, self.target):
                    critic.terminal_value.copy_((unit * for_ever).repeat_interleave(critic.n, 0))
        return replace(batch, reward=unit * reward), judged

    def _rows(self, batch: Batch, initial_obs: Tensor | None, n_expert: int, noise: Tensor) -> Rows:
        """A batch, scaled, as the objectives see it: a row for each of K * E critics."""
        config, critic, n = self.config, self.critic, self.critic.n
        asks = config.value_term if config.method == "iq" else ""
        valued = {"": 0, "initial": 0, "mixture": batch.obs.shape[1]}.get(asks, n_expert)
        q, v = critic(batch.obs, batch.action), batch.reward.new_zeros(0)
        if valued:
            v = self._value(critic, batch.obs[:, :valued], noise[0][:, :valued])
        initial_v = None
        if asks == "initial" and initial_obs is not None:
            initial_v = self._value(critic, initial_obs, noise[0][:, : initial_obs.shape[1]])
        return Rows(
            q,
            v,
            self._next_value(batch.next_obs, noise[1]),
            batch.terminated.repeat_interleave(n, 0),
            critic.terminal_value,
            batch.reward.repeat_interleave(n, 0),
            n_expert,
            initial_v=initial_v,
            centre=self._centre(batch),
        )

    def _next_value(self, next_obs: Tensor, noise: Tensor) -> Tensor:
        """(K * E, B) V(s'): each critic's own with its gradient, or the least of the bounded targets."""
        config = self.config
        if config.method == "iq" and config.gradient == "full":
            return self._value(self.critic, next_obs, noise)
        with torch.no_grad():
            action, cost = self._act(next_obs, noise)
            v = self.target.least(self.target(next_obs, action)) - self._temperature() * cost
            if not config.rewarded and config.value_clip is not None:
                v = v.clamp(-config.value_clip, config.value_clip)
            return v.repeat_interleave(self.critic.n, 0)

    def _value(self, critic: ActionCritics, obs: Tensor, noise: Tensor) -> Tensor:
        """(K * E, B) V(s) = E[Q(s, a)] - tau cost by one action of the policy; with the critic's gradient."""
        with torch.no_grad():
            action, cost = self._act(obs, noise)
            paid = (self._temperature() * cost).repeat_interleave(critic.n, 0)
        return critic(obs, action) - paid

    def _act(self, obs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """(K, B, A) actions of the actors, and (K, B) what the temperature multiplies.

        That is log pi(a | s), or the divergence of pi(. | s) from the clone where that is the reference.
        """
        mean, log_std = split(self.actor(obs))
        u = mean + log_std.exp() * noise
        if self.config.near_clone and self.clones is not None:
            with torch.no_grad():
                reference = self.clones(obs)
            return torch.tanh(u), divergence(mean, log_std, *reference)
        return torch.tanh(u), log_density(u, mean, log_std)

    def _centre(self, batch: Batch) -> Tensor | None:
        """(K * E, B) the coherent reward of the batch's actions, where the objective asks for it."""
        if self.clones is None or not (self.config.method == "csil" or self.config.centre == "clone"):
            return None
        with torch.no_grad():
            return coherent_reward(batch.action, *self.clones(batch.obs)).repeat_interleave(self.critic.n, 0)

    def _improve_actor(self, obs: Tensor, noise: Tensor, pace: Tensor) -> dict[str, Tensor]:
        """Soft improvement: one step on E[tau cost - Q(s, a)], and one of a learned temperature."""
        temperature = self._temperature()
        action, cost = self._act(obs, noise)
        q = self.critic.least(self.critic(obs, action))
        gradients = torch.autograd.grad((temperature * cost - q).mean(1).sum(), self._acting)
        self.actor_adam.step(gradients, pace)
        cost = cost.detach().mean(1)
        if self.config.target_entropy is not None:
            missing = cost + self.config.target_entropy * self._actions.size
            self.temperature_adam.step([-missing[:, None]])
        return {"cost": cost, "temperature": temperature[:, 0]}

    def _cloning(self, batch: Batch, noise: Tensor, pace: Tensor) -> dict[str, Tensor]:
        """One step of the actor on the clones' own loss."""
        loss = cloning_loss(self.actor(self.scale(batch.obs) + NOISE * noise), batch.action)
        self.actor_adam.step(torch.autograd.grad(loss.sum(), self._acting), pace)
        with torch.no_grad():
            torch._foreach_lerp_(self._averages, self._acting, self.config.actor_average)
        return {"loss": loss.detach()}

    def _temperature(self) -> Tensor:
        """(K, 1) tau."""
        return self.log_temperature.detach().exp()

    def _paces(self) -> Tensor:
        """(2,) by how much the rates of critics and actors are multiplied now."""
        config, done = self.config, float(self.adam.steps[0])
        left = max(LEAST_PACE, 1.0 - done / config.updates) if config.anneal else 1.0
        return torch.tensor([left, left if done >= config.actor_delay else 0.0], device=self.device)

    def _seen(self, obs: NDArray[Any]) -> Tensor:
        """(K, B, O) scaled observations (K, B, *O), or (B, *O) that all seeds look at."""
        return self.scale(self._stacked(obs))

    def _clone_numbers(self, obs: NDArray[Any]) -> Any:
        clones = self.clones
        assert clones is not None  # made where they are the reference
        return self._numbers(lambda: clones(self._seen(obs)))

    @staticmethod
    @torch.no_grad()
    def _numbers(call: Callable[[], Any]) -> Any:
        """What tensors are as arrays of numbers."""
        found = call()
        return (
            tuple(each.double().cpu().numpy() for each in found)
            if isinstance(found, tuple)
            else found.double().cpu().numpy()
        )
