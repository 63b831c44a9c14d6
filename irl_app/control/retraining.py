"""The test of a recovered reward: agents trained on it from scratch, who never saw a demonstration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from irl_app.control.steps import play
from irl_app.rewards import Reward, RewardWrapper
from irl_app.tasks import ControlTask, boltzmann_policy, rollout_stacked
from irl_app.training.steps import Steps
from trainers.mdp import FloatArray
from trainers.soft_q_config import SoftQConfig, SoftQMethod

Progress = Callable[[int, int, str], None]
METHOD: SoftQMethod = "soft-q"
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
    partly: tuple[Steps, ...]


def agents_config(task: ControlTask, temperature: float | None = None, **changes: Any) -> SoftQConfig:
    """How agents are trained in a task: soft Q-learning as is usual there.

    Args:
        temperature: of the policy that the reward explains; None: what is usual for the true reward.
        changes: other fields.
    """
    settings = task.defaults(METHOD) | ({} if temperature is None else {"temperature": temperature}) | changes
    return SoftQConfig(method=METHOD, **settings)


def train_agents(
    task: ControlTask,
    rewards: Mapping[str, Sequence[Reward | None]],
    seeds: Sequence[int],
    config: SoftQConfig,
    *,
    progress: Progress | None = None,
) -> dict[str, Agents]:
    """Agents of every reward and seed, all side by side in one training; name -> its agents.

    Args:
        rewards: name -> one reward a seed; None: the task's own.
        seeds: of the agents. config: soft Q-learning or deep Q-learning.
        progress: called with (updates done, of how many, in words); may raise to stop.

    Raises:
        ValueError: the configuration is one of imitation.
        RewardError: a reward is for another task.
    """
    from trainers.soft_q import SoftQTrainer  # loads torch, which nothing else here needs
    from trainers.threads import use_one_thread

    if config.imitates:
        raise ValueError(f"agents are trained by soft-q or dqn, {config.method} asks for demonstrations")
    use_one_thread()
    every = [reward for own in rewards.values() for reward in own]
    waiting = iter(every)

    def make() -> gym.Env[Any, Any]:
        reward, env = next(waiting), task.make()
        return env if reward is None else RewardWrapper(env, reward)

    numbers = [AGENT_SEED + 1000 * i + seed for i, _ in enumerate(rewards) for seed in seeds]
    trainer = SoftQTrainer(config, task.obs_shape, task.n_actions, seeds=numbers, make_env=make)
    act, partly = boltzmann_policy(trainer.q_values, config.policy_temperature), tuple[Steps, ...]()
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
