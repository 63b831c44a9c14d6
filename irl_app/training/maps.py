"""What a grid run thinks of a few fixed layouts: all of its Q-values there, written at every evaluation.

``maps.safetensors`` is replaced in one step and holds ``q`` (G, K, S, A): layouts, seeds, cells, actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from irl_app.envs.grid_images import grid_image
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS
from irl_app.files import write_whole
from irl_app.tasks import ControlTask
from irl_app.training.arrays import DamagedError, read_arrays
from irl_app.training.learner import Learner
from trainers.control import soft_policy, soft_value
from trainers.mdp import FloatArray

NAME = "maps.safetensors"
LAYOUTS = (7_000_001, 7_000_002, 7_000_003)
"""What the layouts are drawn from; no episode of training is."""


@dataclass(frozen=True, eq=False)
class Maps:
    """update: when they were made. q: (G, K, S, A) of the layouts of ``layouts_of``, in that order."""

    update: int
    q: NDArray[np.float32]


def layouts_of(task: ControlTask) -> tuple[GridSpec, ...]:
    """The layouts that a grid task's maps are of: one where it never changes; none for another task."""
    preset = PRESETS.get(task.name.removeprefix("gridworld/"))
    if preset is None or not task.is_grid:
        return ()
    seeds = LAYOUTS if preset.redraws else LAYOUTS[:1]
    return tuple(preset.build(None, np.random.default_rng(seed)) for seed in seeds)


def save_maps(run: Path, task: ControlTask, learner: Learner) -> None:
    """Write the Q-values of every seed in every cell of the layouts; nothing for a task without any.

    Raises:
        OSError: they cannot be written.
    """
    layouts = layouts_of(task)
    if not layouts:
        return
    q = np.stack([_q_of(learner, grid) for grid in layouts]).astype(np.float32)
    arrays: dict[str, NDArray[Any]] = {
        "q": np.ascontiguousarray(q),
        "update": np.array([learner.update], dtype=np.int64),
    }
    write_whole(run / NAME, save(arrays))


def read_maps(run: Path) -> Maps | None:
    """The newest maps; None before there are any.

    Raises:
        TrainingError: the file is damaged.
    """
    if (arrays := read_arrays(run / NAME)) is None:
        return None
    try:
        update, q = int(arrays["update"][0]), arrays["q"]
    except (KeyError, IndexError) as error:
        raise DamagedError(run / NAME) from error
    if q.ndim != 4 or q.dtype != np.float32:
        raise DamagedError(run / NAME)
    return Maps(update, q)


def values_of(grid: GridSpec, q: NDArray[Any], temperature: float) -> tuple[FloatArray, FloatArray]:
    """V(s) (S,), not a number in walls, and pi(a | s) (S, A), of q (S, A); the maximum at temperature 0."""
    wide = q.astype(float)
    v = np.where(grid.walls.ravel(), np.nan, soft_value(wide, temperature))
    return v, soft_policy(wide, temperature)


def rewards_of(grid: GridSpec, q: NDArray[Any], gamma: float, temperature: float) -> FloatArray:
    """r(s, a) (S, A) = Q(s, a) - gamma V(s'), V = 0 after the goal; not a number in walls and goals."""
    v, _ = values_of(grid, q, temperature)
    ended = grid.goals.ravel()
    after = np.where(ended, 0.0, v)[grid.targets[:, : q.shape[1]]]
    unused = grid.walls.ravel() | ended
    return np.where(unused[:, None], np.nan, q - gamma * after)


def _q_of(learner: Learner, grid: GridSpec) -> NDArray[np.float32]:
    cells = range(grid.height * grid.width)
    return np.asarray(learner.q_values(np.stack([grid_image(grid, cell) for cell in cells])))
