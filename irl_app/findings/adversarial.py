"""A reward of states that agents can be trained on: learned against what those did that were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irl_app.findings.agents import AGENT_SEED, Progress, agents_config, agents_trainer
from irl_app.findings.rewards import STAYING, staying_counts
from irl_app.rewards import Perceptron, RewardInfo, StateNetworkReward, settled
from irl_app.tasks import Task
from trainers.arrays import Float32Array
from trainers.transitions import Transitions

if TYPE_CHECKING:
    from trainers.deep.state_discriminator import StateDiscriminator

ROUNDS = 4
"""Of fresh agents, each of whom begins from nothing."""
AGENT = {"updates": 10_000, "warmup": 2_000}
"""Settings of an agent of a round: it shall find where the reward errs, not become good."""
LOOKS = 20
"""How often a round says how far it is."""
PARTS = 2
"""Sources that an agent's steps make: what it did early counts as much as what it did late."""
FIT = 3_000
"""Steps on the discriminator's loss before each round, and after the last."""


def adversarial_rewards(
    task: Task,
    shown: Sequence[Transitions],
    idle: Sequence[Transitions],
    ways: Sequence[NDArray[Any]],
    infos: Sequence[RewardInfo],
    seeds: Sequence[int],
    progress: Progress | None = None,
) -> tuple[StateNetworkReward, ...]:
    """r(s') of each seed by `StateDiscriminator`, for which agents are trained on it round after round.

    Args:
        shown: what each seed learned from; the episodes' beginnings are left out, see `settled`.
        idle: steps of random play, the first counter-examples.
        ways: (N, *O) where each seed's learner was on its way from a clone to the expert, if episodes of it
            ended as no demonstration does: what agents must know who come as far.
        infos: of each reward, kind "state". seeds: of its network, and of its agents.
        progress: called with (updates done, of how many, in words); may raise to stop.
    """
    from trainers.deep.state_discriminator import MOST, StateDiscriminator  # loads torch

    every = []
    for own, other, way, seed in zip(shown, idle, ways, seeds, strict=True):
        expert = settled(own.next_obs, own.episode)
        every.append(StateDiscriminator(expert, seed))
        every[-1].oppose(_flat(other.next_obs))
        if len(way):
            _oppose(every[-1], way)

    def learned() -> list[StateNetworkReward]:
        found = []
        for each, own, other, info in zip(every, shown, idle, infos, strict=True):
            each.learn(FIT)
            lowest = -MOST - (STAYING if staying_counts(own, other) else 0.0)
            g = Perceptron(tuple(each.layers()), layer_norm=True)
            found.append(StateNetworkReward(g, info, lowest, MOST))
        return found

    config = agents_config(task, **AGENT)
    for number in range(ROUNDS):
        numbers = [AGENT_SEED + 100_000 * (1 + number) + seed for seed in seeds]
        trainer = agents_trainer(task, learned(), numbers, config)
        while not trainer.finished:
            trainer.advance(-(-config.updates // LOOKS))
            if progress is not None:
                done = number * config.updates + trainer.update
                progress(done, ROUNDS * config.updates, f"counter-examples, round {number + 1}")
        for each, states in zip(every, trainer.reached(), strict=True):
            _oppose(each, states)
    return tuple(learned())


def _oppose(learned: StateDiscriminator, states: NDArray[Any]) -> None:
    for part in np.array_split(_flat(states), PARTS):
        learned.oppose(part)


def _flat(states: NDArray[Any]) -> Float32Array:
    return states.reshape(len(states), -1).astype(np.float32)
