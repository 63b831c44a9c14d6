"""From a finished training run to judged rewards: played, read off, compared, trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.analysis.agreement import agreement
from irl_app.analysis.control import WHOLE, AgreementRow, TrainedRow, agreement_row, trained_row
from irl_app.analysis.estimates import Estimate, mean_interval
from irl_app.control.retraining import Agents, Progress, agents_config, train_agents
from irl_app.control.rewards import LENSES, Lens, recommended_terminal, rewards_of, with_terminal
from irl_app.control.steps import joined, play
from irl_app.rewards import NetworkReward, Reward, RewardInfo, TerminalConvention
from irl_app.tasks import ControlTask, boltzmann_policy, control_task
from irl_app.training.config import RunConfig, TrainingError, read_config
from irl_app.training.learned import Learned, read_learned, stacked_q
from irl_app.training.request import soft_q_config
from irl_app.training.shown import Shown, load_shown
from irl_app.training.steps import Steps, steps_of_demonstrations
from trainers.soft_q_config import SoftQConfig

EXPERT, LEARNER, RANDOM = "expert", "learner", "random play"
PARTLY = "agent partly trained on the true reward"
NOISES: Mapping[float, str] = {
    0.0: LEARNER,
    0.2: "learner, 20 % random moves",
    0.5: "learner, 50 % random moves",
    0.8: "learner, 80 % random moves",
    1.0: RANDOM,
}
"""Share of random moves -> who acts, from the learner to random play: all ways in which an agent may err."""
EPISODES = 10
PLAY_SEED = 6_000_011
"""Of the episodes that rewards are fitted and judged on; no training sees them."""
CONVENTIONS: Mapping[Lens, tuple[TerminalConvention, ...]] = {
    "deshaped": ("pessimistic", "zero"),
    "state": ("pessimistic", "zero", "absorbing"),
    "bounded": ("pessimistic", "zero", "absorbing"),
    "transition": ("pessimistic", "zero"),
}
"""What agents are trained on. Left out where nothing differs: an end is worth Q(s, a) under the raw reward's
"zero" as under its "absorbing", and nothing under those of the de-shaped reward."""


@dataclass(frozen=True, eq=False)
class ControlRecovery:
    """What was found out about the rewards of one run.

    Attributes:
        run: the folder. config: what was asked for. task: it was recovered in.
        update: after which the run was judged. refused: why not after a later one, one sentence a checkpoint.
        rewards: one mapping a seed, under the recommended convention.
        agreement: by view of the reward and by who acted; ``WHOLE`` the last of each view.
        trained: the agents of the true reward first; empty if none were trained.
        learner: true return of the learners' own policies, over seeds.
        explained: share of the de-shaped reward that its state-only part explains, over seeds.
    """

    run: Path
    config: RunConfig
    task: ControlTask
    update: int
    refused: tuple[str, ...]
    rewards: tuple[Mapping[Lens, Reward], ...]
    agreement: tuple[AgreementRow, ...]
    trained: tuple[TrainedRow, ...]
    learner: Estimate
    explained: Estimate

    @property
    def terminal(self) -> TerminalConvention:
        """The recommended convention."""
        return self.rewards[0]["deshaped"].info.terminal


def judge_run(
    run: Path,
    *,
    trained_on: bool = True,
    agents: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> ControlRecovery:
    """Read the rewards off a run that is done, compare them with the true one, and train agents on them.

    Args:
        run: its folder.
        trained_on: whether to train agents, which takes minutes.
        agents: fields of `SoftQConfig` that agents change.
        progress: called with (done, of how many, in words); may raise to stop.

    Raises:
        TrainingError: the run learned no reward, has no checkpoint, or is damaged.
    """
    config = read_config(run)
    task, settings = control_task(config.task), soft_q_config(config.config)
    if not settings.imitates:
        raise TrainingError(f"{settings.method} is given the reward: only imitation recovers one")
    if not task.variables:
        raise TrainingError(f"{task.name} is seen as images: recover it as a grid, without networks")
    learned, shown = read_learned(run, config), load_shown(run, len(config.seeds))
    if len(shown.ends) != len(config.seeds):
        raise TrainingError(f"{run} is of an older version: train it anew")
    players = _players(task, learned, settings.temperature, shown)
    info = _info(task, config, settings, recommended_terminal(shown.ends))
    rewards = tuple(_rewards_of_seed(k, own, shown, players, info) for k, own in enumerate(learned))
    trained: list[TrainedRow] = []
    if trained_on:
        trained, partly = _train(task, config, rewards, settings.temperature, agents or {}, progress)
        players = {**players, PARTLY: partly}
    return ControlRecovery(
        run,
        config,
        task,
        learned[0].update,
        learned[0].refused,
        rewards,
        tuple(_agreements(rewards, players)),
        tuple(trained),
        mean_interval([_mean_return(own) for own in players[LEARNER]]),
        mean_interval([float(str(own["state"].info.provenance["explained"])) for own in rewards]),
    )


def _info(
    task: ControlTask, config: RunConfig, settings: SoftQConfig, terminal: TerminalConvention
) -> RewardInfo:
    """Of the transition reward of a run's learners."""
    return RewardInfo(
        kind="transition",
        title=f"{settings.method} in {task.name}",
        gamma=settings.gamma,
        temperature=settings.temperature,
        terminal=terminal,
        n_states=0,
        n_actions=task.n_actions,
        method=settings.method,
        provenance={
            "task": config.task,
            "settings": config.config,
            "demonstrations": config.demonstrations,
            "version": config.version,
        },
        obs_shape=task.obs_shape,
    )


Players = Mapping[str, Sequence[Steps]]
"""Who acts -> each seed's own steps."""


def _players(task: ControlTask, learned: Sequence[Learned], temperature: float, shown: Shown) -> Players:
    """The expert, the learner, and everything between it and random play."""
    act = boltzmann_policy(stacked_q(learned), temperature)
    whole = bool(shown.held_out)
    expert = [steps_of_demonstrations(own, whole=whole) for own in shown.held_out or shown.learned]
    played = {
        name: play(task, act, len(learned), EPISODES, PLAY_SEED, noise=noise)
        for noise, name in NOISES.items()
    }
    return {EXPERT: expert, **played}


def _rewards_of_seed(
    k: int, learned: Learned, shown: Shown, players: Players, info: RewardInfo
) -> dict[Lens, Reward]:
    own = shown.learned[k]
    fitted_on = [steps_of_demonstrations(own, whole=False)]
    fitted_on += [players[name][k] for name in NOISES.values()]
    known = replace(info, provenance={**info.provenance, "seed": learned.seed, "update": learned.update})
    return rewards_of(learned, own, fitted_on, known)


def _agreements(rewards: Sequence[Mapping[Lens, Reward]], players: Players) -> list[AgreementRow]:
    """Of every view, on the states of every player and of all together."""
    together = [joined([steps[k] for steps in players.values()]) for k in range(len(rewards))]
    rows = []
    for lens in LENSES:
        for name, steps in {**players, WHOLE: together}.items():
            found = [
                agreement(
                    own[lens](part.obs, part.action, part.next_obs, part.terminated),
                    part.reward,
                    part.episode,
                )
                for own, part in zip(rewards, steps, strict=True)
            ]
            rows.append(agreement_row(lens, name, len(np.unique(steps[0].episode)), found))
    return rows


def _train(
    task: ControlTask,
    config: RunConfig,
    rewards: Sequence[Mapping[Lens, Reward]],
    temperature: float,
    changes: Mapping[str, Any],
    progress: Progress | None,
) -> tuple[list[TrainedRow], tuple[Steps, ...]]:
    """Agents on the true reward, then on every view under every convention; and the first, partly trained."""
    arms = [(lens, terminal) for lens in LENSES for terminal in _conventions(lens, rewards)]
    asked: dict[str, list[Reward | None]] = {
        f"{lens} {terminal}": [with_terminal(own[lens], terminal) for own in rewards]
        for lens, terminal in arms
    }
    said = None if progress is None else _halves(progress)
    seeds = config.seeds
    true: Agents = train_agents(
        task,
        {"true": [None] * len(seeds)},
        seeds,
        agents_config(task, **changes),
        progress=None if said is None else said[0],
    )["true"]
    found = train_agents(
        task,
        asked,
        seeds,
        agents_config(task, temperature, **changes),
        progress=None if said is None else said[1],
    )
    rows = [trained_row("true", "", true.returns)]
    rows += [trained_row(lens, terminal, found[f"{lens} {terminal}"].returns) for lens, terminal in arms]
    return rows, true.partly


def _conventions(lens: Lens, rewards: Sequence[Mapping[Lens, Reward]]) -> tuple[TerminalConvention, ...]:
    """Those that differ: a learner that holds the end for worth nothing has no "absorbing" of its own."""
    bounded = [own["bounded"] for own in rewards]
    nothing = all(isinstance(each, NetworkReward) and each.end_value == 0.0 for each in bounded)
    skipped = {"absorbing"} if lens == "bounded" and nothing else set()
    return tuple(terminal for terminal in CONVENTIONS[lens] if terminal not in skipped)


def _halves(progress: Progress) -> tuple[Progress, Progress]:
    """One bar for two trainings, the second of which is the longer one."""

    def first(done: int, total: int, words: str) -> None:
        progress(done, 4 * total, f"{words} on the true reward")

    def second(done: int, total: int, words: str) -> None:
        progress(total + 3 * done, 4 * total, f"{words} on the recovered rewards")

    return first, second


def _mean_return(steps: Steps) -> float:
    return float(np.bincount(steps.episode, weights=steps.reward).mean())
