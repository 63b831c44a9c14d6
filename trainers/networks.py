"""Q-networks of K seeds side by side: one tensor holds all weights of all seeds, (K, P).

Nothing mixes two seeds, so the gradient of a sum of losses is each seed's own gradient, and optimiser, target
network and checkpoint each handle one tensor. One batched product serves K networks: where the cost of a
small network is the overhead of its calls, the second seed is nearly free.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

NARROW = 8
"""Inputs or outputs of a map that are too few for libraries to multiply its matrix fast as it stands."""


def linear(x: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """(K, B, out) x W + b of x (K, B, in), weights (K, in, out), bias (K, 1, out).

    Libraries multiply matrices of two columns at a twentieth of their speed. Where the call is compiled, maps
    to few outputs are multiplied the other way round, and those from few inputs are spelled out as sums,
    which fuse with what follows.
    """
    if not torch.compiler.is_compiling():
        return torch.baddbmm(bias, x, weights)
    if weights.shape[2] <= NARROW:
        return torch.bmm(weights.transpose(1, 2), x.transpose(1, 2)).transpose(1, 2) + bias
    if weights.shape[1] <= NARROW:
        return (x.unsqueeze(3) * weights.unsqueeze(1)).sum(2) + bias
    return torch.bmm(x, weights) + bias


class Network(ABC):
    """A Q-network made of linear maps, each with a bias; a convolution is one of all its window's numbers."""

    @property
    @abstractmethod
    def maps(self) -> list[tuple[int, int]]:
        """(inputs, outputs) of every linear map, in order."""

    @abstractmethod
    def apply(self, layers: Sequence[Tensor], obs: Tensor) -> Tensor:
        """(K, B, A) Q-values of obs (K, B, *O), each seed's own; ``layers`` as ``views`` gives them."""

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of one network's weights: (in, out), (1, out) for every map."""
        return [shape for inputs, outputs in self.maps for shape in ((inputs, outputs), (1, outputs))]

    def init(self, generator: torch.Generator) -> Tensor:
        """(P,) weights of one network, uniform within 1/sqrt(inputs), as torch's linear layers have it."""
        parts = []
        for inputs, outputs in self.maps:
            uniform = 2.0 * torch.rand((inputs + 1) * outputs, generator=generator) - 1.0
            parts.append(uniform / math.sqrt(inputs))
        return torch.cat(parts)

    def views(self, weights: Tensor) -> list[Tensor]:
        """The (K, P) weights as one (K, in, out) and one (K, 1, out) tensor a map, sharing its memory."""
        views, at = [], 0
        for shape in self.shapes:
            size = math.prod(shape)
            views.append(weights[:, at : at + size].view(-1, *shape))
            at += size
        return views


@dataclass(frozen=True)
class MLP(Network):
    """Multi-layer perceptron from observations to one Q-value for each action.

    Attributes:
        n_inputs: numbers in an observation; its shape is flattened.
        hidden: units of each hidden layer (ReLU).
        n_actions: A.
        layer_norm: normalise each hidden layer before its ReLU, without learned scales.
    """

    n_inputs: int
    hidden: tuple[int, ...]
    n_actions: int
    layer_norm: bool = False

    @property
    def maps(self) -> list[tuple[int, int]]:
        """As ``Network.maps``."""
        return list(pairwise((self.n_inputs, *self.hidden, self.n_actions)))

    def apply(self, layers: Sequence[Tensor], obs: Tensor) -> Tensor:
        """As ``Network.apply``."""
        x = obs.flatten(2)
        last = len(layers) - 2
        for i in range(0, len(layers), 2):
            x = linear(x, layers[i], layers[i + 1])
            if i < last:
                if self.layer_norm:
                    x = torch.nn.functional.layer_norm(x, x.shape[-1:])
                x = torch.relu(x)
        return x
