"""The part of the lab that follows the sliders."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.ui.answers import Answer, answer
from irl_app.ui.components import grid_maps, live_sliders
from irl_app.ui.lab_controls import HELP, sliders_of
from irl_app.ui.lab_maps import LENSES, panels_of
from irl_app.ui.lab_report import REPORT
from irl_app.ui.lab_session import LINK, MAPS, SLIDERS, LabSession, lab_session
from irl_app.ui.lab_sync import sync_browser
from irl_app.ui.questions import world_of
from irl_app.ui.take_away import draw_share

PRIORS = {"gaussian": "many small rewards", "sparse": "few cells differ", "smooth": "neighbours alike"}
PRIOR_HELP = (
    "What is believed before the first demonstration, chosen by how well it predicts episodes left out."
)
POLL_SECONDS = 0.4
LIVE = "live"


@dataclass(frozen=True)
class Places:
    """Where the part that follows the sliders draws."""

    sliders: DeltaGenerator
    lens: DeltaGenerator
    share: DeltaGenerator
    maps: DeltaGenerator


@st.fragment(key=LIVE)
def draw_live(places: Places) -> None:
    """Solve for where the sliders stand now and draw; a picture that cannot be renewed is kept."""
    session = lab_session()
    tick = _draw_sliders(session, places)
    problem = ""
    try:
        near = None if session.shown is None else session.shown.recovery
        session.show(answer(session.state, session.owner, near))
    except ValueError as error:
        problem = str(error).rstrip(".")
    shown: Answer | None = session.shown
    with places.lens:
        _draw_lens(session)
        if shown is not None:
            _draw_progress(shown)
    with places.maps:
        if problem:
            st.warning(f"{problem[:1].upper()}{problem[1:]}. The last picture is kept.")
        if shown is not None:
            recovery = shown.recovery
            panels = panels_of(recovery, session.state.lens)
            grid_maps(recovery.grid, panels, key=MAPS, columns=2, link=LINK, tick=tick)
    with places.share:
        draw_share(session)
        reported = session.picture if session.report_follows else session.reported
        sync_browser(session.state, shown=session.picture, reported=reported, on_rest=_draw_both)


def _draw_both() -> None:
    """The report is asked for; a movement that came in the same message needs the maps as well."""
    st.rerun((LIVE, REPORT))


def _draw_sliders(session: LabSession, places: Places) -> int:
    """The sliders; the number of what they sent last, for the maps that answer it."""
    sliders, values = sliders_of(session.state, world_of(session.state))
    label = "Settings of the method"
    with places.sliders:
        revision = str(session.settings)
        return live_sliders(
            sliders, key=SLIDERS, revision=revision, values=values, link=LINK, label=label
        ).tick


def _draw_lens(session: LabSession) -> None:
    st.session_state["lens"] = session.state.lens
    st.segmented_control(
        "Lens",
        list(LENSES),
        key="lens",
        required=True,
        format_func=lambda lens: LENSES[lens].short,
        help=HELP["lens"],
        on_change=lambda: session.change(lens=st.session_state["lens"]),
    )


def _draw_progress(shown: Answer) -> None:
    """Say that a better answer is on its way, look for it now and then, and fetch it when it is there."""
    if shown.problem:
        st.caption(f"The prior could not be refined: {shown.problem}")
    if shown.search is None:
        prior = shown.recovery.solution.prior
        if prior is not None:
            st.caption(f"Prior: {PRIORS[prior.kind]}", help=PRIOR_HELP)
        return
    search = shown.search

    def look() -> None:
        if search.finished:
            st.rerun()
        share = f" {100 * search.done // search.total} %" if search.total else ""
        st.caption(f"First fit shown. Refining…{share}")

    st.fragment(look, run_every=POLL_SECONDS)()
