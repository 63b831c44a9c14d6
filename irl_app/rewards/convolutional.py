"""Networks of pictures without torch: the forward pass of trained convolutions in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.rewards.perceptron import Perceptron, Weights, frozen
from irl_app.rewards.protocol import RewardError
from trainers.arrays import Float32Array, FloatArray
from trainers.spaces import Box

CELLS = tuple((i, j) for i in range(3) for j in range(3))
"""Of a convolution's window, row by row; windows lie two cells apart, zeros surround the picture."""
BLOCK = 32
"""Pictures that go through all convolutions together, in the processor's cache."""


@dataclass(frozen=True, eq=False)
class ConvolutionalNetwork:
    """What one of the stacked networks of ``trainers.deep.picture_network`` computes, to rounding.

    Attributes:
        space: of pictures (H, W, C), or (C, H, W) where that axis is the shorter.
        convolutions: weights (9 C, out) of 3x3 windows, cell after cell, and biases (out,) of each in turn.
        read_out: a perceptron of all that the last one found, and of the numbers beside a picture.

    Raises:
        RewardError: the parts do not fit together, or hold a number that is not finite.
    """

    space: Box
    convolutions: tuple[tuple[Weights, Weights], ...]
    read_out: Perceptron

    def __post_init__(self) -> None:
        layers = tuple((frozen(weights), frozen(bias)) for weights, bias in self.convolutions)
        if not self.space.is_picture or not layers:
            raise RewardError(f"convolutions see pictures of bytes, observations are {self.space}")
        shape = self.space.shape
        height, width, channels = shape if self.space.channels_last else (*shape[1:], shape[0])
        for i, (weights, bias) in enumerate(layers):
            if weights.shape != (len(CELLS) * channels, bias.size) or bias.ndim != 1:
                raise RewardError(f"convolution {i} of weights {weights.shape} fits no network")
            height, width, channels = -(-height // 2), -(-width // 2), bias.size
        object.__setattr__(self, "convolutions", layers)
        object.__setattr__(self, "_found", height * width * channels)
        if self.n_inputs < self.space.size:
            raise RewardError("the convolutions find more than the perceptron after them takes")

    @property
    def layer_norm(self) -> bool:
        """Of the perceptron."""
        return self.read_out.layer_norm

    @property
    def n_inputs(self) -> int:
        """Numbers that it sees: a picture's, and those beside it."""
        return self.space.size + self.read_out.n_inputs - self._found  # type: ignore[attr-defined]

    @property
    def n_outputs(self) -> int:
        """Numbers that it gives."""
        return self.read_out.n_outputs

    def __call__(self, obs: NDArray[Any]) -> FloatArray:
        """(B, outputs) of pictures (B, *O), or of their numbers and those beside them (B, N)."""
        rows, size = obs.reshape(len(obs), -1), self.space.size
        pictures = rows[:, :size].reshape(len(rows), *self.space.shape)
        if not self.space.channels_last:
            pictures = np.moveaxis(pictures, 1, -1)
        layers = self._layers(min(BLOCK, len(rows)), pictures.shape[1:3])
        seen = np.empty((len(rows), self.read_out.n_inputs), np.float32)
        for low in range(0, len(rows), BLOCK):
            x = pictures[low : low + BLOCK]
            for layer in layers:
                x = layer(x)
            seen[low : low + BLOCK, : self._found] = x.reshape(len(x), -1)  # type: ignore[attr-defined]
        seen[:, self._found :] = rows[:, size:]  # type: ignore[attr-defined]
        return self.read_out(seen)

    def _layers(self, n: int, sides: tuple[int, int]) -> list[_Convolution]:
        """The convolutions with the memory that n pictures of so many rows and columns need."""
        found = []
        for weights, bias in self.convolutions:
            found.append(_Convolution(n, sides, weights, bias))
            sides = found[-1].sides
        return found


class _Convolution:
    """A convolution and its ReLU, in memory that is taken once: new memory costs more than multiplying."""

    def __init__(self, n: int, sides: tuple[int, int], weights: Weights, bias: Weights) -> None:
        (height, width), channels = sides, len(weights) // len(CELLS)
        self.sides = -(-height // 2), -(-width // 2)
        self._weights, self._bias = weights, bias
        self._padded = np.zeros((n, height + 2, width + 2, channels), np.float32)
        self._windows = np.empty((n, *self.sides, len(CELLS), channels), np.float32)
        self._found = np.empty((n, *self.sides, bias.size), np.float32)

    def __call__(self, x: NDArray[Any]) -> Float32Array:
        """(B, h, w, out) of x (B, H, W, C), as it stands until the next call."""
        padded, windows, found = (each[: len(x)] for each in (self._padded, self._windows, self._found))
        padded[:, 1:-1, 1:-1] = x
        height, width = self.sides
        for k, (i, j) in enumerate(CELLS):
            windows[:, :, :, k] = padded[:, i : i + 2 * height - 1 : 2, j : j + 2 * width - 1 : 2]
        flat = found.reshape(-1, self._bias.size)
        np.matmul(windows.reshape(len(flat), -1), self._weights, out=flat)
        flat += self._bias
        np.maximum(flat, np.float32(0.0), out=flat)
        return found
