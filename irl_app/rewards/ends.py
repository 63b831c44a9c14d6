"""Which ends of an episode demonstrations speak for: an end that nobody showed is no evidence of anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.rewards.protocol import RewardError
from trainers.mdp import BoolArray


@dataclass(frozen=True, eq=False)
class Ends:
    """Where episodes ended by the task's rules, when experts acted and when nobody did.

    Attributes:
        shown: (M, D) last observations of demonstrations, flattened; M = 0 where none of them ended.
        others: (N, D) last observations of episodes of random moves, as far as they count as failures.
        scale: (D,) > 0, what counts as far in each number.

    Raises:
        RewardError: the shapes disagree, or a number is out of range.
    """

    shown: NDArray[np.float32]
    others: NDArray[np.float32]
    scale: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name in ("shown", "others", "scale"):
            array = np.array(getattr(self, name), dtype=np.float32)
            if not np.isfinite(array).all():
                raise RewardError(f"{name} must hold finite numbers")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        width = self.scale.size
        if self.scale.ndim != 1 or self.shown.shape[1:] != (width,) or self.others.shape[1:] != (width,):
            shapes = (self.shown.shape, self.others.shape, self.scale.shape)
            raise RewardError(f"ends must be (M, D), (N, D) and their scale (D,), got {shapes}")
        if (self.scale <= 0.0).any():
            raise RewardError("the scale of ends must be positive")

    def demonstrated(self, next_obs: ArrayLike) -> BoolArray:
        """(B,) whether an end at next_obs (B, *O) is nearer to a shown one than to any other.

        Without shown ends none is; without others, all are.
        """
        flat = np.asarray(next_obs, dtype=np.float32)
        flat = flat.reshape(len(flat), -1)
        if not len(self.shown) or not len(self.others):
            return np.full(len(flat), bool(len(self.shown)))
        return np.asarray(self._nearest(flat, self.shown) <= self._nearest(flat, self.others))

    def _nearest(self, obs: NDArray[np.float32], ends: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B,) squared distance to the nearest of the ends, in scales."""
        away = (obs[:, None] - ends[None]) / self.scale
        return np.asarray((away * away).sum(axis=2).min(axis=1))


def ends_of(shown: NDArray[np.float32], others: NDArray[np.float32], seen: NDArray[np.float32]) -> Ends:
    """The ends of demonstrations (M, *O) and of random moves (N, *O), on the scale of all that was seen.

    Args:
        seen: (B, *O) observations; their standard deviations are the scale, 1 for numbers that never change.
    """
    flat = np.asarray(seen, dtype=np.float32).reshape(len(seen), -1)
    spread = flat.std(axis=0)
    scale = np.where(spread > 0.0, spread, np.float32(1.0))
    return Ends(
        np.reshape(shown, (len(shown), scale.size)), np.reshape(others, (len(others), scale.size)), scale
    )
