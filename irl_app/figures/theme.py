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
        diverging: 11 colours, orange negative, purple positive (PuOr, safe for colour-blind readers).
        sequential: 9 colours from nothing to much.
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
        ink="#1b2530",
        soft="#5c6975",
        line="#dde3e8",
        paper="#ffffff",
        tile="#eef1f4",
        wall="#434f5e",
        accent="#0b6e7f",
        start="#56B4E9",
        goal="#009E73",
        diverging=(
            "#b35806", "#d9741a", "#f1a340", "#fecf93", "#fdeedd", "#f6f6f8",
            "#e6e4f1", "#c6bfde", "#998ec3", "#7359a5", "#542788",
        ),
        sequential=(
            "#eef8f3", "#c4e8d3", "#8bdab2", "#57c3b0", "#40a9b0",
            "#348fa7", "#3679a3", "#37659e", "#3b5295",
        ),
    ),
    "dark": Theme(
        ink="#e4e9ee",
        soft="#9eabb7",
        line="#303a45",
        paper="#12171d",
        tile="#1d252e",
        wall="#5b6878",
        accent="#4fb3c3",
        start="#56B4E9",
        goal="#19b58a",
        diverging=(
            "#ffc98a", "#f5a33e", "#d07f1e", "#935615", "#4f361b", "#222a33",
            "#37345a", "#584b94", "#806fc4", "#a99be2", "#d6ccf8",
        ),
        sequential=(
            "#1f2b3d", "#27406a", "#2f5a8f", "#347a9f", "#3597a6",
            "#45b5a9", "#74d0ac", "#a9e3c0", "#e2f7ea",
        ),
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
            "bgcolor": "rgba(0,0,0,0)",
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
