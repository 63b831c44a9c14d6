"""``table-3``: robots from one demonstration (Garg et al. 2021, table 3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.demonstrations import load_minari
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import NEVER, finished_runs, last_returns
from irl_app.runs import RunConfig
from irl_app.tasks import get_task
from irl_app.tasks.mujoco import ROBOTS
from irl_app.training import read_metrics
from irl_app.training.request import learner_config, request, title_of
from irl_app.training.split import shipped_dataset

PLAIN: Mapping[str, Any] = {
    "reference": "uniform",
    "centre": "zero",
    "actor_start": "random",
    "gradient": "full",
    "value_term": "mixture",
    "alpha": 0.5,
    "temperature": 0.01,
    "actor_rate": 3e-5,
    "anneal": False,
    "actor_delay": 0,
}
"""IQ-Learn as the paper has it: its whole objective, entropy, nothing of a clone."""
ROWS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "iq-paper": ("iq", PLAIN),
    "iq": ("iq", {}),
    "csil": ("csil", {}),
    "ls-iq": ("ls-iq", {}),
    "dac": ("dac", {}),
    "sqil": ("sqil", {}),
    "bc": ("bc", {}),
}
"""Row -> its method, and what differs from the usual settings."""
PAPER = {
    "Hopper-v5": (3252.5, 3305.1, 3312.1, 3546.4, 3532.7),
    "HalfCheetah-v5": (3080.0, 4080.6, 3835.6, 5076.6, 5098.3),
    "Walker2d-v5": (4013.7, 4107.9, 3842.6, 5134.0, 5274.5),
    "Ant-v5": (2299.1, 1437.5, 1806.3, 4362.9, 4700.0),
    "Humanoid-v5": (232.6, 380.5, 644.5, 5227.1, 5312.8),
}
"""GAIL, DAC, ValueDICE, IQ-Learn and the expert, in version 2 of the environments."""
PAPER_COLUMNS = ("GAIL", "DAC", "ValueDICE", "IQ-Learn", "expert")
SEEDS = (0, 1, 2)
EPISODES = 10

Arm = tuple[str, str, int]
"""Task, row, seed."""


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """Every run: one seed each, for such networks fill a core."""
    tasks = [task.name for task in ROBOTS if shipped_dataset(task) is not None]
    rows = ("iq", "bc") if quick else tuple(ROWS)
    return {
        (task, row, seed): _config(task, row, seed)
        for task in tasks[: 1 if quick else None]
        for row in rows
        for seed in SEEDS[: 1 if quick else None]
    }


def _config(task: str, row: str, seed: int) -> RunConfig:
    method, changes = ROWS[row]
    settings = {"episodes": EPISODES, "evaluate_every": NEVER, "log_every": 500, "kept": 1, **changes}
    return request(task, method, seeds=(seed,), settings=settings)


def table_3(options: Options) -> Report:
    """Train what is missing, and tabulate the returns of the last policies."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: "-".join(map(str, arm)).lower(), options)
    tasks = tuple(dict.fromkeys(task for task, _, _ in asks))
    titles = {row: title_of(learner_config(asks[task, row, seed].config)) for task, row, seed in asks}
    values = [_values(task, row, titles[row], runs, asks) for task in tasks for row in titles]
    sections = (*(_section(task, values) for task in tasks), _published(tasks))
    missing = [task.name for task in ROBOTS if task.name not in tasks]
    notes = (
        f"Return of the last policy, mean of {EPISODES} episodes on seeds of their own, over that of the "
        "expert whose demonstrations are learned from over seeds, and the worst "
        "seed. Each seed learns from one demonstration, all methods with the same networks, and, those that "
        "act, as many steps. Seconds: of one training, evaluations included.",
        *((f"No expert of {', '.join(missing)} is shipped: they have no row.",) if missing else ()),
    )
    return Report(sections, notes, {"name": "table-3", "seeds": list(SEEDS), "rows": values})


def _values(
    task: str, row: str, title: str, runs: Mapping[Arm, Path], asks: Mapping[Arm, RunConfig]
) -> dict[str, Any]:
    own = [runs[arm] for arm in asks if arm[:2] == (task, row)]
    returns = np.array([float(last_returns(run)[0]) for run in own])
    expert = expert_return(task)
    return {
        "task": task,
        "method": title,
        "expert": expert,
        "returns": returns.tolist(),
        "share": spread((returns / expert).tolist()).as_json(),
        "worst": float(returns.min() / expert),
        "seconds": float(np.mean([read_metrics(run).seconds[-1] for run in own])),
        "env_steps": int(read_metrics(own[0]).env_steps[-1]),
    }


def expert_return(task: str) -> float:
    """Mean return of the shipped demonstrations."""
    folder = shipped_dataset(get_task(task))
    assert folder is not None  # or the task has no row
    return float(np.mean([episode.rewards.sum() for episode in load_minari(folder).episodes]))


def _section(task: str, values: list[dict[str, Any]]) -> Section:
    rows = tuple(
        (
            each["method"],
            f"{np.mean(each['returns']):.0f}",
            short(spread([value / each["expert"] for value in each["returns"]])),
            f"{each['worst']:.2f}",
            f"{each['env_steps']:,}",
            f"{each['seconds']:.0f}",
        )
        for each in values
        if each["task"] == task
    )
    expert = next(each["expert"] for each in values if each["task"] == task)
    columns = ("method", "return", "of the expert", "worst seed", "steps", "seconds")
    return Section(f"{get_task(task).title}, expert {expert:.0f}", columns, rows)


def _published(tasks: tuple[str, ...]) -> Section:
    rows = tuple((get_task(task).title, *(f"{value:.0f}" for value in PAPER[task])) for task in tasks)
    return Section("The paper's returns", ("task", *PAPER_COLUMNS), rows)


TABLE_3 = Reproduction(
    "table-3",
    "robots from one demonstration: IQ-Learn, plain and centred on a clone, CSIL, LS-IQ, DAC, SQIL, cloning; "
    "three seeds; hours",
    "Hopper only, IQ-Learn centred on a clone and cloning, one seed",
    table_3,
)
