"""What is observed, drawn: Gymnasium's own pictures of a control task, from observations alone.

An episode need not be played again to be seen, so a demonstration from any file can be.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from irl_app.envs.drawing import AGENT, FREE, GOAL, LINE, WALL
from irl_app.envs.grid_images import GOALS, PLAYER, WALLS
from irl_app.tasks.batch import Obs
from irl_app.tasks.landings import LanderPhysics
from irl_app.tasks.states import state_space
from irl_app.tasks.task import ControlTask
from trainers.mdp import FloatArray

CELL = 80
"""Pixels a side of a grid's cell."""
Picture = NDArray[np.uint8]
Painter = Callable[[Obs], Picture]


def painter(task: ControlTask) -> Painter:
    """A call that draws one observation (*O) as a picture (h, w, 3); no screen is needed.

    Lunar Lander's hills are not observed: they are the same in every picture, whatever they were.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    space = state_space(task)
    if space is None:
        return _draw_grid
    if task.name.startswith("LunarLander"):
        physics = LanderPhysics(render_mode="rgb_array")
        return _through(space.read, physics.put, physics.env)
    env = task.make(render_mode="rgb_array").unwrapped
    return _through(space.read, lambda state: setattr(env, "state", state), env)


def _through(read: Callable[[Obs], FloatArray], put: Callable[[FloatArray], None], env: Any) -> Painter:
    def paint(obs: Obs) -> Picture:
        put(read(obs[None])[0])
        return np.asarray(env.render(), dtype=np.uint8)

    return paint


def _draw_grid(obs: Obs) -> Picture:
    """Walls dark, goals green, the player a disc; large enough to be made smaller."""
    height, width = obs.shape[1:]
    picture = Image.new("RGB", (width * CELL + 1, height * CELL + 1), FREE)
    pen = ImageDraw.Draw(picture)
    for plane, colour in ((None, FREE), (WALLS, WALL), (GOALS, GOAL)):
        cells = np.ones((height, width)) if plane is None else obs[plane]
        for row, column in np.argwhere(cells > 0).tolist():
            x, y = column * CELL, row * CELL
            pen.rectangle((x, y, x + CELL, y + CELL), colour, LINE if plane is None else colour)
    row, column = divmod(int(obs[PLAYER].argmax()), width)
    x, y, rim = column * CELL, row * CELL, CELL // 6
    pen.ellipse((x + rim, y + rim, x + CELL - rim, y + CELL - rim), AGENT, "#ffffff", CELL // 20)
    return np.asarray(picture)
