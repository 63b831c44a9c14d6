"""Q-networks of K seeds for boards seen as images (P, H, W), read out at the cell where the player stands.

The last plane of an image is one in a single cell, the player's, and zero elsewhere. What a network makes of
the other planes is the same wherever the player is. Numbers run (K, channels, images, H, W): rows of one
channel lie side by side in memory, where a product or a maximum over the channels is fastest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from trainers.networks import MLP, Network
from trainers.soft_q_config import SoftQConfig

WINDOW = 9
"""Cells of a 3x3 window, row by row."""
SHARPNESS = 10.0
"""Of the moves' kernels: a fresh planner's moves lead to nearly one cell each."""


def network_for(config: SoftQConfig, obs_shape: tuple[int, ...], n_actions: int) -> Network:
    """The network of a configuration.

    Raises:
        ValueError: it cannot see observations of this shape.
    """
    config.check_shape(obs_shape)
    if config.network == "mlp":
        return MLP(math.prod(obs_shape), config.hidden, n_actions, config.layer_norm)
    if config.network == "cnn":
        return CNN(obs_shape[0], config.hidden, n_actions)
    return VIN(obs_shape[0], config.hidden, n_actions, config.iterations, config.gamma)


@dataclass(frozen=True)
class CNN(Network):
    """3x3 convolutions, then a hidden layer and the Q-values of what they found in the player's cell.

    It sees as many cells far as it has convolutions.

    Attributes:
        n_planes: P of the images.
        hidden: channels of each convolution, then units of the hidden layer; all ReLU.
        n_actions: A.
    """

    n_planes: int
    hidden: tuple[int, ...]
    n_actions: int

    @property
    def maps(self) -> list[tuple[int, int]]:
        """As ``Network.maps``."""
        return [*_convolutions(self.n_planes, self.hidden), *pairwise((*self.hidden[-2:], self.n_actions))]

    def apply(self, layers: Sequence[Tensor], obs: Tensor) -> Tensor:
        """As ``Network.apply``."""
        *_, height, width = obs.shape
        found = _features(layers[:-4], _board(obs))
        here = _at_player(found.flatten(2), obs[:, :, -1].flatten(2).argmax(2), height * width)
        return _read_out(layers[-4:], here)


@dataclass(frozen=True)
class VIN(Network):
    """Value iteration on a map that is learned (Tamar et al. 2016): sees as far as it has iterations.

    Convolutions find features of every cell; a linear map of them gives the reward r_m of each of M moves
    there. Then v(s) = max_m [r_m(s) + gamma sum_d P_m(d) v(s + d)], over and over, d over the 3x3 window and
    P_m probabilities that are the same everywhere: a contraction, whatever is learned. The player's features
    and v in the window about it give the Q-values through a hidden layer.

    Attributes:
        n_planes, n_actions: as of ``CNN``.
        hidden: channels of each convolution, then units of the hidden layer; all ReLU.
        iterations: of v, from 0.
        gamma: discount of v in (0, 1).
        moves: M.
    """

    n_planes: int
    hidden: tuple[int, ...]
    n_actions: int
    iterations: int
    gamma: float
    moves: int = 8

    @property
    def maps(self) -> list[tuple[int, int]]:
        """As ``Network.maps``: convolutions, rewards, moves (whose bias changes nothing), read-out."""
        *_, features, units = self.hidden
        return [
            *_convolutions(self.n_planes, self.hidden),
            (features, self.moves),
            (WINDOW, self.moves),
            (features + WINDOW, units),
            (units, self.n_actions),
        ]

    def apply(self, layers: Sequence[Tensor], obs: Tensor) -> Tensor:
        """As ``Network.apply``."""
        *_, height, width = obs.shape
        features, v = self.plan(layers, obs)
        seen = torch.cat((features.flatten(2), _windows(v)), 1)
        here = _at_player(seen, obs[:, :, -1].flatten(2).argmax(2), height * width)
        return _read_out(layers[-4:], here)

    def plan(self, layers: Sequence[Tensor], obs: Tensor) -> tuple[Tensor, Tensor]:
        """Features (K, F, B, H, W) and v (K, 1, B, H, W) of the boards obs (K, B, P, H, W)."""
        k, b, _, height, width = obs.shape
        features = _features(layers[:-8], _board(obs))
        reward = torch.baddbmm(layers[-7].mT, layers[-8].mT, features.flatten(2))
        kernel = self.gamma * torch.softmax(SHARPNESS * layers[-6], 1).mT
        q = reward
        for _ in range(self.iterations):
            v = q.amax(1).view(k, 1, b, height, width)
            q = torch.baddbmm(reward, kernel, _windows(v))
        return features, q.amax(1).view(k, 1, b, height, width)


def _convolutions(n_planes: int, hidden: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(WINDOW * inputs, outputs) for inputs, outputs in pairwise((n_planes, *hidden[:-1]))]


def _board(obs: Tensor) -> Tensor:
    """(K, P, B, H, W): the planes of obs (K, B, P, H, W), a plane of ones in place of the player's.

    Windows are filled up with zeros: the ones tell where the board ends.
    """
    return torch.cat((obs[:, :, :-1], torch.ones_like(obs[:, :, :1])), 2).transpose(1, 2)


def _features(layers: Sequence[Tensor], x: Tensor) -> Tensor:
    """(K, F, B, H, W) after 3x3 convolutions, with a ReLU each, of x (K, C, B, H, W)."""
    for weight, bias in zip(layers[::2], layers[1::2], strict=True):
        x = torch.relu(torch.baddbmm(bias.mT, weight.mT, _windows(x))).view(len(x), -1, *x.shape[2:])
    return x


def _windows(x: Tensor) -> Tensor:
    """(K, 9 C, B H W): the 3x3 window about every cell of x (K, C, B, H, W), zero outside; windows first."""
    height, width = x.shape[-2:]
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1))
    cells = [padded[..., i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return torch.cat(cells, 1).flatten(2)


def _at_player(found: Tensor, cell: Tensor, n_cells: int) -> Tensor:
    """(K, B, F) of found (K, F, B n_cells) in the cell (K, B) of every image."""
    place = cell + n_cells * torch.arange(cell.shape[1])
    return found.gather(2, place[:, None].expand(-1, found.shape[1], -1)).mT


def _read_out(layers: Sequence[Tensor], here: Tensor) -> Tensor:
    """(K, B, A) of here (K, B, F), through a hidden layer (ReLU)."""
    hidden = torch.relu(torch.baddbmm(layers[1], here, layers[0]))
    return torch.baddbmm(layers[3], hidden, layers[2])
