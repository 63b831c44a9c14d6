"""Rewards over observed arrays, read off a trained network; used without torch.

Both know how low and how high they are: what a reward learned from demonstrations says elsewhere is no
evidence, and an agent trained on it would look for exactly the places where it errs upwards. Where no
demonstration ends, nobody showed what an end is worth: under the "pessimistic" convention it is worth as
much as the lowest reward for ever. All rewards are counted from that one, so that an end simply pays nothing:
that shifts every policy's return alike, and to an agent that learns step by step it is far easier than one
huge loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.rewards.protocol import RewardError, RewardInfo
from irl_app.rewards.qnetwork import QNetwork, observations
from irl_app.rewards.random_features import FeatureFunction
from trainers.control import soft_value
from trainers.mdp import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class NetworkReward:
    """The reward of a trained network Q with V(s) = tau log sum_a exp(Q(s, a) / tau).

    "transition": Q(s, a) - gamma V(s'); where the episode ended in s', V(s') is what having ended was worth
    to the learner. "bounded": the same, cut to ``lowest`` and ``highest``, the end's own reward too.
    "deshaped": Q(s, a) - V(s) = tau log pi(a | s), cut to them as well: the transition reward without its
    shaping by the potential V, whose value is 0 everywhere, so that an end adds nothing and takes nothing.

    Attributes:
        q: the network.
        info: what it is; its kind is one of the three.
        end_value: V(end) of the learner, 0 where it knew of nothing after the end.
        lowest, highest: the range of what is cut.

    Raises:
        RewardError: the parts do not fit together, or the range is none.
    """

    q: QNetwork
    info: RewardInfo
    end_value: float
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        _check_parts(self.info, self.q.n_inputs, self.lowest, self.highest)
        if self.q.n_actions != self.info.n_actions:
            raise RewardError(f"the network has {self.q.n_actions} actions, not {self.info.n_actions}")
        if not np.isfinite(self.end_value):
            raise RewardError(f"the value of the end must be a finite number, got {self.end_value!r}")
        if self.info.kind not in ("transition", "bounded", "deshaped"):
            raise RewardError(f"kind must be transition, bounded or deshaped, got {self.info.kind!r}")

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        s, following, ended = _batch(self.info, obs, next_obs, terminated)
        taken = _actions(action, len(s), self.info)[:, None]
        if self.info.kind == "deshaped":
            q = self.q(s)
            subtracted = soft_value(q, self.info.temperature)
        else:
            q = self.q(np.concatenate((s, following)))
            v_next = soft_value(q[len(s) :], self.info.temperature)
            end = 0.0 if self.info.terminal == "zero" else self.end_value
            subtracted = self.info.gamma * np.where(ended, end, v_next)
        reward = self._cut(np.take_along_axis(q[: len(s)], taken, 1)[:, 0] - subtracted)
        return _by_convention(self, reward, ended)

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        following = observations(next_obs, self.info.obs_shape, "next_obs")
        if self.info.terminal != "absorbing" or self.info.kind == "deshaped":
            return np.zeros(len(following))
        for_ever = self._cut(np.full(len(following), (1.0 - self.info.gamma) * self.end_value))
        return np.asarray(for_ever / (1.0 - self.info.gamma))

    def _cut(self, reward: FloatArray) -> FloatArray:
        return reward if self.info.kind == "transition" else np.clip(reward, self.lowest, self.highest)


@dataclass(frozen=True, eq=False)
class StateNetworkReward:
    """r(s, a, s') = g(s') within ``lowest`` and ``highest``: received on entering a state.

    The state in which an episode ends pays once; under "absorbing" for ever after.

    Attributes:
        g: a function of observations. info, lowest, highest: as in ``NetworkReward``.

    Raises:
        RewardError: as there.
    """

    g: FeatureFunction
    info: RewardInfo
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        _check_parts(self.info, self.g.n_inputs, self.lowest, self.highest)
        if self.info.kind != "disentangled":
            raise RewardError(f'kind must be "disentangled", got {self.info.kind!r}')

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        s, following, ended = _batch(self.info, obs, next_obs, terminated)
        _actions(action, len(s), self.info)
        return _by_convention(self, self._own(following), ended)

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        following = observations(next_obs, self.info.obs_shape, "next_obs")
        if self.info.terminal != "absorbing":
            return np.zeros(len(following))
        return np.asarray(self._own(following) / (1.0 - self.info.gamma))

    def _own(self, next_obs: NDArray[np.float32]) -> FloatArray:
        return np.clip(self.g(next_obs), self.lowest, self.highest)


ArrayReward = NetworkReward | StateNetworkReward


def _by_convention(reward: ArrayReward, values: FloatArray, ended: BoolArray) -> FloatArray:
    """The rewards (B,), under pessimism counted from the lowest, which every end pays."""
    if reward.info.terminal != "pessimistic":
        return values
    return np.where(ended, 0.0, values - reward.lowest)


def _check_parts(info: RewardInfo, n_inputs: int, lowest: float, highest: float) -> None:
    numbers = int(np.prod(info.obs_shape))
    if not info.obs_shape or n_inputs != numbers:
        raise RewardError(
            f"observations have the shape {info.obs_shape}, the network takes {n_inputs} numbers: "
            "they must be of one task"
        )
    if not -np.inf < lowest <= highest < np.inf:
        raise RewardError(f"the range of a reward must ascend and be finite, got {lowest!r} to {highest!r}")


def _batch(
    info: RewardInfo, obs: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
) -> tuple[NDArray[np.float32], NDArray[np.float32], BoolArray]:
    s, following = (
        observations(each, info.obs_shape, name) for each, name in ((obs, "obs"), (next_obs, "next_obs"))
    )
    ended = np.asarray(terminated, dtype=bool)
    if not len(s) == len(following) == len(ended):
        raise RewardError(f"obs, next_obs and terminated differ in length: {len(s)}, {len(following)}, ...")
    return s, following, ended


def _actions(action: ArrayLike, n: int, info: RewardInfo) -> IntArray:
    array = np.asarray(action)
    if array.dtype.kind not in "iu" or array.shape != (n,):
        raise RewardError(f"action must be {n} whole numbers, got {array.dtype} of shape {array.shape}")
    if n and (array.min() < 0 or array.max() >= info.n_actions):
        raise RewardError(f"action must lie in 0..{info.n_actions - 1}, got {array.min()}..{array.max()}")
    return array.astype(np.int64, copy=False)
