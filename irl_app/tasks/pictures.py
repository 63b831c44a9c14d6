"""What is observed, drawn: an episode need not be played again to be seen, so one from any file can be."""

from __future__ import annotations

import os

import numpy as np

from irl_app.tasks.task import Painter, Picture, Task, TaskError
from irl_app.tasks.vector_env import Obs


def without_screen() -> None:
    """Have what draws draw into memory."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")


def painter(task: Task) -> Painter:
    """A call that draws one observation (*O) as a picture (h, w, 3), from it alone; no screen is needed.

    Raises:
        TaskError: the task neither brings a painter nor says what its states are.
    """
    without_screen()
    if task.make_painter is not None:
        return task.make_painter()
    if task.state_space is None:
        raise TaskError(f"{task.name} cannot be drawn: it says neither how nor what its states are")
    env, read = task.make(render_mode="rgb_array").unwrapped, task.state_space.read

    def paint(obs: Obs) -> Picture:
        env.state = read(obs[None])[0]  # type: ignore[attr-defined]  # as the classic ones have it
        return np.asarray(env.render(), dtype=np.uint8)

    return paint
