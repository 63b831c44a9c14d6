"""The kinds of reward over numbered states and actions, all of them tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from irl_app.rewards.protocol import RewardError, RewardInfo
from trainers.arrays import FloatArray
from trainers.soft import implied_reward, value_after
from trainers.spaces import Discrete


@dataclass(frozen=True, eq=False)
class StateReward:
    """r(s, a, s') = values[s']: received on entering a state, staying included.

    Attributes:
        values: (S,) NaN where the number is no state.
        sd: (S,) posterior standard deviation of ``values``, or None where the method has none.
        info: what it is.
    """

    values: FloatArray = field(repr=False)
    sd: FloatArray | None = field(repr=False)
    info: RewardInfo

    def __post_init__(self) -> None:
        n_states, _ = table_shape(self.info)
        _freeze(self, "values", (n_states,), nan_allowed=True)
        if self.sd is not None:
            _freeze(self, "sd", (n_states,), nan_allowed=True)

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        _, _, following, _ = self.info.cast(obs, action, next_obs, terminated)
        return self.values[following]

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        ends = self.info.cast_next(next_obs)
        if self.info.terminal == "zero":
            return np.zeros(ends.shape)
        return self.values[ends] / (1.0 - self.info.gamma)


@dataclass(frozen=True, eq=False)
class StateActionReward:
    """r(s, a, s') = values[s, a]: a table of pairs, blind to where the action led.

    Attributes:
        values: (S, A) finite; 0 where no action can be taken.
        info: what it is.
    """

    values: FloatArray = field(repr=False)
    info: RewardInfo

    def __post_init__(self) -> None:
        _freeze(self, "values", table_shape(self.info))

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        s, a, _, _ = self.info.cast(obs, action, next_obs, terminated)
        return self.values[s, a]

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        ends = self.info.cast_next(next_obs)
        if self.info.terminal == "zero":
            return np.zeros(ends.shape)
        return np.asarray(self.values[ends].max(axis=-1)) / (1.0 - self.info.gamma)


@dataclass(frozen=True, eq=False)
class InverseBellmanReward:
    """r(s, a, s') = q[s, a] - gamma v[s'], the inverse soft Bellman operator (Garg et al. 2021, section 4).

    Under the "zero" convention v[s'] counts as 0 when the episode terminated there; under "absorbing" it is
    the soft value of staying in the absorbing state for ever, and the rows of q and v for that state are
    used.

    Attributes:
        q: (S, A) soft action values.
        v: (S,) soft values, tau log sum_a exp(q / tau).
        info: what it is.
    """

    q: FloatArray = field(repr=False)
    v: FloatArray = field(repr=False)
    info: RewardInfo

    def __post_init__(self) -> None:
        shape = table_shape(self.info)
        _freeze(self, "q", shape)
        _freeze(self, "v", shape[:1])

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        s, a, following, ended = self.info.cast(obs, action, next_obs, terminated)
        v_next = self.v[following]
        if self.info.terminal == "zero":
            v_next = value_after(v_next, ended, 0.0)
        return np.asarray(implied_reward(self.q[s, a], v_next, self.info.gamma))

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        ends = self.info.cast_next(next_obs)
        if self.info.terminal == "zero":
            return np.zeros(ends.shape)
        own = implied_reward(self.q[ends].max(axis=-1), self.v[ends], self.info.gamma)
        return np.asarray(own) / (1.0 - self.info.gamma)


def table_shape(info: RewardInfo) -> tuple[int, int]:
    """Numbers of states and of actions of a reward that is a table.

    Raises:
        RewardError: it can be none.
    """
    states, actions = info.observation_space, info.action_space
    match states, actions, info.terminal:
        case Discrete(n_states, 0), Discrete(n_actions, 0), "zero" | "absorbing":
            return n_states, n_actions
    raise RewardError(
        'a table is over states and actions numbered from 0, and its end is "zero" or "absorbing", '
        f"got {info.terminal!r}, observations that are {states} and actions that are {actions}"
    )


def _freeze(reward: object, name: str, shape: tuple[int, ...], *, nan_allowed: bool = False) -> None:
    """Replace a field of a frozen reward by a validated, read-only float64 copy."""
    array = np.array(getattr(reward, name), dtype=np.float64)
    if array.shape != shape:
        raise RewardError(f"{name} must have shape {shape}, got {array.shape}")
    if np.isinf(array).any() or (not nan_allowed and np.isnan(array).any()):
        raise RewardError(f"{name} must hold finite numbers{' or NaN for walls' if nan_allowed else ''}")
    array.setflags(write=False)
    object.__setattr__(reward, name, array)
