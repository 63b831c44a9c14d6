"""Slices over two state variables: numbers as colours, choices as hues, and where the expert has been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from irl_app.figures.curves import SERIES
from irl_app.figures.theme import (
    BAR_WIDTH,
    SIZE,
    THEMES,
    Theme,
    ThemeName,
    colorbar,
    colorscale,
    legend,
    number,
    style,
)
from trainers.arrays import BoolArray, FloatArray

FADED = 0.6
"""How much grey covers a cell without evidence."""
OUTLIERS = 3.0
"""A largest number this many times that of 90 % of them is beyond the colours."""


@dataclass(frozen=True, eq=False)
class Axes:
    """The two variables of a slice.

    Attributes:
        names: along x and y, with units.
        x, y: (G,) ascending values.
    """

    names: tuple[str, str]
    x: FloatArray
    y: FloatArray


@dataclass(frozen=True, eq=False)
class Seen:
    """Split states, cast onto a slice: places (N, 2), and near (N,) whether they lie close to it."""

    places: FloatArray
    near: BoolArray


def slice_figure(
    values: FloatArray,
    axes: Axes,
    title: str,
    *,
    scale: Literal["diverging", "sequential"],
    seen: Seen | None = None,
    unseen: FloatArray | None = None,
    theme: ThemeName = "light",
) -> go.Figure:
    """Numbers (G, G), rows along y, as colours; a diverging scale is centred on zero.

    Cells turn grey by ``unseen`` (G, G), from 0 where there is evidence to 1 where there is none. Numbers far
    beyond the others have the last colour and are told below the title, so that the others can still be
    told apart.
    """
    colours = THEMES[theme]
    low, high, beyond = _range(values, centred=scale == "diverging")
    heat = {
        "type": "heatmap",
        "x": axes.x,
        "y": axes.y,
        "z": np.round(values, 6),
        "zmin": low,
        "zmax": high,
        "colorscale": colorscale(colours.diverging if scale == "diverging" else colours.sequential),
        "colorbar": colorbar(colours),
        "hovertemplate": f"{_where(axes)}<br><b>%{{z:.3~g}}</b><extra></extra>",
        "hoverongaps": False,
    }
    traces = [heat, *_veil(unseen, axes, colours), *_marks(seen, axes, colours)]
    return _framed(traces, axes, title, colours, beyond)


def choice_figure(
    policy: FloatArray,
    axes: Axes,
    title: str,
    actions: Sequence[str],
    *,
    seen: Seen | None = None,
    theme: ThemeName = "light",
) -> go.Figure:
    """The likeliest action of a policy (G, G, A) as a hue, the stronger the surer; named above."""
    colours = THEMES[theme]
    best, chance = policy.argmax(-1), policy.max(-1)
    traces: list[dict[str, Any]] = []
    for action, name in enumerate(actions):
        hue = SERIES[theme][action % len(SERIES[theme])]
        traces += [
            {
                "type": "heatmap",
                "x": axes.x,
                "y": axes.y,
                "z": np.round(np.where(best == action, chance, np.nan), 4),
                "zmin": 0.9 / len(actions),
                "zmax": 1.0,
                "colorscale": [[0.0, colours.paper], [1.0, hue]],
                "showscale": False,
                "hovertemplate": f"{_where(axes)}<br><b>{name}</b>, probability %{{z:.2f}}<extra></extra>",
                "hoverongaps": False,
            },
            {
                "type": "scatter",
                "x": [None],
                "y": [None],
                "mode": "markers",
                "name": name,
                "showlegend": True,
                "marker": {"symbol": "square", "size": 10, "color": hue},
            },
        ]
    figure = _framed([*traces, *_marks(seen, axes, colours)], axes, title, colours, "")
    figure.layout.showlegend = True
    figure.layout.margin.r = 12
    figure.layout.legend = legend(colours, 11) | {
        "entrywidthmode": "pixels",
        "entrywidth": 78,
        "itemwidth": 30,
        "itemclick": False,
        "itemdoubleclick": False,
    }
    return figure


def _range(values: FloatArray, *, centred: bool) -> tuple[float, float, str]:
    """Ends of the colours, and what has to be said of numbers beyond them."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (-1.0, 1.0, "no number here")
    if not centred:
        return (float(finite.min()), float(max(finite.max(), finite.min() + 1e-9)), "")
    most, usual = float(np.abs(finite).max()), float(np.quantile(np.abs(finite), 0.9))
    if usual > 0.0 and most > OUTLIERS * usual:
        furthest = float(finite[np.abs(finite).argmax()])
        return (-usual, usual, f"some are beyond the colours, as far as {number(furthest)}")
    limit = most or 1.0
    return (-limit, limit, "")


def _veil(unseen: FloatArray | None, axes: Axes, theme: Theme) -> list[dict[str, Any]]:
    """Grey over cells without evidence: faded into the paper they would look like low numbers."""
    if unseen is None:
        return []
    grey = ",".join(str(int(theme.soft[i : i + 2], 16)) for i in (1, 3, 5))
    return [
        {
            "type": "heatmap",
            "x": axes.x,
            "y": axes.y,
            "z": np.round(unseen, 3),
            "zmin": 0.0,
            "zmax": 1.0,
            "colorscale": [[0.0, f"rgba({grey},0)"], [1.0, f"rgba({grey},{FADED})"]],
            "showscale": False,
            "hoverinfo": "skip",
        }
    ]


def _marks(seen: Seen | None, axes: Axes, theme: Theme) -> list[dict[str, Any]]:
    """Split states: filled where they lie close to the slice, rings where they do not."""
    if seen is None:
        return []
    inside = (
        (seen.places[:, 0] >= axes.x[0])
        & (seen.places[:, 0] <= axes.x[-1])
        & (seen.places[:, 1] >= axes.y[0])
        & (seen.places[:, 1] <= axes.y[-1])
    )
    marks = []
    for near in (False, True):
        x, y = seen.places[inside & (seen.near == near)].T
        marker: dict[str, Any] = {"size": 5, "color": theme.ink, "line": {"color": theme.paper, "width": 1}}
        if not near:
            marker = {"size": 4, "symbol": "circle-open", "color": theme.ink, "opacity": 0.55}
        marks.append(
            {
                "type": "scatter",
                "x": np.round(x, 4),
                "y": np.round(y, 4),
                "mode": "markers",
                "marker": marker,
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    return marks


def _where(axes: Axes) -> str:
    return f"{axes.names[0]} %{{x:.3~g}}<br>{axes.names[1]} %{{y:.3~g}}"


def _framed(traces: list[dict[str, Any]], axes: Axes, title: str, theme: Theme, note: str) -> go.Figure:
    def axis(name: str, values: FloatArray) -> dict[str, Any]:
        half = (values[1] - values[0]) / 2.0
        return {
            "title": {"text": name, "font": {"color": theme.soft, "size": 12}, "standoff": 6},
            "range": [values[0] - half, values[-1] + half],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "nticks": 6,
            "tickfont": {"color": theme.soft, "size": 11},
        }

    layout = style(theme, title, width=SIZE + BAR_WIDTH, height=SIZE)
    if note:
        layout["title"] |= {"subtitle": {"text": note, "font": {"size": 12, "color": theme.soft}}}
    layout |= {
        "xaxis": axis(axes.names[0], axes.x),
        "yaxis": axis(axes.names[1], axes.y),
        # the plots beside each other have one height, whatever is written above them
        "margin": {"l": 0, "r": BAR_WIDTH, "t": 72, "b": 10, "autoexpand": True},
    }
    return go.Figure({"data": traces, "layout": layout})
