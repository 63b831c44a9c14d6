"""The pictures of ``grid-report``, one page: curves, and maps of values, policies, rewards and visits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from irl_app.analysis import curve, reference
from irl_app.envs.grid_spec import GridSpec
from irl_app.experts import shortest_path_expert
from irl_app.export.charts_page import Charts, chart_group, charts_page, page_header
from irl_app.figures import Line, ThemeName, action_map, curves_figure, state_map, value_map, visits_map
from irl_app.files import write_whole
from irl_app.reproduce.grid_judging import recovery_from, table_maps
from irl_app.reproduce.grid_play import layouts, open_grids
from irl_app.reproduce.grid_tables import METHODS, Arm, Found
from irl_app.rewards import StateReward
from irl_app.tasks import get_task
from trainers.arrays import FloatArray

SEED = 0
"""Place of the network that is drawn."""
THEMES: tuple[ThemeName, ThemeName] = ("light", "dark")
WIDTH = 480
"""Of a chart of curves, in pixels: two side by side."""
TITLE = "Grids learned by IQ-Learn and by DQN"

Draw = Callable[[ThemeName], go.Figure]


def write_pictures(path: Path, found: Mapping[Arm, Found]) -> None:
    """Write the page, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    draws: dict[str, Draw] = {}
    groups = []
    for kind in dict.fromkeys(kind for _, kind in found):
        own = {method: found[method, kind] for method in METHODS if (method, kind) in found}
        for title, note, drawn in _of_kind(kind, own):
            names = {f"{kind} {title} {number}": draw for number, draw in enumerate(drawn)}
            draws |= names
            groups.append(chart_group(f"{kind}: {title}", note, tuple(names)))
    charts: Charts = {name: {theme: draw(theme) for theme in THEMES} for name, draw in draws.items()}
    facts = {
        "Maps": f"of seed {SEED}",
        "Curves": "interquartile mean over seeds, from the least to the largest",
    }
    write_whole(path, charts_page(TITLE, page_header(TITLE, facts) + "".join(groups), charts))


def _of_kind(kind: str, own: Mapping[str, Found]) -> list[tuple[str, str, list[Draw]]]:
    """(title, note, charts) of every group of one kind of grid."""
    task = get_task(f"gridworld/{kind}")
    grid, opened = layouts(task)[0], open_grids(task)
    layout = "a layout that was not learned from" if len(layouts(task)) > 1 else "its only layout"
    expert = next(iter(own.values())).play.expert_visits
    values = [_true_values(grid)] + [
        _values(grid, each.play.q[0, SEED], each.temperature, METHODS[method]) for method, each in own.items()
    ]
    policies = [
        _values(other, each.play.q_open[number, SEED], each.temperature, f"{METHODS[method]}, goal {place}")
        for method, each in own.items()
        for number, (place, other) in enumerate(opened.items())
    ]
    rewards = [
        draw
        for method, each in own.items()
        for draw in _rewards(grid, each.play.q[0, SEED], each.temperature, METHODS[method])
    ]
    visits = [
        _visits(grid, counts, title)
        for title, counts in {
            "The expert": expert,
            **{METHODS[method]: each.play.visits[SEED] for method, each in own.items()},
        }.items()
    ]
    return [
        (
            "learning",
            "Testing blocks, and the loss as a share of its largest.",
            [
                _curve(own, "distance_ratio", "Moves over the shortest path"),
                _curve(own, "loss", "Normalised loss"),
            ],
        ),
        ("values", f"Colour is V, arrows are the policy, in {layout}.", values),
        ("policies in open grids", "No walls; the goal in several places.", policies),
        (
            "rewards",
            "Recovered Q − γV of every move, then its state-only part: what entering a cell is worth.",
            [lambda theme: state_map(grid, grid.state_reward(), "True reward", theme=theme), *rewards],
        ),
        ("visits", "Moves begun in each cell, over many games.", visits),
    ]


def _curve(own: Mapping[str, Found], name: str, title: str) -> Draw:
    lines = []
    for number, (method, each) in enumerate(own.items()):
        values = each.metrics.values[name]
        if name == "loss":
            values = values / np.nanmax(np.abs(values), axis=0)
        drawn = curve([(each.metrics.update.astype(float), values)])
        if drawn is not None:
            lines.append(Line(METHODS[method], drawn, number))
    return lambda theme: curves_figure(lines, title, axis="update", theme=theme).update_layout(width=WIDTH)


def _true_values(grid: GridSpec) -> Draw:
    v = np.where(grid.mdp().live, reference(grid, grid.gamma).world.v, np.nan)
    policy = shortest_path_expert(grid)
    return lambda theme: value_map(grid, v, policy, "True values, shortest paths", theme=theme)


def _values(grid: GridSpec, q: FloatArray, temperature: float, title: str) -> Draw:
    cells = table_maps(grid, q, temperature)
    v = np.where(grid.mdp().live, cells.value, np.nan)
    return lambda theme: value_map(grid, v, cells.policy, title, theme=theme)


def _rewards(grid: GridSpec, q: FloatArray, temperature: float, title: str) -> tuple[Draw, Draw]:
    moves = table_maps(grid, q, temperature).reward
    state = recovery_from(grid, q, temperature).rewards["state"]
    assert isinstance(state, StateReward)  # of a method that learns no state reward it is disentangled
    return (
        lambda theme: action_map(grid, moves, f"{title}, every move", theme=theme),
        lambda theme: state_map(grid, state.values, f"{title}, state-only", theme=theme),
    )


def _visits(grid: GridSpec, counts: np.ndarray, title: str) -> Draw:
    if counts[grid.walls.ravel()].any():  # of games in other layouts too
        grid = grid.replace(walls=np.zeros_like(grid.walls))
    return lambda theme: visits_map(grid, counts.astype(float), title, theme=theme)
