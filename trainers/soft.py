"""Soft control, each formula once: V, pi, log pi, entropy, the value after the end, and r = Q - gamma V(s').

For numpy arrays and torch tensors alike, and without importing torch: training, evaluation, pictures,
judgement and export all come here.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

Numbers = TypeVar("Numbers", bound=Any)
"""An array of numpy or a tensor of torch; what comes out is of the same kind."""


def soft_value(q: Numbers, temperature: float) -> Numbers:
    """(...) V = tau log sum_a exp(q(., a) / tau) of q (..., A); the maximum at tau = 0."""
    lib = library(q)
    top = lib.amax(q, -1)
    if temperature == 0.0:
        return top
    if lib is not np:  # torch has it in one piece, and its gradient
        return temperature * lib.logsumexp(q / temperature, -1)
    return top + temperature * lib.log(lib.exp((q - top[..., None]) / temperature).sum(-1))


def soft_policy(q: Numbers, temperature: float) -> Numbers:
    """(..., A) pi(a | s) = exp((q - V) / tau) of q (..., A); uniform over the best at tau = 0."""
    lib = library(q)
    below = q - lib.amax(q, -1)[..., None]
    weight = lib.exp(below / temperature) if temperature else lib.ones_like(q) * (below == 0.0)
    return weight / weight.sum(-1)[..., None]


def log_policy(q: Numbers, v: Numbers, temperature: float) -> Numbers:
    """log pi = (Q - V) / tau, tau > 0."""
    return (q - v) / temperature


def entropy(policy: Numbers) -> Numbers:
    """(...) entropy of the distributions (..., A), in nats."""
    lib = library(policy)
    return -(policy * lib.log(lib.where(policy > 0, policy, lib.ones_like(policy)))).sum(-1)


def value_after(next_v: Numbers, terminated: Any, terminal_value: Any) -> Numbers:
    """V of what follows a step: V(s'), or the terminal value where the task's rules ended the episode.

    A time limit is no end: what it cuts off is still worth V(s').
    """
    return library(next_v).where(terminated, terminal_value, next_v)


def implied_reward(q: Numbers, next_v: Numbers, gamma: float) -> Numbers:
    """r = Q(s, a) - gamma V(s'), the inverse soft Bellman operator (Garg et al. 2021, section 4)."""
    return q - gamma * next_v


_ARRAYS = (np.ndarray, np.generic)


def library(numbers: Any) -> ModuleType:
    """numpy or torch: whose the numbers are."""
    return np if isinstance(numbers, _ARRAYS) else sys.modules["torch"]
