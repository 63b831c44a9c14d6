"""Recoveries in point mazes: from a run's configuration to rewards, what was found, a folder with both."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from irl_app.analysis import written
from irl_app.analysis.intervals import mean_interval
from irl_app.demonstrations import Demonstrations, save_minari
from irl_app.envs import POINT_MAZE_ID
from irl_app.envs.maze_map import MAZES, MazeMap, format_maze, parse_maze
from irl_app.export import save_reward
from irl_app.files import write_whole
from irl_app.mazes import MazeRecovery, PlaceConfig, recover_places
from irl_app.mazes.config import METHOD
from irl_app.mazes.judging import FIGURES, SHARES, Truth, judge_places, verdict_of
from irl_app.mazes.recovery import reward_of
from irl_app.rewards import PlaceReward
from irl_app.runs import RunConfig, RunFindings, World, create_run, reward_name, write_findings
from irl_app.tasks import Task, TaskError, collect_episodes, get_task
from irl_app.tasks.point_maze import EXPERT, FAMILY, NOISE, maze_task

OWN_MAP = f"{FAMILY}-map"
Outcome = tuple[MazeRecovery, Mapping[str, float]]
"""What one seed recovered, and its figures."""


def is_maze(task: str) -> bool:
    """Whether a task is called like one of a point in a maze."""
    return task.startswith(f"{FAMILY}-")


def task_of_maze(name: str, map_text: str | None = None) -> tuple[Task, MazeMap]:
    """The task called so, or that of a map of one's own, and its maze.

    Raises:
        TaskError: there is no such task, or a map goes with another name.
        MazeError: the map has a mistake.
    """
    if (name == OWN_MAP) != (map_text is not None):
        raise TaskError(f"{OWN_MAP} is a maze of your own: give its map with it, and with no other task")
    if map_text is not None:
        maze = parse_maze(map_text)
        task = maze_task(OWN_MAP, format_maze(maze), (-1.0, 0.0), "A maze of your own.", POINT_MAZE_ID)
        return task, maze
    task = get_task(name)
    return task, parse_maze(MAZES[name.removeprefix(f"{FAMILY}-")])


def maze_config(
    task: str,
    settings: PlaceConfig | None = None,
    *,
    seeds: Sequence[int] = (0,),
    n_demos: int = 20,
    map_text: str | None = None,
    source: Path | None = None,
) -> RunConfig:
    """The configuration of a recovery in a maze, everything usual spelled out.

    Args:
        task: ``PointMaze-NAME``, or ``PointMaze-map`` with the map of a maze.
        settings: how; None for the usual way. seeds: each draws its demonstrations.
        n_demos: number of episodes. source: of demonstrations that were brought.

    Raises:
        TaskError, MazeError: as `task_of_maze`.
        RunError: a value is out of its bounds.
    """
    _, maze = task_of_maze(task, map_text)
    expert, noise = ("", 0.0) if source is not None else (EXPERT, NOISE)
    return RunConfig(
        task,
        METHOD,
        asdict(settings or PlaceConfig()),
        tuple(seeds),
        {"source": None if source is None else str(source.resolve()), "episodes": n_demos},
        world=World(map=format_maze(maze), expert=expert, expert_value=noise),
    )


def recover_maze_seed(
    config: RunConfig, seed: int, shown: Demonstrations | None = None
) -> tuple[Outcome, Demonstrations]:
    """Let the expert show the way, recover the reward, judge it; the same seed gives the same answer.

    Args:
        config: of a recovery in a maze. shown: demonstrations that were brought.

    Raises:
        DemonstrationError: they do not fit the maze.
        MazeError: its goal varies.
    """
    own_map = (config.world or World()).map if config.task == OWN_MAP else None
    _, maze = task_of_maze(config.task, own_map)
    if shown is None:
        _, shown = show_the_way(config.task, int((config.demonstrations or {})["episodes"]), seed, own_map)
    recovery = recover_places(maze, shown, PlaceConfig(**config.config), seed=seed)
    return (recovery, judge_places(recovery)), shown


def show_the_way(
    name: str, n_demos: int, seed: int, map_text: str | None = None
) -> tuple[Task, Demonstrations]:
    """The task of a maze, and demonstrations of whoever knows the way through it.

    Raises:
        TaskError, MazeError: as `task_of_maze`, or a number is out of range.
    """
    task, maze = task_of_maze(name, map_text)
    assert task.expert is not None  # every maze has one
    shown = collect_episodes(task, task.expert[1], n_demos, seed, task.expert[0])
    return task, replace(shown, provenance=replace(shown.provenance, map=format_maze(maze)))


def findings_of_mazes(config: RunConfig, outcomes: Sequence[Outcome]) -> RunFindings:
    """What the seeds found together."""
    figures = [own for _, own in outcomes]
    solutions = [recovery.solution for recovery, _ in outcomes]
    verdict, warnings = verdict_of(figures)
    return RunFindings(
        metrics={name: _metric(name, [own[name] for own in figures]) for name in FIGURES},
        solver={
            "iterations": statistics.median(each.iterations for each in solutions),
            "residual": max(each.residual for each in solutions),
            "milliseconds": statistics.median(each.milliseconds for each in solutions),
            "converged": all(each.converged for each in solutions),
        },
        level=verdict.level,
        verdict=verdict.as_json(),
        warnings=warnings,
        expert=(config.world or World()).expert or "brought demonstrations",
    )


def keep_maze_recovery(
    config: RunConfig, outcomes: Sequence[Outcome], shown: Sequence[Demonstrations], folder: Path
) -> Path:
    """Write the folder of a recovery that is done, whole or not at all; returns it.

    Raises:
        RunError: there is something at ``folder`` already.
        OSError: it cannot be written; nothing is left behind.
    """

    own_map = (config.world or World()).map if config.task == OWN_MAP else None
    env_id = task_of_maze(config.task, own_map)[0].env_id

    def fill(draft: Path) -> None:
        for seed, (recovery, _), own in zip(config.seeds, outcomes, shown, strict=True):
            save_reward(recovery.reward, draft / reward_name("state", seed, config))
            save_reward(true_reward(recovery), draft / reward_name("true", seed, config))
            write_whole(draft / f"map-seed-{seed}.txt", format_maze(recovery.maze))
            save_minari(own, f"demonstrations-seed-{seed}-v0", root=draft, env_id=env_id)
        write_findings(draft, findings_of_mazes(config, outcomes))

    return create_run(config, folder=folder, fill=fill)


def true_reward(recovery: MazeRecovery) -> PlaceReward:
    """The maze's own reward at the nodes of a recovery: minus the distance from the goal."""
    lattice = recovery.world.lattice
    info = replace(
        recovery.reward.info, kind="true", title="True reward", temperature=0.0, method="", provenance={}
    )
    true = replace(
        recovery.solution, reward=Truth.of(recovery.maze, lattice.nodes).true, sd=recovery.solution.sd * 0.0
    )
    return reward_of(lattice, true, info)


def _metric(name: str, values: Sequence[float]) -> dict[str, Any]:
    bounds = (0.0, 1.0) if name in SHARES else (-1.0, 1.0)
    if name in ("mean_return", "log_likelihood"):
        bounds = (float("-inf"), float("inf"))
    figure, words = mean_interval(values, *bounds), FIGURES[name]
    assert figure.value is not None  # there is a seed
    text = written(figure.value, "share" if name in SHARES else "correlation")
    return {
        "title": words.title,
        "text": text,
        "sentence": words.sentence.format(text),
        **figure.as_json(),
        "values": list(values),
    }
