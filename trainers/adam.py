"""Adam (Kingma & Ba 2015), as a pure function of stacked weights."""

from __future__ import annotations

from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def adam(
    weights: Tensor,
    mean: Tensor,
    square: Tensor,
    steps: Tensor,
    gradient: Tensor,
    learning_rate: float | Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights, moments and number of steps after one more step.

    Args:
        weights, gradient: (K, P). mean, square: (K, P) moments of the gradients before, 0 at first.
        steps: () how many there were.
        learning_rate: one for all weights, or (P,).
    """
    steps = steps + 1
    mean = mean.lerp(gradient, 1.0 - BETA1)
    square = square.lerp(gradient * gradient, 1.0 - BETA2)
    spread = (square / (1.0 - BETA2**steps)).sqrt() + EPSILON
    return weights - learning_rate * (mean / (1.0 - BETA1**steps)) / spread, mean, square, steps
