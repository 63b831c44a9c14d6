"""What all charts of lines share: axes, legend, and horizontal lines to hold curves against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.figures.theme import BAR_WIDTH, SIZE, THEMES, Theme, ThemeName, legend, style
from trainers.arrays import FloatArray

LOG_FROM = 300.0
"""Largest over smallest number, from where only a logarithmic axis shows both."""


@dataclass(frozen=True)
class Level:
    """A horizontal line to hold curves against: "expert", 500."""

    name: str
    value: float


def line_layout(
    theme: ThemeName,
    title: str,
    x_title: str,
    ends: tuple[float, float],
    *,
    logarithmic: bool = False,
    named: bool = False,
    below: bool = False,
    many: bool = False,
) -> dict[str, Any]:
    """The layout of a chart of lines.

    Args:
        theme: light or dark. title: of the figure. x_title, ends: of the axis along which they run.
        logarithmic: the axis of numbers.
        named: a legend above the chart, or beside it if there are many lines.
        below: the legend stands below the chart, where several lines of names have room.
        many: one line is told about at a time.
    """
    colours = THEMES[theme]
    ruled = {
        "gridcolor": colours.line,
        "linecolor": colours.line,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": colours.soft, "size": 11},
    }
    label = {"color": colours.soft, "size": 12}
    place: dict[str, Any] = {}
    if many:
        place = {"orientation": "v", "x": 1.02, "yanchor": "auto"}
    elif below:
        place = {"y": -0.3, "yanchor": "top"}
    return style(colours, title, width=2 * (SIZE + BAR_WIDTH), height=SIZE) | {
        "xaxis": ruled | {"title": {"text": x_title, "font": label}, "showgrid": False, "range": list(ends)},
        "yaxis": ruled | ({"type": "log", "exponentformat": "power"} if logarithmic else {"type": "linear"}),
        "margin": {"l": 0, "r": 12, "t": 42 + 22 * (named and not place), "b": 10, "autoexpand": True},
        "hovermode": "closest" if many else "x unified",
        "showlegend": named,
        "legend": legend(colours) | place,
    }


def level_traces(
    levels: Sequence[Level], ends: tuple[float, float], theme: Theme
) -> Iterator[dict[str, Any]]:
    """A dotted line with its name for each level."""
    for level in levels:
        yield {
            "type": "scatter",
            "x": list(ends),
            "y": [level.value, level.value],
            "mode": "lines+text",
            "text": ["", level.name],
            "textposition": "top left",
            "textfont": {"color": theme.soft, "size": 11},
            "line": {"color": theme.soft, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        }


def line_trace(
    x: FloatArray, y: FloatArray, name: str, colour: str, texts: Sequence[str], dash: str = "solid"
) -> dict[str, Any]:
    """A curve, a single point of it as a dot; each text says what stands beside its number."""
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "name": name,
        "mode": "markers" if len(x) == 1 else "lines",
        "marker": {"color": colour, "size": 7},
        "line": {"color": colour, "width": 2, "dash": dash},
        "text": texts,
        "hovertemplate": "%{y:.4~g}%{text}",
    }


def is_wide(curves: Iterable[FloatArray]) -> bool:
    """Whether numbers are all positive and lie so far apart that a linear axis would hide the small ones."""
    values = np.concatenate([[], *curves])
    return bool(values.size and values.min() > 0.0 and values.max() > LOG_FROM * values.min())
