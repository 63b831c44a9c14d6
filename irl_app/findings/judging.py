"""From a finished training run to judged rewards: played, read off, compared, trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.analysis.agents import WHOLE, AgreementRow, TrainedRow, agreement_row, trained_row
from irl_app.analysis.agreement import agreement
from irl_app.analysis.estimates import Estimate
from irl_app.analysis.intervals import mean_interval
from irl_app.findings.adversarial import adversarial_rewards
from irl_app.findings.agents import Agents, Progress, agents_config, play, train_agents
from irl_app.findings.rewards import TITLES, Lens, recommended_terminal, rewards_of, with_terminal
from irl_app.rewards import NetworkReward, Reward, RewardInfo, TerminalConvention
from irl_app.runs import RunConfig, RunError, read_config
from irl_app.tasks import Task
from irl_app.training.learners import Learners, load_learners, ways_with_ends
from irl_app.training.measured import task_of
from irl_app.training.request import LearnerConfig, learner_config, title_of
from irl_app.training.split import Split, load_split
from trainers.arrays import FloatArray
from trainers.transitions import Transitions, concatenate

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
    "adversarial": ("pessimistic", "zero"),
    "supported": ("zero",),
    "deshaped": ("pessimistic", "zero"),
    "state": ("pessimistic", "zero", "absorbing"),
    "bounded": ("pessimistic", "zero", "absorbing"),
    "transition": ("pessimistic", "zero"),
}
"""What agents are trained on. Left out where nothing differs: an end is worth Q(s, a) under the raw reward's
"zero" as under its "absorbing", and nothing under those of the de-shaped reward."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found out about the rewards of one run.

    Attributes:
        run: the folder. config: what was asked for. task: it was recovered in.
        update: after which the run was judged. refused: why not after a later one, one sentence a checkpoint.
        rewards: one mapping a seed, under the recommended convention.
        agreement: by view of the reward and by who acted; ``WHOLE`` the last of each view.
        trained: the agents of the true reward first; empty if none were trained.
        learner: true return of the learners' own policies, over seeds.
        explained: share of the de-shaped reward that its state-only part explains, over seeds.
        expert_return: mean true return of whoever demonstrated.
    """

    run: Path
    config: RunConfig
    task: Task
    update: int
    refused: tuple[str, ...]
    rewards: tuple[Mapping[Lens, Reward], ...]
    agreement: tuple[AgreementRow, ...]
    trained: tuple[TrainedRow, ...]
    learner: Estimate
    explained: Estimate
    expert_return: float

    @property
    def lens(self) -> Lens:
        """The recommended view."""
        return next(iter(self.rewards[0]))

    @property
    def terminal(self) -> TerminalConvention:
        """The recommended convention of that view."""
        return self.rewards[0][self.lens].info.terminal


def judge_run(
    run: Path,
    *,
    trained_on: bool = True,
    adversarial: bool = True,
    agents: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Read the rewards off a run that is done, compare them with the true one, and train agents on them.

    Args:
        run: its folder.
        trained_on: whether to train agents, which takes minutes.
        adversarial: whether to learn the adversarial reward of robots, which takes minutes too.
        agents: settings that agents change.
        progress: called with (done, of how many, in words); may raise to stop.

    Raises:
        RunError: the run learned no reward, has no checkpoint, or is damaged.
    """
    config = read_config(run)
    task, settings = task_of(config), learner_config(config.config)
    if settings.rewarded:
        raise RunError(f"{settings.method} is given the reward: only imitation recovers one")
    if task.is_grid:
        raise RunError(f"{task.name} is a grid: recover it as one, without networks")
    learners, split = load_learners(run, config), load_split(run, len(config.seeds))
    players = _players(task, learners, split)
    info = _info(task, config, settings, recommended_terminal(split.n_terminated))
    rewards: tuple[Mapping[Lens, Reward], ...] = tuple(
        _rewards_of_seed(k, learners, config, split, players, info) for k in range(len(config.seeds))
    )
    told: list[Progress | None] = [progress, progress]
    if adversarial and task.is_continuous and not task.observation_space.is_picture:
        told = _shares(progress, (1, 4)) if trained_on else told
        ways = _ways(run, config, split)
        rewards = _with_adversarial(task, config, split, players[RANDOM], ways, rewards, told[0])
    trained: list[TrainedRow] = []
    if trained_on:
        trained, partly = _train(task, config, rewards, settings.temperature, agents or {}, told[1])
        players = {**players, PARTLY: partly}
    return Findings(
        run,
        config,
        task,
        learners.update,
        learners.refused,
        rewards,
        tuple(_agreements(rewards, players)),
        tuple(trained),
        mean_interval(
            [float(np.bincount(own.episode, weights=own.reward).mean()) for own in players[LEARNER]]
        ),
        _explained(rewards),
        _expert_return(task, config),
    )


def _explained(rewards: Sequence[Mapping[Lens, Reward]]) -> Estimate:
    if "state" not in rewards[0]:
        return Estimate(None, why_missing="A reward of the state alone is not fitted to pictures.")
    return mean_interval([float(str(own["state"].info.provenance["explained"])) for own in rewards])


def _expert_return(task: Task, config: RunConfig) -> float:
    """Of the expert whose demonstrations were brought, over all its episodes; else of the task's own."""
    asked = config.demonstrations or {}
    brought = asked.get("mean_return") if asked.get("source") is not None else None
    return task.expert_return if brought is None else float(brought)


def _info(task: Task, config: RunConfig, settings: LearnerConfig, terminal: TerminalConvention) -> RewardInfo:
    """Of the transition reward of a run's learners."""
    return RewardInfo(
        kind="transition",
        title=f"{title_of(settings)} in {task.name}",
        gamma=settings.gamma,
        temperature=settings.temperature,
        terminal=terminal,
        observation_space=task.observation_space,
        action_space=task.action_space,
        method=settings.method,
        provenance={
            "task": config.task,
            "settings": config.config,
            "demonstrations": config.demonstrations,
            "version": config.version,
        },
    )


Players = Mapping[str, Sequence[Transitions]]
"""Who acts -> each seed's own steps."""


def _players(task: Task, learners: Learners, split: Split) -> Players:
    """The expert, the learner, and everything between it and random play."""
    act, n, episodes = learners.act, len(learners.each), task.bearable(EPISODES)
    played = {name: play(task, act, n, episodes, PLAY_SEED, noise=noise) for noise, name in NOISES.items()}
    # those learned from are not of whole episodes: each step is one of its own
    shown = split.validation or [replace(own, episode=np.arange(len(own))) for own in split.train]
    return {EXPERT: shown, **played}


def _rewards_of_seed(
    k: int, learners: Learners, config: RunConfig, split: Split, players: Players, info: RewardInfo
) -> dict[Lens, Reward]:
    fitted_on = [split.train[k], *(players[name][k] for name in NOISES.values())]
    known = replace(info, provenance={**info.provenance, "seed": config.seeds[k], "update": learners.update})
    learner, networks = learners.each[k], learners.networks[k]
    known = replace(known, temperature=float(learner.temperature))
    g = learners.disentangled[k] if learners.disentangled else None
    return rewards_of(learner, networks, split.train[k], fitted_on, known, config.seeds[k], g)


def _ways(run: Path, config: RunConfig, split: Split) -> tuple[NDArray[Any], ...]:
    """Where each seed's learner has been, if episodes of it ended and no demonstration did."""
    every = ways_with_ends(run, config)
    return tuple(
        states[:0] if ended else states for states, ended in zip(every, split.n_terminated, strict=True)
    )


def _with_adversarial(
    task: Task,
    config: RunConfig,
    split: Split,
    idle: Sequence[Transitions],
    ways: Sequence[NDArray[Any]],
    rewards: Sequence[Mapping[Lens, Reward]],
    progress: Progress | None,
) -> tuple[Mapping[Lens, Reward], ...]:
    """The rewards of each seed, before them the one that is learned beside its learner."""
    infos = []
    for own in rewards:
        known = own["transition"].info
        title = known.title.replace(TITLES["transition"], TITLES["adversarial"])
        infos.append(replace(known, kind="state", title=title))
    found = adversarial_rewards(task, split.train, idle, ways, infos, config.seeds, progress)
    return tuple({"adversarial": new, **own} for new, own in zip(found, rewards, strict=True))


def _agreements(rewards: Sequence[Mapping[Lens, Reward]], players: Players) -> list[AgreementRow]:
    """Of every view, on the states of every player and of all together."""
    together = [concatenate([steps[k] for steps in players.values()]) for k in range(len(rewards))]
    rows = []
    for lens in rewards[0]:
        paid: dict[str, list[FloatArray]] = {
            name: [
                own[lens](part.obs, part.action, part.next_obs, part.terminated)
                for own, part in zip(rewards, steps, strict=True)
            ]
            for name, steps in players.items()
        }
        paid[WHOLE] = [np.concatenate(parts) for parts in zip(*paid.values(), strict=True)]
        for name, steps in {**players, WHOLE: together}.items():
            found = [
                agreement(own, part.reward, part.episode) for own, part in zip(paid[name], steps, strict=True)
            ]
            rows.append(agreement_row(lens, name, len(np.unique(steps[0].episode)), found))
    return rows


def _train(
    task: Task,
    config: RunConfig,
    rewards: Sequence[Mapping[Lens, Reward]],
    temperature: float,
    changes: Mapping[str, Any],
    progress: Progress | None,
) -> tuple[list[TrainedRow], tuple[Transitions, ...]]:
    """Agents on the true reward, then on every view under every convention; and the first, partly trained."""
    arms = [(lens, terminal) for lens in rewards[0] for terminal in _conventions(lens, rewards)]
    asked: dict[str, list[Reward | None]] = {
        f"{lens} {terminal}": [with_terminal(own[lens], terminal) for own in rewards]
        for lens, terminal in arms
    }
    said = _shares(progress, (1, 3), ("on the true reward", "on the recovered rewards"))
    seeds = config.seeds
    true: Agents = train_agents(
        task, {"true": [None] * len(seeds)}, seeds, agents_config(task, **changes), progress=said[0]
    )["true"]
    found = train_agents(task, asked, seeds, agents_config(task, temperature, **changes), progress=said[1])
    rows = [trained_row("true", "", true.returns)]
    rows += [trained_row(lens, terminal, found[f"{lens} {terminal}"].returns) for lens, terminal in arms]
    return rows, true.partly


def _conventions(lens: Lens, rewards: Sequence[Mapping[Lens, Reward]]) -> tuple[TerminalConvention, ...]:
    """Those that differ: a learner that holds the end for worth nothing has no "absorbing" of its own."""
    bounded = [own["bounded"] for own in rewards]
    nothing = all(isinstance(each, NetworkReward) and each.terminal_value == 0.0 for each in bounded)
    skipped = {"absorbing"} if lens == "bounded" and nothing else set()
    return tuple(terminal for terminal in CONVENTIONS[lens] if terminal not in skipped)


def _shares(
    progress: Progress | None, shares: Sequence[int], words: Sequence[str] = ("", "")
) -> list[Progress | None]:
    """One bar for trainings that take these shares of it, one after the other."""
    if progress is None:
        return [None] * len(shares)

    def part(i: int) -> Progress:
        before, own = sum(shares[:i]), shares[i]

        def said(done: int, total: int, text: str) -> None:
            progress(before * total + own * done, sum(shares) * total, f"{text} {words[i]}".strip())

        return said

    return [part(i) for i in range(len(shares))]
