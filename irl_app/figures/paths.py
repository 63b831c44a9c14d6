"""Trajectories drawn over a grid."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from irl_app.demonstrations import Demonstrations
from irl_app.envs.grid_spec import GridSpec
from irl_app.figures.grid_maps import visits_map
from irl_app.figures.theme import THEMES, ThemeName

MAX_PATHS = 40
"""Paths that are drawn; more are no longer told apart."""


def paths_map(
    grid: GridSpec, demonstrations: Demonstrations, title: str, *, theme: ThemeName = "light"
) -> go.Figure:
    """Visit counts with the first ``MAX_PATHS`` episodes as lines, each moved a little aside to be seen."""
    figure = visits_map(grid, demonstrations.visits(grid.n_states).astype(float), title, theme=theme)
    rng = np.random.default_rng(0)  # the same demonstrations give the same picture
    shown = demonstrations.episodes[:MAX_PATHS]
    x: list[float | None] = []
    y: list[float | None] = []
    for episode in shown:
        rows, columns = np.divmod(episode.observations, grid.width)
        aside = rng.uniform(-0.22, 0.22, size=2)
        x += [*(columns + aside[0]), None]
        y += [*(rows + aside[1]), None]
    return figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        hoverinfo="skip",
        opacity=0.75 if len(shown) <= 10 else 0.4,
        line={"color": THEMES[theme].ink, "width": 1.4, "shape": "spline", "smoothing": 0.4},
    )
