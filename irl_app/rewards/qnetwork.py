"""Q-networks without torch: the forward pass of a trained multi-layer perceptron in numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.rewards.protocol import RewardError
from trainers.control import soft_value
from trainers.mdp import FloatArray

Weights = NDArray[np.float32]
_LAYER_NORM_EPSILON = 1e-5  # torch's


@dataclass(frozen=True, eq=False)
class QNetwork:
    """Q(s, .) as ``trainers.networks.MLP`` computes it, to rounding.

    Attributes:
        layers: weights (in, out) and biases (out,) of each layer in turn, float32 and read-only.
        layer_norm: each hidden layer is normalised before its ReLU.

    Raises:
        RewardError: the layers do not fit together, or hold a number that is not finite.
    """

    layers: tuple[tuple[Weights, Weights], ...]
    layer_norm: bool = False

    def __post_init__(self) -> None:
        layers = tuple((_frozen(weights), _frozen(bias)) for weights, bias in self.layers)
        if not layers:
            raise RewardError("a network needs at least one layer")
        outputs = layers[0][0].shape[0] if layers[0][0].ndim else 0
        for i, (weights, bias) in enumerate(layers):
            if weights.ndim != 2 or weights.shape[0] != outputs or bias.shape != weights.shape[1:]:
                shapes = f"weights {weights.shape} and biases {bias.shape}"
                raise RewardError(f"layer {i} of {shapes} fits no network")
            outputs = bias.size
        object.__setattr__(self, "layers", layers)

    @property
    def n_inputs(self) -> int:
        """Numbers in an observation."""
        return int(self.layers[0][0].shape[0])

    @property
    def n_actions(self) -> int:
        """A."""
        return int(self.layers[-1][1].size)

    def __call__(self, obs: NDArray[np.float32]) -> FloatArray:
        """(B, A) Q-values at obs (B, *O), whose numbers are flattened."""
        x = obs.reshape(len(obs), -1)
        for weights, bias in self.layers[:-1]:
            x = x @ weights + bias
            if self.layer_norm:
                x = x - x.mean(axis=1, keepdims=True)
                x = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + np.float32(_LAYER_NORM_EPSILON))
            x = np.maximum(x, np.float32(0.0))
        weights, bias = self.layers[-1]
        return np.asarray(x @ weights + bias, dtype=np.float64)

    def value(self, obs: NDArray[np.float32], temperature: float) -> FloatArray:
        """(B,) V(s) = tau log sum_a exp(Q(s, a) / tau)."""
        return soft_value(self(obs), temperature)


def network_from_weights(
    flat: ArrayLike, n_inputs: int, hidden: tuple[int, ...], n_actions: int, *, layer_norm: bool
) -> QNetwork:
    """The network of one seed's flat weights (P,): each layer's (in, out), row by row, then its biases.

    Raises:
        RewardError: there are too few or too many of them.
    """
    numbers = np.asarray(flat, dtype=np.float32)
    sizes = (n_inputs, *hidden, n_actions)
    needed = sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))
    if numbers.shape != (needed,):
        raise RewardError(f"a network of layers {sizes} has {needed} weights, these are {numbers.shape}")
    layers, at = [], 0
    for inputs, outputs in pairwise(sizes):
        end = at + inputs * outputs
        layers.append((numbers[at:end].reshape(inputs, outputs), numbers[end : end + outputs]))
        at = end + outputs
    return QNetwork(tuple(layers), layer_norm)


def observations(obs: ArrayLike, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    """Observations (B, *O) as float32.

    Raises:
        RewardError: they are of another shape, or a number is not finite.
    """
    array = np.asarray(obs, dtype=np.float32)
    if array.shape[1:] != shape or array.ndim != len(shape) + 1:
        raise RewardError(f"{name} must have shape (B, {', '.join(map(str, shape))}), got {array.shape}")
    if not math.isfinite(float(np.abs(array).sum(dtype=np.float64))):
        raise RewardError(f"{name} holds a number that is not finite")
    return array


def _frozen(array: ArrayLike) -> Weights:
    copy = np.array(array, dtype=np.float32)
    if not np.isfinite(copy).all():
        raise RewardError("a network's weights must be finite numbers")
    copy.setflags(write=False)
    return copy
