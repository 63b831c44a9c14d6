"""``observation-only``: imitation of states without actions (Garg et al. 2021, section 5.4 and table 6).

Two ways to do without: actions told from what they do by a model of the learner's own steps, and the paper's
expectation over the learner's policy in demonstrated states; there the demonstrated next state has to stand
in for those that the policy's actions would lead to. Beside them what is learned with the actions, by a robot
then from a clone of the expert, which states alone do not allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from irl_app.demonstrations import load_minari
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import UNWATCHED, finished_runs, greedy_figures
from irl_app.runs import RunConfig
from irl_app.tasks import TASKS
from irl_app.training.request import request, title_of_run
from irl_app.training.split import shipped_dataset
from trainers.arrays import FloatArray

DEMONSTRATIONS = (1, 10)
SEEDS, ROBOT_SEEDS, QUICK_SEEDS = tuple(range(5)), tuple(range(3)), (0, 1)
EPISODES, QUICK_EPISODES = 50, 10
"""Of every seed's last policy, greedy."""
PAPER = {
    ("CartPole-v1", 1): "452 ± 50",
    ("CartPole-v1", 10): "485 ± 25",
    ("LunarLander-v3", 1): "20 ± 102",
    ("LunarLander-v3", 10): "220 ± 69",
    ("Hopper-v5", 1): "2507 ± 345",
    ("Hopper-v5", 10): "3465 ± 51",
}
"""Table 6: return ± what it does not say, presumably the deviation over seeds; Hopper in its version 2."""
WAYS: Mapping[str, str] = {
    "inverse-model": "states; actions from a model of the own steps",
    "policy": "states; expectation over the own policy (§5.4)",
    "demonstrations": "states and actions",
}
TASK_NAMES = ("CartPole-v1", "LunarLander-v3", "Hopper-v5")
QUICK_UPDATES = 4_000

Arm = tuple[str, str, int]
"""Task, where the actions are from, how many demonstrations."""


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """Every task, way and number of demonstrations, of those shipped; each seed has its own."""
    tasks = TASK_NAMES[:1] if quick else TASK_NAMES
    numbers = DEMONSTRATIONS[:1] if quick else DEMONSTRATIONS
    return {
        (task, way, n): _config(task, way, n, quick)
        for task in tasks
        for way in WAYS
        for n in numbers
        if n <= shipped(task)
    }


@cache
def shipped(task: str) -> int:
    """How many demonstrations of a task come with this program."""
    folder = shipped_dataset(TASKS[task])
    return 0 if folder is None else load_minari(folder).n_episodes


def _config(task: str, way: str, n: int, quick: bool) -> RunConfig:
    settings = {**UNWATCHED, "online": True, "actions_from": way}
    seeds = ROBOT_SEEDS if TASKS[task].is_continuous else SEEDS
    if quick:
        seeds, settings["updates"] = QUICK_SEEDS, QUICK_UPDATES
    return request(task, "iq", seeds=seeds, settings=settings, episodes=n)


def observation_only(options: Options) -> Report:
    """Train what is missing, let every policy play, and tabulate the returns."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: "-".join(map(str, arm)).lower(), options)
    n_episodes = QUICK_EPISODES if options.quick else EPISODES
    returns: dict[Arm, FloatArray] = {}
    for done, (arm, run) in enumerate(runs.items()):
        options.progress(done, len(runs), f"episodes of {run.name}")
        task = TASKS[arm[0]]
        returns[arm] = greedy_figures(
            run, task, n_episodes, "returns", lambda played: float(played.returns.mean())
        )
    tasks = tuple(dict.fromkeys(task for task, _, _ in asks))
    numbers = tuple(dict.fromkeys(n for _, _, n in asks))
    sections = tuple(_section(task, numbers, returns) for task in tasks)
    rows = [_row(arm, own) for arm, own in returns.items()]
    notes = _notes(asks, n_episodes)
    return Report(sections, notes, {"name": "observation-only", "rows": rows})


def _notes(asks: Mapping[Arm, RunConfig], n_episodes: int) -> tuple[str, ...]:
    missing = [task for task in TASK_NAMES if not shipped(task)]
    learned = ", ".join(dict.fromkeys(title_of_run(config) for config in asks.values()))
    return (
        f"Mean true return of {n_episodes} episodes of the greedy last policy over seeds, and in brackets "
        "the deviation over seeds: "
        f"{len(SEEDS)}, of a robot {len(ROBOT_SEEDS)}, with --quick {len(QUICK_SEEDS)}. Every seed has its "
        "own demonstrations, of which every 20th (CartPole) or 5th (Lunar Lander) transition is kept, of a "
        "robot all; actions are read only where the row says so. All ways learn online, with settings of "
        f"their own, by {learned}.",
        *(
            (f"No demonstrations of {', '.join(missing)} are shipped: they have no table.",)
            if missing
            else ()
        ),
    )


def _section(task: str, numbers: tuple[int, ...], returns: Mapping[Arm, FloatArray]) -> Section:
    about = TASKS[task]
    rows = [
        (title, *(_cell(returns.get((task, way, n)), shipped(task)) for n in numbers))
        for way, title in WAYS.items()
    ]
    paper = ("paper, states only", *(PAPER[task, n] for n in numbers))
    title = f"{about.title} (expert {about.expert_return:.0f}, random {about.random_return:.0f})"
    heads = (f"{n} demonstration{'s' * (n > 1)}" for n in numbers)
    return Section(title, ("learned from", *heads), (*rows, paper))


def _cell(returns: FloatArray | None, there: int) -> str:
    if returns is None:
        return f"only {there} are shipped"
    return f"{short(spread(returns.tolist()), 0)} ({returns.std(ddof=1):.0f})"


def _row(arm: Arm, returns: FloatArray) -> dict[str, object]:
    task, way, n = arm
    return {
        "task": task,
        "actions_from": way,
        "n_demos": n,
        "return": spread(returns.tolist()).as_json(),
        "returns": returns.tolist(),
        "paper": None if way == "demonstrations" else PAPER[task, n],
    }


OBSERVATION_ONLY = Reproduction(
    "observation-only",
    "CartPole, Lunar Lander and Hopper imitated from states without actions, 1 and 10 demonstrations",
    "CartPole with 1 demonstration, 4,000 updates, two seeds",
    observation_only,
)
