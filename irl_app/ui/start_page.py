"""The first screen: what the app does, in a minute, and labs to open with one click."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import numpy as np
import streamlit as st

from irl_app.ui.answers import answer, what_comes_of
from irl_app.ui.lab_maps import LENSES, lens_values, reward_panel
from irl_app.ui.lab_session import open_lab
from irl_app.ui.lab_state import DEFAULT, LabState
from irl_app.ui.mini_maps import mini_map
from trainers.tabular.config import TabularConfig

OWNER = "start-page"


@dataclass(frozen=True)
class Example:
    """A lab worth opening, and what there is to see in it."""

    title: str
    sentence: str
    lab: LabState


EXAMPLES = (
    Example(
        "A reward found from 30 demonstrations",
        "An expert walks to a goal thirty times. Nobody says where the goal is or what a step costs.",
        DEFAULT,
    ),
    Example(
        "Move a slider, watch the reward change",
        "IQ-Learn solved exactly, many times a second: drag the penalty and see what it does to the reward.",
        replace(DEFAULT, config=TabularConfig(method="iq"), lens="marginal", more=True),
    ),
    Example(
        "Why correlation is no verdict",
        "Even from endless demonstrations the raw reward looks wrong, and yet plans perfectly.",
        replace(
            DEFAULT,
            preset="goal",
            size=5,
            demos=None,
            config=TabularConfig(method="iq", alpha=100.0, penalty="expert"),
            lens="transition",
            more=True,
        ),
    ),
    Example(
        "Be the expert",
        "Walk through four rooms with the arrow keys: every game you finish is learned from at once.",
        replace(DEFAULT, preset="four-rooms", mode="play"),
    ),
)

STEPS = (
    ("1", "Demonstrate", "An expert acts in a small world: a simulated one, or you at the keyboard."),
    ("2", "Recover", "A Q-function is learned that explains the behaviour; the reward is read off it."),
    ("3", "Judge", "The recovered reward is compared with the true one, and tried where walls have moved."),
    ("4", "Take away", "Reward, demonstrations and report are yours, as files and as a link."),
)
BEYOND = (
    "Where a table has no room, networks learn: a pole to balance, a lander to put down, grids that change "
    "every game."
)


def draw_start(lab_page: str, train_page: str) -> None:
    """What the app does, four labs to open, and where larger worlds are learned.

    Args:
        lab_page: the lab's page, as `st.switch_page` takes it.
        train_page: the page for training.
    """
    with st.container(key="start"):
        words, picture = st.columns((5, 6), gap="large", vertical_alignment="center")
        with words:
            st.title("What did the expert want?", anchor=False)
            st.markdown(
                "Watch someone act and you can often tell what they are after. IRL Lab does it with "
                "mathematics: from demonstrations it recovers the **reward** that makes them sensible, by "
                "inverse soft Q-learning and its relatives, solved exactly. And it says how far to trust "
                "the answer."
            )
            _draw_open(EXAMPLES[0], lab_page, label="Open this lab", kind="primary")
        with picture:
            st.html(_hero())
        steps = "".join(
            f"<li><b>{n}</b><strong>{name}</strong><span>{text}</span></li>" for n, name, text in STEPS
        )
        st.html(f'<ol class="irl-steps">{steps}</ol>')
        cards = st.columns(len(EXAMPLES) - 1)
        for place, example in enumerate(EXAMPLES[1:]):
            with cards[place].container(border=True, height="stretch", key=f"start-card-{place}"):
                st.html(_card(example))
                st.space("stretch")
                _draw_open(example, lab_page, label="Open", kind="secondary")
        with st.container(horizontal=True, vertical_alignment="center", key="start-train"):
            st.markdown(BEYOND, width="content")
            if st.button("Train a network"):
                st.switch_page(train_page)


def _draw_open(example: Example, lab_page: str, *, label: str, kind: Literal["primary", "secondary"]) -> None:
    if st.button(label, key=f"open-{example.title}", type=kind, help=example.sentence):
        open_lab(example.lab)
        st.switch_page(lab_page)


def _hero() -> str:
    """What was seen, what is concluded from it, and the truth, of the first example."""
    recovery = answer(DEFAULT, OWNER).recovery
    grid = recovery.grid
    seen = np.zeros(grid.n_states)
    if recovery.demonstrations is not None:
        seen = np.cbrt(recovery.demonstrations.visits(grid.n_states))  # the goal would dwarf all others
    recovered = reward_panel(recovery, what_comes_of(recovery)).values
    return (
        '<div class="irl-hero">'
        + mini_map(
            grid, np.where(recovery.mdp.valid, seen, np.nan), "What the expert did, 30 times", sequential=True
        )
        + '<span aria-hidden="true">→</span>'
        + mini_map(grid, recovered, "The reward recovered from it")
        + '<span aria-hidden="true">≈</span>'
        + mini_map(grid, recovery.true_reward.values, "The true reward, for comparison")
        + "</div>"
    )


def _card(example: Example) -> str:
    lab = example.lab
    if lab.mode == "play":
        grid = lab.grid()
        picture = mini_map(grid, grid.state_reward(), "the world")
    else:
        recovery = answer(lab, OWNER).recovery
        picture = mini_map(recovery.grid, lens_values(recovery, lab.lens), LENSES[lab.lens].title.lower())
    return (
        f'<div class="irl-card">{picture}<div><strong>{escape(example.title)}</strong>'
        f"<p>{escape(example.sentence)}</p></div></div>"
    )
