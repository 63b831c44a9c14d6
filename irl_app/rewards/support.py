"""Where the demonstrations are: how far a state is from the nearest demonstrated one.

What a reward learned from demonstrations says elsewhere is no evidence, and agents that are trained on it
look for exactly the places where it errs upwards. The beginning of an episode is left out, where the expert
was on its way to what it does: a robot that stands still where it was put is near that for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.rewards.networks import NetworkReward, check_parts
from irl_app.rewards.protocol import RewardError, RewardInfo
from trainers.arrays import BoolArray, Float32Array, FloatArray

CHUNK = 4096
"""States that are looked up at once: the table of distances stays in the processor's cache."""
APART = 20
"""Steps from which on two states of an episode are two visits."""
MOST_SPACED = 1000
"""States that their spacing is taken from, at most."""
RECURRENT, NEIGHBOUR = 3.0, 2
"""A state is recurrent if its third neighbour, at another time, is so many times as near as is usual."""
BEGINNING = 0.1
"""Share of an episode within which its beginning ends."""


@dataclass(frozen=True, eq=False)
class Support:
    """The demonstrated states, in units of their deviations.

    Attributes:
        states: (N, O) float32, in these units. mean, std: (O,) of the units.

    Raises:
        RewardError: the parts do not fit together, or a number is out of range.
    """

    states: Float32Array
    mean: Float32Array
    std: Float32Array

    def __post_init__(self) -> None:
        for name in ("states", "mean", "std"):
            array = np.array(getattr(self, name), dtype=np.float32)
            if not np.isfinite(array).all():
                raise RewardError(f"{name} of the support must be finite numbers")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        fits = self.states.ndim == 2 and self.mean.shape == self.std.shape == self.states.shape[1:]
        if not fits or not len(self.states) or not (self.std > 0.0).all():
            raise RewardError("a support is demonstrated states, and the mean and deviation of their numbers")
        object.__setattr__(self, "_squares", (self.states**2).sum(1))

    @classmethod
    def of(cls, states: ArrayLike, episode: ArrayLike) -> Support:
        """That of demonstrated states (N, *O), each of an episode (N,), without the episodes' beginnings."""
        kept = settled(states, episode)
        spread = kept.std(0)
        std = spread + 1e-2 * np.median(spread) + 1e-3
        return cls((kept - kept.mean(0)) / std, kept.mean(0), std)

    @property
    def spacing(self) -> float:
        """Median distance of a demonstrated state from the nearest one at another time."""
        part = self.states[:: max(1, len(self.states) // MOST_SPACED)]
        return float(np.median(_apart(part, 5).min(1)) / np.sqrt(self.n_inputs))

    @property
    def n_inputs(self) -> int:
        """O, numbers in a state."""
        return int(self.mean.size)

    def distance(self, obs: ArrayLike) -> FloatArray:
        """(B,) root mean square distance to the nearest demonstrated state, of observations (B, *O)."""
        x = np.asarray(obs, np.float32)
        x = (x.reshape(len(x), -1) - self.mean) / self.std
        found = np.empty(len(x), np.float32)
        for low in range(0, len(x), CHUNK):
            part = x[low : low + CHUNK]
            nearest = (self._squares - 2.0 * part @ self.states.T).min(1)  # type: ignore[attr-defined]
            found[low : low + CHUNK] = nearest + (part**2).sum(1)
        return np.sqrt(np.maximum(found, 0.0).astype(np.float64) / self.n_inputs)


def settled(states: ArrayLike, episode: ArrayLike) -> Float32Array:
    """(M, O) the states (N, *O) of episodes (N,) without the episodes' beginnings."""
    flat, number = np.asarray(states, np.float32), np.asarray(episode)
    flat = flat.reshape(len(flat), -1)
    episodes = [flat[number == own] for own in np.unique(number)]
    return np.concatenate([own[_beginning(own) :] for own in episodes])


def _beginning(states: Float32Array) -> int:
    """Steps of an episode's beginning: through the last one in its first tenth that never comes again."""
    n = len(states)
    if n <= 2 * APART + NEIGHBOUR:
        return 0
    between = _apart((states - states.mean(0)) / (states.std(0) + 1e-3), APART)
    third = np.partition(between, NEIGHBOUR, axis=1)[:, NEIGHBOUR]
    lonely = np.flatnonzero(third[: int(BEGINNING * n)] > RECURRENT * np.median(third))
    return int(lonely[-1]) + 1 if len(lonely) else 0


def _apart(states: Float32Array, steps: int) -> Float32Array:
    """(N, N) distances of states (N, O) in their order; infinite where so few steps lie between two."""
    squares, time = (states**2).sum(1), np.arange(len(states))
    found = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * states @ states.T, 0.0))
    found[np.abs(time[:, None] - time) < steps] = np.inf
    return found


@dataclass(frozen=True, eq=False)
class SupportedReward:
    """A recovered reward inside the demonstrations' support, and outside a slope that leads there.

    r = b + max(1 - d / far, 0) / 2 + exp(-d / near) q / 2, where d is the distance of s' from the support,
    and q the recovered reward, scaled so that it is 0 for random and 1 for demonstrated actions in
    demonstrated states, and cut to [0, 1]. An episode's end pays nothing, as it does for ever after: where no
    demonstration ends, going on pays b > 0 more. Without a recovered reward q is 1: the bare distance, a
    control that knows nothing but where the demonstrations are.

    Attributes:
        recovered: Q - gamma V of a learner, or None. support: of what it learned from.
        info: what it is, kind "supported". lowest, highest: the recovered reward where q is 0 and 1.
        near, far: distances, positive. bonus: b >= 0.

    Raises:
        RewardError: the parts do not fit together, or a number is out of range.
    """

    recovered: NetworkReward | None
    support: Support = field(repr=False)
    info: RewardInfo
    lowest: float
    highest: float
    near: float
    far: float
    bonus: float

    def __post_init__(self) -> None:
        check_parts(self.info, self.support.n_inputs, self.lowest, self.highest)
        if self.info.kind != "supported" or self.info.terminal != "zero":
            raise RewardError('the kind of a supported reward is "supported", and its end is worth "zero"')
        if self.recovered is not None and self.recovered.info.kind != "transition":
            raise RewardError(
                f"a transition reward is supported, not one of kind {self.recovered.info.kind!r}"
            )
        if not (0.0 < self.near < np.inf and 0.0 < self.far < np.inf and 0.0 <= self.bonus < np.inf):
            raise RewardError("distances of the support must be positive numbers, the bonus not negative")

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        found = np.empty(len(np.asarray(terminated)))
        for at, s, a, following, ended in self.info.chunks(obs, action, next_obs, terminated):
            found[at] = self._of(s, a, following, ended)
        return found

    def _of(self, s: NDArray[Any], a: NDArray[Any], following: NDArray[Any], ended: BoolArray) -> FloatArray:
        distance, q = self.support.distance(following), np.ones(len(s))
        if self.recovered is not None:
            raw = self.recovered(s, a, following, ended)
            q = np.clip((raw - self.lowest) / max(self.highest - self.lowest, 1e-12), 0.0, 1.0)
        slope = np.maximum(1.0 - distance / self.far, 0.0)
        return np.where(ended, 0.0, self.bonus + 0.5 * slope + 0.5 * np.exp(-distance / self.near) * q)

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        return np.zeros(len(self.info.cast_next(next_obs)))
