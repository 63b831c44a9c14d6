"""``observation-only``: imitation of states without actions (Garg et al. 2021, section 5.4 and table 6).

Two ways to do without: actions told from what they do by a model of the learner's own steps, and the paper's
expectation over the learner's policy in demonstrated states; there the demonstrated next state has to stand
in for those that the policy's actions would lead to. Beside them what is learned with the actions.
"""

from __future__ import annotations

from collections.abc import Mapping

from irl_app.experiment import interval
from irl_app.reproduce.played import greedy_figures
from irl_app.reproduce.report import Asked, Report, Reproduction, Section, short, spread
from irl_app.reproduce.trained import UNWATCHED, trained
from irl_app.tasks import CONTROL_TASKS, RolloutResult
from irl_app.training import RunConfig
from irl_app.training.request import request
from trainers.mdp import FloatArray
from trainers.soft_q_config import ActionsFrom

DEMONSTRATIONS = (1, 10)
SEEDS, QUICK_SEEDS = tuple(range(5)), (0, 1)
EPISODES, QUICK_EPISODES = 50, 10
"""Of every seed's last policy, greedy."""
PAPER = {
    ("CartPole-v1", 1): "452 ± 50",
    ("CartPole-v1", 10): "485 ± 25",
    ("LunarLander-v3", 1): "20 ± 102",
    ("LunarLander-v3", 10): "220 ± 69",
}
"""Table 6: return ± what it does not say, presumably the deviation over seeds."""
WAYS: Mapping[ActionsFrom, str] = {
    "inverse-model": "states; actions from a model of the own steps",
    "policy": "states; expectation over the own policy (§5.4)",
    "demonstrations": "states and actions",
}
TASKS = ("CartPole-v1", "LunarLander-v3")
QUICK_UPDATES = 4_000

Arm = tuple[str, ActionsFrom, int]
"""Task, where the actions are from, how many demonstrations."""


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """Every task, way and number of demonstrations; seeds side by side, each with its own demonstrations."""
    tasks = TASKS[:1] if quick else TASKS
    numbers = DEMONSTRATIONS[:1] if quick else DEMONSTRATIONS
    return {(task, way, n): _config(task, way, n, quick) for task in tasks for way in WAYS for n in numbers}


def _config(task: str, way: ActionsFrom, n: int, quick: bool) -> RunConfig:
    settings = {**UNWATCHED, "online": True, "actions_from": way}
    if quick:
        settings["updates"] = QUICK_UPDATES
    return request(task, "iq", seeds=QUICK_SEEDS if quick else SEEDS, settings=settings, episodes=n)


def observation_only(asked: Asked) -> Report:
    """Train what is missing, let every policy play, and tabulate the returns."""
    asks = arms(asked.quick)
    runs = trained(asks, lambda arm: f"{arm[0]}-{arm[1]}-{arm[2]}".lower(), asked)
    n_episodes = QUICK_EPISODES if asked.quick else EPISODES
    returns: dict[Arm, FloatArray] = {}
    for done, (arm, run) in enumerate(runs.items()):
        asked.progress(done, len(runs), f"episodes of {run.name}")
        task = CONTROL_TASKS[arm[0]]
        returns[arm] = greedy_figures(run, task, n_episodes, "returns", _mean_return)
    tasks = tuple(dict.fromkeys(task for task, _, _ in asks))
    numbers = tuple(dict.fromkeys(n for _, _, n in asks))
    n_seeds = len(next(iter(returns.values())))
    notes = (
        f"Mean true return of {n_episodes} episodes of the greedy last policy, ± half the 95 % t-interval "
        f"over {n_seeds} seeds, and in brackets the deviation over seeds. Every seed has its own "
        "demonstrations, of which every 20th (CartPole) or 5th (Lunar Lander) transition is kept; actions "
        "are read only where the row says so. All ways learn online by IQ-Learn, with settings of their own.",
    )
    sections = tuple(_section(task, numbers, returns) for task in tasks)
    rows = [_row(arm, own) for arm, own in returns.items()]
    return Report(sections, notes, {"name": "observation-only", "rows": rows})


def _mean_return(played: RolloutResult) -> float:
    return float(played.returns.mean())


def _section(task: str, numbers: tuple[int, ...], returns: Mapping[Arm, FloatArray]) -> Section:
    about = CONTROL_TASKS[task]
    rows = [(title, *(_cell(returns[task, way, n]) for n in numbers)) for way, title in WAYS.items()]
    paper = ("paper, states only", *(PAPER[task, n] for n in numbers))
    title = f"{about.title} (expert {about.expert_return:.0f}, random {about.random_return:.0f})"
    heads = (f"{n} demonstration{'s' * (n > 1)}" for n in numbers)
    return Section(title, ("learned from", *heads), (*rows, paper))


def _cell(returns: FloatArray) -> str:
    return f"{short(spread(returns.tolist()), 0)} ({returns.std(ddof=1):.0f})"


def _row(arm: Arm, returns: FloatArray) -> dict[str, object]:
    task, way, n = arm
    return {
        "task": task,
        "actions_from": way,
        "n_demos": n,
        "return": interval(spread(returns.tolist())),
        "returns": returns.tolist(),
        "paper": None if way == "demonstrations" else PAPER[task, n],
    }


OBSERVATION_ONLY = Reproduction(
    "observation-only",
    "CartPole and Lunar Lander imitated from states without actions, 1 and 10 demonstrations, five seeds",
    "CartPole with 1 demonstration, 4,000 updates, two seeds",
    observation_only,
)
