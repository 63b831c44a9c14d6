"""What can be drawn of a MuJoCo model: every geom as the convex hull of a few balls, carried by one body.

A sphere is one ball, a capsule two, a box eight of no size: drawn in any projection they are points and a
pen of one width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from trainers.arrays import FloatArray

WORLD = -1
"""The body of what is fixed to the world."""
SHOWN_GROUPS = 3
"""MuJoCo's viewer hides geoms of this group and above: they are there for collisions."""
_PLANE, _SPHERE, _CAPSULE, _ELLIPSOID, _CYLINDER, _BOX, _MESH = 0, 2, 3, 4, 5, 6, 7  # mjtGeom
_RING, _SPREAD = 12, 64  # points on a rim, on a rounded surface
_UP = 0.999  # of a plane's normal, from where it is level


@dataclass(frozen=True, eq=False)
class Geom:
    """A rigid shape: the convex hull of balls of one radius.

    Attributes:
        body: which of the drawn bodies carries it, counted from 0; ``WORLD`` for none.
        points: (P, 3) centres of the balls in metres, in that body's frame.
        radius: of the balls in metres, 0 for a shape with edges.
    """

    body: int
    points: FloatArray
    radius: float


@dataclass(frozen=True, eq=False)
class Bodies:
    """The drawable part of a model.

    Attributes:
        ids: the model's number of each drawn body.
        geoms: their shapes, and those fixed to the world.
        floor: height of the highest level plane in metres, None without one.
    """

    ids: tuple[int, ...]
    geoms: tuple[Geom, ...]
    floor: float | None


def simulation(env: gym.Env[Any, Any]) -> tuple[Any, Any] | None:
    """The environment's MuJoCo model and data, None where it has none."""
    model, data = (getattr(env.unwrapped, name, None) for name in ("model", "data"))
    return (model, data) if hasattr(model, "geom_bodyid") and hasattr(data, "xquat") else None


def bodies_of(model: Any) -> Bodies:
    """The drawable part of an ``mjModel``: what its viewer shows, or all of it where that is nothing."""
    solid = [i for i in range(model.ngeom) if model.geom_type[i] != _PLANE and model.geom_rgba[i, 3] > 0]
    shown = [i for i in solid if model.geom_group[i] < SHOWN_GROUPS] or solid
    carriers = [int(model.geom_bodyid[i]) for i in shown]
    ids = tuple(sorted(set(carriers) - {0}))
    geoms = []
    for i, carrier in zip(shown, carriers, strict=True):
        points, radius = _hull(model, i)
        placed = rotate(model.geom_quat[i], points) + model.geom_pos[i]
        geoms.append(Geom(ids.index(carrier) if carrier else WORLD, placed, radius))
    return Bodies(ids, tuple(geoms), _floor(model))


def rotate(quaternion: NDArray[Any], points: NDArray[Any]) -> FloatArray:
    """(..., 3) points turned by unit quaternions (..., 4), real part first; shapes are broadcast."""
    w, axis = quaternion[..., :1], quaternion[..., 1:]
    turned = np.cross(axis, points) * 2.0
    return np.asarray(points + w * turned + np.cross(axis, turned), dtype=np.float64)


def _hull(model: Any, i: int) -> tuple[FloatArray, float]:
    """Centres in the geom's frame, and radius, of the balls whose hull it is."""
    size = model.geom_size[i]
    shapes: dict[int, Callable[[], tuple[FloatArray, float]]] = {
        _SPHERE: lambda: (np.zeros((1, 3)), size[0]),
        _CAPSULE: lambda: (np.array([[0.0, 0.0, -size[1]], [0.0, 0.0, size[1]]]), size[0]),
        _ELLIPSOID: lambda: (_directions() * size, 0.0),
        _CYLINDER: lambda: (_rings(size[0], size[1]), 0.0),
        _BOX: lambda: (_corners() * size, 0.0),
        _MESH: lambda: (_extremes(model, int(model.geom_dataid[i])), 0.0),
    }
    around = model.geom_aabb[i]  # of height fields and signed distances: the box around them
    points, radius = shapes.get(
        int(model.geom_type[i]), lambda: (around[:3] + _corners() * around[3:], 0.0)
    )()
    return points, float(radius)


def _floor(model: Any) -> float | None:
    planes = [i for i in range(model.ngeom) if model.geom_type[i] == _PLANE and model.geom_bodyid[i] == 0]
    up = np.array([0.0, 0.0, 1.0])
    level = [i for i in planes if rotate(model.geom_quat[i], up)[2] > _UP]
    return max((float(model.geom_pos[i, 2]) for i in level), default=None)


def _corners() -> FloatArray:
    """(8, 3) of the cube of half-size 1."""
    return np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), axis=-1).reshape(-1, 3)


def _rings(radius: float, half: float) -> FloatArray:
    """(2 _RING, 3) points on both rims of a cylinder."""
    angles = np.linspace(0.0, 2.0 * np.pi, _RING, endpoint=False)
    rim = np.stack([radius * np.cos(angles), radius * np.sin(angles), np.full(_RING, half)], axis=-1)
    return np.concatenate([rim, rim * [1.0, 1.0, -1.0]])


def _directions() -> FloatArray:
    """(_SPREAD, 3) unit vectors, evenly spread by the golden angle."""
    index = np.arange(_SPREAD)
    z, angle = 1.0 - (2.0 * index + 1.0) / _SPREAD, index * np.pi * (3.0 - np.sqrt(5.0))
    level = np.sqrt(1.0 - z**2)
    return np.stack([level * np.cos(angle), level * np.sin(angle), z], axis=-1)


def _extremes(model: Any, mesh: int) -> FloatArray:
    """The vertices of a mesh that lie furthest out, at most one a direction."""
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    vertices = model.mesh_vert[first : first + count]
    furthest = np.unique(np.argmax(vertices @ _directions().T, axis=0))
    return np.asarray(vertices[furthest], dtype=np.float64)
