"""What trainers are given, checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym

from trainers.deep.config import TrainerConfig
from trainers.spaces import Box, Space
from trainers.transitions import Transitions


def check_arguments(
    config: TrainerConfig,
    observation_space: Space,
    action_space: Space,
    seeds: Sequence[int],
    demonstrations: Sequence[Transitions] | None,
    make_env: Callable[[], gym.Env[Any, Any]] | None,
) -> Box:
    """Check what a trainer is given; its observations' space.

    Raises:
        ValueError: see ``Trainer``.
    """
    if not seeds:
        raise ValueError("there is no seed: give at least one")
    if not isinstance(observation_space, Box):
        raise ValueError(f"networks see arrays of numbers, the task shows {observation_space}")
    config.check_actions(action_space)
    if config.online and make_env is None:
        raise ValueError("learning online needs an environment: give make_env")
    if config.imitates:
        if not demonstrations:
            raise ValueError(f"{config.method} learns from demonstrations: give at least one")
        if len(demonstrations) not in (1, len(seeds)):
            raise ValueError(
                f"give one set of demonstrations or {len(seeds)}, one a seed, got {len(demonstrations)}"
            )
        for own in demonstrations:
            if own.obs_shape != observation_space.shape:
                raise ValueError(
                    f"demonstrations observe shape {own.obs_shape}, the task shape {observation_space.shape}"
                )
            action_space.cast(own.action, "demonstrated actions")
    return observation_space
