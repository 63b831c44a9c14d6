"""Train on a recovered reward: Gymnasium wrappers that put it in the place of the environment's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.rewards.protocol import Reward, RewardError, RewardInfo
from trainers.arrays import BoolArray, FloatArray
from trainers.gym_spaces import actions, observations, one, space_from_gymnasium
from trainers.spaces import Box, Space, SpaceError, alike

Encoder = Callable[[Any], NDArray[Any]]


class RewardWrapper(gym.Wrapper[Any, Any, Any, Any]):
    """Replace an environment's reward; the true one stays in ``info["true_reward"]``.

    On the step that terminates an episode the discounted tail of what is received for ever after is added
    (0 under the "zero" convention), so that a learner that bootstraps zero from terminal states sees the same
    return as one that stays in the absorbing state. (The entropy that a soft learner would go on collecting
    there is the learner's, not a reward, and is left out.)

    Given a vector environment of Gymnasium, the call returns a `RewardVectorWrapper`.

    Args:
        env: with observations and actions in the reward's spaces; the bounds of a Box do not count. Composed
            spaces are laid out as `irl_app.tasks` does, so that a reward learned in this environment fits.
        reward: what the learner shall see.

    Raises:
        RewardError: the spaces do not fit the reward; later, the environment shows a world that the reward
            is not of.
    """

    def __new__(cls, env: Any, reward: Reward) -> Any:
        """A wrapper of one environment, or of many side by side."""
        if isinstance(env, gym.vector.VectorEnv):
            return RewardVectorWrapper(env, reward)
        return super().__new__(cls)

    def __init__(self, env: gym.Env[Any, Any], reward: Reward) -> None:
        super().__init__(env)
        self._seen, self._done = _encoders(env.observation_space, env.action_space, reward.info)
        self.reward_function = reward
        self._obs: Any = None

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Start an episode; arguments as the environment's."""
        obs, info = self.env.reset(**kwargs)
        _check_world(getattr(self.env.unwrapped, "grid", None), self.reward_function.info)
        self._obs = self._batch(obs)
        return obs, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one action; the reward is the recovered one."""
        if self._obs is None:
            raise RewardError("call reset() before step()")
        next_obs, true_reward, terminated, truncated, info = self.env.step(action)
        following, chosen = self._batch(next_obs), self._done(one(self.env.action_space, action))
        value = paid(self.reward_function, self._obs, chosen, following, np.array([terminated]))[0]
        self._obs = following
        return next_obs, float(value), terminated, truncated, {**info, "true_reward": float(true_reward)}

    def _batch(self, obs: Any) -> NDArray[Any]:
        """A batch of one observation, which the environment may go on to change."""
        return self._seen(one(self.env.observation_space, obs))


class RewardVectorWrapper(gym.vector.VectorWrapper):
    """The same for N environments side by side, whichever way they begin anew.

    A step that only begins the next episode (``AutoresetMode.NEXT_STEP``) pays nothing. The true rewards are
    ``info["true_reward"]`` (N,).

    Args:
        env: Gymnasium's vector environment. reward: what the learner shall see.

    Raises:
        RewardError: as of `RewardWrapper`.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any], reward: Reward) -> None:
        super().__init__(env)
        spaces = env.single_observation_space, env.single_action_space
        self._seen, self._done = _encoders(*spaces, reward.info)
        self.reward_function = reward
        self._mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        self._obs: Any = None
        self._ended = np.zeros(env.num_envs, bool)

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Start episodes; arguments as the environment's."""
        obs, info = self.env.reset(**kwargs)
        many: Any = self.env.unwrapped
        asked = self.reward_function.info.map_text and hasattr(many, "call")
        if asked and all(many.call("has_wrapper_attr", "grid")):
            for grid in many.call("grid"):  # which may be in another process
                _check_world(grid, self.reward_function.info)
        self._obs, self._ended = self._seen(obs), np.zeros(self.num_envs, bool)
        return obs, info

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Take one action in each."""
        if self._obs is None:
            raise RewardError("call reset() before step()")
        obs, true, terminated, truncated, info = self.env.step(actions)
        seen, ended = self._seen(obs), terminated | truncated
        following = seen
        if self._mode == AutoresetMode.SAME_STEP and ended.any():
            following = seen.copy()
            for i in np.flatnonzero(ended):
                last = info["final_obs"][i]
                following[i] = self._seen(one(self.single_observation_space, last))[0]
        begins = self._ended if self._mode == AutoresetMode.NEXT_STEP else np.zeros_like(self._ended)
        value = np.zeros(self.num_envs)
        moved = ~begins
        if moved.any():
            value[moved] = paid(
                self.reward_function,
                self._obs[moved],
                self._done(actions)[moved],
                following[moved],
                terminated[moved],
            )
        self._obs, self._ended = seen, ended
        return obs, value, terminated, truncated, {**info, "true_reward": np.where(begins, 0.0, true)}


def paid(
    reward: Reward, obs: NDArray[Any], action: NDArray[Any], next_obs: NDArray[Any], terminated: BoolArray
) -> FloatArray:
    """(B,) what transitions are worth to a learner that stops at an end: the reward, and there its tail too.

    Raises:
        RewardError: the reward says nothing of a state: it is of another world.
    """
    value = reward(obs, action, next_obs, terminated)
    if terminated.any():
        value = value + np.where(terminated, reward.info.gamma * reward.tail(next_obs), 0.0)
    if np.isnan(value).any():
        state = next_obs[int(np.isnan(value).argmax())]
        raise RewardError(
            f"the reward says nothing of the state {str(state)[:60]}, which was a wall where it was "
            "recovered: use it in the world that it is of, or recover it anew in this one"
        )
    return value


def _encoders(seen: gym.Space[Any], done: gym.Space[Any], info: RewardInfo) -> tuple[Encoder, Encoder]:
    """What makes the reward's elements of an environment's.

    Raises:
        RewardError: they are not those of the reward.
    """
    found = []
    for what, theirs, needed, translated in (
        ("observations", seen, info.observation_space, observations),
        ("actions", done, info.action_space, actions),
    ):
        try:
            if alike(space_from_gymnasium(theirs), needed):
                found.append(_as_they_are(needed))
                continue
        except SpaceError:
            pass
        try:
            translation = translated(theirs)
            if not alike(translation.space, needed):
                raise SpaceError("another one")
            found.append(translation.encode)
        except SpaceError:
            raise RewardError(
                f"the reward needs {what} that are {needed}, this environment has {theirs}"
            ) from None
    return found[0], found[1]


def _as_they_are(space: Space) -> Encoder:
    def encode(values: Any) -> NDArray[Any]:
        try:
            return space.cast(values, "observations and actions")
        except SpaceError as error:
            raise RewardError(str(error)) from error

    return encode if isinstance(space, Box) else lambda values: encode(np.asarray(values).reshape(-1))


def _check_world(grid: Any, info: RewardInfo) -> None:
    """Refuse a grid whose walls are not where the reward's are.

    Raises:
        RewardError: so it is.
    """
    if not info.map_text or not isinstance(grid, GridSpec):
        return
    known = parse_map(info.map_text)
    if known.walls.shape != grid.walls.shape or (known.walls != grid.walls).any():
        raise RewardError(
            "the walls of this world are not where they were when the reward was recovered: use it in the "
            "world of reward.info.map_text, or recover it anew in this one"
        )
