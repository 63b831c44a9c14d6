"""Small made rewards over arrays that several tests share."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from irl_app.rewards import (
    NetworkReward,
    Perceptron,
    RewardInfo,
    RewardKind,
    StateNetworkReward,
    TerminalConvention,
)
from irl_app.rewards.random_features import draw_features
from trainers.spaces import Box, Discrete

INFO = RewardInfo(
    "transition", "made", 0.9, 0.5, "zero", Box((2,)), Discrete(2), "iq", provenance={"seed": 3}
)
BATCH = (
    np.array([[0.0, 0.0], [0.5, 0.5], [-0.5, 0.0]], np.float32),
    np.array([0, 1, 1]),
    np.array([[0.1, 0.2], [0.9, 1.1], [-1.0, -0.2]], np.float32),
    np.array([False, True, True]),
)
"""A step that goes on, and two that end their episodes."""


def network(seed: int = 0, sizes: tuple[int, ...] = (2, 5, 2)) -> Perceptron:
    """A random network."""
    rng = np.random.default_rng(seed)
    shapes = pairwise(sizes)
    return Perceptron(tuple((rng.standard_normal(s) * 0.5, rng.standard_normal(s[1]) * 0.1) for s in shapes))


def bellman(terminal: TerminalConvention = "zero", kind: RewardKind = "transition") -> NetworkReward:
    """Q - gamma V of a random network whose learner held the end for worth 3."""
    return NetworkReward(network(), replace(INFO, terminal=terminal, kind=kind), 3.0, -0.2, 0.1)


def state(terminal: TerminalConvention = "zero") -> StateNetworkReward:
    """A random g."""
    g = draw_features(BATCH[0], 8, 0)
    g = replace(g, weights=np.random.default_rng(1).standard_normal(9))
    info = replace(INFO, kind="disentangled", terminal=terminal)
    return StateNetworkReward(g, info, -0.4, 0.4)


def perceived(terminal: TerminalConvention = "zero") -> StateNetworkReward:
    """A random network of the state alone."""
    info = replace(INFO, kind="state", terminal=terminal)
    return StateNetworkReward(network(3, (2, 5, 1)), info, -0.4, 0.4)
