"""What a run measures of a user's environment when it begins: scores and slices are counted by it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from irl_app.runs import RunConfig, RunError
from irl_app.tasks import StateVariable, Task, get_task
from irl_app.tasks.own import measured_random_return, numbered_states
from irl_app.training.split import Split

MOST_NUMBERS = 400
"""In an observation whose numbers are listed."""
CUT = (1.0, 99.0)
"""Percentiles of the demonstrations between which a slice is drawn."""


def measure(task: Task, split: Split, demonstrations: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is not known of a task and can be measured; None of a task that knows."""
    if not task.is_inferred:
        return None
    expert = task.expert_return
    if math.isnan(expert) and demonstrations is not None:
        expert = float(demonstrations["mean_return"])
    random = measured_random_return(task) if math.isnan(task.random_return) else task.random_return
    return {
        "random_return": random,
        "expert_return": None if math.isnan(expert) else expert,
        "continuous": task.is_continuous,
        "ranges": _ranges(task, split),
    }


def task_of(config: RunConfig) -> Task:
    """The task of a run, with what the run has measured of it.

    Raises:
        TaskError: there is no such task here.
        RunError: what was measured is damaged.
    """
    task, found = get_task(config.task), config.measured
    if found is None or not task.is_inferred:
        return task
    try:
        random = float(found["random_return"])
        expert = float("nan" if found["expert_return"] is None else found["expert_return"])
        ranges = [tuple(map(float, row)) for row in found["ranges"] or ()]
        variables = tuple(StateVariable(f"number {i}", *row) for i, row in enumerate(ranges))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError("what the run has measured of its environment is damaged: start it again") from error
    space = task.state_space
    if space is None and len(variables) == task.observation_space.size >= 2:
        space = numbered_states(task.observation_space, variables)
    return replace(task, random_return=random, expert_return=expert, state_space=space)


def _ranges(task: Task, split: Split) -> list[list[float]] | None:
    """Low, high and median of each observed number in demonstrations; None without any to slice."""
    space = task.observation_space
    if not split.train or space.is_image or not 2 <= space.size <= MOST_NUMBERS:
        return None
    seen = np.concatenate([own.obs.reshape(len(own), -1) for own in split.train]).astype(np.float64)
    low, middle, high = np.percentile(seen, (CUT[0], 50.0, CUT[1]), axis=0)
    wide = np.maximum(high - low, 1e-3)
    return np.stack([low - 0.1 * wide, high + 0.1 * wide, middle], axis=1).tolist()
