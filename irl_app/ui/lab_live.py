"""The part of the lab that follows the sliders."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from irl_app.analysis import Outcome
from irl_app.ui.answers import Answer, answer, what_comes_of
from irl_app.ui.components import Agents, grid_maps, live_sliders
from irl_app.ui.lab_controls import HELP, sliders_of
from irl_app.ui.lab_maps import LENSES, panels_of, reward_panel
from irl_app.ui.lab_report import REPORT
from irl_app.ui.lab_session import LINK, MAPS, SLIDERS, LabSession, lab_session
from irl_app.ui.lab_state import PLAYED
from irl_app.ui.lab_story import draw_rail, draw_story, whose_reward
from irl_app.ui.lab_sync import sync_browser
from irl_app.ui.page import bound
from irl_app.ui.questions import world_of
from irl_app.ui.take_away import draw_share

PRIORS = {"gaussian": "many small rewards", "sparse": "few cells differ", "smooth": "neighbours alike"}
PRIOR_HELP = (
    "What is believed before the first demonstration, chosen by how well it predicts episodes left out."
)
POLL_SECONDS = 0.4
LIVE = "live"


@dataclass(frozen=True)
class LivePlaces:
    """Where what follows the sliders is drawn; None where it is folded away."""

    story: DeltaGenerator
    maps: DeltaGenerator
    share: DeltaGenerator
    sliders: DeltaGenerator | None
    lens: DeltaGenerator | None
    rail: DeltaGenerator | None


@st.fragment(key=LIVE)
def draw_live(places: LivePlaces) -> None:
    """Solve for where the sliders stand now and draw; a picture that cannot be renewed is kept."""
    session, tick = lab_session(), 0
    if session.view != "lab" or session.state.more != (places.sliders is not None):
        st.rerun()  # a button of this part alone was pressed, and the page is laid out for something else
    if places.sliders is not None:
        with places.sliders:
            tick = _draw_sliders(session)
    problem = ""
    try:
        near = None if session.shown is None else session.shown.recovery
        session.show(answer(session.state, session.owner, near))
    except ValueError as error:
        problem = str(error).rstrip(".")
    shown: Answer | None = session.shown
    outcome = None if shown is None else what_comes_of(shown.recovery)
    draw_story(session, places.story, outcome, problem)
    if places.lens is not None:
        with places.lens:
            _draw_lens(session)
    if shown is not None and outcome is not None:
        with places.maps.container(key="stale-maps" if problem else "maps"):
            _draw_maps(session, shown, outcome, tick)
            _draw_progress(shown)
    if places.rail is not None:
        draw_rail(session, places.rail, outcome)
    with places.share:
        draw_share(session)
        reported = session.picture if session.report_follows or not session.state.more else session.reported
        sync_browser(session.state, shown=session.picture, reported=reported, on_rest=_draw_both)


def _draw_maps(session: LabSession, shown: Answer, outcome: Outcome, tick: int) -> None:
    """One large map of the reward, or with everything shown the chosen reading and the value."""
    recovery, lab = shown.recovery, session.state
    games = recovery.demonstrations
    if lab.expert == PLAYED and games is not None:
        start, game = int(games.episodes[-1].observations[0]), games.episodes[-1].observations.tolist()
    else:
        start, game = int(np.flatnonzero(recovery.mdp.p0)[0]), []
    agents = Agents(outcome.values, recovery.mdp.gamma, start, whose_reward(lab), tuple(game))
    if lab.more:
        panels = panels_of(recovery, lab.lens)
        if lab.lens == "state":
            panels[0] = reward_panel(recovery, outcome)
    else:
        panels = [reward_panel(recovery, outcome)]
    grid_maps(recovery.grid, panels, key=MAPS, columns=len(panels), link=LINK, tick=tick, agents=agents)


def _draw_both() -> None:
    """The report is asked for; a movement that came in the same message needs the maps as well."""
    with suppress(StreamlitAPIException):  # More has just been opened: the run under way draws the report
        st.rerun((LIVE, REPORT))


def _draw_sliders(session: LabSession) -> int:
    """The sliders; the number of what they sent last, for the maps that answer it."""
    sliders, values = sliders_of(session.state, world_of(session.state))
    label, revision = "Settings of the method", str(session.settings)
    return live_sliders(sliders, key=SLIDERS, revision=revision, values=values, link=LINK, label=label).tick


def _draw_lens(session: LabSession) -> None:
    st.segmented_control(
        "Lens",
        list(LENSES),
        required=True,
        format_func=lambda lens: LENSES[lens].short,
        help=HELP["lens"],
        **bound("lens", session.state.lens, lambda lens: session.change(lens=lens)),
    )


def _draw_progress(shown: Answer) -> None:
    """Say that a better answer is on its way, look for it now and then, and fetch it when it is there."""
    if shown.problem:
        st.caption(f"The prior could not be refined: {shown.problem}")
    if shown.search is None:
        prior = shown.recovery.solution.prior
        if prior is not None:
            st.caption(f"Assumed where nobody went: {PRIORS[prior.kind]}", help=PRIOR_HELP)
        return
    search = shown.search

    def look() -> None:
        if search.finished:
            st.rerun()
        share = f" {100 * search.done // search.total} %" if search.total else ""
        st.caption(f"A first answer is shown. Refining:{share}. You may go on.")

    st.fragment(look, run_every=POLL_SECONDS)()
