"""The GridWorld lab, put together: toolbar, steps on the left, world and maps and report on the right."""

from __future__ import annotations

import streamlit as st

from irl_app.ui.lab_expert import draw_expert
from irl_app.ui.lab_live import Places, draw_live
from irl_app.ui.lab_recipe import draw_recipe
from irl_app.ui.lab_report import MAPS_PX, WORLD_PX, draw_report
from irl_app.ui.lab_session import LabSession, lab_session
from irl_app.ui.lab_toolbar import draw_map_text, draw_rules, draw_world_choice
from irl_app.ui.lab_world import draw_world
from irl_app.ui.questions import world_of
from irl_app.ui.take_away import draw_take_away

STEPS_PX, GAP_PX = 286, 14
"""Widths at a window of 1440 px, beside those of the maps; all shrink together."""


def draw_lab() -> None:
    """One visit of the lab's page."""
    session = lab_session()
    grid = world_of(session.state)
    with st.container(key="toolbar"):
        place, carry = st.columns((STEPS_PX + GAP_PX + WORLD_PX, MAPS_PX), gap="small")
    with place.container(horizontal=True, vertical_alignment="center", key="choose-world"):
        draw_world_choice(session)
        draw_rules(session, grid)
        draw_map_text(session, grid)
    with carry.container(horizontal=True, vertical_alignment="center", key="carry"):
        lens = st.container(horizontal=True, vertical_alignment="center", key="lens-line")
        share = st.container(key="share", width="content")
        take_away = st.container(key="take-away", width="content")
    _draw_notes(session)
    left, right = st.columns((STEPS_PX, GAP_PX + WORLD_PX + MAPS_PX), gap="small")
    with left.container(key="steps"):
        _heading("1", "Expert")
        draw_expert(session, grid)
        _heading("2", "Recover")
        draw_recipe(session)
        sliders = st.container()
        _heading("3", "What if")
        what_if = st.container()
    with right.container(key="right"):
        world, maps = st.columns((WORLD_PX, MAPS_PX), gap="small")
        with world:
            draw_world()
        report = st.container(key="report")
    session.report_follows = True
    try:
        draw_live(Places(sliders=sliders, lens=lens, share=share, maps=maps))
    finally:
        session.report_follows = False
    draw_report(report, what_if)
    with take_away:
        draw_take_away(session)


def _heading(number: str, title: str) -> None:
    st.html(f'<h2 class="irl-step"><b>{number}</b>{title}</h2>')


def _draw_notes(session: LabSession) -> None:
    """What could not be done as asked, until it has been read."""
    if not session.notes:
        return
    with st.container(key="notes", horizontal=True, vertical_alignment="center"):
        st.warning("  \n".join(session.notes))

        def dismiss() -> None:
            session.notes = ()

        st.button("Dismiss", on_click=dismiss, type="tertiary")
