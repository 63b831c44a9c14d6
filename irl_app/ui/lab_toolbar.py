"""The line above the lab: which world, its rules and its map as text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from irl_app.envs.grid_map import format_map, parse_map
from irl_app.envs.grid_spec import GOAL_KINDS, MAX_MOVES, MAX_REWARD, MAX_SIDE, GridError, GridSpec
from irl_app.envs.presets import PRESETS
from irl_app.runs import MAX_SEED
from irl_app.ui.lab_controls import HELP
from irl_app.ui.lab_session import LabSession
from irl_app.ui.page import bound
from irl_app.ui.questions import world_of
from trainers.objective_settings import GAMMA
from trainers.settings import DISCOUNT, SHARE

OWN = "own"
GOAL_TITLES = {"end": "ends the episode", "stay": "may be stayed on", "teleport": "sends back to a start"}


def draw_world_choice(session: LabSession) -> None:
    """Preset, size and layout; each change opens a new world."""
    lab = session.state
    names = list(PRESETS) if lab.map is None else [OWN, *PRESETS]
    st.selectbox(
        "World",
        names,
        format_func=lambda name: "Your own map" if name == OWN else PRESETS[name].title,
        help=HELP["preset"],
        label_visibility="collapsed",
        width=190,
        **bound("preset", lab.preset if lab.map is None else OWN, lambda name: _open_preset(session, name)),
    )
    if lab.map is not None:
        return
    preset = PRESETS[lab.preset]
    size = lab.size or preset.default_size
    st.number_input(
        "Size",
        preset.smallest,
        MAX_SIDE,
        help=HELP["size"],
        width=150,
        **bound("size", size, lambda side: _try(session, session.open_world, size=side)),
    )
    if preset.random:
        st.button(
            "",
            icon=":material/shuffle:",
            key="another-layout",
            help=f"{HELP['world']} (now {lab.world})",
            on_click=lambda: session.open_world(world=(lab.world + 1) % (MAX_SEED + 1)),
        )


def _open_preset(session: LabSession, name: str) -> None:
    if name != OWN:
        session.open_world(preset=name, map=None, size=None)


def _try(session: LabSession, change: Callable[..., None], **changes: Any) -> None:
    """Make the change unless the grid it leads to cannot be; then say why and keep everything."""
    before = session.state
    change(**changes)
    try:
        world_of(session.state)
    except GridError as error:
        session.open(before, (f"That was not possible: {error}.",))


def draw_rules(session: LabSession, grid: GridSpec) -> None:
    """The rules that are not drawn: slip, actions, goal, step reward, moves."""
    with st.popover("Rules", help="What a move does, what a step costs, what a goal does"):

        def key(name: str) -> dict[str, Any]:
            return bound(f"rule-{name}", getattr(grid, name), partial(_change_rule, session, grid, name))

        st.slider(
            "Slip",
            SHARE.low,
            SHARE.high,
            step=0.05,
            help="Chance that a move goes in a random direction.",
            **key("slip"),
        )
        left, right = st.columns(2)
        left.number_input(
            "Reward of a step",
            -MAX_REWARD,
            MAX_REWARD,
            help="Received on entering a cell without its own.",
            **key("step_reward"),
        )
        right.number_input(
            GAMMA.title, DISCOUNT.low, DISCOUNT.high, step=0.01, format="%g", help=GAMMA.help, **key("gamma")
        )
        left.number_input(
            "Moves", 1, MAX_MOVES, help="An episode is cut off after so many.", **key("max_steps")
        )
        right.selectbox(
            "Actions",
            (4, 5),
            format_func=lambda n: "4 compass moves" if n == 4 else "4 moves and stay",
            help="What the player can do in a cell.",
            **key("n_actions"),
        )
        st.selectbox(
            "The goal …",
            GOAL_KINDS,
            format_func=GOAL_TITLES.__getitem__,
            help="What entering it does.",
            **key("goal_kind"),
        )


def _change_rule(session: LabSession, grid: GridSpec, name: str, value: float | int | str) -> None:
    try:
        session.open_world(map=format_map(grid.replace(**{name: value})))
    except GridError as error:
        session.notes = (f"That was not possible: {error}.",)


def draw_map_text(session: LabSession, grid: GridSpec) -> None:
    """The map as text, to copy, change and paste."""
    with st.popover("Map text", help="The world as plain text: copy it, change it, paste another"):
        shown = st.session_state.get("map-text")
        if shown is None or st.session_state.get("map-text-of") != (session.revision, grid):
            shown, st.session_state["map-text-of"] = format_map(grid), (session.revision, grid)
        st.session_state["map-text"] = shown  # anew in every run: a popover shows what the last one has set
        st.text_area(
            "Map",
            key="map-text",
            height=300,
            help="One character a cell: . free, # wall, S start, G goal (+10), L lava (−10). "
            "Other letters are given a value above the map, for example X = -5.",
        )
        st.button(
            "Open this map", type="primary", on_click=lambda: _open_map(session, st.session_state["map-text"])
        )
        if problem := st.session_state.get("map-problem"):
            st.warning(problem)
        st.code(
            ". free   # wall   S start   G goal   L lava\nX = -5      a letter of your own", language=None
        )


def _open_map(session: LabSession, text: str) -> None:
    try:
        grid = parse_map(text)
    except GridError as error:
        st.session_state["map-problem"] = f"This map cannot be opened: {error}."
        return
    st.session_state["map-problem"] = ""
    session.open_world(map=format_map(grid))
