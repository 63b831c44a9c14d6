"""Recovered against true reward of several kinds of behaviour: a point a step or an episode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from irl_app.figures.curves import SERIES
from irl_app.figures.theme import BAR_WIDTH, SIZE, THEMES, Theme, ThemeName, number, style
from trainers.mdp import FloatArray, IntArray

POINTS = 400
"""Of a kind at most, evenly chosen."""
SYMBOLS = ("circle", "diamond", "x-thin")


@dataclass(frozen=True, eq=False)
class Kind:
    """Whose rewards: recovered (N,) and true (N,); colour is the number of its hue and symbol."""

    name: str
    recovered: FloatArray
    true: FloatArray
    colour: int


def paired_figure(
    kinds: Sequence[Kind],
    title: str,
    *,
    note: str = "",
    each: str = "step",
    theme: ThemeName = "light",
) -> go.Figure:
    """A scatter of recovered against true rewards, a hue and a symbol a kind.

    Where the truth is the same everywhere there is nothing to plot along: the kinds stand side by side.

    Args:
        kinds: at least one point in all. note: below the title. each: what a point is.
    """
    colours = THEMES[theme]
    truths = np.concatenate([kind.true for kind in kinds])
    constant = float(np.ptp(truths)) == 0.0
    traces = [_points(kind, place, constant, each, theme) for place, kind in enumerate(kinds)]
    x_axis = _axis(f"true reward of the {each}", colours)
    if constant:
        ticks = {"tickvals": [*range(len(kinds))], "ticktext": [kind.name for kind in kinds]}
        x_axis |= ticks | {"range": [-0.6, len(kinds) - 0.4], "showgrid": False}
        x_axis["title"]["text"] = f"the true reward is {number(float(truths[0]))} for every {each} here"
    layout = style(colours, title, width=SIZE + BAR_WIDTH, height=SIZE)
    if note:
        layout["title"] |= {"subtitle": {"text": note, "font": {"size": 12, "color": colours.soft}}}
    layout |= {
        "xaxis": x_axis,
        "yaxis": _axis(f"recovered reward of the {each}", colours),
        "margin": {"l": 0, "r": 12, "t": 84 if note else 66, "b": 10, "autoexpand": True},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0.0,
            "y": 1.0,
            "yanchor": "bottom",
            "font": {"color": colours.soft, "size": 12},
            "bgcolor": "rgba(0,0,0,0)",
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def _points(kind: Kind, place: int, constant: bool, each: str, theme: ThemeName) -> dict[str, Any]:
    rows = _evenly(len(kind.true))
    recovered, true = kind.recovered[rows], kind.true[rows]
    hue = SERIES[theme][kind.colour % len(SERIES[theme])]
    symbol = SYMBOLS[kind.colour % len(SYMBOLS)]
    x = true
    if constant:  # a spread that is the same at every drawing
        x = place + 0.6 * (np.random.default_rng(0).random(len(rows)) - 0.5)
    few = len(rows) <= 50
    return {
        "type": "scatter",
        "x": np.round(x, 5),
        "y": np.round(recovered, 5),
        "customdata": np.round(true, 5),
        "mode": "markers",
        "name": kind.name,
        "hovertemplate": f"{kind.name}, one {each}<br>true %{{customdata:.4~g}}, "
        "recovered %{y:.4~g}<extra></extra>",
        "marker": {
            "size": 8 if few else 5,
            "symbol": symbol,
            "opacity": 0.85 if few else 0.5,
            "color": hue,
            "line": {"color": hue, "width": 1.4 if symbol.endswith("thin") else 0},
        },
    }


def _evenly(n: int) -> IntArray:
    return np.linspace(0, n - 1, min(n, POINTS)).round().astype(np.int64)


def _axis(name: str, theme: Theme) -> dict[str, Any]:
    return {
        "title": {"text": name, "font": {"color": theme.soft, "size": 12}, "standoff": 8},
        "gridcolor": theme.line,
        "zerolinecolor": theme.line,
        "linecolor": theme.line,
        "automargin": True,
        "nticks": 7,
        "tickfont": {"color": theme.soft, "size": 11},
    }
