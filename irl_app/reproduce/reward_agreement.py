"""How far the rewards of a learner agree with the true one, over the play of several policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from irl_app.analysis import Estimate, UndefinedMetricError, episode_sums, pearson
from irl_app.files import write_whole
from irl_app.findings import judge_run
from irl_app.findings.agents import play
from irl_app.reproduce.run_cache import SEED
from irl_app.rewards import ActorNetworks, Reward
from irl_app.runs import RunConfig, RunError, read_config
from irl_app.tasks import Task, get_task
from irl_app.training.checkpoint_files import checkpoint_updates
from irl_app.training.learners import load_learners
from irl_app.training.split import load_split
from trainers.arrays import Float32Array, FloatArray
from trainers.transitions import Transitions

LEAST = 4
"""Points of a correlation: through fewer a line goes nearly always."""
CHANCE, EARLY, MIDDLE, LEARNER, EXPERT = (
    "random play",
    "early",
    "middle",
    "the learner",
    "the expert, held out",
)
NOISES: Mapping[str, float] = {"the learner, 20 % random moves": 0.2, "the learner, 50 % random moves": 0.5}
LENGTH, COHERENT = "length", "coherent"
"""The reward 1 a step, and the clone's log-likelihood ratio."""
Paid = Callable[[Transitions], FloatArray]
"""(N,) what a reward pays for steps."""


def reward_agreement(run: Path, n_episodes: int) -> dict[str, Any]:
    """Of a run of one seed, worked out once and kept in its folder.

    Returns:
        ``rewards``: reward -> figure of `agreements` -> ``value``, or None and ``why``; ``policies``: who
        acted -> mean ``return`` and ``length`` of so many ``episodes``.

    Raises:
        RunError: the run has nothing to read, or what was kept is damaged.
    """
    kept = run / f"agreement-{n_episodes}.json"
    if not kept.is_file():
        write_whole(kept, json.dumps(_judged(run, n_episodes), allow_nan=False))
    try:
        return dict(json.loads(kept.read_bytes()))
    except ValueError as error:
        raise RunError(f"{kept} is damaged: delete it and ask again") from error


def _judged(run: Path, n_episodes: int) -> dict[str, Any]:
    config = read_config(run)
    task = get_task(config.task)
    played = policies_played(run, config, task, n_episodes)
    rewards = _rewards(run, config, task)
    figures = {
        name: agreements({who: reward(own) for who, own in played.items()}, played, task.max_moves)
        for name, reward in rewards.items()
    }
    return {
        "rewards": {
            name: {figure: {"value": one.value, "why": one.why_missing} for figure, one in own.items()}
            for name, own in figures.items()
        },
        "policies": {
            who: {
                "return": float(own.reward.sum() / own.n_episodes),
                "length": len(own) / own.n_episodes,
                "episodes": own.n_episodes,
            }
            for who, own in played.items()
        },
    }


def policies_played(run: Path, config: RunConfig, task: Task, n_episodes: int) -> dict[str, Transitions]:
    """Who acts -> steps of whole episodes, from random play to the expert.

    Raises:
        RunError: the run has no checkpoints to read.
    """
    updates = checkpoint_updates(run)
    at = (
        {EARLY: updates[0], MIDDLE: updates[(len(updates) - 1) // 2], LEARNER: updates[-1]} if updates else {}
    )
    learners = {who: load_learners(run, config, until=update) for who, update in at.items()}
    learner = learners.get(LEARNER) or load_learners(run, config)  # which says what is missing

    def of(who: Any, seed: int, noise: float = 0.0) -> Transitions:
        return play(task, who.act, 1, n_episodes, SEED + seed, noise=noise)[0]

    played = {CHANCE: of(learner, 0, 1.0)}
    played |= {who: of(own, 1 + i) for i, (who, own) in enumerate(learners.items())}
    played |= {who: of(learner, 4 + i, noise) for i, (who, noise) in enumerate(NOISES.items())}
    shown = load_split(run, len(config.seeds)).validation
    return played | ({EXPERT: shown[0]} if shown else {})


def _rewards(run: Path, config: RunConfig, task: Task) -> dict[str, Paid]:
    """Name -> the reward, that of the length first."""
    found: dict[str, Paid] = {LENGTH: lambda steps: np.ones(len(steps))}
    for lens, reward in judge_run(run, trained_on=False).rewards[0].items():
        found[lens] = _paid(reward)
    networks = load_learners(run, config).networks[0]
    if isinstance(networks, ActorNetworks) and networks.clones:
        found[COHERENT] = _coherent(networks, task)
    return found


def _paid(reward: Reward) -> Paid:
    return lambda steps: reward(steps.obs, steps.action, steps.next_obs, steps.terminated)


def _coherent(networks: ActorNetworks, task: Task) -> Paid:
    return lambda steps: networks.coherent(
        steps.obs, cast(Float32Array, task.action_space.encoded(steps.action))
    )


def agreements(
    paid: Mapping[str, FloatArray], played: Mapping[str, Transitions], longest: int
) -> dict[str, Estimate]:
    """Figure -> Pearson correlation in [-1, 1] of a reward with the true one, or why there is none.

    Args:
        paid: policy -> (N,) what the reward pays for its steps. played: policy -> these steps.
        longest: steps of an episode of full length.
    """
    sums = {who: episode_sums(paid[who], own.reward, own.episode) for who, own in played.items()}
    every = np.concatenate(list(sums.values()))
    tables = {
        "own": sums[LEARNER],
        "mixture": every,
        "full": every[every[:, 0] == longest],
        "policies": np.stack([own.mean(0) for own in sums.values()]),
    }
    found = {
        name: _told(ours, theirs, n) for name, (n, ours, theirs) in ((k, t.T) for k, t in tables.items())
    }
    true = np.concatenate([own.reward for own in played.values()])
    return found | {"steps": _told(np.concatenate([paid[who] for who in played]), true)}


def _told(ours: FloatArray, theirs: FloatArray, lengths: FloatArray | None = None) -> Estimate:
    """A correlation, or in a few words why it cannot be told."""
    if len(ours) < LEAST:
        return Estimate(None, n=len(ours), why_missing=f"there are {len(ours)}")
    try:
        return Estimate(pearson(ours, theirs), n=len(ours))
    except UndefinedMetricError:
        alike = (
            "all are equally long"
            if lengths is not None and np.array_equal(ours, lengths)
            else "it pays all alike"
        )
        return Estimate(None, n=len(ours), why_missing=alike)
