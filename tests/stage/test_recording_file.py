"""A recording's file is small, comes back whole, and explains itself where it does not."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from irl_app.stage import Frames, Poses, Recording, RecordingError, load_recording, record, save_recording
from tests.stage.examples import episode, film


def same(one: Recording, other: Recording) -> None:
    np.testing.assert_array_equal(one.reward, other.reward)
    np.testing.assert_equal(one.recovered, other.recovered)
    assert (one.terminated, one.dt, one.title) == (other.terminated, other.dt, other.title)
    assert one.provenance == other.provenance


@pytest.mark.parametrize("recovered", [True, False])
def test_poses_come_back(tmp_path: Path, recovered: bool) -> None:
    made = episode(recovered=recovered, terminated=recovered)
    back = load_recording(save_recording(made, tmp_path / "folder" / "episode.npz"))
    same(made, back)
    before, after = made.shown, back.shown
    assert isinstance(before, Poses)
    assert isinstance(after, Poses)
    assert (after.scale, after.floor) == (before.scale, before.floor)
    for name in ("position", "rotation", "centre"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
        assert getattr(after, name).dtype == getattr(before, name).dtype
    for old, new in zip(before.geoms, after.geoms, strict=True):
        assert (old.body, old.radius) == (new.body, new.radius)
        np.testing.assert_array_equal(old.points, new.points)


def test_pictures_come_back(tmp_path: Path) -> None:
    made = film()
    back = load_recording(save_recording(made, tmp_path / "film.npz"))
    same(made, back)
    assert isinstance(made.shown, Frames)
    assert isinstance(back.shown, Frames)
    assert made.shown.images == back.shown.images
    assert made.shown.states.tolist() == back.shown.states.tolist()


def test_a_thousand_steps_are_small(tmp_path: Path) -> None:
    phase = np.array([0.0, 2.0, 4.0])
    state = {"t": 0}

    def sways(obs: Any, rng: np.random.Generator) -> Any:
        state["t"] += 1
        return 0.6 * np.sin(0.05 * state["t"] + phase)[None]

    made = record(
        lambda mode: gym.make("Hopper-v5", terminate_when_unhealthy=False),
        sways,
        0,
        lambda obs, *_: obs[:, 1],
    )
    assert len(made) == 1_000
    assert save_recording(made, tmp_path / "hopper.npz").stat().st_size < 30_000


def change(path: Path, **arrays: Any) -> None:
    """Put other arrays into a file; None takes one out; a dict changes the header."""
    with np.load(path) as file:
        kept = dict(file)
    for name, value in arrays.items():
        if name == "header":
            info = json.loads(kept["info"].tobytes()) | value
            kept["info"] = np.frombuffer(json.dumps(info).encode(), np.uint8)
        elif value is None:
            del kept[name]
        else:
            kept[name] = value
    stream = io.BytesIO()
    np.savez(stream, **kept)
    path.write_bytes(stream.getvalue())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"info": None}, "is not a recording of irl-app"),
        ({"info": np.frombuffer(b"[", np.uint8)}, "is not a recording of irl-app"),
        ({"header": {"format": "irl-app run"}}, "is not a recording of irl-app"),
        ({"header": {"version": 2}}, "of format 2, this irl-app reads 1: record it again"),
        ({"reward": None}, "is damaged"),
        ({"reward": np.zeros((4, 3), np.uint8)}, "is damaged"),
        ({"reward": np.zeros((3, 60), np.uint8)}, "is damaged"),
        ({"position": np.full((24, 61), 255, np.uint8)}, "is damaged"),
        ({"rotation": np.zeros((8, 61), np.uint8)}, "is damaged"),
        ({"points": np.zeros((2, 3))}, "is damaged"),
        ({"points": np.full((12, 3), np.nan)}, "is damaged"),
        ({"header": {"scale": -1.0}}, "is damaged"),
        ({"header": {"dt": "soon"}}, "is damaged"),
        ({"header": {"terminated": 1}}, "is damaged"),
        ({"header": {"geoms": [{"body": 9, "radius": 1, "points": 2}]}}, "is damaged"),
        ({"header": {"geoms": "all"}}, "is damaged"),
        ({"images": np.zeros(3, np.uint8)}, "is damaged"),
        ({"reward": np.array([None])}, "is not a recording: "),
    ],
)
def test_each_damage_is_one_sentence(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = save_recording(episode(), tmp_path / "episode.npz")
    change(path, **changes)
    with pytest.raises(RecordingError, match=said) as raised:
        load_recording(path)
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)


def test_what_is_no_file_of_ours_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is missing"):
        load_recording(tmp_path / "none.npz")
    path = save_recording(episode(), tmp_path / "episode.npz")
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(RecordingError, match="not a recording: the file is damaged"):
        load_recording(path)
    with path.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(RecordingError, match="at most 20000000 are read"):
        load_recording(path)
