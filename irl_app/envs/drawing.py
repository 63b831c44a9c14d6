"""A grid as a picture in plain numpy, and as text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import BoolArray, FloatArray

Picture = NDArray[np.uint8]

# Okabe and Ito's palette keeps its hues apart under colour-blindness
WALL, FREE, LINE = "#3d4451", "#f7f8fa", "#dde1e7"
START, GOAL, LAVA, AGENT = "#56b4e9", "#009e73", "#d55e00", "#e69f00"
MAX_PIXELS = 800
OVERSAMPLING = 3


def draw(spec: GridSpec, agent: int | None = None) -> Picture:
    """(h, w, 3) picture of the grid with the agent in cell `agent`; 8 to 64 pixels a cell.

    Goals are green rounded squares, starts blue rings; any other reward tints its cell, vermilion below
    the step reward and green above it, the stronger the further.
    """
    side = int(np.clip(MAX_PIXELS // max(spec.height, spec.width), 8, 64))
    picture: FloatArray = np.kron(_fills(spec), np.ones((side, side, 1))).astype(np.float64)
    line = np.zeros(side, dtype=bool)
    line[0] = True  # every cell draws its upper and left edge, the frame closes the others
    on_line = np.tile(line, spec.height)[:, None] | np.tile(line, spec.width)[None, :]
    walls = np.kron(spec.walls, np.ones((side, side), dtype=bool)).astype(bool)
    picture[on_line & ~walls] = _rgb(LINE)
    fixed_starts = spec.starts & ~spec.goals
    _stamp(picture, fixed_starts, _disc(side, 0.36) - _disc(side, 0.24), START)
    _stamp(picture, spec.goals, _rounded_square(side), GOAL)
    if agent is not None:
        here = np.zeros_like(spec.walls)
        here.flat[agent] = True
        _stamp(picture, here, _disc(side, 0.36), "#ffffff")
        _stamp(picture, here, _disc(side, 0.30), AGENT)
    framed = np.concatenate([picture, np.broadcast_to(_rgb(LINE), (1, picture.shape[1], 3))])
    framed = np.concatenate([framed, np.broadcast_to(_rgb(LINE), (framed.shape[0], 1, 3))], axis=1)
    return np.rint(framed).astype(np.uint8)


def ansi(spec: GridSpec, agent: int | None = None) -> str:
    """The rows of the grid's map, the agent as ``@``."""
    lines = format_map(spec).split("\n")
    first = lines.index("") + 1
    rows = lines[first : first + spec.height]
    if agent is not None:
        row, column = divmod(agent, spec.width)
        rows[row] = f"{rows[row][:column]}@{rows[row][column + 1 :]}"
    return "\n".join(rows)


def _rgb(colour: str) -> FloatArray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)


def _fills(spec: GridSpec) -> FloatArray:
    """(H, W, 3) colour of each cell without marks."""
    gain = np.where(np.isnan(spec.rewards) | spec.goals, 0.0, spec.rewards - spec.step_reward)
    strength = np.sqrt(np.abs(gain) / max(float(np.abs(gain).max()), 1e-12))[..., None] * 0.85
    hue = np.where((gain < 0)[..., None], _rgb(LAVA), _rgb(GOAL))
    fills = (1.0 - strength) * _rgb(FREE) + strength * hue
    fills[spec.walls] = _rgb(WALL)
    return fills


def _stamp(picture: FloatArray, cells: BoolArray, mask: FloatArray, colour: str) -> None:
    """Blend `colour` into `cells` (H, W) through the mask (side, side) of coverages in [0, 1]."""
    side = mask.shape[0]
    for row, column in np.argwhere(cells):
        patch = picture[row * side : (row + 1) * side, column * side : (column + 1) * side]
        patch += mask[..., None] * (_rgb(colour) - patch)


def _coverage(inside: BoolArray, side: int) -> FloatArray:
    return inside.reshape(side, OVERSAMPLING, side, OVERSAMPLING).mean(axis=(1, 3))


def _offsets(side: int) -> tuple[FloatArray, FloatArray]:
    """Distances from the cell's middle at the subpixels, down and right, in cells."""
    centre = (np.arange(side * OVERSAMPLING) + 0.5) / (side * OVERSAMPLING) - 0.5
    return np.abs(centre)[:, None], np.abs(centre)[None, :]


def _disc(side: int, radius: float) -> FloatArray:
    down, right = _offsets(side)
    return _coverage(np.hypot(down, right) <= radius, side)


def _rounded_square(side: int) -> FloatArray:
    down, right = _offsets(side)
    corner, half = 0.12, 0.38
    beyond = np.hypot(np.maximum(down - half + corner, 0.0), np.maximum(right - half + corner, 0.0))
    return _coverage(beyond <= corner, side)
