"""Train on a recovered reward: a Gymnasium wrapper that puts it in the place of the environment's own."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from irl_app.rewards.protocol import Reward, RewardError, RewardInfo


class RewardWrapper(gym.Wrapper[Any, Any, Any, Any]):
    """Replace an environment's reward; the true one stays in ``info["true_reward"]``.

    On the step that terminates an episode the discounted tail of what is received for ever after is added
    (0 under the "zero" convention), so that a learner that bootstraps zero from terminal states sees the same
    return as one that stays in the absorbing state. (The entropy that a soft learner would go on collecting
    there is the learner's, not a reward, and is left out.)

    Args:
        env: with Discrete actions of the reward's number, and Discrete observations or a Box as it has them.
        reward: what the learner shall see.

    Raises:
        RewardError: the spaces do not fit the reward.
    """

    def __init__(self, env: gym.Env[Any, Any], reward: Reward) -> None:
        super().__init__(env)
        _check_spaces(env, reward.info)
        self.reward_function = reward
        self._obs: Any = None

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Start an episode; arguments as the environment's."""
        obs, info = self.env.reset(**kwargs)
        self._obs = self._batch(obs)
        return obs, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one action; the reward is the recovered one."""
        if self._obs is None:
            raise RewardError("call reset() before step()")
        next_obs, true_reward, terminated, truncated, info = self.env.step(action)
        reward, following = self.reward_function, self._batch(next_obs)
        value = reward(self._obs, np.array([int(action)]), following, np.array([terminated]))[0]
        if terminated:
            value += reward.info.gamma * reward.tail(following)[0]
        self._obs = following
        return next_obs, float(value), terminated, truncated, {**info, "true_reward": float(true_reward)}

    def _batch(self, obs: Any) -> np.ndarray[Any, Any]:
        """A batch of one observation, which the environment may go on to change."""
        return np.array([obs], dtype=np.float32 if self.reward_function.info.obs_shape else np.int64)


def _check_spaces(env: gym.Env[Any, Any], info: RewardInfo) -> None:
    """Refuse an environment whose observations or actions are not those of the reward."""
    if info.obs_shape:
        space = env.observation_space
        if not isinstance(space, gym.spaces.Box) or space.shape != info.obs_shape:
            raise RewardError(
                f"the reward needs observations in a Box of shape {info.obs_shape}, "
                f"this environment has {space}"
            )
    discrete = [("actions", env.action_space, info.n_actions)]
    if not info.obs_shape:
        discrete.append(("observations", env.observation_space, info.n_states))
    for what, space, size in discrete:
        if not isinstance(space, gym.spaces.Discrete) or space.n != size or space.start != 0:
            raise RewardError(f"the reward needs {what} in Discrete({size}), this environment has {space}")
