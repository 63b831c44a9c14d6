"""Where the bodies of a robot were at every step, in whole numbers small enough to keep and to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from irl_app.stage.bodies import WORLD, Geom, rotate
from trainers.arrays import FloatArray
from trainers.settings import POSITIVE

RESOLUTION = 2_000
"""Units in the robot's reach, and in a quaternion's 1: a tenth of a pixel where the robot is 200 tall."""

FAR_BELOW = 2.0
"""Ground that lies further below, in reaches of the robot, is not what it moves on: it is left out."""

Int16Array = NDArray[np.int16]
Int32Array = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Poses:
    """Poses of B bodies in T + 1 states, in units of ``scale``.

    Attributes:
        geoms: what is drawn.
        position: (T + 1, B, 3) of the bodies from the centre.
        rotation: (T + 1, B, 4) quaternions in units of 1 / ``RESOLUTION``, real part first.
        centre: (T + 1, 3) what the camera looks at; constant where the robot stays in one place.
        scale: metres a unit.
        floor: height of the ground in metres, None without ground.

    Raises:
        ValueError: shapes do not fit, or a geom is carried by a body that is not there.
    """

    geoms: tuple[Geom, ...]
    position: Int16Array
    rotation: Int16Array
    centre: Int32Array
    scale: float
    floor: float | None

    def __post_init__(self) -> None:
        states, bodies = self.position.shape[:2]
        if self.rotation.shape != (states, bodies, 4) or self.centre.shape != (states, 3):
            raise ValueError("positions, rotations and centre must be of the same states and bodies")
        if not self.geoms or not all(WORLD <= geom.body < bodies for geom in self.geoms):
            raise ValueError("every geom must be carried by one of the bodies, and there must be one")
        if self.scale not in POSITIVE:
            raise ValueError(f"the scale must be positive, got {self.scale}")

    def __len__(self) -> int:
        """Number of states, T + 1."""
        return len(self.position)

    @cached_property
    def planar(self) -> bool:
        """Whether nothing ever leaves the plane of x and z, in which case that is how to look at it."""
        return not (np.ptp(self.position[..., 1], axis=0).any() or self.rotation[..., [1, 3]].any())

    def at(self, state: int) -> list[FloatArray]:
        """The centres of every geom's balls in one state: (P, 3) metres in the world's frame each."""
        position = (self.position[state].astype(np.int64) + self.centre[state]) * self.scale
        rotation = self.rotation[state] / RESOLUTION
        rotation = rotation / np.linalg.norm(rotation, axis=-1, keepdims=True)
        return [
            geom.points
            if geom.body == WORLD
            else rotate(rotation[geom.body], geom.points) + position[geom.body]
            for geom in self.geoms
        ]


def pack_poses(
    geoms: Sequence[Geom], position: FloatArray, rotation: FloatArray, centre: FloatArray, floor: float | None
) -> Poses:
    """Quantise poses: each coordinate of a position is off by half a unit at most.

    Args:
        geoms: what is drawn.
        position: (T + 1, B, 3) of the bodies in metres.
        rotation: (T + 1, B, 4) their unit quaternions, real part first; either sign.
        centre: (T + 1, 3) the robot's centre of mass in metres.
        floor: height of the ground in metres, None without ground.
    """
    points = np.concatenate([geom.points for geom in geoms if geom.body == WORLD] or [np.zeros((0, 3))])
    away = np.abs(position - centre[:, None]).max(initial=0.0) or np.abs(points).max(initial=1.0)
    if np.ptp(centre, axis=0).max() < away:  # it stays where it is: so does the camera
        centre = np.broadcast_to(centre.mean(axis=0), centre.shape)
        away = np.abs(position - centre[:, None]).max(initial=0.0) or away
    if floor is not None and position[..., 2].min(initial=np.inf) - floor > FAR_BELOW * away:
        floor = None
    scale = float(away) / RESOLUTION
    fixed = np.round(centre / scale).astype(np.int32)
    relative = np.round(position / scale - fixed[:, None]).astype(np.int16)
    turned = np.round(_continuous(rotation) * RESOLUTION).astype(np.int16)
    return Poses(tuple(geoms), relative, turned, fixed, scale, floor)


def _continuous(rotation: FloatArray) -> FloatArray:
    """The same rotations by quaternions that never jump to their negatives."""
    flips = np.sum(rotation[1:] * rotation[:-1], axis=-1, keepdims=True) < 0
    signs = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
    return np.concatenate([rotation[:1], rotation[1:] * signs])
