"""What the last policies of a finished run do, greedily; worked out once and kept in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from irl_app.files import write_whole
from irl_app.tasks import ControlTask, RolloutResult, boltzmann_policy, rollout_stacked
from irl_app.training import TrainingError, read_config
from irl_app.training.learned import read_learned, stacked_q
from trainers.mdp import FloatArray

SEED = 1_000_000
"""Of the episodes, which no training sees."""

Figure = Callable[[RolloutResult], float]


def greedy_figures(
    run: Path, task: ControlTask, n_episodes: int, name: str, figure: Figure, *, slow: bool = False
) -> FloatArray:
    """(K,) a figure of the episodes of every seed's last policy, greedy in Q.

    Args:
        run: finished, of multi-layer perceptrons. task: to play, not necessarily the one learned in.
        n_episodes: of each seed, whole. name: of the figure, for its file. figure: one seed's episodes -> it.
        slow: greedy in the target network's Q; its file is another.

    Raises:
        TrainingError: the run has no good checkpoint left, or the kept file is damaged.
    """
    kept = run / f"{'slow-' if slow else ''}{name}-{task.name.replace('/', '-')}-{n_episodes}.json"
    if not kept.is_file():
        found = [figure(own) for own in _play(run, task, n_episodes, slow)]
        write_whole(kept, json.dumps(found, allow_nan=False))
    try:
        return np.array(json.loads(kept.read_bytes()), dtype=np.float64)
    except ValueError as error:
        raise TrainingError(f"{kept} is damaged: delete it and ask again") from error


def _play(run: Path, task: ControlTask, n_episodes: int, slow: bool) -> tuple[RolloutResult, ...]:
    learned = read_learned(run, read_config(run), slow=slow)
    greedy = boltzmann_policy(stacked_q(learned), 0.0)
    return rollout_stacked(task, greedy, len(learned), n_episodes, SEED, keep=True)
