"""``figure-2``: offline imitation from 1 to 15 subsampled trajectories (Garg et al. 2021, figure 2).

IQ-Learn stands here twice, by its whole objective and by the frozen target's, each as one network; committees
of networks, which are methods of their own, have rows of their own. The last columns have another expert.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.demonstrations import save_minari
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import NEVER, finished_runs, last_returns
from irl_app.runs import RunConfig
from irl_app.tasks import TASKS, get_task
from irl_app.training.request import learner_config, request, title_of
from irl_app.training.trained_expert import expert_demonstrations

TASK_NAMES = ("CartPole-v1", "Acrobot-v1", "LunarLander-v3")
ALONE = {"committee": 1}
METHODS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "iq": ("iq", ALONE),
    "iq-frozen": ("iq", {**ALONE, "gradient": "semi"}),
    "bc": ("bc", {}),
    "sqil": ("sqil", {}),
}
"""Row -> its method, and what differs from the usual settings."""
COMMITTEES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "iq-committee": ("iq", {}),
    "bc-committee": ("bc", {"committee": 64}),
}
"""The same where a committee of linear networks is usual: on CartPole."""
TRAJECTORIES = (1, 3, 7, 10, 15)
SEEDS = tuple(range(10))
GOAL = {"CartPole-v1": 475.0, "Acrobot-v1": -100.0, "LunarLander-v3": 200.0}
"""The return from which a run counts as solved: the registered thresholds of Gymnasium."""
PAPER = {
    "CartPole-v1": "IQ-Learn near the expert with 1 trajectory",
    "Acrobot-v1": "IQ-Learn at the expert's level with 1 trajectory",
    "LunarLander-v3": "IQ-Learn above the others; the paper gives a curve, no figures",
}
EPISODES = 30
"""Of each seed's last policy."""
OTHER, OTHER_SEED, OTHER_EPISODES = (1, 10), 1, 60
"""Trajectories of the other expert: trained with another seed, greedy; the seed, and how many it shows."""

Arm = tuple[str, str, int, Path | None]
"""Task, row, trajectories, and the other expert's dataset, None for the task's own."""


def arms(quick: bool, others: Mapping[str, Path] | None = None) -> dict[Arm, RunConfig]:
    """Every run: ten seeds side by side, each with its own trajectories.

    Args:
        others: task -> dataset of another expert.
    """
    names, numbers = (TASK_NAMES[:1], (1, 10)) if quick else (TASK_NAMES, TRAJECTORIES)
    columns: list[tuple[str, int, Path | None]] = [(task, n, None) for task in names for n in numbers]
    columns += [(task, n, source) for task, source in (others or {}).items() for n in OTHER]
    return {
        (task, row, n, source): _config(task, method, n, source, settings)
        for task, n, source in columns
        for row, (method, settings) in rows_of(task).items()
    }


def rows_of(task: str) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
    """The rows of a task's table."""
    has_committee = request(task, "iq").config["committee"] > 1
    return {**METHODS, **(COMMITTEES if has_committee else {})}


def _config(task: str, method: str, n: int, source: Path | None, changes: Mapping[str, Any]) -> RunConfig:
    settings = {"online": False, "episodes": EPISODES, "evaluate_every": NEVER, "log_every": 500}
    alike = ("updates", "hidden", "learning_rate", *(("temperature",) if method == "sqil" else ()))
    usual = request(task, "iq").config
    settings |= {name: usual[name] for name in alike}
    return request(task, method, seeds=SEEDS, episodes=n, source=source, settings={**settings, **changes})


def _other_expert(name: str, options: Options) -> Path:
    """The dataset of the other expert, trained when first needed."""
    folder = options.cache / "experts"
    dataset = folder / f"{name}-seed-{OTHER_SEED}-greedy-v0"
    if not dataset.is_dir():
        task = get_task(name)
        shown = expert_demonstrations(
            task,
            OTHER_EPISODES,
            OTHER_SEED,
            lambda done, total, words: options.progress(done, total, f"another expert in {name}, {words}"),
            changes={"compile": name == "LunarLander-v3"},
            temperature=0.0,
        )
        save_minari(shown, dataset.name, folder, env_id=task.env_id)
    return dataset


def figure_2(options: Options) -> Report:
    """Train what is missing, and tabulate the returns of the last policies."""
    asks = arms(options.quick, None if options.quick else {t: _other_expert(t, options) for t in TASK_NAMES})
    runs = finished_runs(asks, _name, options)
    returns = {arm: last_returns(run) for arm, run in runs.items()}
    titles = {(arm[0], arm[1]): title_of(learner_config(config.config)) for arm, config in asks.items()}
    sections = tuple(_section(task, titles, returns) for task in dict.fromkeys(arm[0] for arm in asks))
    return Report(
        sections,
        (
            f"Mean true return of the last policy over {EPISODES} episodes, over "
            f"{len(SEEDS)} seeds; in brackets how many seeds are solved (CartPole at 475, Acrobot at -100, "
            "Lunar Lander at 200). All rows of a task have the same networks and updates. Whole objective: "
            "the gradient goes through V(s') too, as in the paper; frozen target: V(s') is the target "
            "network's, without gradient. A committee learns from resamples of the steps, and the mean of "
            "those that stay where the expert was, in dynamics fitted to the steps, acts. Every seed draws "
            "its own trajectories from 60, of which every 20th (CartPole) or 5th (the others) transition "
            f"is kept; the other expert was trained with seed {OTHER_SEED} and acts greedily. SQIL without "
            "an environment has its demonstrations alone.",
        ),
        {"name": "figure-2", "seeds": list(SEEDS), "rows": [_row(arm, titles, returns[arm]) for arm in asks]},
    )


def _name(arm: Arm) -> str:
    task, row, n, source = arm
    return f"{task}-{row}-{n}{'' if source is None else '-other'}".lower()


def _section(task: str, titles: Mapping[tuple[str, str], str], returns: Mapping[Arm, np.ndarray]) -> Section:
    about = TASKS[task]
    columns = list(dict.fromkeys((n, source) for name, _, n, source in returns if name == task))
    rows = [
        (title, *(_cell(task, returns[task, row, n, source]) for n, source in columns))
        for (name, row), title in titles.items()
        if name == task
    ]
    known = f"expert {about.expert_return:.0f}, random {about.random_return:.0f}"
    heads = (f"n = {n}" if source is None else f"another expert, n = {n}" for n, source in columns)
    return Section(f"{about.title} ({known}). Paper: {PAPER[task]}", ("method", *heads), tuple(rows))


def _cell(task: str, returns: np.ndarray) -> str:
    return f"{short(spread(returns.tolist()), 0)} ({_solved(task, returns)}/{len(returns)})"


def _solved(task: str, returns: np.ndarray) -> int:
    return int((returns >= GOAL[task]).sum())


def _row(arm: Arm, titles: Mapping[tuple[str, str], str], returns: np.ndarray) -> dict[str, object]:
    task, row, n, source = arm
    return {
        "task": task,
        "method": titles[task, row],
        "n_demos": n,
        "expert": "the task's" if source is None else "another",
        "metrics": {
            "return": spread(returns.tolist()).as_json(),
            "solved": _solved(task, returns),
            "returns": returns.tolist(),
        },
        "paper": PAPER[task],
    }


FIGURE_2 = Reproduction(
    "figure-2",
    "offline imitation of CartPole, Acrobot and Lunar Lander from 1, 3, 7, 10 and 15 trajectories, and of "
    "another expert from 1 and 10, ten seeds; needs a C++ compiler for that",
    "CartPole only, 1 and 10 trajectories",
    figure_2,
)
