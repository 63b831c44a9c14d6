"""What the networks of a finished grid run do in grids they have not seen: their games, and all Q-values of
some layouts; worked out once and kept in the run's folder."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from irl_app.envs.grid_images import PLAYER, grid_image
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.runs import RunError, read_config
from irl_app.tasks import RolloutResult, Task, directness, get_task, rollout, rollout_stacked
from irl_app.training.arrays import read_arrays, write_arrays
from trainers.arrays import FloatArray, IntArray
from trainers.learner import SoftmaxLearner

SEED = 9_000_011
"""Of the games, which no training and no demonstration sees."""
LAYOUTS = tuple(range(8_000_001, 8_000_011))
"""What the layouts are drawn from."""
GOALS = {
    "bottom right": (1.0, 1.0),
    "top left": (0.0, 0.0),
    "bottom left": (1.0, 0.0),
    "top right": (0.0, 1.0),
    "middle": (0.5, 0.5),
}
"""Places of the goal in an open grid: shares of the way down and to the right."""


@dataclass(frozen=True, eq=False)
class Play:
    """K networks of one run.

    Attributes:
        ratio, manhattan, success: (K,) of their games, see ``tasks.directness``.
        visits: (K, S) moves begun in each cell in these games. expert_visits: (S,) of the task's expert.
        q: (G, K, S, A) in the grids of ``layouts``.
        q_open: (P, K, S, A) in those of ``open_grids``.
    """

    ratio: FloatArray
    manhattan: FloatArray
    success: FloatArray
    visits: IntArray
    expert_visits: IntArray
    q: FloatArray
    q_open: FloatArray


def layouts(task: Task) -> tuple[GridSpec, ...]:
    """Layouts of a grid task that were not learned from; its only one where it never changes."""
    preset = PRESETS[task.name.removeprefix("gridworld/")]
    seeds = LAYOUTS if preset.redraws else LAYOUTS[:1]
    return tuple(make_preset(preset.name, seed=seed) for seed in seeds)


def open_grids(task: Task) -> dict[str, GridSpec]:
    """Grids of a task's size without walls, by where their goal is."""
    grid = layouts(task)[0]
    found = {}
    for name, (down, right) in GOALS.items():
        goals = np.zeros_like(grid.goals)
        goals[int(down * (grid.height - 1)), int(right * (grid.width - 1))] = True
        rewards = np.where(goals, np.nanmax(grid.rewards), np.nan)
        found[name] = grid.replace(walls=np.zeros_like(grid.walls), goals=goals, rewards=rewards)
    return found


def play(run: Path, n_episodes: int) -> Play:
    """What the last networks of a finished run do, by their own policies; kept from then on.

    Raises:
        RunError: the run has no good checkpoint.
        OSError: it cannot be kept.
    """
    kept = run / f"grid-play-{n_episodes}.safetensors"
    if (found := _read(kept)) is not None:
        return found
    config = read_config(run)
    task, learner = get_task(config.task), _learner(run)
    played = rollout_stacked(task, learner.act, len(config.seeds), n_episodes, SEED, keep=True)
    assert task.expert is not None  # every grid has one
    expert = rollout(task, task.expert[1], n_episodes, SEED + 1, keep=True)
    direct = [directness(own) for own in played]
    found = Play(
        ratio=np.array([own.ratio for own in direct]),
        manhattan=np.array([own.manhattan_ratio for own in direct]),
        success=np.array([own.success_rate for own in direct]),
        visits=np.stack([_visits(own) for own in played]),
        expert_visits=_visits(expert),
        q=np.stack([_table(learner, grid) for grid in layouts(task)]),
        q_open=np.stack([_table(learner, grid) for grid in open_grids(task).values()]),
    )
    write_arrays(kept, vars(found))
    return found


def _read(path: Path) -> Play | None:
    """What was kept; None if there is none or it is damaged: it is worked out anew."""
    try:
        arrays = read_arrays(path) or {}
        return Play(**{field.name: arrays[field.name] for field in fields(Play)})
    except (RunError, KeyError):
        return None


def _learner(run: Path) -> SoftmaxLearner:
    from irl_app.training.build import build  # these load torch, which nothing else here needs
    from irl_app.training.checkpoints import last_good_checkpoint

    trainer = build(run, read_config(run)).trainer
    checkpoint, refused = last_good_checkpoint(run)
    if checkpoint is None:
        raise RunError(f"{run} has no good checkpoint, delete it and ask again: {'; '.join(refused)}")
    trainer.load_state_dict(checkpoint.tensors, checkpoint.state)
    learner = trainer.learner
    assert isinstance(learner, SoftmaxLearner)  # of grids
    return learner


def _table(learner: SoftmaxLearner, grid: GridSpec) -> FloatArray:
    """(K, S, A) of every cell of a grid."""
    images = np.stack([grid_image(grid, cell) for cell in range(grid.n_states)])
    return learner.action_values(images)


def _visits(result: RolloutResult) -> IntArray:
    """(S,) moves begun in each cell."""
    seen = np.concatenate([episode.observations[:-1, PLAYER] for episode in result.episodes or ()])
    return np.asarray(seen.reshape(len(seen), -1).sum(0), dtype=np.int64)
