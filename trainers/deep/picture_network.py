"""Networks of K seeds for pictures: convolutions that halve both sides, then a perceptron."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from trainers.deep.networks import MLP, StackedLinear
from trainers.spaces import Box

WINDOW, STRIDE, PADDING = 3, 2, 1
"""Of every convolution: cells a side of a window, from one window to the next, and zeros at the edges."""
AT_ONCE = 256
"""Pictures that are looked at together where nothing is learned, so that memory stays flat."""


class PictureNetwork(nn.Module):
    """3x3 convolutions of stride 2 with a ReLU each, then a perceptron of all that they found.

    Args:
        space: of pictures. beside: numbers that the perceptron sees as well, an action's for instance.
        hidden: channels of each convolution, then units of the one hidden layer.
        outputs: of the last layer. generators: of K seeds. layer_norm: as of `MLP`.
    """

    def __init__(
        self,
        space: Box,
        beside: int,
        hidden: tuple[int, ...],
        outputs: int,
        generators: Sequence[torch.Generator],
        *,
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        self._space = space
        height, width, channels = space.shape if space.channels_last else (*space.shape[1:], space.shape[0])
        *found, units = hidden
        sizes = pairwise((channels, *found))
        self.convolutions = nn.ModuleList(StackedLinear(WINDOW**2 * i, o, generators) for i, o in sizes)
        for _ in found:
            height, width = (-(-side // STRIDE) for side in (height, width))
        inputs = height * width * found[-1] + beside
        self.read_out = MLP(inputs, (units,), outputs, generators, layer_norm=layer_norm)

    def forward(self, obs: Tensor) -> Tensor:
        """(K, B, outputs) of pictures (K, B, *O), or of their numbers and those beside them (K, B, N)."""
        if torch.is_grad_enabled() or obs.shape[1] <= AT_ONCE:
            return self._of(obs.flatten(2))
        return torch.cat([self._of(part.flatten(2)) for part in obs.split(AT_ONCE, 1)], 1)

    def _of(self, rows: Tensor) -> Tensor:
        size = math.prod(self._space.shape)
        pictures = rows[..., :size].unflatten(2, self._space.shape)
        if self._space.channels_last:
            pictures = pictures.movedim(-1, 2)
        found = torch.stack([self._found(k, own) for k, own in enumerate(pictures)])
        return cast(Tensor, self.read_out(torch.cat((found, rows[..., size:]), -1)))

    def _found(self, k: int, x: Tensor) -> Tensor:
        """(B, F) of one seed's pictures (B, C, H, W): libraries are fastest with one seed after the other."""
        for layer in cast(list[StackedLinear], list(self.convolutions)):
            weight = layer.weight[k].view(WINDOW, WINDOW, x.shape[1], -1).permute(3, 2, 0, 1)
            x = torch.relu(nn.functional.conv2d(x, weight, layer.bias[k, 0], STRIDE, PADDING))
        return x.movedim(1, -1).flatten(1)
