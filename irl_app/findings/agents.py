"""The test of a recovered reward: agents trained on it from scratch, who never saw a demonstration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from irl_app.rewards import Reward, RewardWrapper
from irl_app.tasks import Obs, Policy, Task, rollout_stacked
from irl_app.training.request import LearnerConfig, usual_config
from trainers.arrays import FloatArray
from trainers.learner import Actions, policy_of
from trainers.transitions import Transitions

if TYPE_CHECKING:
    from trainers.deep.trainer import Trainer

Progress = Callable[[int, int, str], None]
EPISODES = 20
"""Of each agent's own policy, that its true return is the mean of."""
LOOKS = 50
"""How often a training says how far it is."""
PARTLY = 0.2
"""Share of its updates after which an agent counts as partly trained."""
AGENT_SEED = 7_000_003
"""Added to a seed: agents share neither weights nor episodes with the learner of that seed."""


@dataclass(frozen=True, eq=False)
class Agents:
    """K agents of one training.

    Attributes:
        returns: (K,) mean true returns of their own policies at the end.
        partly: steps of some episodes of each when it was partly trained.
    """

    returns: FloatArray
    partly: tuple[Transitions, ...]


def agents_config(task: Task, temperature: float | None = None, **changes: Any) -> LearnerConfig:
    """How agents are trained in a task: as experts are, by soft Q-learning or soft actor-critic.

    Args:
        temperature: of the policy that the reward explains; None: what is usual for the true reward.
        changes: other fields.
    """
    method = task.expert_training.method
    learned = task.is_continuous  # by their entropy
    softness = {} if temperature is None or learned else {"temperature": temperature}
    return usual_config(task, method, **softness | changes)


def train_agents(
    task: Task,
    rewards: Mapping[str, Sequence[Reward | None]],
    seeds: Sequence[int],
    config: LearnerConfig,
    *,
    progress: Progress | None = None,
) -> dict[str, Agents]:
    """Agents of every reward and seed, all side by side in one training; name -> its agents.

    Args:
        rewards: name -> one reward a seed; None: the task's own.
        seeds: of the agents. config: of a method that learns from rewards.
        progress: called with (updates done, of how many, in words); may raise to stop.

    Raises:
        ValueError: the configuration is one of imitation.
        RewardError: a reward is for another task.
    """
    every = [reward for own in rewards.values() for reward in own]
    numbers = [AGENT_SEED + 1000 * i + seed for i, _ in enumerate(rewards) for seed in seeds]
    trainer = agents_trainer(task, every, numbers, config)
    act, partly = policy_of(trainer.learner), tuple[Transitions, ...]()
    while not trainer.finished:
        trainer.advance(-(-config.updates // LOOKS))
        if not partly and trainer.update >= PARTLY * config.updates:
            partly = play(task, act, len(every), EPISODES // 2, AGENT_SEED)
        if progress is not None:
            progress(trainer.update, config.updates, f"{len(every)} fresh agents")
    played = rollout_stacked(task, act, len(every), EPISODES, AGENT_SEED + 1)
    returns = np.array([each.returns.mean() for each in played]).reshape(len(rewards), -1)
    groups = [partly[i : i + len(seeds)] for i in range(0, len(every), len(seeds))]
    return {name: Agents(own, part) for name, own, part in zip(rewards, returns, groups, strict=True)}


def agents_trainer(
    task: Task, rewards: Sequence[Reward | None], seeds: Sequence[int], config: LearnerConfig
) -> Trainer:
    """What trains an agent on each reward, with its own seed; arguments and errors as of `train_agents`."""
    from trainers.deep.threads import use_one_thread
    from trainers.deep.trainer import Trainer  # loads torch, which nothing else here needs

    if config.imitates:
        raise ValueError(f"agents are trained on rewards, {config.method} asks for demonstrations")
    use_one_thread()
    waiting = iter(rewards)

    def make() -> gym.Env[Any, Any]:
        reward, env = next(waiting), task.make()
        return env if reward is None else RewardWrapper(env, reward)

    return Trainer(config, task.observation_space, task.action_space, seeds=seeds, make_env=make)


def play(
    task: Task, policy: Policy, n_policies: int, n_episodes: int, seed: int, *, noise: float = 0.0
) -> tuple[Transitions, ...]:
    """n episodes of each of K policies that are asked together, as `rollout_stacked` has them.

    Args:
        noise: share of their moves that are drawn at random instead, in [0, 1].
    """
    space = task.action_space

    def disturbed(obs: Obs, generator: np.random.Generator) -> Actions:
        chosen = policy(obs, generator)
        leading = chosen.shape[: chosen.ndim - len(space.shape)]
        stray = generator.random(leading).reshape(*leading, *[1] * len(space.shape)) < noise
        return np.where(stray, space.sample(generator, leading), chosen)

    played = rollout_stacked(task, disturbed, n_policies, n_episodes, seed, keep=True)
    return tuple(each.transitions() for each in played)
