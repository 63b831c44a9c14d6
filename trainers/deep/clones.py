"""Clones of the expert: what starts an actor, holds it near the demonstrations, and says where they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from trainers.deep.adam import Adam
from trainers.deep.config import TrainerConfig
from trainers.deep.image_networks import network_for
from trainers.deep.replay import Dataset
from trainers.gaussian import of_clones, split
from trainers.spaces import Box

RATE, NOISE, BATCH = 1e-3, 0.05, 128
"""Adam's first step, falling to nearly nothing; deviation of the noise on observations; rows an update."""
SMALL_MEAN, START_SPREAD, SPREAD_WEIGHT = 1e-3, -0.1, 0.1
"""Weight of the mean's square; what a spread is drawn to, as networks put it; how strongly."""


class Clones(nn.Module):
    """C clones of each of K experts.

    Args:
        space: of observations. n_actions: numbers in an action. config: their number and layers.
        generators: of K seeds.
    """

    def __init__(
        self, space: Box, n_actions: int, config: TrainerConfig, generators: Sequence[torch.Generator]
    ) -> None:
        super().__init__()
        self.n, self.spread, self.updates = config.clones, config.clone_spread, config.clone_updates
        every = [generator for generator in generators for _ in range(self.n)]
        self.network = network_for(config, space, 2 * n_actions, every)

    def forward(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """(K, B, A) mean and sigma of u at observations (K, B, O), scaled."""
        means, _ = split(self.network(obs.repeat_interleave(self.n, 0)))
        return of_clones(means.unflatten(0, (-1, self.n)), self.spread, 1)

    def learn(
        self, demos: Dataset, generators: Sequence[torch.Generator], scale: Callable[[Tensor], Tensor]
    ) -> None:
        """Copy the expert's actions; ``scale`` gives observations in the networks' units."""
        device = next(self.network.parameters()).device
        adam = Adam(dict(self.network.named_parameters()), RATE)
        for update in range(self.updates):
            drawn = demos.draw(1, BATCH, generators).at(0).to(device)
            plain = scale(drawn.obs)
            noise = torch.stack([torch.randn(plain.shape[1:], generator=g) for g in generators]).to(device)
            seen = (plain + NOISE * noise).repeat_interleave(self.n, 0)
            loss = cloning_loss(self.network(seen), drawn.action.repeat_interleave(self.n, 0))
            gradients = torch.autograd.grad(loss.sum(), adam.parameters)
            adam.step(gradients, min(1.0, 2.0 * (1.0 - update / self.updates) + 0.02))

    def first(self) -> dict[str, Tensor]:
        """The first clone of each seed, as weights of a network of its kind."""
        return {name: tensor[:: self.n].clone() for name, tensor in self.network.state_dict().items()}


def cloning_loss(outputs: Tensor, action: Tensor) -> Tensor:
    """(K,) mean squared error of tanh(mean) of an actor's outputs (K, B, 2 A) against actions (K, B, A).

    Whatever the spread, which is only drawn to where an actor should start.
    """
    n = action.shape[-1]
    mean, spread = outputs[..., :n], torch.tanh(outputs[..., n:])
    error = (torch.tanh(mean) - action) ** 2 + SMALL_MEAN * mean**2
    return error.sum(-1).mean(1) + SPREAD_WEIGHT * ((spread - START_SPREAD) ** 2).mean((1, 2))
