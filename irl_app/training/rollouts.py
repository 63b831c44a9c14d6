"""Episodes to look at: one demonstration and one episode of every seed, as animated pictures.

``rollouts/demonstration.gif`` and ``rollouts/seed-0.gif``, by the seeds' numbers; ``rollouts/rollouts.json``
says what they show and is written last.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from PIL import Image

from irl_app.demonstrations import Episode
from irl_app.files import write_whole
from irl_app.reading import read_bytes, reading
from irl_app.runs import RunError, read_object
from irl_app.tasks import Obs, RolloutResult, Task
from irl_app.tasks.pictures import painter, without_screen
from irl_app.tasks.task import Painter
from trainers.learner import Learner, policy_of
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
FILM_SEED = 9_000_011
"""Of the episodes of environments that draw themselves while they are played."""


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
    task: Task,
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
        about = Rollout(seed, len(episode), float(result.returns[middle]), episode.terminated, len(episodes))
        shown.append(_save(run, paint, fps, about, episode.observations))
    said = {"update": update, "shown": [asdict(one) for one in shown]}
    write_whole(run / FOLDER / ABOUT, json.dumps(said, allow_nan=False) + "\n")


def save_films(run: Path, task: Task, update: int, seeds: Sequence[int], learner: Learner) -> None:
    """Play an episode of every seed's learner and keep what its environment draws, if it does.

    Raises:
        OSError: a file cannot be written.
    """
    if "rgb_array" not in (task.make().metadata.get("render_modes") or ()):
        return
    without_screen()
    envs = [task.make("rgb_array") for _ in seeds[:MOST_SEEDS]]
    if envs[0].render_mode != "rgb_array":
        return
    act, generator = policy_of(learner), np.random.default_rng(update)
    obs = np.stack([env.reset(seed=FILM_SEED + k)[0] for k, env in enumerate(envs)])
    films = [_Film(env) for env in envs]
    while not all(film.ended for film in films):
        seen = np.concatenate([obs, np.repeat(obs[:1], len(seeds) - len(obs), 0)])[:, None]
        chosen = act(seen.astype(task.observation_space.dtype), generator)[:, 0]
        for k, film in enumerate(films):
            if not film.ended:
                obs[k] = film.step(chosen[k])
    fps = float(envs[0].metadata.get("render_fps", 30))
    about = [
        _animated(run, fps, film.about(seed), film.pictures, film.stride)
        for seed, film in zip(seeds, films, strict=False)
    ]
    said = {"update": update, "shown": [asdict(one) for one in about]}
    write_whole(run / FOLDER / ABOUT, json.dumps(said, allow_nan=False) + "\n")


class _Film:
    """An episode as its environment draws it, in at most twice ``FRAMES`` pictures."""

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        self._env, self.stride, self._moves, self._total = env, 1, 0, 0.0
        self._terminated = self.ended = False
        self.pictures = [self._picture()]

    def step(self, action: Any) -> Any:
        """Take one action; what is observed then."""
        obs, reward, self._terminated, truncated, _ = self._env.step(action)
        self._moves, self._total = self._moves + 1, self._total + float(reward)
        self.ended = self._terminated or truncated
        if self._moves % self.stride == 0 or self.ended:
            self.pictures.append(self._picture())
        if len(self.pictures) > 2 * FRAMES:
            self.pictures, self.stride = self.pictures[::2], 2 * self.stride
        if self.ended:
            self._env.close()
        return obs

    def about(self, seed: int) -> Rollout:
        """What it shows."""
        return Rollout(seed, self._moves, self._total, bool(self._terminated))

    def _picture(self) -> Image.Image:
        return _small(np.asarray(self._env.render(), np.uint8))


def read_rollouts(run: Path) -> Rollouts | None:
    """What there is to look at; None before the first are drawn.

    Raises:
        RunError: what says so is damaged.
    """
    path, remedy = run / FOLDER / ABOUT, "the end of the run writes it anew"
    if not os.path.lexists(path):
        return None
    with reading(path, RunError, remedy):
        found = read_object(path, remedy)
        shown = tuple(
            Rollout(
                None if one.found.get("seed") is None else one.whole("seed"),
                one.whole("moves", 1),
                one.number("total"),
                one.flag("terminated"),
                one.whole("among", 1),
                one.number("faster", 0.0),
            )
            for one in found.objects("shown")
        )
        return Rollouts(found.whole("update"), shown)


def animation(run: Path, rollout: Rollout) -> bytes | None:
    """The GIF of a rollout; None if it is not there or no file of ours."""
    path = run / FOLDER / rollout.file
    try:
        with reading(path, RunError, "play its episodes again"):
            content = read_bytes(path, MAX_BYTES)
            still(content)
    except RunError:
        return None
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
    return _animated(run, fps, about, [_small(paint(frames[i])) for i in chosen], stride)


def _animated(run: Path, fps: float, about: Rollout, pictures: Sequence[Image.Image], stride: int) -> Rollout:
    """Write an animation of pictures that lie so many moves apart."""
    real = 1000.0 * stride / fps
    each = max(20, 10 * round(min(real, SLOWEST) / 10))
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
