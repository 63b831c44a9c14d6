"""``figure-2``: offline imitation from 1 to 15 subsampled trajectories (Garg et al. 2021, figure 2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from irl_app.comparison import METHOD_TITLES
from irl_app.experiment import interval
from irl_app.reproduce.report import Asked, Report, Reproduction, Section, short, spread
from irl_app.reproduce.trained import NEVER, last_returns, trained
from irl_app.tasks import CONTROL_TASKS
from irl_app.training import RunConfig
from irl_app.training.request import request

TASKS = ("CartPole-v1", "Acrobot-v1", "LunarLander-v3")
METHODS = ("iq", "bc", "sqil")
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

Arm = tuple[str, str, int]


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """(task, method, trajectories) -> its run: ten seeds side by side, each with its own trajectories."""
    tasks, numbers = (TASKS[:1], (1, 10)) if quick else (TASKS, TRAJECTORIES)
    return {
        (task, method, n): _config(task, method, n) for task in tasks for method in METHODS for n in numbers
    }


def _config(task: str, method: str, n: int) -> RunConfig:
    settings = {"online": False, "episodes": EPISODES, "evaluate_every": NEVER, "log_every": 500}
    alike = ("updates", "hidden", "learning_rate", *(("temperature",) if method == "sqil" else ()))
    usual = request(task, "iq").config
    settings |= {name: usual[name] for name in alike}
    return request(task, method, seeds=SEEDS, episodes=n, settings=settings)


def figure_2(asked: Asked) -> Report:
    """Train what is missing, and tabulate the returns of the last policies."""
    asks = arms(asked.quick)
    runs = trained(asks, lambda arm: f"{arm[0]}-{arm[1]}-{arm[2]}".lower(), asked)
    returns = {arm: last_returns(run) for arm, run in runs.items()}
    tasks = tuple(dict.fromkeys(task for task, _, _ in asks))
    numbers = tuple(dict.fromkeys(n for _, _, n in asks))
    return Report(
        tuple(_section(task, numbers, returns) for task in tasks),
        (
            f"Mean true return of the last policy over {EPISODES} episodes, ± half the 95 % t-interval over "
            f"{len(SEEDS)} seeds; in brackets how many seeds are solved (CartPole at 475, Acrobot at -100, "
            "Lunar Lander at 200). All methods have the same networks and updates, but IQ-Learn on "
            "CartPole has a committee of them (offline-robustness: one alone, and cloning by a committee). "
            "Every seed has its own trajectories, of which every 20th (CartPole) or 5th (the others) "
            "transition is kept. SQIL "
            "without an environment has its demonstrations alone.",
        ),
        {"name": "figure-2", "seeds": list(SEEDS), "rows": [_row(arm, returns[arm]) for arm in asks]},
    )


def _section(task: str, numbers: tuple[int, ...], returns: Mapping[Arm, np.ndarray]) -> Section:
    about = CONTROL_TASKS[task]
    rows = []
    for method in METHODS:
        cells = (returns[task, method, n] for n in numbers)
        rows.append((METHOD_TITLES[method], *(_cell(task, cell) for cell in cells)))
    known = f"expert {about.expert_return:.0f}, random {about.random_return:.0f}"
    title = f"{about.title} ({known}). Paper: {PAPER[task]}"
    return Section(title, ("method", *(f"n = {n}" for n in numbers)), tuple(rows))


def _cell(task: str, returns: np.ndarray) -> str:
    return f"{short(spread(returns.tolist()), 0)} ({_solved(task, returns)}/{len(returns)})"


def _solved(task: str, returns: np.ndarray) -> int:
    return int((returns >= GOAL[task]).sum())


def _row(arm: Arm, returns: np.ndarray) -> dict[str, object]:
    task, method, n = arm
    metrics = {
        "return": interval(spread(returns.tolist())),
        "solved": _solved(task, returns),
        "returns": returns.tolist(),
    }
    return {"task": task, "method": method, "n_demos": n, "metrics": metrics, "paper": PAPER[task]}


FIGURE_2 = Reproduction(
    "figure-2",
    "offline imitation of CartPole, Acrobot and Lunar Lander from 1, 3, 7, 10 and 15 trajectories, ten seeds",
    "CartPole only, 1 and 10 trajectories",
    figure_2,
)
