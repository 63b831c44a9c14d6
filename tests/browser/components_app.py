"""A page with nothing but the three components, for the browser tests; the query string sets the stage.

``?size=10&actions=5&slip=0&goal=end&moves=100&show=editor,maps,sliders&columns=2&all=1&field=1&caption=text``
"""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.ui.components import Panel, Slider, grid_editor, grid_maps, live_sliders, read_editor

st.set_page_config(layout="wide")
query = st.query_params
size = int(query.get("size", "10"))
shown = query.get("show", "editor,maps,sliders").split(",")
SLIDERS = (
    Slider("temperature", "Temperature", 0.05, 20.0, 1.0, scale="log", help="How random the expert is."),
    Slider("gamma", "Discount", 0.5, 0.99, 0.9, step=0.01, help="How much the next reward counts."),
    Slider("share", "Uniform share", 0.0, 100.0, 25.0, unit="%"),
)


def demo_grid() -> GridSpec:
    """A square grid with a few walls, a goal, lava and a start."""
    rng = np.random.default_rng(3)
    walls = rng.random((size, size)) < (0.12 if size > 3 else 0.0)
    goals, starts = np.zeros((size, size), dtype=bool), np.zeros((size, size), dtype=bool)
    rewards = np.full((size, size), np.nan)
    if "field" in query:
        rewards = rng.normal(size=(size, size))
    goals[-1, -1], starts[0, 0] = True, True
    walls[0, :], walls[:, -1], walls[1, 1] = False, False, False
    rewards[walls], rewards[-1, -1] = np.nan, 10.0
    if "field" not in query and size > 4:
        rewards[1, 2] = rewards[2, 2] = -10.0
        walls[1, 2] = walls[2, 2] = False
        rewards[0, -2], walls[0, -2] = 2.5, False
    return GridSpec(
        height=size, width=size, walls=walls, goals=goals, starts=starts, rewards=rewards,
        n_actions=int(query.get("actions", "5")), slip=float(query.get("slip", "0")),
        goal_kind=query.get("goal", "end"), max_steps=int(query.get("moves", "100")),
    )  # fmt: skip


def demo_panels(grid: GridSpec, temperature: float) -> list[Panel]:
    """Maps with the shapes that the lab draws: per action, per cell, value with policy, visits."""
    n, actions = size * size, grid.n_actions
    rows, cols = np.divmod(np.arange(n), size)
    rng = np.random.default_rng(0)
    v = -np.hypot(rows - size + 1, cols - size + 1).astype(float)
    towards = np.stack([-rows, cols - size, rows - size, -cols, np.full(n, -9)], axis=1)[:, :actions] * 0.1
    towards[:, 1] += 1.2
    towards[:, 2] += 1.2
    policy = np.exp(towards / temperature)
    policy /= policy.sum(axis=1, keepdims=True)
    q = v[:, None] * 0.1 + rng.normal(size=(n, actions)) + temperature
    state = 0.8 * np.nan_to_num(grid.rewards.ravel(), nan=-1.0) + 0.4 * rng.normal(size=n)
    for table in (v, q, state, policy):
        table[grid.walls.ravel()] = np.nan
    return [
        Panel("state", "Recovered reward", state, "r(s)", spread=np.full(n, 0.4), help="Reward of entering."),
        Panel("actions", "Recovered reward", q, "r(s, a), a triangle per action"),
        Panel("value", "Value and policy", v, "V(s)", scale="sequential", policy=policy),
    ]


grid = demo_grid()
state = read_editor("editor", revision="demo")
drawing, problem = state.drawing, ""
if drawing is not None:
    try:
        grid = drawing.on(grid)
    except GridError as error:
        problem = str(error)

left, world, maps = st.columns([290, 340, 760], gap="medium")
temperature = 1.0
if "sliders" in shown:
    with left:
        sliders = live_sliders(SLIDERS, key="sliders", link="lab" if "maps" in shown else "")
        temperature, tick = sliders["temperature"], sliders.tick
else:
    tick = 0
if "editor" in shown:
    with world:
        rng = np.random.default_rng(1)
        free = np.flatnonzero(~grid.walls.ravel())
        visits = rng.poisson(2.0, size * size) * ~grid.walls.ravel()
        way = np.concatenate([np.arange(size), np.arange(2 * size - 1, size * size, size)])
        grid_editor(
            grid,
            key="editor",
            revision="demo",
            drawing=drawing,
            mode=state.mode,
            episode=state.episode,
            visits=visits,
            paths=[way, free[:5]],
            caption=query.get("caption", f"{size} × {size}, true reward"),
            link="lab",
        )
if "maps" in shown:
    with maps:
        panels = demo_panels(grid, temperature)
        panels = panels if "all" in query else panels[1:]
        columns = int(query.get("columns", "0")) or None
        pinned = grid_maps(grid, panels, key="maps", columns=columns, link="lab", tick=tick)
        st.text(f"pinned={pinned}")

with left:
    st.text(f"temperature={temperature:g}")
    st.text(f"tick={tick}")
    st.text(f"mode={state.mode}")
    st.text(f"walls={int(grid.walls.sum())}")
    st.text(f"problem={problem}")
    st.text("played=" + json.dumps([episode.to_wire() for episode in state.episodes or ()]))
    st.text(f"drawn={'yes' if drawing is not None else 'no'}")
