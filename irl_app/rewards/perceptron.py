"""Networks without torch: the forward pass of a trained multi-layer perceptron in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.rewards.protocol import RewardError
from trainers.arrays import FloatArray

Weights = NDArray[np.float32]
BLOCK = 512
"""Rows that go through all layers together, in memory that is taken once: new memory costs as much as
multiplying."""
_LAYER_NORM_EPSILON = 1e-5  # torch's


@dataclass(frozen=True, eq=False)
class Perceptron:
    """What one of the stacked networks of ``trainers.deep.networks.MLP`` computes, to rounding.

    Attributes:
        layers: weights (in, out) and biases (out,) of each layer in turn, float32 and read-only.
        layer_norm: each hidden layer is normalised before its ReLU.

    Raises:
        RewardError: the layers do not fit together, or hold a number that is not finite.
    """

    layers: tuple[tuple[Weights, Weights], ...]
    layer_norm: bool = False

    def __post_init__(self) -> None:
        layers = tuple((frozen(weights), frozen(bias)) for weights, bias in self.layers)
        if not layers:
            raise RewardError("a network needs at least one layer")
        outputs = layers[0][0].shape[0] if layers[0][0].ndim else 0
        for i, (weights, bias) in enumerate(layers):
            if weights.ndim != 2 or weights.shape[0] != outputs or bias.shape != weights.shape[1:]:
                shapes = f"weights {weights.shape} and biases {bias.shape}"
                raise RewardError(f"layer {i} of {shapes} fits no network")
            outputs = bias.size
        object.__setattr__(self, "layers", layers)

    @cached_property
    def _centred(self) -> tuple[tuple[Weights, Weights], ...]:
        """The layers; normalised ones without the mean over units, which then need not be taken off."""
        if not self.layer_norm:
            return self.layers
        hidden = [(w - w.mean(1, keepdims=True), b - b.mean()) for w, b in self.layers[:-1]]
        return (*hidden, self.layers[-1])

    @property
    def n_inputs(self) -> int:
        """Numbers that it sees."""
        return int(self.layers[0][0].shape[0])

    @property
    def n_outputs(self) -> int:
        """Numbers that it gives."""
        return int(self.layers[-1][1].size)

    def __call__(self, obs: NDArray[np.float32]) -> FloatArray:
        """(B, outputs) of obs (B, *O), whose numbers are flattened."""
        rows = obs.reshape(len(obs), -1)
        room = [np.empty((min(BLOCK, len(rows)), bias.size), np.float32) for _, bias in self.layers]
        found = np.empty((len(rows), self.n_outputs))
        for low in range(0, len(rows), BLOCK):
            found[low : low + BLOCK] = self._of_block(rows[low : low + BLOCK], room)
        return found

    def _of_block(self, x: NDArray[np.float32], room: Sequence[Weights]) -> Weights:
        for (weights, bias), place in zip(self._centred[:-1], room, strict=False):  # the last one is below
            x = np.matmul(x, weights, out=place[: len(x)])
            x += bias
            if self.layer_norm:
                square = np.einsum("bi,bi->b", x, x) / np.float32(x.shape[1])
                x *= (1.0 / np.sqrt(square + np.float32(_LAYER_NORM_EPSILON)))[:, None]
            np.maximum(x, np.float32(0.0), out=x)
        weights, bias = self._centred[-1]
        x = np.matmul(x, weights, out=room[-1][: len(x)])
        x += bias
        return x


def frozen(array: ArrayLike) -> Weights:
    """A network's numbers as float32 that stay; RewardError if one is not finite."""
    copy = np.array(array, dtype=np.float32)
    if not np.isfinite(copy).all():
        raise RewardError("a network's weights must be finite numbers")
    copy.setflags(write=False)
    return copy
