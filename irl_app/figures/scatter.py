"""Recovered against true reward, a point a cell or pair, with the fitted line and its correlation."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from irl_app.analysis import Estimate, correlation, pearson, written
from irl_app.figures.theme import BAR_WIDTH, SIZE, THEMES, Theme, ThemeName, axis, legend, style
from trainers.arrays import BoolArray, FloatArray, IntArray


def recovered_vs_true(
    recovered: FloatArray,
    true: FloatArray,
    visited: BoolArray,
    title: str,
    *,
    places: list[str] | None = None,
    theme: ThemeName = "light",
) -> go.Figure:
    """Scatter of recovered (n,) against true (n,) with the least-squares line; hollow where not visited (n,).

    Args:
        recovered, true: finite numbers, one a point.
        visited: (n,) True where the expert was.
        title: of the figure; the correlation is written below it.
        places: (n,) what each point is, on hover.
        theme: light or dark.
    """
    colours = THEMES[theme]
    found = correlation(pearson, recovered, true)
    traces = [
        _points(recovered, true, which, name, places, colours)
        for seen, name in ((True, "visited"), (False, "never visited"))
        if (which := np.flatnonzero(visited == seen)).size
    ]
    layout = style(colours, title, width=SIZE + BAR_WIDTH, height=SIZE + 52)
    layout["title"] |= {"subtitle": {"text": caption(found), "font": {"size": 12, "color": colours.soft}}}
    named = bool(visited.any() and not visited.all())
    layout |= {
        "xaxis": axis(colours, "true reward"),
        "yaxis": axis(colours, "recovered reward", 8),
        "margin": {"l": 0, "r": 16, "t": 86 if named else 64, "b": 10, "autoexpand": True},
        "showlegend": named,
        "legend": legend(colours),
    }
    # in one go: a figure that is updated step by step takes plotly six times as long
    return go.Figure({"data": [*traces, *_line(recovered, true, colours)], "layout": layout})


def caption(found: Estimate) -> str:
    """``r = 0.97, 95 % interval 0.95 to 0.98, n = 90``, or why there is no correlation."""
    if found.value is None:
        return found.why_missing
    text = f"r = {written(found.value, 'correlation')}"
    if found.low is not None and found.high is not None:
        text += f", 95 % interval {written(found.low, 'correlation')} to {written(found.high, 'correlation')}"
    return f"{text}, n = {found.n}"


def _points(
    recovered: FloatArray,
    true: FloatArray,
    which: IntArray,
    name: str,
    places: list[str] | None,
    theme: Theme,
) -> dict[str, Any]:
    seen = name == "visited"
    where = "" if places is None else "%{text}<br>"
    return {
        "type": "scatter",
        "x": true[which],
        "y": recovered[which],
        "mode": "markers",
        "name": name,
        "text": None if places is None else [places[i] for i in which],
        "hovertemplate": f"{where}true %{{x:.3g}}, recovered %{{y:.3g}}<extra>{name}</extra>",
        "marker": {
            "size": 7,
            "symbol": "circle" if seen else "circle-open",
            "opacity": 0.75,
            "color": theme.diverging[-2] if seen else theme.soft,
            "line": {"width": 1.2 if not seen else 0},
        },
    }


def _line(recovered: FloatArray, true: FloatArray, theme: Theme) -> list[dict[str, Any]]:
    """The least-squares line of recovered on true; none if the truth is constant."""
    if true.size < 2 or np.ptp(true) == 0.0:
        return []
    slope = float(np.cov(true, recovered)[0, 1] / np.var(true, ddof=1))
    ends = np.array([true.min(), true.max()])
    return [
        {
            "type": "scatter",
            "x": ends,
            "y": recovered.mean() + slope * (ends - true.mean()),
            "mode": "lines",
            "hoverinfo": "skip",
            "showlegend": False,
            "line": {"color": theme.accent, "width": 2},
        }
    ]
