"""Recordings as films that need no program of ours: GIF, or MP4 where an encoder is installed."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from irl_app.files import write_whole
from irl_app.stage.picture import camera_for, picture
from irl_app.stage.recording import Recording

FPS = 20
"""Of films; GIFs count time in hundredths of a second."""
REST = 1.0
"""Seconds that the last picture stays."""
WIDTH, ASPECT = 480, 0.62
MIN_WIDTH, MAX_WIDTH = 64, 1920
MAX_FRAMES = 5_000
COLOURS = 64


class AnimationError(ValueError):
    """A film cannot be made; the message is one sentence."""


def gif(recordings: Sequence[Recording], *, speed: float = 1.0, width: int = WIDTH) -> bytes:
    """The recordings side by side as a GIF that begins again, the first one hollow.

    Args:
        recordings: one or more of the same task.
        speed: 1 is as fast as it was.
        width: of each in pixels.

    Raises:
        AnimationError: it would be too small, too large or too long.
    """
    pictures = list(_film(recordings, speed, width))
    palette = _sheet(pictures[:: max(1, len(pictures) // 8)]).quantize(COLOURS)
    small = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    durations = [1000 // FPS] * (len(small) - 1) + [round(1000 * REST)]
    stream = io.BytesIO()
    small[0].save(stream, "GIF", save_all=True, append_images=small[1:], duration=durations, loop=0)
    return stream.getvalue()


def mp4(recordings: Sequence[Recording], *, speed: float = 1.0, width: int = WIDTH) -> bytes:
    """The same as an MP4.

    Raises:
        AnimationError: as `gif`, or what writes it is not installed.
    """
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise AnimationError('MP4 needs an encoder: pip install "irl-app[video]", or write a GIF') from error
    pictures = _film(recordings, speed, width)
    first = next(pictures)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        writer = imageio_ffmpeg.write_frames(str(path), first.size, fps=FPS, macro_block_size=2)
        writer.send(None)
        writer.send(first.tobytes())
        for picture in pictures:
            writer.send(picture.tobytes())
        writer.close()
        return path.read_bytes()


def save_animation(
    recordings: Sequence[Recording], path: Path, *, speed: float = 1.0, width: int = WIDTH
) -> Path:
    """Write a ``.gif`` or ``.mp4``, whole or not at all. Returns its path.

    Raises:
        AnimationError: another suffix, or as `gif` and `mp4`.
        OSError: it cannot be written.
    """
    make = {".gif": gif, ".mp4": mp4}.get(path.suffix.lower())
    if make is None:
        raise AnimationError(f"a film is saved as .gif or .mp4, not as {path.name[:60]!r}: rename it")
    return write_whole(path, make(recordings, speed=speed, width=width))


def _sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Some pictures below each other, so that one palette can have the colours of all."""
    width, height = pictures[0].size
    sheet = Image.new("RGB", (width, height * len(pictures)))
    for i, each in enumerate(pictures):
        sheet.paste(each, (0, i * height))
    return sheet


def _film(recordings: Sequence[Recording], speed: float, width: int) -> Iterator[Image.Image]:
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise AnimationError(f"a film is {MIN_WIDTH} to {MAX_WIDTH} pixels wide, got {width}")
    if not 0.0 < speed < np.inf:
        raise AnimationError(f"the speed must be positive, got {speed}")
    longest = max(recording.seconds for recording in recordings)
    count = int(longest * FPS / speed) + 1
    if count > MAX_FRAMES:
        raise AnimationError(
            f"the film has {count} pictures, at most {MAX_FRAMES} are drawn: choose a higher speed"
        )
    size = 2 * round(width / 2), 2 * round(width * ASPECT / 2)  # encoders want even numbers
    camera = camera_for([recording.shown for recording in recordings], size)
    for k in range(count):
        film = Image.new("RGB", (size[0] * len(recordings), size[1]))
        for i, recording in enumerate(recordings):
            state = min(len(recording), round(k * speed / FPS / recording.dt))
            hollow = i == 0 and len(recordings) > 1
            film.paste(picture(recording, state, camera, size, hollow=hollow), (i * size[0], 0))
        yield film
