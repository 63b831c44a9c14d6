"""One update of the learners of K seeds: loss, gradients, Adam, target networks; eager or compiled."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainers.deep.adam import Adam, clipped
from trainers.deep.builds import compiled
from trainers.deep.config import TrainerConfig
from trainers.deep.devices import device_named
from trainers.deep.objectives import Loss, Rows, critic_loss
from trainers.deep.policies import Softmax
from trainers.deep.replay import Batch
from trainers.learner import Learner, SoftmaxLearner
from trainers.soft import entropy, soft_policy
from trainers.spaces import Box, Discrete

TERMINAL_VALUE = "terminal_value"


class Critic(nn.Module):
    """The networks of K seeds, and what each holds having ended for worth.

    Args:
        network: (K, B, *O) -> (K, B, A). n_seeds: K.
        standard: in whose units the network sees observations; None: as they are.
    """

    def __init__(self, network: nn.Module, n_seeds: int, standard: nn.Module | None = None) -> None:
        super().__init__()
        self.network, self.standard = network, standard
        self.terminal_value = nn.Parameter(torch.zeros(n_seeds, 1))

    def forward(self, obs: Tensor) -> Tensor:
        """(K, B, A) Q(s, .) at obs (K, B, *O)."""
        x = obs.float()
        return self.network(x if self.standard is None else self.standard(x))


class Update(ABC):
    """A call that improves the learners of K seeds by a batch, in place.

    Args:
        config: what is minimised. space: of observations.
        generators: of K seeds. parts: name -> what an update changes, as checkpoints hold it.
    """

    def __init__(
        self,
        config: TrainerConfig,
        space: Box,
        generators: Sequence[torch.Generator],
        parts: Mapping[str, nn.Module | Adam],
    ) -> None:
        self.config, self._space, self._generators = config, space, generators
        self.device = device_named(config.device)
        self._parts = dict(parts)
        self._call: Callable[..., dict[str, Tensor]] = self._update
        if config.compile:
            torch._dynamo.config.trace_autograd_ops = True  # gradients are taken within the one graph
            options: dict[str, Any] = {
                # to check at every call that no module has changed since would cost a tenth of an update
                "guard_filter_fn": torch.compiler.skip_guard_on_globals_unsafe,
                # what three things read is computed once: moments, else anew for each
                "realize_reads_threshold": 2,
            }
            self._call = compiled(self._update, options)

    def _stacked(self, obs: NDArray[Any]) -> Tensor:
        """(K, B, *O) observations, as they are, or of (B, *O) that all seeds look at."""
        x = torch.tensor(obs, device=self.device)  # a copy: those of demonstrations are read-only
        return x.expand(len(self._generators), *x.shape) if x.ndim == len(self._space.shape) + 1 else x

    def drawn(self, how: Callable[..., Tensor], *shape: int, dim: int = 0) -> Tensor:
        """What each seed's generator draws of a shape, stacked along K: drawn on the processor."""
        drawn = torch.stack([how(shape, generator=g) for g in self._generators], dim)
        return drawn.to(self.device)

    def scaled(self, obs: Tensor) -> Tensor:
        """(K, B, O) observations (K, B, *O) as networks see them."""
        return obs.flatten(2).float()

    def prepare(self) -> None:  # noqa: B027 most need nothing
        """What comes before the first update and the first look at the learners; once."""

    @abstractmethod
    def __call__(self, batch: Batch, initial_obs: Tensor | None, n_expert: int) -> dict[str, Tensor]:
        """One update by rows (K, B, ...), the first ``n_expert`` of them the expert's.

        Args:
            initial_obs: (K, B, *O) first states, for a value term that needs them.

        Returns:
            Name -> (K,): the loss, its terms, and what else is worth watching; from before the update.
        """

    @abstractmethod
    def choose(self, obs: NDArray[Any], random_share: float) -> NDArray[Any]:
        """(K, *A) what the K learners do at obs (K, *O), as networks have actions; a share at random."""

    @abstractmethod
    def own_actions(self, obs: Tensor) -> Tensor:
        """(K, n, B, *A) actions of the policies at obs (K, n, B, *O), drawn."""

    @abstractmethod
    def face(self, *, following: bool = False) -> Learner:
        """The K learners as they are, now and later; or by the slow copies that follow them."""

    @abstractmethod
    def _update(self, tensors: list[Tensor], *others: Any) -> dict[str, Tensor]:
        """One update by a batch's tensors; what compilers see."""

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that an update changes."""
        return {
            f"{part}.{name}": tensor
            for part, owner in self._parts.items()
            for name, tensor in owner.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take the values of ``state_dict`` of an update of the same configuration.

        Raises:
            KeyError, RuntimeError: they are of another one.
        """
        for part, owner in self._parts.items():
            prefix = f"{part}."
            owner.load_state_dict(
                {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
            )


def tensors_of(batch: Batch) -> list[Tensor]:
    """A batch as compilers take it."""
    return [getattr(batch, field.name) for field in fields(Batch)]


class CriticUpdate(Update):
    """A call that improves critics by a batch: their loss, in place.

    The terminal value is a reward for ever, r / (1 - gamma): it learns 1 / (1 - gamma) times as fast as the
    network, as fast as if r were the weight. At the network's own rate no training is long enough to get
    there, and to end early looks cheap until it does.

    Args:
        config, space, generators: as of `Update`. actions: A of them. critic: whose weights are moved.

    Attributes:
        critic: as given. target: follows it slowly. policy: what their Q-values mean.
    """

    def __init__(
        self,
        config: TrainerConfig,
        space: Box,
        actions: Discrete,
        critic: Critic,
        generators: Sequence[torch.Generator],
    ) -> None:
        self._actions = actions
        self.critic, self.policy = critic, Softmax(config.policy_temperature)
        self.target = copy.deepcopy(critic).requires_grad_(False)
        learned = dict(critic.named_parameters())
        if not config.learns_terminal_value:
            del learned[TERMINAL_VALUE]
        faster = {TERMINAL_VALUE: config.learning_rate / (1.0 - config.gamma)}
        self.adam = Adam(learned, config.learning_rate, faster)
        followers = dict(self.target.named_parameters())
        self._moving: list[Tensor] = [*learned.values()]
        self._followers: list[Tensor] = [followers[name] for name in learned]
        parts: dict[str, nn.Module | Adam] = {"critic": critic, "target": self.target, "adam": self.adam}
        super().__init__(config, space, generators, parts)

    def __call__(self, batch: Batch, initial_obs: Tensor | None, n_expert: int) -> dict[str, Tensor]:
        return self._call(tensors_of(batch), initial_obs, n_expert)

    def choose(self, obs: NDArray[Any], random_share: float) -> NDArray[Any]:
        noise = self.drawn(torch.rand, self._actions.n + 1)
        uniform, coin = noise[:, :-1], noise[:, -1]
        if random_share >= 1.0:
            return uniform.argmax(1).cpu().numpy()
        with torch.no_grad():
            seen = torch.from_numpy(obs).to(self.device)[:, None]
            chosen = self.policy.act(self.critic, seen, uniform[:, None])[:, 0]
        return torch.where(coin < random_share, uniform.argmax(1), chosen).cpu().numpy()

    def own_actions(self, obs: Tensor) -> Tensor:
        k, n, size = obs.shape[:3]
        uniform = self.drawn(torch.rand, n * size, self._actions.n)
        with torch.no_grad():
            return self.policy.act(self.critic, obs.flatten(1, 2), uniform).view(k, n, size)

    def face(self, *, following: bool = False) -> SoftmaxLearner:
        config, critic = self.config, self.target if following else self.critic
        learned = critic.terminal_value.detach().flatten().tolist()

        @torch.no_grad()
        def q_values(obs: NDArray[Any]) -> NDArray[np.float32]:
            return np.asarray(critic(self._stacked(obs)).cpu().numpy())

        return SoftmaxLearner(
            q_values,
            self._actions,
            config.policy_temperature,
            config.gamma,
            np.array([[config.terminal_value(value)] for value in learned]),
            cloned=config.method == "bc",
        )

    def loss(self, batch: Batch, initial_obs: Tensor | None, n_expert: int) -> tuple[Loss, Rows]:
        """What an update would minimise, and the batch as the objectives see it; arguments as of a call."""
        rows = self._rows(batch, initial_obs, n_expert)
        return critic_loss(self.config, rows), rows

    def _update(self, tensors: list[Tensor], *others: Any) -> dict[str, Tensor]:
        initial_obs, n_expert = others
        loss, rows = self.loss(Batch(*tensors), initial_obs, n_expert)
        gradients = torch.autograd.grad(loss.total.sum(), self._moving)
        self.adam.step(clipped(gradients, self.config.grad_clip))
        with torch.no_grad():
            torch._foreach_lerp_(self._followers, self._moving, self.config.target_rate)
            return self._watched(loss, rows)

    def _rows(self, batch: Batch, initial_obs: Tensor | None, n_expert: int) -> Rows:
        config, policy, critic = self.config, self.policy, self.critic
        q, v, other_q = policy.judge(critic, batch.obs, batch.action)
        asks_initial = config.method == "iq" and config.value_term == "initial"
        asks_slope = config.method == "iq" and config.divergence == "wasserstein"
        return Rows(
            q,
            v,
            self._next_value(batch.next_obs),
            batch.terminated,
            critic.terminal_value,
            batch.reward,
            n_expert,
            other_q,
            policy.value(critic, initial_obs) if asks_initial and initial_obs is not None else None,
            self._slope(batch.obs[:, :n_expert]) if asks_slope else None,
        )

    def _next_value(self, next_obs: Tensor) -> Tensor:
        """(K, B) V(s'): of the critic, with its gradient, or of its target, without and within bounds."""
        config = self.config
        if config.method == "iq" and config.gradient == "full":
            return self.policy.value(self.critic, next_obs)
        with torch.no_grad():
            v = self.policy.value(self.target, next_obs)
            bound = None if config.rewarded else config.value_clip
            return v if bound is None else v.clamp(-bound, bound)

    def _slope(self, obs: Tensor) -> Tensor:
        """(K, B) |grad Q| by the observation, at points between demonstrated ones."""
        between = (0.5 * (obs + obs.flip(1)).float()).detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        return slope.flatten(2).norm(dim=2)

    def _watched(self, loss: Loss, rows: Rows) -> dict[str, Tensor]:
        watched = {"loss": loss.total, **{f"loss/{name}": term for name, term in loss.terms.items()}}
        if rows.other_q is not None:
            watched["q_abs_max"] = rows.other_q.abs().amax((1, 2))
            watched["entropy"] = entropy(soft_policy(rows.other_q, self.policy.temperature)).mean(1)
        return {name: value.detach() for name, value in watched.items()}
