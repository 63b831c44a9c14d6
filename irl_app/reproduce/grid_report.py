"""``grid-report``: DQN on the true reward beside IQ-Learn from demonstrations, in three kinds of grid.

After Aubuchon and Ho, "Implementing Inverse Q-Learning" (2023), whose figures are named in the tables.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from irl_app.reproduce.grid_judging import judge_tables, moves_agreeing
from irl_app.reproduce.grid_pictures import write_pictures
from irl_app.reproduce.grid_play import layouts, open_grids, play
from irl_app.reproduce.grid_tables import METHODS, Arm, Found, rows_of, sections
from irl_app.reproduce.report import Options, Report, Reproduction
from irl_app.reproduce.run_cache import finished_runs
from irl_app.runs import RunConfig
from irl_app.tasks import get_task
from irl_app.training import read_metrics
from irl_app.training.request import learner_config, request

GRIDS = {"static-walls": 300, "random-walls": 450, "random-goal": 450}
"""Kind of grid -> demonstrated games of each seed of IQ-Learn, as in the paper."""
SEEDS = tuple(range(5))
GAMES = 1_000
BLOCK = 24
"""Games of a testing block, as in the paper."""
BLOCK_EVERY = {"iq": 100, "dqn": 250}
"""Updates between two testing blocks."""
QUICK_UPDATES, QUICK_GAMES = 500, 100


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """(method, kind of grid) -> its run, five seeds side by side."""
    kinds = ("random-walls",) if quick else tuple(GRIDS)
    methods = ("iq",) if quick else tuple(METHODS)
    return {(method, kind): _config(method, kind, quick) for kind in kinds for method in methods}


def _config(method: str, kind: str, quick: bool) -> RunConfig:
    settings = {"evaluate_every": BLOCK_EVERY[method], "episodes": BLOCK, "log_every": 50}
    if quick:
        settings["updates"] = QUICK_UPDATES
    return request(f"gridworld/{kind}", method, seeds=SEEDS, episodes=GRIDS[kind], settings=settings)


def grid_report(options: Options) -> Report:
    """Train what is missing, let it play, judge it, tabulate and draw."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: f"{arm[1]}-{arm[0]}", options)
    games = QUICK_GAMES if options.quick else GAMES
    found: dict[Arm, Found] = {}
    for done, (arm, config) in enumerate(asks.items()):
        options.progress(done, len(asks), f"judging {METHODS[arm[0]]} in {arm[1]}")
        found[arm] = _judged(runs[arm], config, games)
    pictures = options.cache / "grid-report.html"
    write_pictures(pictures, found)
    values = {"name": "grid-report", "seeds": list(SEEDS), "games": games, "rows": rows_of(found)}
    return Report(sections(found, games, BLOCK), _notes(games, pictures), values)


def _judged(run: Path, config: RunConfig, games: int) -> Found:
    task, played = get_task(config.task), play(run, games)
    temperature = learner_config(config.config).policy_temperature
    open_moves = {
        name: np.array([moves_agreeing(grid, table) for table in own])
        for (name, grid), own in zip(open_grids(task).items(), played.q_open, strict=True)
    }
    judged = judge_tables(layouts(task), played.q, temperature)
    return Found(read_metrics(run), played, judged, temperature, open_moves)


def _notes(games: int, pictures: Path) -> tuple[str, ...]:
    return (
        f"Mean over {len(SEEDS)} seeds; every seed plays by its own policy, DQN "
        "greedily, IQ-Learn sampled at its temperature. A game that fails counts its 100 moves. IQ-Learn has "
        f"{', '.join(f'{n} games in {kind}' for kind, n in GRIDS.items())} of an expert who takes shortest "
        "paths, ties at random, and never an environment; DQN has the true reward.",
        "The paper's networks were perceptrons; both methods here have value-iteration networks. Its figures "
        "are read off its pictures. It divides by the Manhattan distance, which no path round walls attains.",
        "A loss or ratio arrives at the update from which it stays near its end: within a tenth of its range "
        "or its own fluctuation. "
        "r: Pearson correlation with the true reward; raw r(s, a) = Q - gamma V is shaped by V, so de-shaped "
        "and state-only figures are the ones to judge by. Regret: 0 optimal, 1 random, of planning on it.",
        f"Maps of values, policies, rewards and visits, and the curves: {pictures}",
    )


GRID_REPORT = Reproduction(
    "grid-report",
    "three kinds of grid, DQN on the true reward beside IQ-Learn: games, values, moves, rewards; five seeds",
    "IQ-Learn in random walls, 500 updates",
    grid_report,
)
