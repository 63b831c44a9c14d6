"""The colours and type of every figure, light and dark; the same ramps as the maps in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

ThemeName = Literal["light", "dark"]
SIZE = 400
"""Longest side of a drawn grid in pixels."""
BAR_WIDTH = 64
"""Room on the right for the colour bar and its numbers, the same on every map so that maps have one size."""
CLEAR = "rgba(0,0,0,0)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


_UNUSED_BUTTONS = (
    "zoom",
    "pan",
    "select",
    "lasso",
    "zoomin",
    "zoomout",
    "autoscale",
    "resetscale",
    "sendChartToCloud",
)
"""Only the camera stays: a map shows all of its cells at once."""


@dataclass(frozen=True)
class Theme:
    """Colours of one theme.

    Attributes:
        ink, soft, line: text, secondary text, rules. paper: the page. tile: a free cell without a number.
        wall: walls. accent: fitted lines and what can be operated. start, goal: marks on the map.
        diverging: 7 colours, orange negative, purple positive (safe for colour-blind readers).
        sequential: 5 colours from nothing to much.
    """

    ink: str
    soft: str
    line: str
    paper: str
    tile: str
    wall: str
    accent: str
    start: str
    goal: str
    diverging: tuple[str, ...]
    sequential: tuple[str, ...]


# fmt: off
THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        ink="#18212b",
        soft="#525d69",
        line="#e3e0d9",
        paper="#fbfaf8",
        tile="#f3f1ec",
        wall="#3d4753",
        accent="#0b6e7f",
        start="#56B4E9",
        goal="#009E73",
        diverging=("#8f4a00", "#d98a33", "#f5d9ae", "#f4f2ed", "#d5cfea", "#8477b5", "#43207f"),
        sequential=("#eef3ef", "#bfe0d3", "#6fbcb0", "#2a8796", "#1d4f7c"),
    ),
    "dark": Theme(
        ink="#e9edf0",
        soft="#aab5bf",
        line="#29323b",
        paper="#11161b",
        tile="#1e262e",
        wall="#06090b",
        accent="#5cc0cf",
        start="#56B4E9",
        goal="#19b58a",
        diverging=("#ffb765", "#c9802f", "#503d28", "#252d35", "#423d66", "#8a7cd0", "#cfc4ff"),
        sequential=("#1f2a2e", "#2f5a63", "#3f8f8f", "#74c3a6", "#c3f0d5"),
    ),
}
# fmt: on


def colorscale(colours: tuple[str, ...]) -> list[list[float | str]]:
    """Evenly spaced colours in plotly's form."""
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


def colorbar(theme: Theme) -> dict[str, object]:
    """A thin colour bar without a frame."""
    return {
        "thickness": 10,
        "outlinewidth": 0,
        "tickfont": {"color": theme.soft, "size": 11},
        "nticks": 6,
        "xpad": 8,
        "ypad": 0,
        "len": 1.0,
    }


def legend(theme: Theme, size: int = 12) -> dict[str, Any]:
    """Names in a line above the chart, never on its points."""
    font = {"color": theme.soft, "size": size}
    return {"orientation": "h", "x": 0.0, "y": 1.0, "yanchor": "bottom", "font": font, "bgcolor": CLEAR}


def axis(theme: Theme, title: str, standoff: int | None = None) -> dict[str, Any]:
    """An axis with its name, which keeps off the numbers, however long they are."""
    named = {"text": title, "font": {"color": theme.soft, "size": 12}}
    return {
        "title": named if standoff is None else named | {"standoff": standoff},
        "gridcolor": theme.line,
        "zerolinecolor": theme.line,
        "linecolor": theme.line,
        "automargin": True,
        "tickfont": {"color": theme.soft, "size": 11},
    }


def style(theme: Theme, title: str, *, width: int, height: int) -> dict[str, Any]:
    """The layout that every figure starts from: title, type, colours and size."""
    return {
        "title": {
            "text": title,
            "x": 0.0,
            "xref": "container",
            "y": 1.0,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 10, "l": 0},
            "font": {"size": 15, "color": theme.ink, "weight": 600},
        },
        "font": {"family": FONT, "size": 12, "color": theme.ink},
        "paper_bgcolor": theme.paper,
        "plot_bgcolor": theme.paper,
        "margin": {"l": 0, "r": BAR_WIDTH, "t": 42, "b": 10, "autoexpand": False},
        "hoverlabel": {
            "bgcolor": theme.paper,
            "bordercolor": theme.line,
            "font": {"color": theme.ink, "size": 12},
        },
        "showlegend": False,
        "width": width,
        "height": height,
        "modebar": {
            "bgcolor": CLEAR,
            "color": theme.soft,
            "activecolor": theme.accent,
            "remove": _UNUSED_BUTTONS,
        },
    }


def styled(figure: go.Figure, theme: Theme, title: str, *, width: int, height: int) -> go.Figure:
    """Give a figure its title, type, colours and size."""
    return figure.update_layout(style(theme, title, width=width, height=height))


def number(value: float) -> str:
    """A number with three significant digits and a real minus sign."""
    return f"{value:.3g}".replace("-", "−")
