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
    return *adam_step(weights, mean, square, gradient, learning_rate, *corrections(steps)), steps


def corrections(steps: Tensor) -> tuple[Tensor, Tensor]:
    """What makes up for moments that began at 0: 1 / (1 - beta1^t) and 1 / sqrt(1 - beta2^t), t >= 1."""
    return 1.0 / (1.0 - BETA1**steps), (1.0 - BETA2**steps).rsqrt()


def adam_step(
    weights: Tensor,
    mean: Tensor,
    square: Tensor,
    gradient: Tensor,
    learning_rate: float | Tensor,
    of_mean: Tensor,
    of_root: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Weights and moments after a step; ``of_mean`` and ``of_root`` are its ``corrections``.

    They come from outside because a compiler that fuses all of this would take two powers for every weight.
    """
    mean = mean.lerp(gradient, 1.0 - BETA1)
    square = square.lerp(gradient * gradient, 1.0 - BETA2)
    spread = square.sqrt() * of_root + EPSILON
    return weights - (learning_rate * of_mean) * (mean / spread), mean, square
