"""What the run that the Train page shows thinks of three fixed layouts, while it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from irl_app.envs.grid_spec import GridSpec
from irl_app.figures import ThemeName, action_map, value_map
from irl_app.runs import RunConfig, RunError, read_config
from irl_app.tasks import Task
from irl_app.training.maps import Maps, layouts_of, read_maps
from irl_app.ui.components import steady_figure
from irl_app.ui.page import choose_seed, known_task, page_theme
from irl_app.ui.questions import Keep
from irl_app.ui.train_view_words import RECOVERING

POLL_SECONDS = 2.0
HEIGHT = 300
VALUE, REWARD = "Value and policy", "Recovered reward"
HELP = (
    "Layouts that are never trained on. Colour is the value of being in a cell, arrows are the policy; or "
    "colour is the reward of each move that the Q-function implies, Q − γV of the cell it leads to."
)
_layouts: Keep[tuple[GridSpec, ...]] = Keep(10)


def draw_maps(folder: Path, *, busy: bool) -> None:
    """Maps of a grid run, drawn again by themselves while it is busy; nothing for another run."""
    config = read_config(folder)
    task = known_task(config)
    if task is not None and (layouts := layouts_known(task)):
        st.fragment(_draw_maps, run_every=POLL_SECONDS if busy else None)(folder, config, layouts)


def layouts_known(task: Task) -> tuple[GridSpec, ...]:
    """The layouts that a grid task's maps are of, built once; none for another task."""
    return _layouts.get(task.name, 1, lambda: layouts_of(task))


def maps_fit(maps: Maps, config: RunConfig, layouts: tuple[GridSpec, ...]) -> bool:
    """Whether maps are of a run's form: a file from elsewhere is not drawn."""
    return maps.cells.policy.shape == (len(layouts), len(config.seeds), layouts[0].n_states, 4)


def reward_map(maps: Maps, layouts: tuple[GridSpec, ...], theme: ThemeName) -> go.Figure:
    """The reward of each move that the first seed recovered, in the first layout."""
    return action_map(layouts[0], maps.cells.reward[0, 0], "", theme=theme)


def _draw_maps(folder: Path, config: RunConfig, layouts: tuple[GridSpec, ...]) -> None:
    try:
        maps = read_maps(folder)
    except (RunError, OSError):
        maps = None  # the next evaluation writes them anew
    if maps is None or not maps_fit(maps, config, layouts):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="train-maps-head"):
        what = "Layouts it has not seen" if len(layouts) > 1 else "Its only layout"
        st.html(f"<h2>{what}, at update {maps.update:,}</h2>")
        kinds = [VALUE, REWARD] if config.method in RECOVERING else [VALUE]
        kind = VALUE
        if len(kinds) > 1:
            kind = st.segmented_control(
                "Show", kinds, default=VALUE, required=True, key="train-map-kind", help=HELP,
                label_visibility="collapsed",
            )  # fmt: skip
        place = choose_seed(config.seeds, "train-map-seed")
    for number, (column, grid) in enumerate(zip(st.columns(len(layouts)), layouts, strict=True)):
        figure = _figure(maps, config, grid, (number, place), kind, page_theme())
        figure.layout.title.text, figure.layout.margin.t = "", 8
        with column:
            steady_figure(figure, key=f"train-map-{folder.name}-{number}", height=HEIGHT)


def _figure(
    maps: Maps, config: RunConfig, grid: GridSpec, place: tuple[int, int], kind: str, theme: ThemeName
) -> go.Figure:
    cells = maps.cells
    if kind == REWARD:
        return action_map(grid, cells.reward[place], "", theme=theme)
    v, policy = cells.value[place], cells.policy[place]
    v = np.where(grid.goals.ravel(), np.nan, v)  # nothing follows: never learned
    if config.method == "bc":  # its Q-function is one up to a constant in every cell: only the policy counts
        v = np.where(np.isnan(v), np.nan, policy.max(axis=1))
    return value_map(grid, v, policy, "", theme=theme)
