"""Maps of a grid: rewards of cells, of actions, values with the policy's arrows, visits, uncertainty."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from irl_app.demonstrations import Demonstrations
from irl_app.envs.grid_spec import GridSpec
from irl_app.figures.theme import (
    BAR_WIDTH,
    SIZE,
    THEMES,
    Theme,
    ThemeName,
    colorbar,
    colorscale,
    number,
    styled,
)
from irl_app.figures.triangles import add_triangles
from trainers.arrays import FloatArray

_HEADS = ((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 0.0))  # (right, up) of every action
MAX_PATHS = 40
"""Paths that are drawn; more are no longer told apart."""


def state_map(
    grid: GridSpec,
    values: FloatArray,
    title: str,
    *,
    theme: ThemeName = "light",
    sd: FloatArray | None = None,
) -> go.Figure:
    """One number a cell, values (S,) with NaN for none, on a scale centred on zero; sd (S,) appears on
    hover."""
    texts = [
        f"{number(value)}" + ("" if sd is None else f" ± {number(sd[cell])}")
        if np.isfinite(value)
        else "no value"
        for cell, value in enumerate(values)
    ]
    colours, limit = THEMES[theme], _largest(values)
    scale = {"colorscale": colorscale(colours.diverging), "zmin": -limit, "zmax": limit}
    return _heat(grid, values, texts, title, colours, scale)


def action_map(grid: GridSpec, values: FloatArray, title: str, *, theme: ThemeName = "light") -> go.Figure:
    """One number a state and action, values (S, A): four triangles a cell, up at the top, and a diamond for
    stay.

    NaN leaves a triangle empty. The scale is centred on zero.
    """
    colours = THEMES[theme]
    figure = go.Figure()
    add_triangles(figure, grid, values, colours, limit=_largest(values))
    return _framed(figure, grid, title, colours)


def value_map(
    grid: GridSpec, v: FloatArray, policy: FloatArray | None, title: str, *, theme: ThemeName = "light"
) -> go.Figure:
    """Values v (S,) as colour, and the policy (S, A) as arrows: the longer, the surer the move.

    Terminal cells, where nothing follows, and walls have no arrow.
    """
    figure = _heat(grid, v, [number(x) if np.isfinite(x) else "no value" for x in v], title, THEMES[theme])
    if policy is not None:
        _add_arrows(figure, grid, v, policy, THEMES[theme])
    return figure


def visits_map(grid: GridSpec, visits: FloatArray, title: str, *, theme: ThemeName = "light") -> go.Figure:
    """How often each cell was stood in, visits (S,) >= 0; colour grows with the square root, hover has the
    count."""
    texts = ["never visited" if n == 0 else f"{n:,.0f} visit{'s' if n != 1 else ''}" for n in visits]
    largest = max(1.0, float(visits[~grid.walls.ravel()].max()))
    ticks = _square_root_ticks(largest)
    scale = {
        "zmin": 0.0,
        "zmax": np.sqrt(largest),
        "colorbar": colorbar(THEMES[theme])
        | {"tickvals": np.sqrt(ticks), "ticktext": [f"{n:,.0f}" for n in ticks]},
    }
    return _heat(grid, np.sqrt(visits), texts, title, THEMES[theme], scale)


def sd_map(grid: GridSpec, sd: FloatArray, title: str, *, theme: ThemeName = "light") -> go.Figure:
    """Posterior standard deviation of each cell's reward, sd (S,), from 0 up."""
    texts = [f"± {number(x)}" if np.isfinite(x) else "no value" for x in sd]
    return _heat(grid, sd, texts, title, THEMES[theme], {"zmin": 0.0, "zmax": _largest(sd)})


def _heat(
    grid: GridSpec,
    values: FloatArray,
    texts: list[str],
    title: str,
    theme: Theme,
    scale: dict[str, object] | None = None,
) -> go.Figure:
    """A colour a cell; ``scale`` replaces properties of the heatmap."""
    shown = np.where(~grid.walls.ravel(), values, np.nan).reshape(grid.height, grid.width)
    places = np.array([f"{grid.place(cell)}<br><b>{text}</b>" for cell, text in enumerate(texts)])
    gap = 1.5 if max(grid.height, grid.width) <= 30 else 0
    look = {"colorscale": colorscale(theme.sequential), "colorbar": colorbar(theme), "xgap": gap, "ygap": gap}
    heat = go.Heatmap(
        z=shown,
        text=places.reshape(shown.shape),
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        **(look | (scale or {})),
    )
    return _framed(go.Figure(heat), grid, title, theme)


def _square_root_ticks(largest: float) -> FloatArray:
    """0, the largest count, and round counts between that stay readable on a square-root scale."""
    kept = [0.0]
    for tick in (m * 10.0**k for k in range(7) for m in (1, 2, 5)):
        if tick < largest and min(
            np.sqrt(tick) - np.sqrt(kept[-1]), np.sqrt(largest) - np.sqrt(tick)
        ) > 0.12 * np.sqrt(largest):
            kept.append(tick)
    return np.array([*kept, largest])


def _framed(figure: go.Figure, grid: GridSpec, title: str, theme: Theme) -> go.Figure:
    """Walls, marks of starts and goals, square cells with the first row on top, no axes."""
    _add_ground(figure, grid, theme)
    _add_marks(figure, grid, theme)
    axis = {"visible": False, "showgrid": False, "zeroline": False, "constrain": "domain", "fixedrange": True}
    figure.update_xaxes(range=[-0.5, grid.width - 0.5], **axis)
    figure.update_yaxes(range=[grid.height - 0.5, -0.5], scaleanchor="x", **axis)
    scale = SIZE / max(grid.height, grid.width)
    return styled(
        figure,
        theme,
        title,
        width=round(scale * grid.width) + BAR_WIDTH,
        height=round(scale * grid.height) + 52,
    )


def _add_ground(figure: go.Figure, grid: GridSpec, theme: Theme) -> None:
    """Walls, and the tiles of free cells that have no number, below everything else."""
    gap = 1.5 if max(grid.height, grid.width) <= 30 else 0
    for cells, colour, between in ((~grid.walls, theme.tile, gap), (grid.walls, theme.wall, 0)):
        if cells.any():
            figure.add_heatmap(
                z=np.where(cells, 0.0, np.nan),
                colorscale=[[0.0, colour], [1.0, colour]],
                showscale=False,
                hoverinfo="skip",
                xgap=between,
                ygap=between,
            )
    n_ground = 1 + int(grid.walls.any())
    figure.data = (*figure.data[-n_ground:], *figure.data[:-n_ground])


def _add_marks(figure: go.Figure, grid: GridSpec, theme: Theme) -> None:
    size = min(16.0, max(5.0, 0.3 * SIZE / max(grid.height, grid.width)))
    rim = {"color": theme.paper, "width": 1.5}
    for where, symbol, colour in (
        (grid.starts, "circle-open", theme.start),
        (grid.goals, "star", theme.goal),
    ):
        rows, columns = np.nonzero(where)
        if rows.size:
            line = {"color": colour, "width": 2.5} if symbol == "circle-open" else rim
            figure.add_scatter(
                x=columns,
                y=rows,
                mode="markers",
                hoverinfo="skip",
                marker={"symbol": symbol, "size": size, "color": colour, "line": line},
            )


def _add_arrows(figure: go.Figure, grid: GridSpec, v: FloatArray, policy: FloatArray, theme: Theme) -> None:
    """Mean move of the policy in every cell where an action is taken."""
    acts = grid.mdp().live & np.isfinite(v)
    mean = policy @ np.array(_HEADS)[: policy.shape[1]]  # (S, 2)
    cells = np.flatnonzero(acts & (np.abs(mean).max(axis=1) > 0.05))
    if not cells.size:
        return
    rows, columns = np.divmod(cells, grid.width)
    # The ramp runs from the paper's lightness to the ink's: past the middle the ink would not be seen.
    on_far_end = v[cells] > np.nanmin(v) + 0.62 * (np.nanmax(v) - np.nanmin(v))
    small = max(grid.height, grid.width) <= 15
    # Quivers are drawn under heatmaps unless they are on an axis of their own that overlays them.
    figure.add_quiver(
        x=columns,
        y=rows,
        u=0.7 * mean[cells, 0],
        v=-0.7 * mean[cells, 1],
        anchor="center",
        arrowref="data",
        lengthmode="raw",
        yaxis="y2",
        hoverinfo="skip",
        marker={
            "color": on_far_end.astype(float),
            "colorscale": [[0.0, theme.ink], [1.0, theme.paper]],
            "cmin": 0.0,
            "cmax": 1.0,
            "arrowsize": 0.9,
            "line": {"width": 1.6 if small else 1.0},
        },
    )
    figure.update_layout(
        yaxis2={
            "overlaying": "y",
            "matches": "y",
            "visible": False,
            "range": [grid.height - 0.5, -0.5],
            "fixedrange": True,
        }
    )


def _largest(values: FloatArray) -> float:
    """Largest finite size of a value, 1 if there is none, so that a scale about zero always has a width."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0.0 else 1.0


def paths_map(
    grid: GridSpec, demonstrations: Demonstrations, title: str, *, theme: ThemeName = "light"
) -> go.Figure:
    """Visit counts with the first ``MAX_PATHS`` episodes as lines, each moved a little aside to be seen."""
    figure = visits_map(grid, demonstrations.visits(grid.n_states).astype(float), title, theme=theme)
    rng = np.random.default_rng(0)  # the same demonstrations give the same picture
    shown = demonstrations.episodes[:MAX_PATHS]
    x: list[float | None] = []
    y: list[float | None] = []
    for episode in shown:
        rows, columns = np.divmod(episode.observations, grid.width)
        aside = rng.uniform(-0.22, 0.22, size=2)
        x += [*(columns + aside[0]), None]
        y += [*(rows + aside[1]), None]
    return figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        hoverinfo="skip",
        opacity=0.75 if len(shown) <= 10 else 0.4,
        line={"color": THEMES[theme].ink, "width": 1.4, "shape": "spline", "smoothing": 0.4},
    )
