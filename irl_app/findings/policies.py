"""The policy of a run, whether or not anybody has judged its reward."""

from __future__ import annotations

from pathlib import Path

from irl_app.policies import Policy, load_policy
from irl_app.rewards import NetworkReward, RewardInfo
from irl_app.runs import RunError, read_run
from irl_app.training.learners import load_learners
from irl_app.training.measured import task_of
from irl_app.training.request import learner_config, title_of

WIDE = 1e30
"""Bounds of a reward that nothing cuts."""


def policy_of_run(folder: Path, seed: int | None = None) -> Policy:
    """How a seed's learner acts; None for the first.

    Raises:
        RunError: there is no such run or seed, or nothing was learned.
    """
    run = read_run(folder)
    if not run.config.is_training:
        return load_policy(run.reward_file("transition", seed))
    if seed is not None and seed not in run.config.seeds:
        raise RunError(f"{folder} has no seed {seed}, it has {', '.join(map(str, run.config.seeds))}")
    k = 0 if seed is None else run.config.seeds.index(seed)
    task, settings = task_of(run.config), learner_config(run.config.config)
    learners = load_learners(folder, run.config)
    learner = learners.each[k]
    info = RewardInfo(
        kind="transition",
        title=f"{title_of(settings)} in {task.name}",
        gamma=settings.gamma,
        temperature=float(learner.temperature),
        terminal="zero",
        observation_space=task.observation_space,
        action_space=task.action_space,
        method=settings.method,
        provenance={"task": run.config.task, "settings": run.config.config, "update": learners.update},
    )
    near_clone = settings.near_clone and task.is_continuous
    end = float(learner.terminal_value)
    return Policy(NetworkReward(learners.networks[k], info, end, -WIDE, WIDE, learner.cloned, near_clone))
