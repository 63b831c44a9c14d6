"""Step 1 of the lab: who demonstrates, how, and how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from irl_app.analysis import counted
from irl_app.demonstrations import DemonstrationError, Demonstrations, from_json, from_play
from irl_app.envs.grid_map import format_map, parse_map
from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.experts import EXPERTS
from irl_app.runs import MAX_SEED
from irl_app.ui.lab_controls import HELP
from irl_app.ui.lab_session import LabSession
from irl_app.ui.lab_state import PLAYED
from irl_app.ui.link_codec import MAX_EPISODES, RecordedEpisode
from irl_app.ui.page import bound

DEMOS = (1, 3, 10, 30, 100, 300, None)


def draw_expert(session: LabSession, grid: GridSpec) -> None:
    """Who shows what to do, and what of it is learned from."""
    name, _ = session.state.demonstrator
    st.selectbox(
        "Expert",
        [*EXPERTS, PLAYED],
        format_func=lambda name: "Play yourself, or a file" if name == PLAYED else EXPERTS[name].title,
        help=HELP["expert"],
        **bound("expert", name, lambda chosen: session.change(expert=chosen, expert_value=None)),
    )
    if name == PLAYED:
        _draw_played(session, grid)
    else:
        _draw_simulated(session)


def _draw_simulated(session: LabSession) -> None:
    lab, (name, value) = session.state, session.state.demonstrator
    expert = EXPERTS[name]
    left, right = st.columns(2, gap="small")
    amounts = DEMOS if lab.demos in DEMOS else (*sorted({*DEMOS[:-1], lab.demos}), None)
    left.selectbox(
        "Demonstrations",
        amounts,
        format_func=lambda n: "endless" if n is None else str(n),
        help=HELP["demos"],
        **bound("demos", lab.demos, lambda n: session.change(demos=n)),
    )
    if lab.demos is not None:
        seed = bound("seed", lab.seed, lambda chosen: session.change(seed=chosen))
        right.number_input("Seed", 0, MAX_SEED, help=HELP["seed"], **seed)
    if expert.parameter is not None:
        is_temperature = expert.parameter == "temperature"

        def take(chosen: float) -> None:
            session.change(expert=name, expert_value=None if chosen == expert.default else chosen)

        st.slider(
            "Temperature of the expert" if is_temperature else "Noise of the expert",
            min(expert.low, value),
            max(expert.high, value),
            step=0.01,
            help=HELP["temperature_of_expert" if is_temperature else "noise_of_expert"],
            **bound("expert-value", value, take),
        )


def _draw_played(session: LabSession, grid: GridSpec) -> None:
    played = session.state.played
    if not played:
        st.info(
            "Open **Play** above the world and walk with the arrow keys, or open a file of demonstrations."
        )
    else:
        moves = sum(len(moves) for _, moves in played)
        st.caption(f"{counted(len(played), 'episode')}, {counted(moves, 'move')}")
        for number, (start, steps) in enumerate(played[:5]):
            line, drop = st.columns([5, 1], vertical_alignment="center")
            line.caption(f"{number + 1} · from {grid.place(start)} · {counted(len(steps), 'move')}")
            drop.button(
                "✕", key=f"drop-{number}", help="Delete this episode", type="tertiary",
                on_click=lambda number=number: _drop(session, number),
            )  # fmt: skip
    with st.popover("Open a file", width="stretch", help="Demonstrations that were saved here as JSON"):
        st.file_uploader(
            "Demonstrations", type="json", key="upload", on_change=lambda: _take_file(session, grid),
            help="A JSON file from “Take away”. It is checked move by move before it is used.",
        )  # fmt: skip


def _drop(session: LabSession, number: int) -> None:
    played = session.state.played
    session.open(replace(session.state, played=played[:number] + played[number + 1 :]))


def _take_file(session: LabSession, grid: GridSpec) -> None:
    """Use an uploaded file's episodes; with the file's own map if they do not fit this world."""
    file: Any = st.session_state["upload"]
    if file is None:
        return
    try:
        given = from_json(file.getvalue().decode("utf-8"))
        episodes = recorded(given)
        changes: dict[str, Any] = {"played": episodes, "expert": PLAYED, "expert_value": None}
        try:
            from_play(grid, episodes)
            notes: tuple[str, ...] = ()
        except DemonstrationError:
            if not given.provenance.map:
                raise
            own = parse_map(given.provenance.map)
            from_play(own, episodes)
            changes |= {"map": format_map(own), "draft": None}
            notes = ("The file was recorded in another world, which is shown now.",)
        session.open(replace(session.state, **changes), notes)
    except UnicodeDecodeError:
        session.notes = ("This file is no text: choose a JSON file of demonstrations.",)
    except (DemonstrationError, GridError) as error:
        session.notes = (f"This file cannot be used: {error}.",)


def recorded(given: Demonstrations) -> tuple[RecordedEpisode, ...]:
    """Demonstrations as recorded episodes, at most 500."""
    if given.n_episodes > MAX_EPISODES:
        raise DemonstrationError(f"it has {given.n_episodes} episodes, the lab takes at most {MAX_EPISODES}")
    return tuple(
        (int(e.observations[0]), tuple(zip(e.actions.tolist(), e.observations[1:].tolist(), strict=True)))
        for e in given.episodes
    )
