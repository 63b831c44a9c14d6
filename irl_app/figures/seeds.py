"""Curves of a run that goes on: its seeds as thin lines, their middle as a strong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from irl_app.analysis.curves import SeedCurves
from irl_app.figures.curves import SERIES
from irl_app.figures.line_charts import Level, is_wide, level_traces, line_layout, line_trace
from irl_app.figures.theme import THEMES, ThemeName

_FAINT = 0.45
ONE_LINE = 4
"""Names that fit into one line above a chart."""


def seeds_figure(
    curves: Mapping[str, SeedCurves],
    title: str,
    *,
    end: float,
    levels: Sequence[Level] = (),
    theme: ThemeName = "light",
) -> go.Figure:
    """Metrics of one run along its updates.

    Args:
        curves: by name. A single one shows its seeds too; several show their middles, named above them.
        title: of the figure.
        end: of the updates' axis: so far, or in all.
        levels: horizontal lines to hold the curves against.
        theme: light or dark.
    """
    several = len(curves) > 1
    ends = (0.0, max(end, 1.0))
    traces = list(level_traces(levels, ends, THEMES[theme]))
    for number, (name, curve) in enumerate(curves.items()):
        colour = SERIES[theme][number % len(SERIES[theme])]
        if not several and curve.seeds.shape[1] > 1:
            traces.append(_seeds(curve, colour))
        traces.append(line_trace(curve.x, curve.centre, name, colour, list(_between(curve))))
    logarithmic = not levels and is_wide(curve.centre for curve in curves.values())
    layout = line_layout(
        theme, title, "updates", ends, logarithmic=logarithmic, named=several, below=len(curves) > ONE_LINE
    )
    return go.Figure({"data": traces, "layout": layout})


def _seeds(curve: SeedCurves, colour: str) -> dict[str, Any]:
    """All seeds in one trace, a gap between two of them."""
    n_seeds = curve.seeds.shape[1]
    gap = np.full((1, n_seeds), np.nan)
    return {
        "type": "scatter",
        "x": np.tile(np.append(curve.x, np.nan), n_seeds).astype(np.float32),
        "y": np.concatenate([curve.seeds, gap]).T.ravel().astype(np.float32),
        "mode": "lines",
        "line": {"color": colour, "width": 1},
        "opacity": _FAINT,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _between(curve: SeedCurves) -> Iterator[str]:
    """What to say beside the middle at each moment: where the seeds are."""
    for row in curve.seeds:
        known = row[np.isfinite(row)]
        if len(row) == 1:
            yield ""
        else:
            span = f" ({known.min():.4g} to {known.max():.4g})".replace("-", "−")
            yield f"{span}, {len(known)} of {len(row)} seeds" if len(known) < len(row) else span
