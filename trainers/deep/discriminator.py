"""Discriminators of demonstrated steps from own ones, which pay the actor: DAC's and AIRL's.

Modules of K seeds. Both say the logit of a step being demonstrated, log D - log(1 - D), learned by binary
cross-entropy; they differ in what it is made of.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from trainers.deep.adam import Adam
from trainers.deep.config import TrainerConfig
from trainers.deep.networks import MLP, StackedLinear
from trainers.deep.objectives import Loss
from trainers.deep.replay import Batch

PENALTY_WEIGHT = 10.0
"""Of the gradient penalty (Gulrajani et al. 2017)."""
MOST_ABSORBING = 5.0
"""Of the absorbing state's |logit|: where demonstrations never end, nothing else would hold it."""
PACE = 10.0
"""How many times as fast as a network's weights that logit moves: it is one number, they are many."""
ABSORBING = "absorbing"


class Discriminator(nn.Module, ABC):
    """The rewards of steps, from which the logits of their being demonstrated follow.

    Attributes:
        absorbing: (K, 1) the logit, and so the reward, of having ended.
    """

    def __init__(self, n_seeds: int) -> None:
        super().__init__()
        self.absorbing = nn.Parameter(torch.zeros(n_seeds, 1))

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor:
        """(K, B) reward of steps whose observations are scaled: the logit, or f of AIRL."""

    @abstractmethod
    def slope(self, batch: Batch) -> Tensor:
        """(K, B) norm of the reward's gradient by what it sees of a step."""


class ActionDiscriminator(Discriminator):
    """The logit itself is a perceptron of s and a (DAC; Kostrikov et al. 2019, section 4.1).

    Args:
        n_obs, n_actions: numbers in an observation, in an action. hidden: units of each layer.
        generators: of K seeds, for first weights.
    """

    def __init__(
        self, n_obs: int, n_actions: int, hidden: tuple[int, ...], generators: Sequence[torch.Generator]
    ) -> None:
        super().__init__(len(generators))
        self.network = MLP(n_obs + n_actions, hidden, 1, generators)

    def forward(self, batch: Batch) -> Tensor:
        return cast(Tensor, self.network(_pair(batch))[..., 0])

    def slope(self, batch: Batch) -> Tensor:
        return input_gradient(self.network, _pair(batch)).norm(dim=-1)


class ShapedReward(Discriminator):
    """f(s, s') = g(s) + gamma h(s') - h(s), h = 0 after an end (AIRL; Fu et al. 2018, eq. 4).

    Args:
        n_obs: numbers in an observation. hidden: units of each layer. gamma: discount.
        generators: of K seeds, for first weights.

    Attributes:
        reward, shaping: g and h, (K, B, O) -> (K, B, 1). That h is 0 after an end fixes no more than the
            constant which h is free to have.
    """

    def __init__(
        self, n_obs: int, hidden: tuple[int, ...], gamma: float, generators: Sequence[torch.Generator]
    ) -> None:
        super().__init__(len(generators))
        self.reward = MLP(n_obs, hidden, 1, generators)
        self.shaping = MLP(n_obs, hidden, 1, generators)
        self.gamma = gamma

    def forward(self, batch: Batch) -> Tensor:
        here, after = self.shaping(batch.obs), self.shaping(batch.next_obs)
        f = self.reward(batch.obs) + self._counted(batch) * after - here
        return cast(Tensor, f[..., 0])

    def slope(self, batch: Batch) -> Tensor:
        by_obs = input_gradient(self.reward, batch.obs) - input_gradient(self.shaping, batch.obs)
        by_next = self._counted(batch) * input_gradient(self.shaping, batch.next_obs)
        return torch.cat((by_obs, by_next), -1).norm(dim=-1)

    def _counted(self, batch: Batch) -> Tensor:
        """(K, B, 1) gamma, 0 where the episode ended."""
        return self.gamma * (1.0 - batch.terminated.float())[..., None]


class Adversary:
    """A discriminator and its optimiser.

    Args:
        config: method, layers, rate. n_obs, n_actions: numbers in an observation, in an action.
        generators: of K seeds, for first weights. device: where the discriminator is.

    Attributes:
        discriminator, adam: what an update changes.
    """

    def __init__(
        self,
        config: TrainerConfig,
        n_obs: int,
        n_actions: int,
        generators: Sequence[torch.Generator],
        device: torch.device,
    ) -> None:
        self.discriminator: Discriminator
        if config.method == "dac":
            self.discriminator = ActionDiscriminator(n_obs, n_actions, config.hidden, generators)
        else:
            self.discriminator = ShapedReward(n_obs, config.hidden, config.gamma, generators)
        self.discriminator.to(device)
        learned = dict(self.discriminator.named_parameters())
        if not config.learns_terminal_value:
            del learned[ABSORBING]
        rate = config.discriminator_rate
        self.adam = Adam(learned, rate, {ABSORBING: PACE * rate})
        self._gamma = config.gamma

    def improve(self, batch: Batch, log_prob: Tensor, mix: Tensor, n_expert: int) -> dict[str, Tensor]:
        """One step on `discriminator_loss`, arguments as there; its terms (K,) by name."""
        loss = discriminator_loss(self.discriminator, batch, log_prob, mix, n_expert)
        gradients = torch.autograd.grad(loss.total.sum(), self.adam.parameters)
        self.adam.step(gradients)
        return {f"loss/{name}": term.detach() for name, term in loss.terms.items()}

    @torch.no_grad()
    def rewards(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(K, B) rewards of the steps, and (K, 1) of having ended, for ever: c / (1 - gamma)."""
        c = self.discriminator.absorbing.clamp(-MOST_ABSORBING, MOST_ABSORBING)
        return self.discriminator(batch), c / (1.0 - self._gamma)


def discriminator_loss(
    discriminator: Discriminator, batch: Batch, log_prob: Tensor, mix: Tensor, n_expert: int
) -> Loss:
    """Binary cross-entropy of demonstrated against own rows, and a gradient penalty between them.

    -E_expert[log D] - E_own[log(1 - D)] + 10 E[(|grad r| - 1)^2], where log D - log(1 - D) = r - log pi and r
    is the discriminator's reward: AIRL's D = exp(f) / (exp(f) + pi(a | s)); DAC's has log pi = 0. AIRL's
    paper has no penalty: rows of a replay are then told apart ever more surely. On the tests' rail g grew to
    -156 within 600 updates, with it to -7.

    Args:
        batch: rows (K, B, ...), as many own as demonstrated ones, observations scaled.
        log_prob: (K, B) log pi(a | s), fixed; or zeros. mix: (K, n_expert, 1) from 0 to 1, where between a
            demonstrated and an own row the penalty is taken. n_expert: the first so many rows are shown.
    """
    n, reward = n_expert, discriminator(batch)
    logit = reward - log_prob
    entropy = softplus(-logit[:, :n]).mean(1) + softplus(logit[:, n:]).mean(1)
    penalty = ((discriminator.slope(_between(batch, mix, n)) - 1.0) ** 2).mean(1)
    # The paper puts rows of the absorbing state into demonstrations and replay, and draws them as any others.
    # Here every end in the batch counts as one such row: the best c is the log ratio of how often
    # demonstrated and own steps end, the paper's but for how much the added rows thin the others out. The
    # paper's state is an input of the one network, under its penalty; a number by itself has a bound instead.
    c, ended = discriminator.absorbing, batch.terminated.float()
    entering = ended[:, :n].mean(1) * softplus(-c[:, 0]) + ended[:, n:].mean(1) * softplus(c[:, 0])
    terms = {
        "discriminator": entropy,
        "gradient_penalty": penalty,
        "expert_reward": reward[:, :n].mean(1),
        "learner_reward": reward[:, n:].mean(1),
        "absorbing_logit": c[:, 0],
    }
    return Loss(entropy + PENALTY_WEIGHT * penalty + entering, terms)


def input_gradient(network: MLP, x: Tensor) -> Tensor:
    """(K, B, I) gradient of a ReLU perceptron's one output by its inputs x (K, B, I).

    It is W_1 M_1 W_2 M_2 ... W_L, M_l diagonal, 1 where a unit of layer l is above 0. Written out, its own
    gradient by the weights takes no second pass of autograd, which compilers do not look into.
    """
    *layers, last = cast(list[StackedLinear], list(network.layers))
    shape, above = x.shape, []
    for layer in layers:
        x = torch.relu(layer(x))
        above.append((x > 0.0).float())
    gradient = last.weight.transpose(1, 2)
    for layer, mask in zip(reversed(layers), reversed(above), strict=True):
        gradient = torch.bmm(gradient * mask, layer.weight.transpose(1, 2))
    return gradient.expand(shape)


def _pair(batch: Batch) -> Tensor:
    """(K, B, O + A) s and a."""
    return torch.cat((batch.obs, batch.action), -1)


def _between(batch: Batch, mix: Tensor, n: int) -> Batch:
    """(K, n, ...) steps between each demonstrated row and an own one; ends are shares."""

    def mixed(x: Tensor, share: Tensor) -> Tensor:
        return torch.lerp(x[:, n:], x[:, :n], share)

    return Batch(
        mixed(batch.obs, mix),
        mixed(batch.action, mix),
        mixed(batch.next_obs, mix),
        mixed(batch.terminated.float(), mix[..., 0]),
        mixed(batch.reward, mix[..., 0]),
    )
