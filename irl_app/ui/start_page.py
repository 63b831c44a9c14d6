"""The first screen: what the app does, in a minute, and labs to open with one click."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from irl_app.recipes import Recipe
from irl_app.ui.lab_session import open_lab
from irl_app.ui.lab_state import DEFAULT, LabState


@dataclass(frozen=True)
class Example:
    """A lab worth opening, and what there is to see in it."""

    title: str
    sentence: str
    lab: LabState


EXAMPLES = (
    Example(
        "A reward found from 30 demonstrations",
        "An expert walks to a goal thirty times. Nobody tells the learner where the goal is or what a step costs.",
        DEFAULT,
    ),
    Example(
        "Move a slider, watch the reward change",
        "IQ-Learn solved exactly, many times a second: drag the penalty and see what it does to the reward.",
        replace(DEFAULT, recipe=Recipe(method="iq"), lens="marginal"),
    ),
    Example(
        "Why correlation is no verdict",
        "With endless demonstrations the raw reward still looks wrong, and plans perfectly: shaping is in the way.",
        replace(
            DEFAULT,
            preset="goal",
            size=5,
            demos=None,
            recipe=Recipe(method="iq", alpha=100.0, penalty="expert"),
            lens="transition",
        ),
    ),
    Example(
        "Be the expert",
        "Walk through four rooms with the arrow keys. Three games are often enough for a first reward map.",
        replace(DEFAULT, preset="four-rooms", mode="play"),
    ),
)

STEPS = (
    ("1", "Demonstrate", "An expert acts in a small world: a simulated one, or you at the keyboard."),
    ("2", "Recover", "A Q-function is learned that explains the behaviour; the reward is read off it."),
    ("3", "Judge", "The recovered reward is compared with the true one, and tried where walls have moved."),
    ("4", "Take away", "Reward, demonstrations and report are yours, as files and as a link."),
)


def draw_start(lab_page: str) -> None:
    """What the app does and four labs to open.

    Args:
        lab_page: the lab's page, as `st.switch_page` takes it.
    """
    with st.container(key="start"):
        st.title("What did the expert want?", anchor=False)
        st.markdown(
            "Watch someone act and you can often tell what they are after. IRL Lab does this with mathematics: "
            "from demonstrations it recovers the **reward** that makes them sensible, by inverse soft Q-learning "
            "and its relatives, solved exactly. And it tells you how far to trust the answer."
        )
        st.html(
            '<ol class="irl-steps">'
            + "".join(f"<li><b>{number}</b><strong>{name}</strong><span>{text}</span></li>" for number, name, text in STEPS)
            + "</ol>"
        )
        st.subheader("Open a lab", anchor=False)
        for column, example in zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{example.title}**")
                st.caption(example.sentence)
                if st.button("Open", key=f"open-{example.title}", type="primary" if example is EXAMPLES[0] else "secondary"):
                    open_lab(example.lab)
                    st.switch_page(lab_page)
