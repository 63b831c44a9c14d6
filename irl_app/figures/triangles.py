"""A number for every action of every cell: four triangles a cell, as shapes on small grids, as pixels on
large."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.envs.grid_spec import GridSpec
from irl_app.figures.theme import Theme, colorbar, colorscale, number
from trainers.arrays import FloatArray, IntArray

POLYGONS_UP_TO = 20
"""Cells a side up to which triangles are drawn as polygons: sharp, but slow when there are many."""
_LEVELS = 41  # an odd number of colours, so that zero has its own
_PIXELS = 9  # a side of a cell drawn as pixels
_CORNERS = (
    ((-0.5, -0.5), (0.5, -0.5), (0.0, 0.0)),
    ((0.5, -0.5), (0.5, 0.5), (0.0, 0.0)),
    ((0.5, 0.5), (-0.5, 0.5), (0.0, 0.0)),
    ((-0.5, 0.5), (-0.5, -0.5), (0.0, 0.0)),
    ((0.0, -0.2), (0.2, 0.0), (0.0, 0.2), (-0.2, 0.0)),
)  # (right, down) of each action's shape about its cell's centre; y grows downwards
_CENTRES = ((0.0, -0.33), (0.33, 0.0), (0.0, 0.33), (-0.33, 0.0), (0.0, 0.0))


def add_triangles(
    figure: go.Figure, grid: GridSpec, values: FloatArray, theme: Theme, *, limit: float
) -> None:
    """Add values (S, A), NaN for none, on a scale from -limit to limit, with a colour bar and hover texts."""
    if max(grid.height, grid.width) <= POLYGONS_UP_TO:
        _add_polygons(figure, grid, values, theme, limit)
    else:
        _add_pixels(figure, grid, values, theme, limit)


def _add_polygons(figure: go.Figure, grid: GridSpec, values: FloatArray, theme: Theme, limit: float) -> None:
    """One trace a colour, not one a triangle: a trace costs far more than a corner."""
    level = np.round((np.clip(values / limit, -1.0, 1.0) + 1.0) / 2.0 * (_LEVELS - 1))
    ramp = sample_colorscale(colorscale(theme.diverging), np.linspace(0.0, 1.0, _LEVELS).tolist())
    for stay in (False, True):  # the diamond lies on the triangles
        actions = [a for a in range(values.shape[1]) if (a == 4) is stay]
        for k in range(_LEVELS):
            x, y = _outlines(grid, level == k, actions)
            if x:
                figure.add_scatter(
                    x=x,
                    y=y,
                    mode="lines",
                    fill="toself",
                    fillcolor=ramp[k],
                    hoverinfo="skip",
                    line={"color": theme.paper, "width": 0.8},
                )
    _add_hover_points(figure, grid, values, theme, limit)


def _outlines(
    grid: GridSpec, drawn: FloatArray, actions: list[int]
) -> tuple[list[float | None], list[float | None]]:
    """Closed outlines of the shapes that are drawn (S, A), apart by None."""
    x: list[float | None] = []
    y: list[float | None] = []
    for action in actions:
        corners = (*_CORNERS[action], _CORNERS[action][0])
        for cell in np.flatnonzero(drawn[:, action]):
            row, column = divmod(int(cell), grid.width)
            x += [*(column + right for right, _ in corners), None]
            y += [*(row + down for _, down in corners), None]
    return x, y


def _add_hover_points(
    figure: go.Figure, grid: GridSpec, values: FloatArray, theme: Theme, limit: float
) -> None:
    """Invisible points that carry the numbers on hover and the colour bar."""
    cells, actions = np.nonzero(np.isfinite(values))
    rows, columns = np.divmod(cells, grid.width)
    offsets = np.array(_CENTRES)[actions]
    figure.add_scatter(
        x=columns + offsets[:, 0],
        y=rows + offsets[:, 1],
        mode="markers",
        text=_texts(grid, values, cells, actions),
        hovertemplate="%{text}<extra></extra>",
        marker={
            "size": 12,
            "opacity": 0.0,
            "color": values[cells, actions],
            "cmin": -limit,
            "cmax": limit,
            "colorscale": colorscale(theme.diverging),
            "showscale": True,
            "colorbar": colorbar(theme),
        },
    )


def _add_pixels(figure: go.Figure, grid: GridSpec, values: FloatArray, theme: Theme, limit: float) -> None:
    shape = _pixel_actions(values.shape[1])  # (k, k)
    cells = values.reshape(grid.height, grid.width, -1)[:, :, shape]  # (H, W, k, k)
    pixels = cells.transpose(0, 2, 1, 3).reshape(grid.height * _PIXELS, grid.width * _PIXELS)
    figure.add_heatmap(
        z=pixels,
        x0=-0.5 + 0.5 / _PIXELS,
        dx=1.0 / _PIXELS,
        y0=-0.5 + 0.5 / _PIXELS,
        dy=1.0 / _PIXELS,
        zmin=-limit,
        zmax=limit,
        colorscale=colorscale(theme.diverging),
        hovertemplate="%{z:.3g}<extra></extra>",
        hoverongaps=False,
        colorbar=colorbar(theme),
    )


def _pixel_actions(n_actions: int) -> IntArray:
    """(k, k) the action whose shape covers each pixel of a cell."""
    offset = np.arange(_PIXELS) - _PIXELS // 2
    down, right = np.meshgrid(offset, offset, indexing="ij")
    action = np.where(np.abs(down) > np.abs(right), np.where(down < 0, 0, 2), np.where(right > 0, 1, 3))
    if n_actions == 5:
        action[np.abs(down) + np.abs(right) <= 2] = 4
    return action


def _texts(grid: GridSpec, values: FloatArray, cells: IntArray, actions: IntArray) -> list[str]:
    return [
        f"{grid.place(int(cell))}, {ACTION_NAMES[action]}<br><b>{number(values[cell, action])}</b>"
        for cell, action in zip(cells, actions, strict=True)
    ]
