"""What a grid run makes of a few fixed layouts, cell by cell, written at every evaluation.

``maps.safetensors`` is replaced in one step and holds of G layouts, K seeds, S cells and A actions ``value``
(G, K, S), ``policy`` and ``reward`` (G, K, S, A).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.envs.grid_images import grid_image
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS
from irl_app.reading import reading
from irl_app.runs import RunError
from irl_app.tasks import Task
from irl_app.training.arrays import REMEDY, read_arrays, write_arrays
from trainers.arrays import FloatArray
from trainers.learner import SoftmaxLearner
from trainers.soft import implied_reward, soft_policy, soft_value, value_after

NAME = "maps.safetensors"
LAYOUTS = (7_000_001, 7_000_002, 7_000_003)
"""What the layouts are drawn from; no episode of training is."""


@dataclass(frozen=True, eq=False)
class CellMaps:
    """What K learners make of every cell of a grid; a leading (G, ...) for several layouts.

    Attributes:
        value: (K, S) V(s), not a number in walls. policy: (K, S, A).
        reward: (K, S, A) r = Q(s, a) - gamma V(s'), not a number in walls and goals.
    """

    value: FloatArray
    policy: FloatArray
    reward: FloatArray


@dataclass(frozen=True, eq=False)
class Maps:
    """update: when they were made. cells: (G, ...) of the layouts of ``layouts_of``, in that order."""

    update: int
    cells: CellMaps


def cell_maps(grid: GridSpec, learner: SoftmaxLearner, *, images: bool = True) -> CellMaps:
    """What learners make of every cell of a grid, which they see as an image or as its number."""
    cells = np.arange(grid.n_states)
    seen = np.stack([grid_image(grid, cell) for cell in cells.tolist()]) if images else cells
    q = learner.action_values(seen)
    v, policy = soft_value(q, learner.temperature), soft_policy(q, learner.temperature)
    walls, goals, targets = grid.walls.ravel(), grid.goals.ravel(), grid.targets[:, : q.shape[-1]]
    terminal_value = np.asarray(learner.terminal_value)[..., None]
    following = value_after(v[..., targets], goals[targets], terminal_value)
    reward = implied_reward(q, following, learner.gamma)
    return CellMaps(np.where(walls, np.nan, v), policy, np.where((walls | goals)[:, None], np.nan, reward))


def layouts_of(task: Task) -> tuple[GridSpec, ...]:
    """The layouts that a grid task's maps are of: one where it never changes; none for another task."""
    preset = PRESETS.get(task.name.removeprefix("gridworld/"))
    if preset is None or not task.is_grid:
        return ()
    seeds = LAYOUTS if preset.redraws else LAYOUTS[:1]
    return tuple(preset.build(None, np.random.default_rng(seed)) for seed in seeds)


def save_maps(run: Path, task: Task, update: int, learner: SoftmaxLearner) -> None:
    """Write what every seed makes of the layouts; nothing for a task without any.

    Raises:
        OSError: they cannot be written.
    """
    made = [vars(cell_maps(grid, learner)) for grid in layouts_of(task)]
    if not made:
        return
    arrays: dict[str, NDArray[Any]] = {
        name: np.stack([own[name] for own in made]).astype(np.float32) for name in made[0]
    }
    arrays["update"] = np.array([update], dtype=np.int64)
    write_arrays(run / NAME, arrays)


def read_maps(run: Path) -> Maps | None:
    """The newest maps; None before there are any.

    Raises:
        RunError: the file is damaged.
    """
    if (arrays := read_arrays(run / NAME)) is None:
        return None
    with reading(run / NAME, RunError, REMEDY):
        update = int(arrays["update"][0])
        value, policy, reward = (arrays[field.name] for field in fields(CellMaps))
        if policy.ndim != 4 or (value.shape, reward.shape) != (policy.shape[:-1], policy.shape):
            raise ValueError("the arrays are of other shapes")
        return Maps(update, CellMaps(*(array.astype(np.float64) for array in (value, policy, reward))))
