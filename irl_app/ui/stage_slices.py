"""The robots page's slices: what the recovered reward says around a demonstrated step."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from irl_app.figures import Axes, ThemeName, slice_figure
from irl_app.stage import Slices
from irl_app.ui.components import steady_figure

HEIGHT = 400
FIGURE_PX, WORDS_PX = 620, 640
"""Widths at a window of 1,440 px."""
_FADED = (
    "Each cell: the reward of a step of the demonstration, had two numbers of the robot's state been others; "
    "the action and the change of state are the demonstrated ones. It turns grey where neither expert nor "
    "learner has ever been near: what the reward says there is a guess."
)


def draw_slices(name: str, slices: Slices, theme: ThemeName) -> None:
    """Controls, words and figure.

    Args:
        name: of the stage folder, in links.
    """
    st.html('<h2 class="irl-part">What the reward says around a demonstrated step</h2>')
    figure, words = st.columns((FIGURE_PX, WORDS_PX), gap="large")
    with words:
        with st.container(horizontal=True, key="robots-slices-head"):
            x = _number(name, slices, "x", "Along", [*range(len(slices.names))])
            y = _number(name, slices, "y", "and", [i for i in range(len(slices.names)) if i != x])
        last = len(slices.obs) - 1
        step = st.slider("Step of the demonstration", 0, last, last // 2, key=f"robots-slices-step-{name}")
        st.html(f'<p class="irl-small">{_FADED}</p>')
    found = slices.over(x, y, step)
    axes = Axes((slices.names[x], slices.names[y]), found.x, found.y)
    scale: Literal["sequential", "diverging"] = "sequential" if found.reward.min() >= 0.0 else "diverging"
    with figure:
        steady_figure(
            slice_figure(
                found.reward, axes, "Recovered reward", scale=scale, unseen=found.unseen, theme=theme
            ),
            key=f"robots-slice-{name}",
            height=HEIGHT,
        )


def _number(name: str, slices: Slices, axis: str, label: str, choices: list[int]) -> int:
    """One of the numbers of an observation."""
    key = f"robots-slices-{axis}-{name}"
    if st.session_state.get(key) not in choices:
        st.session_state[key] = choices[0]
    return st.selectbox(label, choices, format_func=lambda i: slices.names[i], key=key, width=230)
