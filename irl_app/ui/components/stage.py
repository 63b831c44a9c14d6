"""Expert and learner side by side, moving on one clock, with the reward of every step below them."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.stage import Frames, Poses, Recording
from irl_app.ui.components._wire import json_numbers, register
from trainers.arrays import Float32Array

_mount = register(
    "stage",
    html='<div class="irl-root irl-stage"></div>',
    scripts=("panel.js", "stage_view.js", "stage_scene.js", "stage_trace.js", "stage.js"),
    styles=("panel.css", "stage.css"),
)


def stage(expert: Recording, learner: Recording, *, key: str, ending: str = "ended") -> None:
    """Show two recordings of one task; they are played, stopped, scrubbed and turned in the browser alone.

    Args:
        expert: left, hollow.
        learner: right, in the accent's colour.
        key: the component's key.
        ending: what happens to a robot whose episode terminates, a participle: "fallen".
    """
    records = [wire(expert), wire(learner)]
    content = zlib.crc32(json.dumps(records).encode())
    _mount(key=key, data={"content": content, "records": records, "ending": ending})


def wire(recording: Recording) -> dict[str, Any]:
    """A recording as JSON; whole numbers as base64 of their little-endian bytes."""
    shown = recording.shown
    told = {
        "steps": len(recording),
        "dt": recording.dt,
        "terminated": recording.terminated,
        "reward": _rewards(recording.reward),
        "recovered": None if recording.recovered is None else _rewards(recording.recovered),
    }
    return told | (_frames(shown) if isinstance(shown, Frames) else {"bodies": _bodies(shown)})


def _rewards(values: Float32Array) -> list[float | None]:
    return json_numbers(values.astype(np.float64))


def _frames(frames: Frames) -> dict[str, Any]:
    images = [base64.b64encode(image).decode() for image in frames.images]
    return {"images": images, "states": frames.states.tolist()}


def _bodies(poses: Poses) -> dict[str, Any]:
    geoms = [
        {"body": geom.body, "radius": geom.radius, "points": np.round(geom.points, 4).tolist()}
        for geom in poses.geoms
    ]
    return {
        "states": len(poses),
        "geoms": geoms,
        "scale": poses.scale,
        "floor": poses.floor,
        "planar": poses.planar,
        "position": _base64(poses.position, "<i2"),
        "rotation": _base64(poses.rotation, "<i2"),
        "centre": _base64(poses.centre, "<i4"),
    }


def _base64(values: NDArray[Any], dtype: str) -> str:
    return base64.b64encode(values.astype(dtype).tobytes()).decode()
