"""Networks that learn in a maze: what is trained, and how its reward is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from irl_app.envs.maze_map import MazeMap
from irl_app.findings import judge_run
from irl_app.mazes.network_reward import MazeNetworkReward
from irl_app.reproduce.report import Options
from irl_app.reproduce.run_cache import UNWATCHED, finished_runs
from irl_app.reproduce.table_3 import PLAIN
from irl_app.rewards import NetworkReward
from irl_app.tasks import Policy
from irl_app.training.request import request
from trainers.learner import policy_of

RUNS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "iq-paper": ("iq", PLAIN),
    "iq": ("iq", {}),
    "iq-states": ("iq", {"online": True, "actions_from": "policy"}),
    "airl": ("airl", {}),
}
"""Run -> its method, and what differs from the task's usual settings."""
ROWS: Mapping[str, tuple[str, Literal["transition", "state"]]] = {
    "IQ-Learn as the paper has it, raw": ("iq-paper", "transition"),
    "IQ-Learn, centred on the clone, raw": ("iq", "transition"),
    "the same, state-only part": ("iq", "state"),
    "IQ-Learn, states alone, raw": ("iq-states", "transition"),
    "AIRL, g(s)": ("airl", "state"),
}
"""Row of a table -> its run, and the view of its reward."""
UPDATES = 8_000
QUICK: Mapping[str, Any] = {"updates": 50, "warmup": 50, "compile": False}
QUICK_RUNS = ("airl",)
CACHE = "point-maze"
"""Folder of the runs, which all tables of the maze share."""


@dataclass(frozen=True, eq=False)
class Formulation:
    """What one seed learned.

    Attributes:
        policy: what its learner does. reward: as it is read.
    """

    policy: Policy
    reward: MazeNetworkReward


def formulations(
    maze: MazeMap, task: str, n_demos: int, seeds: range, options: Options
) -> dict[str, tuple[Formulation, ...]]:
    """Every row's formulation of every seed; trained, all seeds side by side, where the cache has none.

    The quick form has those of a few runs alone.

    Args:
        maze: of the task. n_demos: that each seed learns from.

    Raises:
        RunError, OSError: as `finished_runs`.
    """
    asked = {**UNWATCHED, **(QUICK if options.quick else {"updates": UPDATES})}
    asks = {
        name: request(task, method, seeds=seeds, episodes=n_demos, settings={**asked, **own})
        for name, (method, own) in RUNS.items()
        if not options.quick or name in QUICK_RUNS
    }
    runs = finished_runs(asks, str, replace(options, cache=options.cache.parent / CACHE))
    rewards = {
        name: judge_run(run, trained_on=False, adversarial=False).rewards for name, run in runs.items()
    }
    found: dict[str, tuple[Formulation, ...]] = {}
    for row, (name, lens) in ROWS.items():
        if name not in rewards:
            continue
        each = []
        for views in rewards[name]:
            raw = views["transition"]
            assert isinstance(raw, NetworkReward)
            each.append(Formulation(policy_of(raw.learner), MazeNetworkReward(maze, views[lens])))
        found[row] = tuple(each)
    return found
