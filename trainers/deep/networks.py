"""Networks of K seeds side by side: plain modules whose tensors have a leading K.

Nothing mixes two seeds, so the gradient of a sum of losses is each seed's own gradient. One batched product
serves K networks: where the cost of a small network is the overhead of its calls, the second seed is nearly
free.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

NARROW = 8
"""Inputs or outputs of a map that are too few for libraries to multiply its matrix fast as it stands."""


class StackedLinear(nn.Module):
    """K linear maps: (K, B, out) = x W + b of x (K, B, in).

    Args:
        inputs, outputs: of each.
        generators: K, of the first weights: uniform within 1/sqrt(inputs), as torch's own maps have them.

    Attributes:
        weight: (K, in, out). bias: (K, 1, out).
    """

    def __init__(self, inputs: int, outputs: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        bound = 1.0 / math.sqrt(inputs)
        drawn = torch.stack([torch.rand(inputs + 1, outputs, generator=g) for g in generators])
        drawn = bound * (2.0 * drawn - 1.0)
        self.weight = nn.Parameter(drawn[:, :-1].contiguous())
        self.bias = nn.Parameter(drawn[:, -1:].contiguous())

    def forward(self, x: Tensor) -> Tensor:
        """(K, B, out).

        Libraries multiply matrices of two columns at a twentieth of their speed. Where the call is compiled,
        maps to few outputs are multiplied the other way round, and those from few inputs are spelled out as
        sums, which fuse with what follows.
        """
        weight, bias = self.weight, self.bias
        if not torch.compiler.is_compiling():
            return torch.baddbmm(bias, x, weight)
        if weight.shape[2] <= NARROW:
            return torch.bmm(weight.transpose(1, 2), x.transpose(1, 2)).transpose(1, 2) + bias
        if weight.shape[1] <= NARROW:
            return (x.unsqueeze(3) * weight.unsqueeze(1)).sum(2) + bias
        return torch.bmm(x, weight) + bias


class MLP(nn.Module):
    """Multi-layer perceptron from the numbers of an observation, flattened, to some outputs.

    Args:
        inputs: numbers in an observation. hidden: units of each hidden layer (ReLU). outputs: of the last.
        generators: of K seeds. layer_norm: normalise hidden layers before their ReLU, without learned scales.
    """

    def __init__(
        self,
        inputs: int,
        hidden: tuple[int, ...],
        outputs: int,
        generators: Sequence[torch.Generator],
        *,
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        sizes = (inputs, *hidden, outputs)
        self.layers = nn.ModuleList(StackedLinear(i, o, generators) for i, o in pairwise(sizes))
        self.layer_norm = layer_norm

    def forward(self, obs: Tensor) -> Tensor:
        """(K, B, outputs) of obs (K, B, *O)."""
        x = obs.flatten(2)
        for layer in list(self.layers)[:-1]:
            x = layer(x)
            if self.layer_norm:
                x = nn.functional.layer_norm(x, x.shape[-1:])
            x = torch.relu(x)
        return self.layers[-1](x)
