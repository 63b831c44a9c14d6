"""The world of the lab: drawn, played and replayed in place."""

from __future__ import annotations

import numpy as np
import streamlit as st

from irl_app.demonstrations import Demonstrations
from irl_app.envs.grid_spec import GridSpec
from irl_app.ui.components import grid_editor
from irl_app.ui.lab_session import EDITOR, LINK, episodes_for_editor, lab_session
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.lab_story import invites_to_play
from irl_app.ui.link_keys import Mode
from irl_app.ui.questions import expert_of, question_of, world_of
from trainers.arrays import FloatArray
from trainers.tabular.planning import occupancy


@st.fragment
def draw_world() -> None:
    """The editor; what is done in it is taken over at once, and what it changes is drawn anew."""
    before = st.session_state["lab"].state
    session = lab_session()
    is_new = question_of(session.state) != question_of(before) or session.state.draft != before.draft
    if is_new or invites_to_play(session.state) != invites_to_play(before):
        st.rerun()
    grid = world_of(session.state)
    visits, paths = _shown_by_expert(session.state, grid)
    problem = session.problem
    grid_editor(
        grid,
        key=EDITOR,
        revision=str(session.revision),
        drawing=session.drawing,
        playable=not problem,
        mode=session.state.mode,
        visits=visits,
        paths=paths,
        episode=session.state.episode,
        played=episodes_for_editor(session.state.played, grid),
        play_from=session.play_from,
        games_asked=session.games_asked,
        title="Your world" if session.state.expert == PLAYED else "The world",
        caption=_caption(session.state.mode),
        link=LINK,
    )
    if problem:
        st.warning(f"The drawing is kept, but cannot be played yet: {problem}.")


def _caption(mode: Mode) -> str:
    return "true reward; discs: visits" if mode in ("draw", "replay") else "its true reward"


def _shown_by_expert(lab: LabState, grid: GridSpec) -> tuple[FloatArray | None, list[np.ndarray]]:
    """How big a disc each cell gets, and the trajectories.

    Roots of the visit counts (or of the share of time): a goal that one stays on would dwarf all others.
    """
    try:
        expert = expert_of(lab)
    except ValueError:
        return None, []  # the recovery says what is wrong
    if isinstance(expert, Demonstrations):
        return np.sqrt(expert.visits(grid.n_states)), [e.observations for e in expert.episodes]
    return np.sqrt(occupancy(grid.mdp(), expert).sum(axis=1)), []
