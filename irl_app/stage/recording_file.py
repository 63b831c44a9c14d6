"""A recording as one NPZ file; everything read is treated as hostile, nothing is ever unpickled.

``info`` is JSON as UTF-8 bytes. Whole numbers are kept as second differences along time, zigzagged, byte by
byte: a robot moves smoothly, so that most of the bytes are zero and compress to little.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.export.npz import NpzError, read_npz
from irl_app.files import write_whole
from irl_app.reading import Fields, FileError, parse_json, read_bytes, reading
from irl_app.stage.bodies import Geom
from irl_app.stage.poses import Poses
from irl_app.stage.recording import Frames, Recording, RecordingError

FORMAT, FORMAT_VERSION = "irl-app recording", 1
MAX_BYTES = 20_000_000
MAX_ARRAY = 64_000_000
_BYTES = 4  # of a whole number or a float32

Arrays = dict[str, NDArray[Any]]


def save_recording(recording: Recording, path: str | Path) -> Path:
    """Write a recording to an ``.npz`` file, whole or not at all. Returns its path.

    Raises:
        OSError: it cannot be written.
    """
    info: dict[str, Any] = {"format": FORMAT, "version": FORMAT_VERSION, "title": recording.title}
    info |= {"dt": recording.dt, "terminated": recording.terminated, "provenance": dict(recording.provenance)}
    shown = recording.shown
    described, arrays = _poses_out(shown) if isinstance(shown, Poses) else _frames_out(shown)
    arrays["reward"] = _planes(recording.reward.astype("<f4")[:, None])
    if recording.recovered is not None:
        arrays["recovered"] = _planes(recording.recovered.astype("<f4")[:, None])
    arrays["info"] = np.frombuffer(json.dumps(info | described, allow_nan=False).encode(), np.uint8)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return write_whole(Path(path), stream.getvalue())


def load_recording(path: str | Path) -> Recording:
    """The recording in a file.

    Raises:
        RecordingError: it cannot be read, is too large, of another version, damaged, or no recording.
    """
    path = Path(path)
    with reading(path, RecordingError, "record it again"):
        return _load(path)


def _load(path: Path) -> Recording:
    try:
        arrays = read_npz(read_bytes(path, MAX_BYTES), MAX_ARRAY)
    except NpzError as error:
        raise RecordingError(f"{path} is not a recording: {error}") from error
    info = _info(arrays)
    if info.get("format") != FORMAT:
        raise RecordingError(f"{path} is not a recording of irl-app")
    if info.get("version") != FORMAT_VERSION:
        raise RecordingError(
            f"{path} is a recording of format {str(info.get('version'))[:20]}, this irl-app reads "
            f"{FORMAT_VERSION}: record it again"
        )
    return _recording(info, arrays)


def _info(arrays: Arrays) -> dict[str, Any]:
    try:
        return Fields(parse_json(arrays["info"].tobytes(), "its description"), "its description").found
    except (KeyError, FileError):
        return {}


def _recording(info: dict[str, Any], arrays: Arrays) -> Recording:
    reward = _floats(arrays["reward"])
    shown = _frames_in(arrays) if "images" in arrays else _poses_in(info, arrays, len(reward) + 1)
    if type(info["terminated"]) is not bool or not isinstance(info["provenance"], dict):
        raise TypeError("terminated and provenance are of other types")
    recovered = _floats(arrays["recovered"]) if "recovered" in arrays else None
    terminated, dt, title = info["terminated"], float(info["dt"]), str(info["title"])
    return Recording(shown, reward, recovered, terminated, dt, title, info["provenance"])


def _poses_out(poses: Poses) -> tuple[dict[str, Any], Arrays]:
    geoms = [{"body": geom.body, "radius": geom.radius, "points": len(geom.points)} for geom in poses.geoms]
    described = {
        "geoms": geoms,
        "bodies": poses.position.shape[1],
        "scale": poses.scale,
        "floor": poses.floor,
    }
    arrays: Arrays = {"points": np.concatenate([geom.points for geom in poses.geoms])}
    for name in ("position", "rotation", "centre"):
        arrays[name] = _planes(_differences(getattr(poses, name)))
    return described, arrays


def _poses_in(info: dict[str, Any], arrays: Arrays, states: int) -> Poses:
    points, geoms, first = arrays["points"], [], 0
    for told in info["geoms"]:
        end = first + int(told["points"])
        placed = points[first:end]
        if not first < end <= len(points) or placed.shape[1:] != (3,) or not np.isfinite(placed).all():
            raise ValueError("a geom has no points")
        geoms.append(Geom(int(told["body"]), placed, float(told["radius"])))
        first = end
    bodies, floor = int(info["bodies"]), info["floor"]
    position, rotation, centre = (
        _sums(arrays[name], states, shape)
        for name, shape in (("position", (bodies, 3)), ("rotation", (bodies, 4)), ("centre", (3,)))
    )
    return Poses(
        tuple(geoms),
        _small(position),
        _small(rotation),
        centre.astype(np.int32),
        float(info["scale"]),
        None if floor is None else float(floor),
    )


def _frames_out(frames: Frames) -> tuple[dict[str, Any], Arrays]:
    sizes = np.array([len(image) for image in frames.images], dtype=np.float64)
    images = np.frombuffer(b"".join(frames.images), np.uint8)
    return {}, {"images": images, "sizes": sizes, "states": frames.states.astype(np.float64)}


def _frames_in(arrays: Arrays) -> Frames:
    images, sizes = arrays["images"].tobytes(), arrays["sizes"].astype(np.int64)
    ends = np.cumsum(sizes)
    if (sizes <= 0).any() or ends[-1] != len(images):
        raise ValueError("the pictures are not as long as they say")
    cut = tuple(images[end - size : end] for end, size in zip(ends.tolist(), sizes.tolist(), strict=True))
    return Frames(cut, arrays["states"].astype(np.int64))


def _small(values: NDArray[Any]) -> NDArray[np.int16]:
    if np.abs(values).max(initial=0) > np.iinfo(np.int16).max:
        raise ValueError("a pose is out of range")
    return values.astype(np.int16)


def _differences(values: NDArray[Any]) -> NDArray[np.uint32]:
    """(T, ...) whole numbers -> (T, C) second differences along time; small ones of both signs are small."""
    flat = values.reshape(len(values), -1).astype(np.int32)
    for _ in range(2):
        flat = np.diff(flat, axis=0, prepend=np.zeros_like(flat[:1]))
    return ((flat << 1) ^ (flat >> 31)).astype("<u4")


def _sums(packed: NDArray[Any], states: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """The whole numbers (states, *shape) of which `_planes` of `_differences` are kept."""
    zigzag = _unplanes(packed, states).view("<u4").astype(np.int64)
    flat = (zigzag >> 1) ^ -(zigzag & 1)
    return flat.cumsum(axis=0).cumsum(axis=0).reshape(states, *shape)


def _planes(words: NDArray[Any]) -> NDArray[np.uint8]:
    """(T, C) words of four bytes -> (4 C, T): bytes of one kind lie together."""
    return np.ascontiguousarray(words).view(np.uint8).reshape(len(words), -1).T.copy()


def _unplanes(planes: NDArray[Any], count: int) -> NDArray[np.uint8]:
    if planes.dtype != np.uint8 or planes.ndim != 2 or planes.shape[1] != count or len(planes) % _BYTES:
        raise ValueError("an array is of another size")
    return np.ascontiguousarray(planes.T)


def _floats(planes: NDArray[Any]) -> NDArray[np.float32]:
    return _unplanes(planes, planes.shape[1]).view("<f4")[:, 0].astype(np.float32)
