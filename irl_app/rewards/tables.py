"""The kinds of reward over numbered states and actions, all of them tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from irl_app.rewards.protocol import RewardError, RewardInfo
from trainers.mdp import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class StateReward:
    """r(s, a, s') = values[s']: received on entering a state, staying included.

    Attributes:
        values: (S,) NaN where the number is no state.
        sd: (S,) posterior standard deviation of ``values``, or None where the method has none.
        info: what it is.
    """

    values: FloatArray
    sd: FloatArray | None
    info: RewardInfo

    def __post_init__(self) -> None:
        _check_tabular(self.info)
        _freeze(self, "values", (self.info.n_states,), nan_allowed=True)
        if self.sd is not None:
            _freeze(self, "sd", (self.info.n_states,), nan_allowed=True)

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        _checked(obs, self.info.n_states, "obs")
        _checked(action, self.info.n_actions, "action")
        return self.values[_checked(next_obs, self.info.n_states, "next_obs")]

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        ends = _checked(next_obs, self.info.n_states, "next_obs")
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

    values: FloatArray
    info: RewardInfo

    def __post_init__(self) -> None:
        _check_tabular(self.info)
        _freeze(self, "values", (self.info.n_states, self.info.n_actions))

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        _checked(next_obs, self.info.n_states, "next_obs")
        return self.values[
            _checked(obs, self.info.n_states, "obs"), _checked(action, self.info.n_actions, "action")
        ]

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        ends = _checked(next_obs, self.info.n_states, "next_obs")
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

    q: FloatArray
    v: FloatArray
    info: RewardInfo

    def __post_init__(self) -> None:
        _check_tabular(self.info)
        _freeze(self, "q", (self.info.n_states, self.info.n_actions))
        _freeze(self, "v", (self.info.n_states,))

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        s = _checked(obs, self.info.n_states, "obs")
        a = _checked(action, self.info.n_actions, "action")
        v_next = self.v[_checked(next_obs, self.info.n_states, "next_obs")]
        if self.info.terminal == "zero":
            v_next = np.where(np.asarray(terminated, dtype=bool), 0.0, v_next)
        return self.q[s, a] - self.info.gamma * v_next

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        ends = _checked(next_obs, self.info.n_states, "next_obs")
        if self.info.terminal == "zero":
            return np.zeros(ends.shape)
        own = self.q[ends].max(axis=-1) - self.info.gamma * self.v[ends]
        return np.asarray(own) / (1.0 - self.info.gamma)


def _check_tabular(info: RewardInfo) -> None:
    if info.obs_shape or info.terminal == "pessimistic":
        raise RewardError(
            'a table is over numbered states, and its end is "zero" or "absorbing", '
            f"got {info.terminal!r} and observations of shape {info.obs_shape}"
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


def _checked(numbers: ArrayLike, bound: int, name: str) -> IntArray:
    """Indices as an integer array, every one in [0, bound): a negative index would silently wrap around."""
    array = np.asarray(numbers)
    if array.dtype.kind not in "iu":
        raise RewardError(f"{name} must be whole numbers, got {array.dtype}")
    if array.size and (array.min() < 0 or array.max() >= bound):
        raise RewardError(f"{name} must lie in 0..{bound - 1}, got {array.min()}..{array.max()}")
    return array.astype(np.int64, copy=False)
