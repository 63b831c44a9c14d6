"""Recordings made by hand, so that most tests need no simulator."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from irl_app.stage import Frames, Material, Recording
from irl_app.stage.bodies import WORLD, Geom
from irl_app.stage.poses import Poses, pack_poses

FIGURES: dict[str, Any] = {
    "imitation": {"value": 0.93, "low": 0.88, "high": 0.97},
    "episodes": {"value": 0.97, "low": 0.95, "high": 0.98, "length": 0.98},
    "steps": {"value": 0.64, "length": 0.05},
    "agents": {
        "steps": 300_000,
        "count": 3,
        "rows": [
            {"reward": "true", "title": "True reward", "value": 3120.0, "low": 2900.0, "high": 3300.0},
            {"reward": "recovered", "title": "This one", "value": 2590.0},
        ],
    },
}


def hopping(steps: int, *, planar: bool = True) -> Poses:
    """Two capsules that hop along x, and a box that stands in the world; turned about y, or about z too."""
    time = np.arange(steps + 1) * 0.02
    centre = np.stack([time, 0.0 * time, 0.65 + 0.1 * np.sin(9 * time)], axis=-1)
    position = centre[:, None] + np.array([[0.0, 0.0, 0.3], [0.0, 0.0, -0.3]])
    half = 0.3 * np.sin(7 * time)[:, None]
    axis = np.array([0.0, 1.0, 0.0] if planar else [0.0, 0.6, 0.8])
    turned = np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)
    rotation = np.stack([turned, turned * [1.0, -1.0, -1.0, -1.0]], axis=1)
    limb = np.array([[0.0, 0.0, -0.25], [0.0, 0.0, 0.25]])
    box = np.stack(np.meshgrid([2.0, 2.2], [-0.1, 0.1], [0.0, 0.2]), axis=-1).reshape(-1, 3)
    geoms = [Geom(0, limb, 0.06), Geom(1, limb, 0.05), Geom(WORLD, box, 0.0)]
    return pack_poses(geoms, position, rotation, centre, floor=0.0)


def episode(
    steps: int = 60,
    *,
    terminated: bool = False,
    earns: float = 1.0,
    recovered: bool = True,
    title: str = "Expert",
) -> Recording:
    """An episode of `hopping` at 50 steps a second."""
    reward = (earns * (1.0 + 0.2 * np.sin(np.arange(steps) / 5))).astype(np.float32)
    found = 2.0 * reward + np.float32(1.0) if recovered else None
    return Recording(hopping(steps), reward, found, terminated, 0.02, title, {"seed": 3})


def film(steps: int = 12) -> Recording:
    """Pictures in the place of poses: every third state, and the last."""
    states = np.array([*range(0, steps, 3), steps])
    images = []
    for state in states:
        stream = io.BytesIO()
        Image.new("RGB", (60, 40), (20 * int(state) % 255, 90, 90)).save(stream, "WEBP")
        images.append(stream.getvalue())
    reward = np.ones(steps, np.float32)
    return Recording(Frames(tuple(images), states), reward, None, True, 0.05, "Learner")


def material(**changes: Any) -> Material:
    """A learner that falls over halfway, and all figures."""
    parts: dict[str, Any] = {
        "task": "Hopper-v5",
        "title": "IQ-Learn, 1 demonstration",
        "command": "irl-app recover Hopper-v5 --demos 1",
        "expert": episode(),
        "learner": episode(30, terminated=True, title="Learner"),
        "figures": FIGURES,
    }
    return Material(**parts | changes)
