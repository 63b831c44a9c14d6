"""Observations in units in which their numbers are about as large as each other."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from trainers.deep.replay import Dataset
from trainers.spaces import Box

LEAST_DEVIATION = 1e-3
"""Of the largest deviation, added to all, for numbers that hardly change in the demonstrations."""
BRIGHTEST = 255.0
WIDEST = 1e6
"""Bounds farther apart are no units: some environments name the largest float."""


class Standard(nn.Module):
    """x -> (x - mean) / std, (K, B, *O) each: a network's first layer could say the same.

    Attributes:
        mean, std: (K, 1, *O).
    """

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.mean, self.std = nn.Buffer(mean), nn.Buffer(std)

    @classmethod
    def of(cls, space: Box, n_seeds: int, demos: Dataset | None) -> Standard:
        """The units of K seeds' demonstrations; without them those of the space's bounds where it has any,
        as of numbers spread evenly between them; of pictures the brightest byte."""
        shape = (n_seeds, 1, *space.shape)
        if space.is_picture:
            one = (n_seeds, *[1] * (1 + len(space.shape)))
            return cls(torch.zeros(one), torch.full(one, BRIGHTEST))
        if demos is None:
            low, high = (np.broadcast_to(bound, space.size) for bound in (space.low, space.high))
            known = high - low < WIDEST
            with np.errstate(invalid="ignore"):
                mean = np.where(known, (low + high) / 2.0, 0.0).reshape(space.shape)
                std = np.where(known & (high > low), (high - low) / math.sqrt(12.0), 1.0).reshape(space.shape)
            tensors = (torch.tensor(each, dtype=torch.float32).expand(shape).clone() for each in (mean, std))
            return cls(*tensors)
        parts = [own.float() for own in demos.fields["obs"].split(demos.sizes)]
        spread = torch.stack([own.std(0, keepdim=True, correction=0) for own in parts])
        widest = spread.flatten(1).amax(1).clamp(min=1e-6).view(-1, *[1] * (spread.ndim - 1))
        return cls(
            torch.stack([own.mean(0, keepdim=True) for own in parts]), spread + LEAST_DEVIATION * widest
        )

    def forward(self, obs: Tensor) -> Tensor:
        return (obs - self.mean) / self.std
