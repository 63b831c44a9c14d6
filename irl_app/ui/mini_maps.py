"""Small still maps as HTML, light and dark in one: what a lab is about, before it is opened."""

from __future__ import annotations

from html import escape

import numpy as np

from irl_app.envs.grid_spec import GridSpec
from irl_app.figures import THEMES
from trainers.arrays import FloatArray

LIGHT, DARK = THEMES["light"], THEMES["dark"]


def mini_map(grid: GridSpec, values: FloatArray, title: str, *, sequential: bool = False) -> str:
    """A figure with one square a cell and its title below.

    Args:
        values: (S,) a number per cell, or (S, A), of which the largest magnitude of each cell is shown;
            NaN where there is none.
        sequential: colours from nothing to much instead of orange (negative) to purple (positive).
    """
    flat = values if values.ndim == 1 else _strongest(values)
    most = float(np.abs(np.nan_to_num(flat)).max()) or 1.0
    cells = "".join(
        _cell(bool(wall), bool(goal), value / most, sequential)
        for wall, goal, value in zip(grid.walls.ravel(), grid.goals.ravel(), flat.tolist(), strict=True)
    )
    return (
        f'<figure class="irl-mini" role="img" aria-label="{escape(title)}">'
        f'<div style="grid-template-columns: repeat({grid.width}, 1fr)">{cells}</div>'
        f"<figcaption>{escape(title)}</figcaption></figure>"
    )


def _strongest(values: FloatArray) -> FloatArray:
    """(S,) of each row (S, A) the entry of largest magnitude; NaN where the row has none."""
    table = np.nan_to_num(values)
    strongest = table[np.arange(table.shape[0]), np.abs(table).argmax(axis=1)]
    return np.where(np.isnan(values).all(axis=1), np.nan, strongest)


def _cell(wall: bool, goal: bool, share: float, sequential: bool) -> str:
    if wall:
        colours = (LIGHT.wall, DARK.wall)
    elif np.isnan(share):
        colours = (LIGHT.tile, DARK.tile)
    else:
        ramps = (LIGHT.sequential, DARK.sequential) if sequential else (LIGHT.diverging, DARK.diverging)
        position = share if sequential else (1.0 + share) / 2.0
        colours = tuple(_mixed(ramp, position) for ramp in ramps)  # type: ignore[assignment]
    star = "<b>★</b>" if goal else ""
    return f'<i style="background: light-dark({colours[0]}, {colours[1]})">{star}</i>'


def _mixed(ramp: tuple[str, ...], position: float) -> str:
    """The colour at ``position`` in [0, 1] between evenly spaced ones."""
    place = position * (len(ramp) - 1)
    low = min(int(place), len(ramp) - 2)
    ends = [np.array([int(ramp[i][k : k + 2], 16) for k in (1, 3, 5)]) for i in (low, low + 1)]
    red, green, blue = (ends[0] + (place - low) * (ends[1] - ends[0])).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
