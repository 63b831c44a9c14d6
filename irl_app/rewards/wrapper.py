"""Train on a recovered reward: a Gymnasium wrapper that puts it in the place of the environment's own."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from irl_app.rewards.protocol import Reward, RewardError


class RewardWrapper(gym.Wrapper[Any, Any, Any, Any]):
    """Replace an environment's reward; the true one stays in ``info["true_reward"]``.

    On the step that terminates an episode the discounted tail of an "absorbing" reward is added, so that a
    learner that bootstraps zero from terminal states sees the same return as one that stays in the absorbing
    state. (The entropy that a soft learner would go on collecting there is the learner's, not a reward, and
    is left out.)

    Args:
        env: with Discrete observations and actions of the reward's sizes.
        reward: what the learner shall see.

    Raises:
        RewardError: the spaces do not fit the reward.
    """

    def __init__(self, env: gym.Env[Any, Any], reward: Reward) -> None:
        super().__init__(env)
        for what, space, size in (
            ("observations", env.observation_space, reward.info.n_states),
            ("actions", env.action_space, reward.info.n_actions),
        ):
            if not isinstance(space, gym.spaces.Discrete) or space.n != size or space.start != 0:
                raise RewardError(
                    f"the reward needs {what} in Discrete({size}), this environment has {space}"
                )
        self.reward_function = reward
        self._obs: int | None = None

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Start an episode; arguments as the environment's."""
        obs, info = self.env.reset(**kwargs)
        self._obs = int(obs)
        return obs, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one action; the reward is the recovered one."""
        if self._obs is None:
            raise RewardError("call reset() before step()")
        next_obs, true_reward, terminated, truncated, info = self.env.step(action)
        reward = self.reward_function
        value = reward([self._obs], [int(action)], [int(next_obs)], [terminated])[0]
        if terminated:
            value += reward.info.gamma * reward.tail([int(next_obs)])[0]
        self._obs = int(next_obs)
        return next_obs, float(value), terminated, truncated, {**info, "true_reward": float(true_reward)}
