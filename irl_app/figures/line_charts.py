"""What all charts of lines share: axes, legend, and horizontal lines to hold curves against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from irl_app.figures.theme import BAR_WIDTH, SIZE, THEMES, Theme, ThemeName, style
from trainers.mdp import FloatArray

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
    many: bool = False,
) -> dict[str, Any]:
    """The layout of a chart of lines.

    Args:
        theme: light or dark. title: of the figure. x_title, ends: of the axis along which they run.
        logarithmic: the axis of numbers.
        named: a legend above the chart, or beside it if there are many lines.
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
    return style(colours, title, width=2 * (SIZE + BAR_WIDTH), height=SIZE) | {
        "xaxis": ruled | {"title": {"text": x_title, "font": label}, "showgrid": False, "range": list(ends)},
        "yaxis": ruled | ({"type": "log", "exponentformat": "power"} if logarithmic else {"type": "linear"}),
        "margin": {"l": 0, "r": 12, "t": 42 + 22 * (named and not many), "b": 10, "autoexpand": True},
        "hovermode": "closest" if many else "x unified",
        "showlegend": named,
        "legend": {
            **(
                {"x": 1.02, "y": 1.0}
                if many
                else {"orientation": "h", "x": 0.0, "y": 1.0, "yanchor": "bottom"}
            ),
            "font": {"color": colours.soft, "size": 12},
            "bgcolor": "rgba(0,0,0,0)",
        },
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


def is_wide(values: FloatArray) -> bool:
    """Whether numbers are all positive and lie so far apart that a linear axis would hide the small ones."""
    return bool(values.size and values.min() > 0.0 and values.max() > LOG_FROM * values.min())
