"""Policies over arrays of numbers, each formula once: Gaussians squashed by tanh, clones, their divergence.

For numpy arrays and torch tensors alike, as `trainers.soft`. Actions are those of `Box.encoded`, from -1 to
1; u = artanh(a) is Gaussian. Densities are of these scaled actions.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from trainers.soft import library

Numbers = TypeVar("Numbers", bound=Any)

LOG_STD = (-5.0, 1.0)
"""Range of log sigma of an actor."""
EDGE = 1e-3
"""How near its range's ends an action is taken to be at most: artanh is infinite there."""
MOST_MEAN = 3.0
"""Of a clone's |mean|: tanh tells no more."""
DISAGREEMENT = 4.0
"""How much the variance among clones counts beside their own."""
MOST_STD = 2.0
"""Of a clone, where clones disagree."""
LEAST_COHERENT = -5.0
"""Coherent reward of one number of an action, at least: far from the clone, far is far."""
_LOG_2PI = math.log(2.0 * math.pi)


def split(outputs: Numbers) -> tuple[Numbers, Numbers]:
    """(..., A) mean and log sigma of u, of an actor's outputs (..., 2 A)."""
    n = outputs.shape[-1] // 2
    low, high = LOG_STD
    return outputs[..., :n], low + 0.5 * (high - low) * (library(outputs).tanh(outputs[..., n:]) + 1.0)


def unsquashed(action: Numbers) -> Numbers:
    """(..., A) u = artanh(a), a taken to be off its range's ends."""
    lib = library(action)
    return lib.arctanh(lib.clip(action, -1.0 + EDGE, 1.0 - EDGE))


def log_density(u: Numbers, mean: Numbers, log_std: Numbers) -> Numbers:
    """(...) log pi(a) of a = tanh(u), u Gaussian (Haarnoja et al. 2018, appendix C), all (..., A)."""
    lib = library(u)
    z = (u - mean) * lib.exp(-log_std)
    normal = -0.5 * (z * z + _LOG_2PI) - log_std
    return (normal - 2.0 * (math.log(2.0) - u - _softplus(-2.0 * u))).sum(-1)


def divergence(mean: Numbers, log_std: Numbers, other_mean: Numbers, other_std: Numbers) -> Numbers:
    """(...) KL(pi || other) of two squashed Gaussians, all (..., A): squashing alike leaves it as it is."""
    lib = library(mean)
    apart = (lib.exp(2.0 * log_std) + (mean - other_mean) ** 2) / (2.0 * other_std**2)
    return (lib.log(other_std) - log_std + apart - 0.5).sum(-1)


def of_clones(means: Numbers, spread: float, axis: int) -> tuple[Numbers, Numbers]:
    """The clone's mean and sigma of u, from the means of several along ``axis``: unsure where they differ."""
    lib = library(means)
    bounded = lib.clip(means, -MOST_MEAN, MOST_MEAN)
    mean = bounded.mean(axis)
    variance = (bounded * bounded).mean(axis) - mean * mean
    std = lib.sqrt(spread**2 + DISAGREEMENT * lib.clip(variance, 0.0, None))
    return mean, lib.clip(std, None, MOST_STD)


def coherent_reward(action: Numbers, clone_mean: Numbers, clone_std: Numbers) -> Numbers:
    """(...) log-likelihood ratio of actions (..., A) under a clone and under chance, per number of an action.

    The reward of coherent imitation (Watson et al. 2023, CSIL), of a Gaussian about the clone's action, not
    less than `LEAST_COHERENT` for any number.
    """
    lib = library(action)
    z = (action - lib.tanh(clone_mean)) / clone_std
    ratio = -0.5 * (z * z + _LOG_2PI) - lib.log(clone_std) + math.log(2.0)
    return lib.clip(ratio, LEAST_COHERENT, None).mean(-1)


def _softplus(x: Numbers) -> Numbers:
    lib = library(x)
    return np.logaddexp(0.0, x) if lib is np else lib.nn.functional.softplus(x)
