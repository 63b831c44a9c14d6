"""Which network sees observations; those for boards (P, H, W), read out at the cell where the player stands.

The last plane of an image is one in a single cell, the player's, and zero elsewhere. What a network makes of
the other planes is the same wherever the player is. Numbers run (K, channels, images, H, W): rows of one
channel lie side by side in memory, where a product or a maximum over the channels is fastest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from trainers.deep.config import TrainerConfig
from trainers.deep.networks import MLP, StackedLinear
from trainers.deep.picture_network import PictureNetwork
from trainers.spaces import Box

WINDOW = 9
"""Cells of a 3x3 window, row by row."""
SHARPNESS = 10.0
"""Of the moves' kernels: a fresh planner's moves lead to nearly one cell each."""


def network_for(
    config: TrainerConfig,
    space: Box,
    outputs: int,
    generators: Sequence[torch.Generator],
    *,
    beside: int = 0,
    layer_norm: bool = False,
) -> nn.Module:
    """The networks of a configuration, (K, B, *O) -> (K, B, outputs), K the number of generators.

    Args:
        beside: numbers that perceptrons and networks of pictures see beside those of an observation: then
            both in one row (K, B, O + beside). layer_norm: of their hidden layers.

    Raises:
        ValueError: they cannot see observations of this space.
    """
    config.check_space(space)
    if config.network == "mlp":
        return MLP(space.size + beside, config.hidden, outputs, generators, layer_norm=layer_norm)
    if space.is_picture:
        return PictureNetwork(space, beside, config.hidden, outputs, generators, layer_norm=layer_norm)
    if config.network == "cnn":
        return CNN(space.shape[0], config.hidden, outputs, generators, layer_norm=layer_norm)
    planes, iterations, gamma = space.shape[0], config.iterations, config.gamma
    return VIN(planes, config.hidden, outputs, generators, iterations, gamma, layer_norm=layer_norm)


class CNN(nn.Module):
    """3x3 convolutions, then a hidden layer and the outputs of what they found in the player's cell.

    It sees as many cells far as it has convolutions.

    Args:
        n_planes: P of the images.
        hidden: channels of each convolution, then units of the hidden layer; all ReLU.
        outputs: of the last layer. generators: of K seeds. layer_norm: as of `MLP`, of the hidden layer.
    """

    def __init__(
        self,
        n_planes: int,
        hidden: tuple[int, ...],
        outputs: int,
        generators: Sequence[torch.Generator],
        *,
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        self.convolutions = _convolutions(n_planes, hidden, generators)
        self.read_out = MLP(hidden[-2], hidden[-1:], outputs, generators, layer_norm=layer_norm)

    def forward(self, obs: Tensor) -> Tensor:
        """(K, B, outputs) of images (K, B, P, H, W)."""
        return self.read_out(_at_player(_features(self.convolutions, obs).flatten(2), obs))


class VIN(nn.Module):
    """Value iteration on a map that is learned (Tamar et al. 2016): sees as far as it has iterations.

    Convolutions find features of every cell; a linear map of them gives the reward r_m of each of M moves
    there. Then v(s) = max_m [r_m(s) + gamma sum_d P_m(d) v(s + d)], over and over, d over the 3x3 window and
    P_m probabilities that are the same everywhere: a contraction, whatever is learned. The player's features
    and v in the window about it give the outputs through a hidden layer.

    Args:
        n_planes, hidden, outputs, generators, layer_norm: as of ``CNN``.
        iterations: of v, from 0.
        gamma: discount of v in (0, 1).
        moves: M.
    """

    def __init__(
        self,
        n_planes: int,
        hidden: tuple[int, ...],
        outputs: int,
        generators: Sequence[torch.Generator],
        iterations: int,
        gamma: float,
        moves: int = 8,
        *,
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        *_, features, units = hidden
        self.iterations, self.gamma = iterations, gamma
        self.convolutions = _convolutions(n_planes, hidden, generators)
        self.reward = StackedLinear(features, moves, generators)
        self.moves = nn.Parameter(StackedLinear(WINDOW, moves, generators).weight.detach())
        self.read_out = MLP(features + WINDOW, (units,), outputs, generators, layer_norm=layer_norm)

    def forward(self, obs: Tensor) -> Tensor:
        """(K, B, outputs) of images (K, B, P, H, W)."""
        features, v = self.plan(obs)
        return self.read_out(_at_player(torch.cat((features.flatten(2), _windows(v)), 1), obs))

    def plan(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Features (K, F, B, H, W) and v (K, 1, B, H, W) of the boards obs (K, B, P, H, W)."""
        k, b, _, height, width = obs.shape
        features = _features(self.convolutions, obs)
        reward = _everywhere(self.reward, features.flatten(2))
        kernel = self.gamma * torch.softmax(SHARPNESS * self.moves, 1).mT
        q = reward
        for _ in range(self.iterations):
            v = q.amax(1).view(k, 1, b, height, width)
            q = torch.baddbmm(reward, kernel, _windows(v))
        return features, q.amax(1).view(k, 1, b, height, width)


def _convolutions(
    n_planes: int, hidden: tuple[int, ...], generators: Sequence[torch.Generator]
) -> nn.ModuleList:
    """One linear map of the 3x3 window's numbers a layer."""
    channels = pairwise((n_planes, *hidden[:-1]))
    return nn.ModuleList(StackedLinear(WINDOW * i, o, generators) for i, o in channels)


def _features(convolutions: nn.ModuleList, obs: Tensor) -> Tensor:
    """(K, F, B, H, W) after 3x3 convolutions, with a ReLU each, of the boards obs (K, B, P, H, W).

    Windows are filled up with zeros: a plane of ones in place of the player's tells where the board ends.
    """
    x = torch.cat((obs[:, :, :-1], torch.ones_like(obs[:, :, :1])), 2).transpose(1, 2)
    for layer in convolutions:
        assert isinstance(layer, StackedLinear)  # as `_convolutions` made them
        x = torch.relu(_everywhere(layer, _windows(x))).view(len(x), -1, *x.shape[2:])
    return x


def _everywhere(layer: StackedLinear, x: Tensor) -> Tensor:
    """(K, out, N) of x (K, in, N): a linear map of every column."""
    return torch.baddbmm(layer.bias.mT, layer.weight.mT, x)


def _windows(x: Tensor) -> Tensor:
    """(K, 9 C, B H W): the 3x3 window about every cell of x (K, C, B, H, W), zero outside; windows first."""
    height, width = x.shape[-2:]
    padded = nn.functional.pad(x, (1, 1, 1, 1))
    cells = [padded[..., i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return torch.cat(cells, 1).flatten(2)


def _at_player(found: Tensor, obs: Tensor) -> Tensor:
    """(K, B, F) of found (K, F, B H W) in the cell of every image's player; obs (K, B, P, H, W)."""
    player = obs[:, :, -1].flatten(2)
    place = player.argmax(2) + player.shape[2] * torch.arange(player.shape[1], device=player.device)
    return found.gather(2, place[:, None].expand(-1, found.shape[1], -1)).mT
