"""``offline-robustness``: what keeps offline IQ-Learn from blowing up on few demonstrations of CartPole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irl_app.reproduce.figure_2 import GOAL
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import NEVER, finished_runs, last_returns
from irl_app.runs import RunConfig
from irl_app.training import read_metrics
from irl_app.training.request import request

TASK = "CartPole-v1"
SOLVED, LOST = GOAL[TASK], 100.0
TRAJECTORIES = (1, 5)
SEEDS = tuple(range(20))
ALONE = {"committee": 1}
FROZEN = {"gradient": "semi"}
HIDDEN = {"hidden": (64, 64), "learning_rate": 1e-3, "alpha": 5.0}
"""Which suit hidden layers best."""
CANDIDATES: dict[str, Mapping[str, Any]] = {
    "as usual: a committee of 64 linear Q, whole objective, penalty on the expert's pairs": {},
    "committee of 64, frozen target": FROZEN,
    "committee of 16": {"committee": 16},
    "committee of 64, alpha 5": {"alpha": 5.0},
    "committee of 64 that have learned next to nothing": {"updates": 1},
    "one linear Q": ALONE,
    "one linear Q, alpha 5": {**ALONE, "alpha": 5.0},
    "one linear Q, frozen target": {**ALONE, **FROZEN},
    "one linear Q, frozen target, not bounded": {**ALONE, **FROZEN, "value_clip": None},
    "one linear Q, penalty on every action too": {**ALONE, "penalty": "all-actions"},
    "64, 64 hidden units": HIDDEN,
    "64, 64 hidden units, frozen target": {**HIDDEN, **FROZEN},
    "64, 64 hidden units, frozen target, not bounded": {**HIDDEN, **FROZEN, "value_clip": None},
    "64, 64 hidden units, penalty on every action too": {**HIDDEN, "penalty": "all-actions"},
    "64, 64 hidden units, layers normalised": {**HIDDEN, "layer_norm": True},
    "64, 64 hidden units, temperature 0.01, alpha 0.5": {**HIDDEN, "temperature": 0.01, "alpha": 0.5},
    "256 hidden units": {**HIDDEN, "hidden": (256,)},
    "behavioural cloning, one linear map": {"method": "bc"},
    "behavioural cloning, committee of 64 such": {"method": "bc", "committee": 64},
}
"""In words -> the settings that differ from what is usual, and the method if it is another."""

Arm = tuple[str, int]


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """(candidate, trajectories) -> its run, all seeds side by side."""
    numbers = TRAJECTORIES[:1] if quick else TRAJECTORIES
    return {(words, n): _config(settings, n) for words, settings in CANDIDATES.items() for n in numbers}


def _config(settings: Mapping[str, Any], n: int) -> RunConfig:
    own = {"evaluate_every": NEVER, "episodes": 20, **settings}
    return request(TASK, own.pop("method", "iq"), seeds=SEEDS, episodes=n, settings=own)


def offline_robustness(options: Options) -> Report:
    """Train what is missing, and tabulate last returns and the size of Q."""
    asks = arms(options.quick)
    numbered = list(CANDIDATES)
    runs = finished_runs(asks, lambda arm: f"candidate-{numbered.index(arm[0])}-{arm[1]}", options)
    numbers = tuple(dict.fromkeys(n for _, n in asks))
    rows, values = [], []
    for words in CANDIDATES:
        cells: list[str] = []
        for n in numbers:
            run = runs[words, n]
            returns, sizes = last_returns(run), read_metrics(run).values["q_abs_max"]
            largest = float(np.nanmax(sizes))
            solved, lost = int((returns >= SOLVED).sum()), int((returns < LOST).sum())
            mean = spread(returns.tolist())
            cells += [short(mean, 0), f"{solved}", f"{lost}", f"{largest:,.0f}"]
            figures = {"solved": solved, "lost": lost, "largest_q": largest, "returns": returns.tolist()}
            metrics = {"return": mean.as_json(), **figures}
            values.append({"candidate": words, "n_demos": n, "metrics": metrics})
        rows.append((words, *cells))
    heads = (f"return, n = {n}|solved|lost|largest size of Q".split("|") for n in numbers)
    columns = ("candidate", *(head for group in heads for head in group))
    notes = (
        f"{len(SEEDS)} seeds, n trajectories each of which every 20th step is kept; mean true return. "
        f"Solved: at least {SOLVED:.0f} of 500. Lost: less than {LOST:.0f}. Unless the "
        "row says otherwise IQ-Learn has its whole objective, alpha is 0.5 and the learning rate 0.03, with "
        "hidden layers 5 and 0.001.",
    )
    section = Section("Offline imitation of CartPole", columns, tuple(rows))
    return Report((section,), notes, {"name": "offline-robustness", "seeds": list(SEEDS), "rows": values})


OFFLINE_ROBUSTNESS = Reproduction(
    "offline-robustness",
    f"what keeps offline IQ-Learn together on 1 and 5 trajectories of CartPole: "
    f"{len(CANDIDATES)} candidates, 20 seeds",
    "1 trajectory only",
    offline_robustness,
)
