"""The GridWorld lab, put together: what happened in words, two pictures, everything else in "More"."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.ui.lab_expert import draw_expert
from irl_app.ui.lab_film import draw_film
from irl_app.ui.lab_grid import draw_grid
from irl_app.ui.lab_live import LivePlaces, draw_live
from irl_app.ui.lab_method import draw_method
from irl_app.ui.lab_report import draw_report
from irl_app.ui.lab_session import LabSession, lab_session
from irl_app.ui.lab_toolbar import draw_map_text, draw_rules, draw_world_choice
from irl_app.ui.lab_unknown import draw_unknown
from irl_app.ui.lab_world import draw_world
from irl_app.ui.page import draw_heading
from irl_app.ui.questions import world_of
from irl_app.ui.take_away import draw_take_away

PICTURES, RAIL = (10, 10), 5
"""Widths of the two pictures and of the rail beside them."""
WORLD, MAPS, MORE = 10, 20, 8
"""Widths while everything is shown: the world, two maps, the settings."""


def draw_lab() -> None:
    """One visit of the lab's page."""
    session = lab_session()
    grid, more = world_of(session.state), session.state.more
    with st.container(key="toolbar", horizontal=True, vertical_alignment="center"):
        with st.container(horizontal=True, vertical_alignment="center", key="choose-world"):
            draw_world_choice(session)
            draw_rules(session, grid)
            draw_map_text(session, grid)
        lens = st.container(horizontal=True, vertical_alignment="center", key="lens-line") if more else None
        with st.container(horizontal=True, vertical_alignment="center", key="carry", width="content"):
            share = st.container(key="share", width="content")
            take_away = st.container(key="take-away", width="content")
    _draw_notes(session)
    if session.view != "lab":
        (draw_grid if session.view == "methods" else draw_unknown)(session)
        return
    story = st.container(key="story")
    world, maps, side = st.columns((WORLD, MAPS, MORE) if more else (*PICTURES, RAIL), gap="medium")
    with world:
        draw_world()
    sliders = report = what_if = rail = None
    if more:
        with side.container(key="steps"):
            sliders, what_if = _draw_settings(session)
        report = st.container(key="report")
    else:
        rail = side.container(key="rail")
    session.report_follows = True
    try:
        draw_live(LivePlaces(story, maps, share, sliders, lens, rail))
    finally:
        session.report_follows = False
    if report is not None and what_if is not None:
        draw_report(report, what_if)
        draw_film()
    with take_away:
        draw_take_away(session)


def _draw_settings(session: LabSession) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Who demonstrates and how the reward is recovered; places for the sliders and for what if."""
    with st.container(horizontal=True, vertical_alignment="center", key="more-head"):
        st.html('<h2 class="irl-more">More</h2>')
        st.button("Close", key="close-more", type="tertiary", on_click=lambda: session.change(more=False))
    draw_heading("1", "Expert")
    draw_expert(session, world_of(session.state))
    draw_heading("2", "Recover")
    draw_method(session)
    sliders = st.container()
    draw_heading("3", "What if")
    return sliders, st.container()


def _draw_notes(session: LabSession) -> None:
    """What could not be done as asked, until it has been read."""
    if not session.notes:
        return
    with st.container(key="notes", horizontal=True, vertical_alignment="center"):
        st.warning("  \n".join(session.notes))

        def dismiss() -> None:
            session.notes = ()

        st.button("Dismiss", on_click=dismiss, type="tertiary")
