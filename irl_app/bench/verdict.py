"""How far the verdict can be trusted: recoveries judged twice, by the verdict and by worlds it never saw.

Half of them are in presets, half on seeded random maps with lava and several goals: presets alone measure
whether it is the cliff. What a reward is worth elsewhere is its mean regret in other changed worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np

from irl_app.analysis.changed_worlds import KINDS, changed_worlds
from irl_app.analysis.elsewhere import Elsewhere, judge_elsewhere, solve_worlds
from irl_app.analysis.free_directions import carried
from irl_app.analysis.posterior import WithoutTruth, explanations
from irl_app.analysis.report import ReportCard, judge
from irl_app.bench.verdict_worlds import BenchWorld, bench_worlds
from irl_app.demonstrations import collect
from irl_app.envs.presets import make_preset
from irl_app.recovery import recover
from trainers.tabular.config import MethodName, TabularConfig
from trainers.tabular.planning import expected_reward, optimal

METHODS: tuple[MethodName, ...] = ("ml", "iq", "iq-state", "mce", "sqil", "bc")
SHOWN: tuple[int | None, ...] = (1, 3, 10, 30, None)
"""Demonstrations; None is the expert's exact occupancy."""
LEAST = 300
"""Recoveries, however few seeds there are."""
JUDGE_SEED, JUDGE_WORLDS, MIXED_WORLDS = 777, 48, 8
"""The judge's worlds: other draws than the verdict's, and some where everything changes at once."""

SPEED: Mapping[int, float] = {10: 0.15, 30: 1.2}
"""Cells a side -> seconds of processor time that all changed worlds of such a grid may take."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Case:
    """One recovery, judged by the verdict and by worlds that it did not use.

    Attributes:
        world: where. method: by name. n_demos: that were shown; None for the exact occupancy.
        card: the verdict's.
        blind: judged without the truth, by rewards that explain the demonstrations as well.
        judge: in worlds of the same kinds that the verdict did not use.
        mixed: in worlds where everything changed at once.
    """

    world: BenchWorld
    method: MethodName
    n_demos: int | None
    card: ReportCard
    blind: WithoutTruth
    judge: Elsewhere
    mixed: Elsewhere


def judged_cases(seeds: Sequence[int], progress: Progress | None = None) -> list[Case]:
    """Recover and judge in every preset and in as many random maps, for every seed.

    All methods learn from the same demonstrations; how many are shown goes round from world to world.

    Args:
        seeds: of worlds and demonstrations.
        progress: told (recoveries done, in all, which world is under way).
    """
    worlds = [world for seed in seeds for world in bench_worlds(seed)]
    turns = -(-LEAST // (len(worlds) * len(METHODS)))
    cases: list[Case] = []
    for place, world in enumerate(worlds):
        for turn in range(turns):
            if progress:
                total = turns * len(worlds) * len(METHODS)
                progress(len(cases), total, f"{world.name}, seed {world.seed}")
            n_demos = SHOWN[(place + world.seed + 2 * turn) % len(SHOWN)]
            cases += _cases_of(world, n_demos)
    return cases


def seconds_elsewhere(side: int, repeats: int = 3) -> float:
    """Processor time, the least of some, of all that changed worlds take in preset ``goal``: making them,
    solving them under the truth, planning in them with a reward that is not the true one.

    Args:
        side: cells a side. repeats: how often it is timed.
    """
    grid, found = make_preset("goal", side, seed=0), []
    mdp, state = grid.mdp(), grid.state_reward() + np.random.default_rng(0).normal(size=grid.n_states)
    for _ in range(repeats):
        start = process_time()
        worlds = solve_worlds(changed_worlds(grid), grid.gamma)
        judge_elsewhere(worlds, state, optimal(mdp, expected_reward(mdp, state)).v)
        found.append(process_time() - start)
    return min(found)


def _cases_of(world: BenchWorld, n_demos: int | None) -> list[Case]:
    """All methods on the same demonstrations of a world."""
    grid = world.grid
    shown = world.policy if n_demos is None else collect(grid, world.policy, n_demos, world.seed, "expert")
    found = {method: recover(grid, shown, TabularConfig(method=method)) for method in METHODS}
    others = explanations(found["ml"], found["iq"])
    judges = [
        solve_worlds(changed_worlds(grid, JUDGE_SEED, JUDGE_WORLDS, KINDS), grid.gamma),
        solve_worlds(changed_worlds(grid, JUDGE_SEED, MIXED_WORLDS, ("mix",)), grid.gamma),
    ]
    return [
        Case(
            world,
            method,
            n_demos,
            judge(recovery),
            others.judge(carried(recovery)),
            *(judge_elsewhere(parts, carried(recovery)) for parts in judges),
        )
        for method, recovery in found.items()
    ]
