"""Films last as long as what they show, show it, and are whole files or none."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from irl_app.cli import main
from irl_app.stage import save_recording, write_material
from irl_app.stage.animation import REST, AnimationError, gif, save_animation
from irl_app.stage.picture import ACCENT, INK
from tests.stage.examples import episode, film, hopping, material


def near(picture: Image.Image, colour: str) -> bool:
    wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return bool((np.abs(np.asarray(picture.convert("RGB")).astype(int) - wanted).max(axis=-1) < 12).any())


def seconds(content: bytes) -> float:
    """How long a GIF lasts; pictures that are alike are one of longer duration."""
    made = Image.open(io.BytesIO(content))
    return sum(frame.info["duration"] for frame in ImageSequence.Iterator(made)) / 1000


def test_a_gif_shows_both_for_as_long_as_they_act() -> None:
    made = Image.open(io.BytesIO(gif((episode(60), episode(30)), width=160)))
    assert made.size == (320, 100)
    assert getattr(made, "n_frames", 1) == 25  # 1.2 s at 20 pictures a second, and the start
    left, right = made.crop((0, 0, 160, 100)), made.crop((160, 0, 320, 100))
    assert near(left, INK)
    assert not near(left, ACCENT)
    assert near(right, ACCENT)
    before = np.asarray(made.convert("RGB")).astype(int)
    made.seek(8)
    assert np.abs(np.asarray(made.convert("RGB")).astype(int) - before).max() > 50


def test_speed_pictures_and_robots_in_space() -> None:
    assert seconds(gif([episode(60)], speed=2.0, width=64)) == pytest.approx(0.6 + REST)
    pictures = Image.open(io.BytesIO(gif([film()], width=64)))
    assert getattr(pictures, "n_frames", 1) == len(film().shown.images)  # type: ignore[union-attr]
    turning = episode(10)
    object.__setattr__(turning, "shown", hopping(10, planar=False))
    assert near(Image.open(io.BytesIO(gif([turning], width=128))), ACCENT)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"width": 10}, "is 64 to 1920 pixels wide, got 10"),
        ({"speed": 0.0}, "the speed must be positive"),
        ({"speed": 1e-6}, "at most 5000 are drawn"),
    ],
)
def test_what_cannot_be_drawn_says_so(settings: dict[str, float], said: str) -> None:
    with pytest.raises(AnimationError, match=said):
        gif([episode(10)], **settings)  # type: ignore[arg-type]


def test_an_mp4_without_its_encoder_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(AnimationError, match=r"pip install .irl-app\[video\]"):
        save_animation([episode(10)], tmp_path / "film.mp4")
    with pytest.raises(AnimationError, match=r"saved as \.gif or \.mp4"):
        save_animation([episode(10)], tmp_path / "film.avi")
    assert list(tmp_path.iterdir()) == []


def test_an_mp4_is_written_where_there_is_an_encoder(tmp_path: Path) -> None:
    made = save_animation([episode(10)], tmp_path / "film.mp4", width=64)
    assert made.read_bytes()[4:8] == b"ftyp"


def test_the_command_makes_films_of_folders_and_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_material(material(), tmp_path / "hopper")
    one = save_recording(episode(10), tmp_path / "one.npz")
    for source, name, width in ((folder, "both.gif", 128), (one, "deep/one.gif", 64)):
        out = tmp_path / name
        assert main(["animate", str(source), "--out", str(out), "--size", "64", "--speed", "2"]) == 0
        assert capsys.readouterr().out == f"film: {out}\n"
        assert Image.open(out).size == (width, 40)
    assert main(["animate", str(tmp_path / "none"), "--out", str(tmp_path / "none.gif")]) == 2
    assert capsys.readouterr().err.startswith(f"irl-app: {tmp_path / 'none'} is missing")
    assert not (tmp_path / "none.gif").exists()
