"""Learning curves: a line and a band for each of several kinds of runs, along updates, steps or time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from irl_app.analysis import Curve
from irl_app.figures.line_charts import Level, is_wide, level_traces, line_layout, line_trace
from irl_app.figures.theme import THEMES, ThemeName
from trainers.arrays import FloatArray

AxisName = Literal["update", "env_steps", "seconds"]

# fmt: off
SERIES: dict[ThemeName, tuple[str, ...]] = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#a87400", "#4a9fd8", "#5c6975", "#882255"),
    "dark": ("#56b4e9", "#ff8c42", "#2fc79b", "#d98cc9", "#e6c200", "#8fa8ff", "#9eabb7", "#ef7fa6"),
}
"""Colours of lines, told apart by colour-blind readers too; after the last they begin again with dashes."""
# fmt: on
DASHES = ("solid", "dash", "dot", "dashdot")
MANY = 6
"""With more lines than this, one is told about at a time."""
_TIMES = ((7200.0, 3600.0, "hours"), (180.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))


@dataclass(frozen=True)
class Line:
    """One curve of a figure: its name, its numbers, and the number of its colour."""

    name: str
    curve: Curve
    colour: int


def curves_figure(
    lines: Sequence[Line],
    title: str,
    *,
    axis: AxisName,
    levels: Sequence[Level] = (),
    legend: bool = True,
    theme: ThemeName = "light",
) -> go.Figure:
    """Interquartile means in a band from the least to the largest run, the same colour for line and band.

    Args:
        lines: what to draw; the axis of numbers that are all positive and lie far apart is logarithmic.
        title: of the figure: what the curves show.
        axis: what the curves' x is; seconds become minutes or hours where there are many.
        levels: horizontal lines.
        legend: name the lines above them, or beside them if there are many; a single one has its title.
        theme: light or dark.
    """
    colours = THEMES[theme]
    unit, x_title = _unit(lines, axis)
    traces = [trace for line in lines for trace in _traces(line, unit, theme)]
    ends = (
        min((line.curve.x[0] for line in lines), default=0.0) / unit,
        max((line.curve.x[-1] for line in lines), default=1.0) / unit,
    )
    named, many = legend and len(lines) > 1, len(lines) > MANY
    logarithmic = not levels and is_wide(line.curve.centre for line in lines)
    layout = line_layout(theme, title, x_title, ends, logarithmic=logarithmic, named=named, many=many)
    return go.Figure({"data": [*level_traces(levels, ends, colours), *traces], "layout": layout})


def _traces(line: Line, unit: float, theme: ThemeName) -> Iterator[dict[str, Any]]:
    """The bands of a curve, one for each stretch with several runs, then its line."""
    palette = SERIES[theme]
    colour, dash = palette[line.colour % len(palette)], DASHES[line.colour // len(palette) % len(DASHES)]
    curve, x = line.curve, line.curve.x / unit
    for stretch in _stretches(curve.low):
        yield {
            "type": "scatter",
            "x": np.concatenate([x[stretch], x[stretch][::-1]]),
            "y": np.concatenate([curve.high[stretch], curve.low[stretch][::-1]]),
            "fill": "toself",
            "fillcolor": _faint(colour),
            "line": {"width": 0},
            "mode": "lines",
            "hoverinfo": "skip",
            "showlegend": False,
            "legendgroup": line.name,
        }
    texts = [_ends(*numbers) for numbers in zip(curve.low, curve.high, curve.n, strict=True)]
    yield line_trace(x, curve.centre, line.name, colour, texts, dash) | {"legendgroup": line.name}


def _stretches(values: FloatArray) -> Iterator[slice]:
    """Where values are finite without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.isfinite(values), [False]]).astype(int)))
    for start, end in edges.reshape(-1, 2):
        yield slice(int(start), int(end))


def _ends(low: float, high: float, n: int) -> str:
    seeds = "1 seed" if n == 1 else f"{n} seeds"
    if not np.isfinite(low):
        return f", {seeds}"
    return f" ({low:.4g} to {high:.4g}), {seeds}".replace("-", "−")


def _unit(lines: Sequence[Line], axis: AxisName) -> tuple[float, str]:
    if axis != "seconds":
        return 1.0, {"update": "updates", "env_steps": "environment steps"}[axis]
    longest = max((float(line.curve.x[-1]) for line in lines), default=0.0)
    return next((unit, f"wall time, {name}") for least, unit, name in _TIMES if longest >= least)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
