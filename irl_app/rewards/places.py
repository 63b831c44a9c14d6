"""A reward of places: received on arriving there, whatever the velocity."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from irl_app.rewards.protocol import RewardError, RewardInfo
from trainers.arrays import FloatArray
from trainers.places import Lattice
from trainers.spaces import Box


@dataclass(frozen=True, eq=False)
class PlaceReward:
    """r(s, a, s') = values at (x', y'), the first two numbers of the next observation, interpolated.

    Attributes:
        values: (nx, ny) at the nodes of a lattice, along x and along y; NaN inside walls.
        sd: (nx, ny) posterior standard deviation of ``values``, or None where the method has none.
        frame: (3,) x and y of the first node, and metres between nodes.
        info: what it is; no end is known to it.

    Raises:
        RewardError: the parts do not fit together, or a number is out of range.
    """

    values: FloatArray = field(repr=False)
    sd: FloatArray | None = field(repr=False)
    frame: FloatArray = field(repr=False)
    info: RewardInfo

    def __post_init__(self) -> None:
        space = self.info.observation_space
        if not isinstance(space, Box) or space.size < 2 or self.info.terminal != "zero":
            raise RewardError(
                'a reward of places is of observations that begin with x and y; its end is "zero"'
            )
        for name in ("values", "sd", "frame"):
            if getattr(self, name) is not None:
                array = np.array(getattr(self, name), dtype=np.float64)
                array.setflags(write=False)
                object.__setattr__(self, name, array)
        known = np.isfinite(self.values)
        if (
            self.values.ndim != 2
            or min(self.values.shape) < 2
            or not known.any()
            or np.isinf(self.values).any()
        ):
            raise RewardError(
                "values of places must be an array of at least 2 by 2 numbers, NaN inside walls"
            )
        if self.sd is not None and (
            self.sd.shape != known.shape or not np.array_equal(np.isfinite(self.sd), known)
        ):
            raise RewardError("sd must be a number wherever the values are one")
        if self.frame.shape != (3,) or not np.isfinite(self.frame).all() or self.frame[2] <= 0.0:
            raise RewardError("frame must be x and y of the first node and a positive spacing")

    @cached_property
    def lattice(self) -> Lattice:
        """Where its values are."""
        shape = self.values.shape
        return Lattice(
            self.frame[:2], float(self.frame[2]), (shape[0], shape[1]), np.isfinite(self.values).ravel()
        )

    @cached_property
    def at_nodes(self) -> FloatArray:
        """(S,) values at the lattice's nodes."""
        return np.asarray(self.values[np.isfinite(self.values)])

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        found = np.empty(len(np.asarray(terminated)))
        for at, _, _, following, _ in self.info.chunks(obs, action, next_obs, terminated):
            places = following.reshape(len(following), -1)[:, :2].astype(np.float64)
            found[at] = self.lattice.at(self.at_nodes, places)
        return found

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        return np.zeros(len(self.info.cast_next(next_obs)))


def on_lattice(lattice: Lattice, values: FloatArray) -> FloatArray:
    """(nx, ny) values (S,) of the nodes in their rectangle, NaN inside walls."""
    whole = np.full(lattice.shape[0] * lattice.shape[1], np.nan)
    whole[lattice.free] = values
    return whole.reshape(lattice.shape)
