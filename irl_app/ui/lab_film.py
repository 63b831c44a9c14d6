"""Planning as a film: the values that the recovered and the true reward lead to, sweep by sweep."""

from __future__ import annotations

import numpy as np
import streamlit as st

from irl_app.analysis import value_sweeps
from irl_app.ui.answers import Answer, what_comes_of
from irl_app.ui.components import Panel, grid_maps
from irl_app.ui.lab_session import LINK, LabSession
from trainers.arrays import FloatArray
from trainers.tabular.planning import expected_reward

FILM = "film"


@st.fragment(key=FILM)
def draw_film() -> None:
    """A scrubber over the sweeps, and the two maps after the chosen one; computed when it is opened."""
    session: LabSession = st.session_state["lab"]
    shown: Answer | None = session.shown
    with st.expander("Planning, sweep by sweep", key="film-open", on_change="rerun") as film:
        if not film.open or shown is None:
            return
        mdp, grid = shown.recovery.mdp, shown.recovery.grid
        films = [
            value_sweeps(mdp, expected_reward(mdp, values))
            for values in (shown.recovery.true_reward.values, what_comes_of(shown.recovery).values)
        ]
        last = max(len(frames) for frames in films) - 1
        sweep = st.slider(
            "Sweeps", 0, last, min(3, last),
            help="Each looks one move further ahead: after k sweeps a value is what can be had in k moves.",
        )  # fmt: skip
        panels = [
            _panel(name, title, frames[min(sweep, len(frames) - 1)], frames, mdp.live)
            for name, title, frames in zip(
                ("film-true", "film-recovered"), ("Under the true reward", "Under the recovered one"), films,
                strict=True,
            )
        ]  # fmt: skip
        grid_maps(grid, panels, key="film-maps", columns=2, link=LINK)


def _panel(name: str, title: str, values: FloatArray, frames: FloatArray, live: np.ndarray) -> Panel:
    """One frame, on the scale of the whole film."""
    return Panel(
        name, title, np.where(live, values, np.nan), "value after this sweep", scale="sequential",
        limits=(float(frames.min()), float(frames.max())),
    )  # fmt: skip
