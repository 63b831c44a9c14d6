"""Rewards over observed arrays, read off a trained network; used without torch.

Both know how low and how high they are: what a reward learned from demonstrations says elsewhere is no
evidence, and an agent trained on it would look for exactly the places where it errs upwards. Where no
demonstration ends, nobody showed what an end is worth: under the "pessimistic" convention it is worth as
much as the lowest reward for ever. All rewards are counted from that one, so that an end simply pays nothing:
that shifts every policy's return alike, and to an agent that learns step by step it is far easier than one
huge loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.rewards.actor_networks import ActorNetworks, Network
from irl_app.rewards.perceptron import Perceptron
from irl_app.rewards.protocol import RewardError, RewardInfo
from irl_app.rewards.random_features import FeatureFunction
from trainers.arrays import BoolArray, FloatArray
from trainers.gaussian_learner import GaussianLearner
from trainers.learner import SoftmaxLearner
from trainers.spaces import Box, Discrete, Space

Networks = Network | ActorNetworks
"""What Q is made of: a network that lists every action's value, or an actor with its critics."""


def learner_of(
    networks: Networks,
    action_space: Space,
    temperature: float,
    gamma: float,
    terminal_value: float,
    cloned: bool = False,
    near_clone: bool = False,
) -> SoftmaxLearner | GaussianLearner:
    """Who acts by these networks.

    Args:
        near_clone: the temperature holds the policy to its clone, not to chance.

    Raises:
        RewardError: the networks are of other actions.
    """
    if not isinstance(networks, ActorNetworks):
        if not isinstance(action_space, Discrete) or networks.n_outputs != action_space.n:
            raise RewardError(f"the network has {networks.n_outputs} actions, not {action_space}")
        return SoftmaxLearner(networks, action_space, temperature, gamma, terminal_value, cloned)
    if not isinstance(action_space, Box) or networks.action_size != action_space.size:
        raise RewardError(f"the actor gives {networks.action_size} numbers, actions are {action_space}")
    if near_clone and not networks.clones:
        raise RewardError("the policy is held to a clone that is not there")
    clone = networks.clone if near_clone else None
    return GaussianLearner(
        networks.act, networks.q, action_space, temperature, gamma, terminal_value, clone, cloned
    )


@dataclass(frozen=True, eq=False)
class NetworkReward:
    """The reward of a trained Q; V(s) is that of its learner.

    "transition": Q(s, a) - gamma V(s'); where the episode ended in s', V(s') is what having ended was worth
    to the learner. "bounded": the same, cut to ``lowest`` and ``highest``, the end's own reward too.
    "deshaped": Q(s, a) - V(s), tau log pi(a | s) of a softmax policy, cut to them as well: the transition
    reward without its shaping by the potential V, whose value is 0 everywhere, so that an end adds nothing
    and takes nothing.

    Attributes:
        q: the networks.
        info: what it is; its kind is one of the three.
        terminal_value: V(end) of the learner, 0 where it knew of nothing after the end.
        lowest, highest: the range of what is cut.
        cloned: Q is known up to a function of the state only, see `SoftmaxLearner`.
        near_clone: see `learner_of`.

    Raises:
        RewardError: the parts do not fit together, or the range is none.
    """

    q: Networks = field(repr=False)
    info: RewardInfo
    terminal_value: float
    lowest: float
    highest: float
    cloned: bool = False
    near_clone: bool = False

    def __post_init__(self) -> None:
        check_parts(self.info, self.q.n_inputs, self.lowest, self.highest)
        if not np.isfinite(self.terminal_value):
            raise RewardError(f"terminal_value must be a finite number, got {self.terminal_value!r}")
        if self.info.kind not in ("transition", "bounded", "deshaped"):
            raise RewardError(f"kind must be transition, bounded or deshaped, got {self.info.kind!r}")
        assert self.learner  # or RewardError: the networks are of other actions

    @cached_property
    def learner(self) -> SoftmaxLearner | GaussianLearner:
        """Who acts by Q, and takes an end for worth what the convention says."""
        info = self.info
        end = 0.0 if info.terminal == "zero" else self.terminal_value
        return learner_of(
            self.q, info.action_space, info.temperature, info.gamma, end, self.cloned, self.near_clone
        )

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        found = np.empty(len(np.asarray(terminated)))
        for at, s, a, following, ended in self.info.chunks(obs, action, next_obs, terminated):
            if self.info.kind == "deshaped":
                own = self.learner.advantage(s, a)
            else:
                own = self.learner.reward(s, a, following, ended)
            found[at] = _by_convention(self, self._cut(own), ended)
        return found

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        following = self.info.cast_next(next_obs)
        if self.info.terminal != "absorbing" or self.info.kind == "deshaped":
            return np.zeros(len(following))
        for_ever = self._cut(np.full(len(following), (1.0 - self.info.gamma) * self.terminal_value))
        return np.asarray(for_ever / (1.0 - self.info.gamma))

    def _cut(self, reward: FloatArray) -> FloatArray:
        return reward if self.info.kind == "transition" else np.clip(reward, self.lowest, self.highest)


@dataclass(frozen=True, eq=False)
class StateNetworkReward:
    """r(s, a, s') = g(s') within ``lowest`` and ``highest``: received on entering a state.

    The state in which an episode ends pays once; under "absorbing" for ever after.

    Attributes:
        g: a function of observations: of features, kind "disentangled", or a network, kind "state".
        info, lowest, highest: as in ``NetworkReward``.

    Raises:
        RewardError: as there.
    """

    g: FeatureFunction | Perceptron = field(repr=False)
    info: RewardInfo
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        check_parts(self.info, self.g.n_inputs, self.lowest, self.highest)
        network = isinstance(self.g, Perceptron)
        if self.info.kind != ("state" if network else "disentangled"):
            raise RewardError(f"g of {type(self.g).__name__} is not of kind {self.info.kind!r}")
        if isinstance(self.g, Perceptron) and self.g.n_outputs != 1:
            raise RewardError(f"g is one number of a state, the network gives {self.g.n_outputs}")

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        found = np.empty(len(np.asarray(terminated)))
        for at, _, _, following, ended in self.info.chunks(obs, action, next_obs, terminated):
            found[at] = _by_convention(self, self._own(following), ended)
        return found

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        following = self.info.cast_next(next_obs)
        if self.info.terminal != "absorbing":
            return np.zeros(len(following))
        return np.asarray(self._own(following) / (1.0 - self.info.gamma))

    def _own(self, next_obs: NDArray[Any]) -> FloatArray:
        return np.clip(self.g(next_obs).reshape(len(next_obs)), self.lowest, self.highest)


ArrayReward = NetworkReward | StateNetworkReward


def _by_convention(reward: ArrayReward, values: FloatArray, ended: BoolArray) -> FloatArray:
    """The rewards (B,), under pessimism counted from the lowest, which every end pays."""
    if reward.info.terminal != "pessimistic":
        return values
    return np.where(ended, 0.0, values - reward.lowest)


def check_parts(info: RewardInfo, n_inputs: int, lowest: float, highest: float) -> None:
    """RewardError unless so many numbers are the info's observations, and the range of rewards is one."""
    space = info.observation_space
    if not isinstance(space, Box) or n_inputs != space.size:
        raise RewardError(
            f"observations are {space}, the network takes {n_inputs} numbers: they must be of one task"
        )
    if not -np.inf < lowest <= highest < np.inf:
        raise RewardError(f"the range of a reward must ascend and be finite, got {lowest!r} to {highest!r}")
