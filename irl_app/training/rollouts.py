"""Episodes to look at: one demonstration and one episode of every seed, as animated pictures.

``rollouts/demonstration.gif`` and ``rollouts/seed-0.gif``, by the seeds' numbers; ``rollouts/rollouts.json``
says what they show and is written last.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from irl_app.demonstrations import Episode
from irl_app.files import write_whole
from irl_app.tasks import ControlTask, Obs, RolloutResult
from irl_app.tasks.pictures import Painter, painter
from irl_app.training.config import TrainingError, read_object
from trainers.transitions import Transitions

FOLDER, ABOUT = "rollouts", "rollouts.json"
FRAMES = 100
"""Pictures of an episode at most: a longer one is shown in larger steps."""
WIDTH = 320
"""Pixels, about: pictures are made smaller by whole numbers."""
COLOURS = 48
SLOWEST, LAST = 100, 1_200
"""Milliseconds: a picture at most, and the last one before it begins again."""
MOST_SEEDS = 8
"""The first so many seeds are drawn."""
MAX_BYTES = 5_000_000


@dataclass(frozen=True)
class Rollout:
    """What an animation shows.

    Attributes:
        seed: whose episode; None for the demonstration.
        moves: of the episode. total: its true return.
        terminated: whether the task ended it.
        among: of so many episodes it is the one with the middle return; 1 if it was not chosen.
        faster: how many times as fast as the task's own clock it is shown.
    """

    seed: int | None
    moves: int
    total: float
    terminated: bool
    among: int = 1
    faster: float = 1.0

    @property
    def file(self) -> str:
        """Name of its animation."""
        return "demonstration.gif" if self.seed is None else f"seed-{self.seed}.gif"


@dataclass(frozen=True)
class Rollouts:
    """update: of the learners that acted. shown: what there is to look at, the demonstration first."""

    update: int
    shown: tuple[Rollout, ...]


def save_rollouts(
    run: Path,
    task: ControlTask,
    update: int,
    played: Sequence[tuple[int, RolloutResult]],
    demonstration: Transitions | None,
) -> None:
    """Draw a demonstration, and of every seed the episode with the middle return.

    Args:
        update: of the learners. played: (seed, its episodes, kept whole).
        demonstration: all steps of an episode; None where there is none.

    Raises:
        OSError: a file cannot be written.
    """
    paint = painter(task)
    fps = float(task.make().metadata.get("render_fps", 30))
    shown = []
    if demonstration is not None:
        frames = np.concatenate([demonstration.obs, demonstration.next_obs[-1:]])
        total, ended = float(demonstration.reward.sum()), bool(demonstration.terminated[-1])
        shown.append(_save(run, paint, fps, Rollout(None, len(demonstration), total, ended), frames))
    for seed, result in played[:MOST_SEEDS]:
        episodes = result.episodes or ()
        middle = int(np.argsort(result.returns, kind="stable")[(len(episodes) - 1) // 2])
        episode: Episode = episodes[middle]
        about = Rollout(
            seed,
            len(episode),
            float(result.returns[middle]),
            episode.terminated,
            len(episodes),
        )
        shown.append(_save(run, paint, fps, about, episode.observations))
    said = {"update": update, "shown": [asdict(one) for one in shown]}
    write_whole(run / FOLDER / ABOUT, json.dumps(said, allow_nan=False) + "\n")


def read_rollouts(run: Path) -> Rollouts | None:
    """What there is to look at; None before the first are drawn.

    Raises:
        TrainingError: what says so is damaged.
    """
    path = run / FOLDER / ABOUT
    if not path.is_file():
        return None
    try:
        found = read_object(path)
        shown = tuple(
            Rollout(
                None if one["seed"] is None else int(one["seed"]),
                int(one["moves"]),
                float(one["total"]),
                bool(one["terminated"]),
                int(one["among"]),
                float(one["faster"]),
            )
            for one in found["shown"]
        )
        return Rollouts(int(found["update"]), shown)
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path} is damaged: the end of the run writes it anew") from error


def animation(run: Path, rollout: Rollout) -> bytes | None:
    """The GIF of a rollout; None if it is not there or no file of ours."""
    path = run / FOLDER / rollout.file
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    content = path.read_bytes()
    return content if content.startswith(b"GIF8") else None


def still(animated: bytes) -> Image.Image:
    """The first picture of an animation.

    Raises:
        OSError: it is no picture.
    """
    return Image.open(io.BytesIO(animated)).convert("RGB")


def _save(run: Path, paint: Painter, fps: float, about: Rollout, frames: Obs) -> Rollout:
    """Write the animation of all observations of an episode; how fast it shows it becomes known."""
    stride = -(-(len(frames) - 1) // FRAMES)
    chosen = [*range(0, len(frames) - 1, stride), len(frames) - 1]
    real = 1000.0 * stride / fps
    each = max(20, 10 * round(min(real, SLOWEST) / 10))
    pictures = [_small(paint(frames[i])) for i in chosen]
    palette = pictures[0].quantize(COLOURS)
    flat = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    content = io.BytesIO()
    durations = [each] * (len(flat) - 1) + [LAST]
    flat[0].save(content, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0)
    write_whole(run / FOLDER / about.file, content.getvalue())
    return replace(about, faster=real / each)


def _small(picture: np.ndarray) -> Image.Image:
    image = Image.fromarray(picture)
    return image.reduce(max(1, round(image.width / WIDTH)))
