"""``train-on-reward``: fresh agents on the rewards that were recovered from one demonstration of a robot.

They begin with random weights and random play, and have no demonstration in their replay; they know nothing
but the exported reward. Beside them stand agents on the true reward with as many steps, and on the bare
distance to the demonstrated states, which nothing was learned for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.export import load_reward, save_reward
from irl_app.findings import judge_run, save_report
from irl_app.findings.rewards import TITLES
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import NEVER, finished_runs, last_returns
from irl_app.reproduce.table_3 import SEEDS, expert_return
from irl_app.rewards import SupportedReward
from irl_app.runs import RunConfig, read_config, reward_name
from irl_app.tasks import Obs, get_task, rollout
from irl_app.tasks.mujoco import ROBOTS
from irl_app.training.request import request
from irl_app.training.split import load_split, shipped_dataset
from trainers.learner import Actions

STEPS, QUICK_STEPS = 100_000, 2_000
"""Of an agent, and as many updates."""
TRUE, ALONE = "true", "support"
"""Agents on the true reward, and on the distance to the demonstrated states alone."""
KINDS = ("adversarial", "supported", "deshaped", "state", "bounded", "transition")
EPISODES = 10

Arm = tuple[str, str, int]
"""Task, reward, seed."""


def train_on_reward(options: Options) -> Report:
    """Recover, judge and train what is missing, and tabulate the agents' true returns."""
    tasks = [task.name for task in ROBOTS if shipped_dataset(task) is not None]
    seeds = SEEDS[: 1 if options.quick else None]
    asks = {(task, seed): _recovery(task, seed, options.quick) for task in tasks for seed in seeds}
    recovered = finished_runs(asks, lambda arm: f"{arm[0]}-iq-{arm[1]}".lower(), options)
    files = {key: _reward_files(run) for key, run in recovered.items()}
    kinds = (TRUE, "adversarial", ALONE) if options.quick else (TRUE, *KINDS, ALONE)
    agents = {
        (task, kind, seed): _agent(task, files[task, seed].get(kind), seed, options.quick)
        for task, seed in asks
        for kind in kinds
    }
    runs = finished_runs(agents, lambda arm: "-".join(map(str, arm)).lower(), options)
    values = [_values(task, kind, seeds, runs, files) for task in tasks for kind in kinds]
    return Report(
        tuple(_section(task, values) for task in tasks),
        (
            f"Return of a fresh soft actor-critic after {_steps(options.quick):,} steps, mean of {EPISODES} "
            "episodes by the true reward, over that of the expert. Each "
            "seed's reward is of another learner, from one demonstration. Then what each reward pays a step, "
            "on the mean, for holding still, in units of what it pays for the demonstration.",
        ),
        {"name": "train-on-reward", "steps": _steps(options.quick), "rows": values},
    )


def _steps(quick: bool) -> int:
    return QUICK_STEPS if quick else STEPS


def _recovery(task: str, seed: int, quick: bool) -> RunConfig:
    settings: dict[str, Any] = {"evaluate_every": NEVER, "episodes": 1, "log_every": 500, "kept": 1}
    return request(task, "iq", seeds=(seed,), settings=settings | ({"updates": 3_000} if quick else {}))


def _agent(task: str, reward: Path | None, seed: int, quick: bool) -> RunConfig:
    settings = {"updates": _steps(quick), "evaluate_every": NEVER, "episodes": EPISODES, "kept": 1}
    settings |= {"anneal": True, "log_every": 500}
    return request(task, "sac", seeds=(seed,), settings=settings, reward=reward)


def _reward_files(run: Path) -> dict[str, Path]:
    """Kind of reward -> its file, of a run of one seed; judged first if it has not been."""
    config = read_config(run)
    files = {kind: run / reward_name(kind, config.seeds[0], config) for kind in (*KINDS, ALONE)}
    if not files[ALONE].is_file():
        save_report(judge_run(run, trained_on=False))
        supported = load_reward(files["supported"])
        assert isinstance(supported, SupportedReward)
        save_reward(replace(supported, recovered=None), files[ALONE])
    return files


def _values(
    task: str,
    kind: str,
    seeds: Sequence[int],
    runs: Mapping[Arm, Path],
    files: Mapping[tuple[str, int], Mapping[str, Path]],
) -> dict[str, Any]:
    returns = np.array([float(last_returns(runs[task, kind, seed])[0]) for seed in seeds])
    still = None if kind == TRUE else np.mean([_pays_still(task, files[task, seed][kind]) for seed in seeds])
    return {
        "task": task,
        "reward": kind,
        "returns": returns.tolist(),
        "share": spread((returns / expert_return(task)).tolist()).as_json(),
        "still": None if still is None else float(still),
    }


def _pays_still(task: str, path: Path) -> float:
    """What a reward pays a robot that holds still, over what it pays for the demonstration."""
    reward, about = load_reward(path), get_task(task)

    def rest(obs: Obs, generator: np.random.Generator) -> Actions:
        return np.zeros((len(obs), *about.action_space.shape), np.float32)

    still = rollout(about, rest, 3, 0, keep=True).transitions()
    shown = load_split(path.parent, 1).train[0]
    paid = [float(reward(x.obs, x.action, x.next_obs, x.terminated).mean()) for x in (still, shown)]
    return paid[0] / paid[1] if paid[1] else float("nan")


def _section(task: str, values: list[dict[str, Any]]) -> Section:
    titles = {TRUE: "the true reward", ALONE: "control: distance to the demonstration alone"}
    titles |= {str(kind): title for kind, title in TITLES.items()}
    rows = tuple(
        (
            titles[each["reward"]],
            f"{np.mean(each['returns']):.0f}",
            short(spread([value / expert_return(task) for value in each["returns"]])),
            "" if each["still"] is None else f"{each['still']:.2f}",
        )
        for each in values
        if each["task"] == task
    )
    columns = ("trained on", "true return", "of the expert", "pays for holding still")
    return Section(f"{get_task(task).title}, expert {expert_return(task):.0f}", columns, rows)


TRAIN_ON_REWARD = Reproduction(
    "train-on-reward",
    "fresh agents on each reward recovered from one demonstration of a robot, with controls; hours",
    "one seed, three rewards, 2,000 steps: nothing is learned in so few",
    train_on_reward,
)
