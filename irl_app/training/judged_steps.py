"""Steps of K seeds side by side, each seed's own and of its own number, for one call of K networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations import Episode
from irl_app.training.steps import Steps, steps_of_episodes
from trainers.mdp import FloatArray
from trainers.transitions import Transitions

ROWS = 500
"""Steps at most that a seed is judged on, spread evenly over all that there are."""


@dataclass(frozen=True, eq=False)
class JudgedSteps:
    """B steps of each of K seeds; a seed with fewer has its first ones again, not counted.

    Attributes:
        obs, next_obs: (K, B, *O). action: (K, B). terminated: (K, B). reward: (K, B) true reward.
        counted: (K, B) which are there.
    """

    obs: NDArray[np.float32]
    action: NDArray[np.int64]
    next_obs: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    reward: FloatArray
    counted: NDArray[np.bool_]

    @classmethod
    def of_transitions(cls, shown: Sequence[Transitions]) -> JudgedSteps:
        """Of K sets of demonstrated steps."""
        return cls._beside(shown)

    @classmethod
    def of_episodes(cls, played: Sequence[Sequence[Episode]]) -> JudgedSteps:
        """Of K sets of whole episodes."""
        return cls._beside([steps_of_episodes(own) for own in played])

    def going_on(self) -> JudgedSteps:
        """The same; those that end an episode are not counted."""
        return replace(self, counted=self.counted & ~self.terminated)

    def taken(self, q: FloatArray) -> FloatArray:
        """(K, B) values of the actions taken, of q (K, B, A)."""
        return np.take_along_axis(q, self.action[..., None], -1)[..., 0]

    def mean(self, values: FloatArray) -> FloatArray:
        """(K,) mean of values (K, B) over what counts; NaN where nothing does."""
        n = self.counted.sum(-1)
        total = np.where(self.counted, values, 0.0).sum(-1)
        return np.where(n > 0, total / np.maximum(n, 1), np.nan)

    @classmethod
    def _beside(cls, own: Sequence[Transitions | Steps]) -> JudgedSteps:
        sizes = [len(each) for each in own]
        width = min(ROWS, max(sizes))
        rows = [_spread(size, width) for size in sizes]
        stacked = {
            field.name: np.stack([getattr(each, field.name)[at] for each, at in zip(own, rows, strict=True)])
            for field in fields(cls)
            if field.name != "counted"
        }
        return cls(**stacked, counted=np.arange(width) < np.minimum(sizes, width)[:, None])


def _spread(size: int, width: int) -> NDArray[np.int64]:
    """(width,) row numbers: spread evenly if there are more, else all and then the first again."""
    if size > width:
        return np.linspace(0, size - 1, width).round().astype(np.int64)
    return np.where(np.arange(width) < size, np.arange(width), 0)
