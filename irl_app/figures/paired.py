"""Recovered against true reward of several kinds of behaviour: a point a step or an episode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from irl_app.figures.curves import SERIES
from irl_app.figures.theme import BAR_WIDTH, SIZE, THEMES, ThemeName, axis, legend, number, style
from trainers.arrays import FloatArray

FEW = 4
"""True rewards with at most so many values are spread out about them."""
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
    each: str = "step",
    name: str = "recovered",
    theme: ThemeName = "light",
) -> go.Figure:
    """A scatter of recovered against true rewards, a hue and a symbol a kind.

    Where the truth is the same everywhere there is nothing to plot along: the kinds stand side by side. Where
    it has only a few values, points are spread about them so that they can be seen.

    Args:
        kinds: at least one point in all. each: what a point is. name: of the reward that is judged.
    """
    colours = THEMES[theme]
    truths = np.concatenate([kind.true for kind in kinds])
    values = np.unique(truths)
    constant = len(values) == 1
    gap = 0.0 if len(values) > FEW else 1.0 if constant else float(np.diff(values).min())
    traces = []
    for place, kind in enumerate(kinds):
        middle = place if constant else kind.true + 0.24 * gap * (place - (len(kinds) - 1) / 2)
        traces.append(_points(kind, middle, (0.6 if constant else 0.2) * gap, (each, name), theme))
    x_axis = axis(colours, f"true reward of the {each}", 8) | {"nticks": 7}
    if gap and not constant:
        x_axis |= {"tickvals": values, "ticktext": [number(float(value)) for value in values]}
    if constant:
        ticks = {"tickvals": [*range(len(kinds))], "ticktext": [kind.name for kind in kinds]}
        x_axis |= ticks | {"range": [-0.6, len(kinds) - 0.4], "showgrid": False, "zeroline": False}
        x_axis["title"]["text"] = f"the true reward is {number(float(truths[0]))} for every {each} here"
    layout = style(colours, title, width=SIZE + BAR_WIDTH, height=SIZE)
    layout |= {
        "xaxis": x_axis,
        "yaxis": axis(colours, f"{name} reward of the {each}", 8) | {"nticks": 7},
        "margin": {"l": 0, "r": 12, "t": 66, "b": 10, "autoexpand": True},
        "showlegend": not constant,
        "legend": legend(colours),
    }
    return go.Figure({"data": traces, "layout": layout})


def _points(
    kind: Kind, middle: FloatArray | int, spread: float, names: tuple[str, str], theme: ThemeName
) -> dict[str, Any]:
    """Points about places along x, scattered within a spread that is the same at every drawing."""
    rows = np.linspace(0, len(kind.true) - 1, min(len(kind.true), POINTS)).round().astype(np.int64)
    recovered, true = kind.recovered[rows], kind.true[rows]
    x = np.broadcast_to(middle, kind.true.shape)[rows]
    x = x + spread * (np.random.default_rng(0).random(len(rows)) - 0.5)
    hue = SERIES[theme][kind.colour % len(SERIES[theme])]
    symbol = SYMBOLS[kind.colour % len(SYMBOLS)]
    few = len(rows) <= 50
    return {
        "type": "scatter",
        "x": np.round(x, 5),
        "y": np.round(recovered, 5),
        "customdata": np.round(true, 5),
        "mode": "markers",
        "name": kind.name,
        "hovertemplate": f"{kind.name}, one {names[0]}<br>true %{{customdata:.4~g}}, "
        f"{names[1]} %{{y:.4~g}}<extra></extra>",
        "marker": {
            "size": 8 if few else 5,
            "symbol": symbol,
            "opacity": 0.85 if few else 0.5,
            "color": hue,
            "line": {"color": hue, "width": 1.4 if symbol.endswith("thin") else 0},
        },
    }
