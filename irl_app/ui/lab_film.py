"""Iterations as a film: the learner's reward step by step, and the planners' values sweep by sweep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from irl_app.analysis import surprise, value_sweeps, written
from irl_app.recovery import Recovery, with_solution
from irl_app.ui.answers import Answer, steps_of, what_comes_of
from irl_app.ui.components import Panel, Slider, grid_maps, live_sliders, taken
from irl_app.ui.components.grid_maps import Scale
from irl_app.ui.lab_maps import panels_of
from irl_app.ui.lab_session import LINK, LabSession
from irl_app.ui.page import escape
from trainers.arrays import FloatArray
from trainers.tabular.config import METHODS
from trainers.tabular.planning import expected_reward

FILM = "film"
LEARNER, PLANNER = "The learner's steps", "The planner's sweeps"


@st.fragment(key=FILM)
def draw_film() -> None:
    """A film and its scrubber; computed when it is opened."""
    session: LabSession = st.session_state["lab"]
    shown: Answer | None = session.shown
    with st.expander("Step by step", key="film-open", on_change="rerun") as film:
        if not film.open or shown is None:
            return
        which = st.segmented_control(
            "Film",
            [LEARNER, PLANNER],
            default=LEARNER,
            key="which-film",
            required=True,
            label_visibility="collapsed",
        )
        draw = _draw_planner if which == PLANNER else _draw_learner
        draw(shown.recovery)


def _draw_learner(recovery: Recovery) -> None:
    """The reward and the value after each step of the solver."""
    steps = steps_of(recovery)
    last = len(steps) - 1
    if not last:
        title = METHODS[recovery.config.method].title
        st.html(f'<p class="irl-note">{escape(title)} has no steps: its answer is found at once.</p>')
        return
    step = _scrubber("Step", last, last, "Each is one step of Newton's method, from the first guess on.")
    final = panels_of(recovery, "state")
    limits = [_limits([panel.values]) for panel in final]
    limits[1] = _limits([solution.v[recovery.mdp.live] for solution in steps])
    panels = panels_of(with_solution(recovery, steps[step]), "state")
    scales: tuple[Scale, ...] = ("root", "sequential")
    drawn = [
        replace(panel, name=f"film-{panel.name}", scale=scale, limits=own, spread=None)
        for panel, scale, own in zip(panels, scales, limits, strict=True)
    ]
    losses = [f"{surprise(recovery.mdp, recovery.counts, steps[k]):.3f}" for k in (0, step, last)]
    left = float(np.nanmax(np.abs(panels[0].values - final[0].values)))
    st.html(
        '<p class="irl-note" role="status">The loss, how surprised it is by a demonstrated move (−log π): '
        f"{losses[0]} before the first step, <b>{losses[1]} after step {step}</b>, {losses[2]} at the end. "
        f"A cell is still up to {written(left, 'distance')} from its last reward.</p>"
    )
    grid_maps(recovery.grid, drawn, key="film-steps", columns=2, link=LINK)


def _draw_planner(recovery: Recovery) -> None:
    """The values that the true and the recovered reward lead to, sweep by sweep."""
    mdp = recovery.mdp
    rewards = (recovery.true_reward.values, what_comes_of(recovery).values)
    films = [value_sweeps(mdp, expected_reward(mdp, values)) for values in rewards]
    last = max(len(frames) for frames in films) - 1
    why = "Each looks one move further ahead: after k sweeps a value is what can be had in k moves."
    sweep = _scrubber("Sweep", last, min(3, last), why)
    titles = {"film-true": "Under the true reward", "film-recovered": "Under the recovered one"}
    panels = [
        Panel(
            name, title, np.where(mdp.live, frames[min(sweep, len(frames) - 1)], np.nan),
            "value after this sweep", scale="sequential", limits=_limits([frames]),
        )
        for (name, title), frames in zip(titles.items(), films, strict=True)
    ]  # fmt: skip
    grid_maps(recovery.grid, panels, key="film-maps", columns=2, link=LINK)


def _scrubber(label: str, last: int, start: int, why: str) -> int:
    """Where the film stands; its pictures follow while the handle is dragged."""
    slider = Slider("frame", label, 0, last, start, step=1, help=why, plays=True)
    key = f"film-{label}"
    moved, problem = taken(key, lambda: live_sliders([slider], key=key, revision=str(last), label="Film"))
    if problem:
        st.warning(problem)
    return round(moved["frame"])


def _limits(frames: list[FloatArray]) -> tuple[float, float]:
    """The scale of a whole film."""
    return min(float(np.nanmin(one)) for one in frames), max(float(np.nanmax(one)) for one in frames)
