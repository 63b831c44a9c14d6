"""Still maps as small pictures, one pixel a cell: a board of thirty answers, a grid of twenty methods."""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np
from PIL import Image

from irl_app.envs.grid_spec import GridSpec
from irl_app.figures.theme import Theme
from trainers.arrays import BoolArray, FloatArray

GUESS_SHARE = 0.55
"""How much of the page shines through a cell that was never visited."""


def tile(
    grid: GridSpec,
    values: FloatArray,
    title: str,
    theme: Theme,
    *,
    largest: float,
    seen: BoolArray | None = None,
) -> str:
    """An image of a reward on the signed root scale, for HTML.

    Args:
        values: (S,) a number per cell; NaN where there is none. title: what it shows, for who cannot see it.
        largest: the number at the ends of the scale. seen: (S,) cells with evidence; others are faded.
    """
    share = np.clip(values / (largest or 1.0), -1.0, 1.0)
    position = 0.5 + 0.5 * np.sign(share) * np.sqrt(np.abs(share))
    ramp = np.array([_rgb(colour) for colour in theme.diverging])
    stops = np.linspace(0.0, 1.0, len(ramp))
    colours = np.stack([np.interp(np.nan_to_num(position, nan=0.5), stops, ramp[:, k]) for k in range(3)], 1)
    colours[np.isnan(values)] = _rgb(theme.tile)
    if seen is not None:
        colours[~seen] += GUESS_SHARE * (np.array(_rgb(theme.paper)) - colours[~seen])
    colours[grid.walls.ravel()] = _rgb(theme.wall)
    pixels = colours.round().astype(np.uint8).reshape(grid.height, grid.width, 3)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<img class="irl-tile" src="data:image/png;base64,{data}" alt="{escape(title)}">'


def _rgb(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
