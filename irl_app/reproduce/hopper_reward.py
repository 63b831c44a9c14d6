"""``hopper-reward``: a robot's recovered reward against the true one (Garg et al. 2021: .99 on Hopper).

The paper correlates sums over the learner's own episodes. Where falling ends an episode, longer ones have
more of any reward: so every figure stands beside that of the reward 1 a step, which knows but the length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irl_app.findings.rewards import TITLES
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.reward_agreement import COHERENT, LENGTH, reward_agreement
from irl_app.reproduce.run_cache import NEVER, finished_runs
from irl_app.reproduce.table_3 import SEEDS
from irl_app.runs import RunConfig
from irl_app.tasks import get_task
from irl_app.tasks.mujoco import ROBOTS
from irl_app.training.request import request
from irl_app.training.split import shipped_dataset

EPISODES, QUICK_EPISODES = 20, 5
"""Of every policy; of the expert as many as were held out."""
QUICK_UPDATES, QUICK_CHECKPOINTS = 3_000, 1_000
REWARD_TITLES: Mapping[str, str] = {
    LENGTH: "length alone: 1 a step",
    **{str(lens): title for lens, title in TITLES.items()},
    COHERENT: "the clone's coherent reward",
}
FIGURES: Mapping[str, str] = {
    "own": "the learner's own episodes",
    "mixture": "episodes of all policies",
    "full": "those of full length",
    "policies": "means of policies",
    "steps": "steps",
}
"""Figure -> the head of its column: what is correlated with the true reward."""
PAPER = {"Hopper-v5": 0.99}

Arm = tuple[str, int]
"""Task, seed."""


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """Every run: of IQ-Learn from one demonstration, with all of its checkpoints kept."""
    tasks = [task.name for task in ROBOTS if shipped_dataset(task) is not None]
    settings: dict[str, Any] = {"evaluate_every": NEVER, "episodes": 1, "log_every": 500, "kept": 0}
    if quick:
        settings |= {"updates": QUICK_UPDATES, "checkpoint_every": QUICK_CHECKPOINTS}
    return {
        (task, seed): request(task, "iq", seeds=(seed,), settings=settings)
        for task in tasks[: 1 if quick else None]
        for seed in SEEDS[: 1 if quick else None]
    }


def hopper_reward(options: Options) -> Report:
    """Train what is missing, let every policy play, and tabulate how far rewards agree with the true one."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: f"{arm[0]}-reward-{arm[1]}".lower(), options)
    n_episodes = QUICK_EPISODES if options.quick else EPISODES
    found: dict[Arm, Mapping[str, Any]] = {}
    for done, (arm, run) in enumerate(runs.items()):
        options.progress(done, len(runs), f"episodes of {run.name}")
        found[arm] = reward_agreement(run, n_episodes)
    tasks = tuple(dict.fromkeys(task for task, _ in asks))
    by_task = {task: [own for (name, _), own in found.items() if name == task] for task in tasks}
    sections = [make(task, own) for task, own in by_task.items() for make in (_agreement, _played)]
    rows = [
        _row(task, reward, figure, own)
        for task, own in by_task.items()
        for reward in own[0]["rewards"]
        for figure in FIGURES
    ]
    values = {"name": "hopper-reward", "seeds": sorted({seed for _, seed in asks}), "rows": rows}
    return Report(tuple(sections), _notes(n_episodes), values)


def _notes(n_episodes: int) -> tuple[str, ...]:
    missing = [task.name for task in ROBOTS if shipped_dataset(task) is None]
    return (
        "Pearson correlation with the true reward, mean over seeds with the least and the largest; each seed "
        "learned from one demonstration. Who acted: chance, the learner at its first checkpoint (early), "
        "half-way (middle) and at the end, the same disturbed, and the expert in episodes that were held "
        f"out; {n_episodes} episodes each, of the expert as many as there are. The first column is the "
        "paper's measure; the others are over all who acted.",
        "The first row is the reward 1 a step: what it scores, knowing nothing but the length of an episode "
        "scores. A reward tells what it scores beyond that.",
        *(
            (f"No demonstrations of {', '.join(missing)} are shipped: they have no table.",)
            if missing
            else ()
        ),
    )


def _agreement(task: str, found: Sequence[Mapping[str, Any]]) -> Section:
    rows = [
        (
            REWARD_TITLES[reward],
            *(_cell([own["rewards"][reward][figure] for own in found]) for figure in FIGURES),
        )
        for reward in found[0]["rewards"]
    ]
    if task in PAPER:
        rows.append(("paper", f"{PAPER[task]:.2f}", *["not given"] * (len(FIGURES) - 1)))
    columns = ("reward", *FIGURES.values())
    return Section(f"{get_task(task).title}: correlation with the true reward", columns, tuple(rows))


def _cell(seeds: Sequence[Mapping[str, Any]]) -> str:
    """A figure over seeds, or why it cannot be told."""
    known = [own["value"] for own in seeds if own["value"] is not None]
    if not known:
        return f"cannot be told: {seeds[0]['why']}"
    some = f" ({len(known)} of {len(seeds)} seeds)" if len(known) < len(seeds) else ""
    return short(spread(known, -1.0, 1.0)) + some


def _played(task: str, found: Sequence[Mapping[str, Any]]) -> Section:
    rows = []
    for who in found[0]["policies"]:
        own = [each["policies"][who] for each in found]
        mean = short(spread([each["return"] for each in own]), 0)
        length = short(spread([each["length"] for each in own], 1.0, get_task(task).max_moves), 0)
        rows.append((who, mean, length, str(sum(each["episodes"] for each in own))))
    columns = ("who", "true return", "steps of an episode", "episodes, all seeds")
    return Section(f"{get_task(task).title}: who acted", columns, tuple(rows))


def _row(task: str, reward: str, figure: str, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = [each["rewards"][reward][figure] for each in found]
    known = [each["value"] for each in own if each["value"] is not None]
    return {
        "task": task,
        "reward": reward,
        "figure": figure,
        "pearson": spread(known, -1.0, 1.0).as_json(),
        "why_missing": next((each["why"] for each in own if each["value"] is None), ""),
    }


HOPPER_REWARD = Reproduction(
    "hopper-reward",
    "robots' recovered rewards against the true ones, beside the length of episodes; three seeds; hours",
    "one robot, one seed, 3,000 updates, few episodes",
    hopper_reward,
)
