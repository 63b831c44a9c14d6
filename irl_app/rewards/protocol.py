"""A reward is one call, plus what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args, runtime_checkable

from numpy.typing import ArrayLike

from trainers.mdp import FloatArray

RewardKind = Literal["true", "transition", "marginal", "deshaped", "bounded", "disentangled", "state"]
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
            squares; "state" r(s') that a method fitted directly.
        title: one line for people.
        gamma: the discount that it was recovered at, in (0, 1).
        temperature: of the soft policy that it explains, >= 0; 0 for a reward no policy was assumed for.
        terminal: "zero": nothing is received after the end. "absorbing": the terminal state's own reward is
            received for ever after, see ``Reward.tail``. "pessimistic": the lowest
            reward there is is received for ever after, and all rewards are counted from it.
        n_states: S, observations are 0..S-1; 0 where observations are arrays.
        n_actions: A, actions are 0..A-1.
        method: what recovered it, "" for the true reward.
        map_text: the grid as an ASCII map, "" outside grids.
        provenance: names to JSON values, for example the recipe and the demonstrations' origin.
        obs_shape: O, the shape of an observation; () for numbered states.

    Raises:
        RewardError: a value is outside its range.
    """

    kind: RewardKind
    title: str
    gamma: float
    temperature: float
    terminal: TerminalConvention
    n_states: int
    n_actions: int
    method: str = ""
    map_text: str = ""
    provenance: Mapping[str, object] = field(default_factory=dict)
    obs_shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(RewardKind):
            raise RewardError(f"kind must be one of {', '.join(get_args(RewardKind))}, got {self.kind!r}")
        if self.terminal not in get_args(TerminalConvention):
            raise RewardError(
                f"terminal must be one of {', '.join(get_args(TerminalConvention))}, got {self.terminal!r}"
            )
        if not 0.0 < self.gamma < 1.0:
            raise RewardError(f"gamma must lie strictly between 0 and 1, got {self.gamma!r}")
        if not 0.0 <= self.temperature < float("inf"):
            raise RewardError(f"temperature must be a number that is not negative, got {self.temperature!r}")
        if self.n_actions < 1 or self.n_states < (0 if self.obs_shape else 1):
            raise RewardError(
                f"n_states and n_actions must be at least 1, got {self.n_states!r} and {self.n_actions!r}"
            )
        if self.obs_shape and (self.n_states or min(self.obs_shape) < 1):
            raise RewardError(f"states are numbered or arrays, got {self.n_states} and {self.obs_shape}")


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
        """(B,) reward of each transition; action (B,) int, terminated (B,) bool; obs and next_obs (B,) int,
        or (B, *O) where observations are arrays.

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
