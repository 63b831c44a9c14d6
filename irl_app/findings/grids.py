"""Recoveries in grids: from a run's configuration to rewards, what was found, and a folder with both."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from irl_app.analysis import Metric, ReportCard, judge, summarise
from irl_app.analysis.elsewhere import over_runs
from irl_app.analysis.posterior import judge_without_truth
from irl_app.demonstrations import DemonstrationError, Demonstrations, save_json
from irl_app.envs.grid_map import format_map
from irl_app.envs.tasks import FAMILY, OWN_MAP
from irl_app.envs.tasks import task as make_task
from irl_app.experts import EXPERTS, demonstrate, expert_of, expert_policy
from irl_app.export import html_report, save_reward
from irl_app.files import write_whole
from irl_app.recovery import Recovery, recover
from irl_app.runs import RunConfig, RunFindings, World, create_run, reward_name, write_findings
from trainers.arrays import FloatArray
from trainers.tabular import Certificate, Prior, Progress
from trainers.tabular.config import TabularConfig

Outcome = tuple[Recovery, ReportCard]
"""What one seed recovered, and its report card."""


def recovery_config(
    task: str,
    settings: TabularConfig | None = None,
    *,
    seeds: Sequence[int] = (0,),
    n_demos: int | None = 30,
    world: World | None = None,
) -> RunConfig:
    """The configuration of a recovery from what an expert shows, everything usual spelled out.

    Args:
        task: ``gridworld/PRESET``, or only a name for the world's map.
        settings: how the reward is learned; None for the recommended way.
        seeds: each draws its world and its demonstrations.
        n_demos: number of episodes, at least 1; None for the expert's exact occupancy.
        world: None for the preset as it is usual; without an expert, the usual one acts in it.

    Raises:
        RunError: a value is out of its bounds.
    """
    world = world or World()
    if not world.expert:
        name, value = expert_of(task, own_map=world.map is not None)
        world = replace(world, expert=name, expert_value=value)
    demonstrations = {"source": None, "episodes": "exact" if n_demos is None else n_demos}
    return _config(task, settings or TabularConfig(), seeds, demonstrations, world)


def config_of(
    shown: Demonstrations, source: Path, settings: TabularConfig | None = None, map_text: str | None = None
) -> RunConfig:
    """The configuration of a recovery from demonstrations that exist already, in the world they are from.

    Args:
        shown: what is learned from. source: the file or dataset that holds it.
        settings: how; None for the recommended way.
        map_text: the world, where the demonstrations do not know it or another one is meant.

    Raises:
        DemonstrationError: nobody says what the world is.
    """
    text = map_text or shown.provenance.map
    if not text:
        raise DemonstrationError(
            "these demonstrations do not say which grid they are from: give its map as well"
        )
    demonstrations = {"source": str(source.resolve()), "episodes": shown.n_episodes}
    return _config(shown.provenance.task, settings or TabularConfig(), (0,), demonstrations, World(map=text))


def recover_seed(
    config: RunConfig, seed: int, shown: Demonstrations | None = None, *, progress: Progress | None = None
) -> Outcome:
    """Draw the world, demonstrate, recover the reward, judge it; the same seed gives the same answer.

    Args:
        config: of a recovery. seed: of the world and the demonstrations.
        shown: demonstrations that were brought, where the world has no expert.
        progress: as in `recover`.

    Raises:
        GridError: no such preset, a size out of range, or a map with a mistake.
        ExpertError: no such expert, or its number is out of range.
        DemonstrationError: the number of demonstrations is out of range, or they do not fit the grid.
    """
    world, episodes = config.world or World(), (config.demonstrations or {})["episodes"]
    task = config.task if shown is None else f"{FAMILY}/{OWN_MAP}"
    grid = make_task(task, size=world.size, seed=seed, map_text=world.map)
    source: Demonstrations | FloatArray
    if shown is not None:
        source = shown
    elif episodes == "exact":
        source = expert_policy(world.expert, grid, world.expert_value)
    else:
        source = demonstrate(config.task, grid, world.expert, world.expert_value, episodes, seed)
    recovery = recover(grid, source, _settings(config), progress=progress)
    return recovery, judge(recovery)


def findings_of(config: RunConfig, outcomes: Sequence[Outcome]) -> RunFindings:
    """What the seeds of a recovery found together; level, verdict and warnings are those of the first.

    Demonstrations that were brought may have another reward behind them than the map says: what they explain
    is then judged without it as well.
    """
    cards = [card for _, card in outcomes]
    brought = (config.demonstrations or {}).get("source") is not None
    return RunFindings(
        metrics={name: _metric(metric, cards) for name, metric in summarise(cards).items()},
        solver=_solver([recovery.solution.certificate for recovery, _ in outcomes]),
        level=cards[0].level,
        verdict=cards[0].verdict.as_json(),
        warnings=cards[0].warnings,
        elsewhere=over_runs([card.elsewhere for card in cards]).as_json(),
        without_truth=judge_without_truth(outcomes[0][0]).as_json() if brought else {},
        expert=_expert_in_words(config, outcomes[0][0]),
    )


def keep_recovery(config: RunConfig, outcomes: Sequence[Outcome], folder: Path) -> Path:
    """Write the folder of a recovery that is done, whole or not at all; returns it.

    Raises:
        RunError: there is something at ``folder`` already.
        OSError: it cannot be written; nothing is left behind.
    """

    def fill(draft: Path) -> None:
        for seed, (recovery, card) in zip(config.seeds, outcomes, strict=True):
            save_reward(recovery.true_reward, draft / reward_name("true", seed, config))
            for lens, reward in recovery.rewards.items():
                save_reward(reward, draft / reward_name(lens, seed, config))
            write_whole(draft / f"map-seed-{seed}.txt", format_map(recovery.grid))
            if recovery.demonstrations is not None:
                save_json(recovery.demonstrations, draft / f"demonstrations-seed-{seed}.json")
            html_report(recovery, card, draft / f"report-seed-{seed}.html")
        write_findings(draft, findings_of(config, outcomes))

    return create_run(config, folder=folder, fill=fill)


def _config(
    task: str, settings: TabularConfig, seeds: Sequence[int], demonstrations: dict[str, Any], world: World
) -> RunConfig:
    return RunConfig(task, settings.method, asdict(settings), tuple(seeds), demonstrations, world=world)


def _settings(config: RunConfig) -> TabularConfig:
    prior = config.config.get("prior")
    return TabularConfig(**{**config.config, "prior": None if prior is None else Prior(**prior)})


def _expert_in_words(config: RunConfig, recovery: Recovery) -> str:
    if recovery.demonstrations is not None:
        return recovery.demonstrations.provenance.expert
    world = config.world or World()
    return EXPERTS[world.expert].describe(world.expert_value)


def _metric(metric: Metric, cards: Sequence[ReportCard]) -> dict[str, Any]:
    parts = {"visited": metric.visited, "unvisited": metric.unvisited}
    return {
        "title": metric.title,
        "text": metric.text,
        "sentence": metric.sentence,
        **metric.overall.as_json(),
        "values": [card.value(metric.name) for card in cards],
        **{name: part.as_json() for name, part in parts.items() if part is not None},
    }


def _solver(certificates: Sequence[Certificate]) -> dict[str, Any]:
    """Median time and iterations, largest residual (None if it is not finite), and whether all converged."""
    residual = max(c.residual for c in certificates)
    return {
        "iterations": statistics.median(c.iterations for c in certificates),
        "residual": residual if math.isfinite(residual) else None,
        "milliseconds": statistics.median(c.milliseconds for c in certificates),
        "converged": all(c.converged for c in certificates),
    }
