"""A reward is one call, plus what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainers.arrays import BoolArray, FloatArray
from trainers.settings import DISCOUNT, Range
from trainers.spaces import Space, SpaceError

CHUNK, MOST_NUMBERS = 2048, 2_000_000
"""Transitions that are scored at once, and numbers of their observations, which pictures have more of."""
RewardKind = Literal[
    "true", "transition", "marginal", "deshaped", "bounded", "disentangled", "state", "supported"
]
TerminalConvention = Literal["zero", "absorbing", "pessimistic"]


class RewardError(ValueError):
    """A reward is malformed, or is asked about states or actions that it does not know."""


@dataclass(frozen=True)
class RewardInfo:
    """What a reward is and where it came from; everything needed to use it elsewhere.

    Attributes:
        kind: "true" of the environment; "transition" Q(s,a) - gamma V(s'); "marginal" r(s,a), its mean over
            s'; "deshaped" r(s,a) without potential-based shaping; "bounded" the transition reward within the
            range that it has in demonstrated states; "disentangled" g(s') taken out of r(s,a) by least
            squares; "supported" the transition reward where demonstrations are, see `SupportedReward`;
            "state" r(s') that a method fitted directly.
        title: one line for people.
        gamma: the discount that it was recovered at, in (0, 1).
        temperature: of the soft policy that it explains, >= 0; 0 for a reward no policy was assumed for.
        terminal: "zero": nothing is received after the end. "absorbing": the terminal state's own reward is
            received for ever after, see ``Reward.tail``. "pessimistic": the lowest
            reward there is is received for ever after, and all rewards are counted from it.
        observation_space: Discrete for numbered states. action_space: what an action is.
        method: what recovered it, "" for the true reward.
        map_text: the grid as an ASCII map, "" outside grids.
        provenance: names to JSON values, for example the configuration and the demonstrations' origin.

    Raises:
        RewardError: a value is outside its range.
    """

    kind: RewardKind
    title: str
    gamma: float
    temperature: float
    terminal: TerminalConvention
    observation_space: Space
    action_space: Space
    method: str = ""
    map_text: str = field(default="", repr=False)
    provenance: Mapping[str, object] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(RewardKind):
            raise RewardError(f"kind must be one of {', '.join(get_args(RewardKind))}, got {self.kind!r}")
        if self.terminal not in get_args(TerminalConvention):
            raise RewardError(
                f"terminal must be one of {', '.join(get_args(TerminalConvention))}, got {self.terminal!r}"
            )
        if self.gamma not in DISCOUNT:
            raise RewardError(f"gamma must lie {DISCOUNT}, got {self.gamma!r}")
        if self.temperature not in Range():
            raise RewardError(f"temperature must be a number of {Range()}, got {self.temperature!r}")

    def cast(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], BoolArray]:
        """A batch of transitions as arrays of the spaces.

        Raises:
            RewardError: one lies outside its space, or they differ in length.
        """
        s, following = elements(self.observation_space, obs, "obs"), self.cast_next(next_obs)
        batch = s, elements(self.action_space, action, "action"), following, np.asarray(terminated, bool)
        lengths = [each.shape[:1] for each in batch]
        if len(set(lengths)) > 1:
            raise RewardError(f"obs, action, next_obs and terminated differ in length: {lengths}")
        return batch

    def chunks(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> Iterator[tuple[slice, NDArray[Any], NDArray[Any], NDArray[Any], BoolArray]]:
        """The batch in parts of ``CHUNK`` transitions, each cast by itself, and where they lie in it: memory
        stays flat, and what networks make of a part stays in the processor's cache.

        Raises:
            RewardError: as `cast`.
        """
        batch = np.asarray(obs), np.asarray(action), np.asarray(next_obs), np.asarray(terminated)
        lengths = [each.shape[:1] for each in batch]
        if len(set(lengths)) > 1:
            raise RewardError(f"obs, action, next_obs and terminated differ in length: {lengths}")
        each_takes = getattr(self.observation_space, "size", 1)
        size = max(1, min(CHUNK, MOST_NUMBERS // each_takes))
        for low in range(0, len(batch[0]) if batch[0].ndim else 1, size):
            at = slice(low, low + size)
            yield (at, *self.cast(*(each[at] for each in batch)))

    def cast_next(self, next_obs: ArrayLike) -> NDArray[Any]:
        """(B, *O) observations as an array of their space; RewardError if one lies outside."""
        return elements(self.observation_space, next_obs, "next_obs")


def elements(space: Space, values: ArrayLike, name: str) -> NDArray[Any]:
    """(B, *shape) values as the space's array; RewardError if one lies outside."""
    try:
        return space.cast(values, name)
    except SpaceError as error:
        raise RewardError(str(error)) from error


@runtime_checkable
class Reward(Protocol):
    """A reward function r(s, a, s'), evaluated for a batch of transitions at once."""

    @property
    def info(self) -> RewardInfo:
        """What this reward is."""
        ...

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        """(B,) reward of each transition; obs and next_obs (B, *O), action (B, *A), terminated (B,) bool.

        ``terminated`` says that the episode ended in ``next_obs`` by the task's rules (never a time limit).

        Raises:
            RewardError: an observation or action is outside its range.
        """
        ...

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        """(B,) discounted sum of the rewards that follow for ever after an episode ended in ``next_obs``.

        0 under the "zero" convention. Under the others it is r(absorbing) / (1 - gamma): a transition that
        ends an episode is then worth ``reward(...) + gamma * tail(next_obs)`` to a learner that stops there.
        """
        ...
