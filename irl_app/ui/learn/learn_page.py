"""The page Learn: the list of chapters, and the one that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from irl_app.figures import THEMES
from irl_app.ui.components import grid_maps
from irl_app.ui.glossary import GLOSSARY, definitions_html
from irl_app.ui.learn import CHAPTERS
from irl_app.ui.learn.lesson import Bench, Chapter, Control, Figure
from irl_app.ui.page import PAGE_FONT, bound, escape, page_theme

BY_NAME = {chapter.name: chapter for chapter in CHAPTERS}
LIST, TEXT = 2, 9
"""Widths of the list of chapters and of the chapter."""
QUERY = "chapter"


@dataclass
class LearnSession:
    """How far one visitor is.

    Attributes:
        chapter: the one that is open.
        values: where the controls stand, by chapter.
        predicted: the place of the option that was predicted, by chapter.
        verdicts: what the last check said, by chapter.
        passed: the chapters whose check was passed.
    """

    chapter: str
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    predicted: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, tuple[bool, str]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def values_of(self, chapter: Chapter) -> dict[str, Any]:
        """Where the chapter's controls stand."""
        return self.values.setdefault(chapter.name, chapter.start())

    def predict(self, chapter: Chapter, place: int | None) -> None:
        """An option was chosen."""
        if place is not None:
            self.predicted[chapter.name] = place

    def move(self, chapter: Chapter, name: str, value: Any) -> None:
        """A control was moved: what a check has said is past."""
        self.values_of(chapter)[name] = value
        self.verdicts.pop(chapter.name, None)


def learn_session() -> LearnSession:
    """This visitor's chapters; the address says which one opens first."""
    if "learn" not in st.session_state:
        asked = st.query_params.get(QUERY, "")
        st.session_state["learn"] = LearnSession(asked if asked in BY_NAME else CHAPTERS[0].name)
    session: LearnSession = st.session_state["learn"]
    return session


def draw_learn() -> None:
    """One visit of the page."""
    session = learn_session()
    chapter = BY_NAME[session.chapter]
    st.query_params[QUERY] = chapter.name
    contents, text = st.columns((LIST, TEXT), gap="large")
    with contents.container(key="chapters"):
        _draw_contents(session, chapter)
    with text.container(key="chapter"):
        _draw_chapter(session, chapter)


def _draw_contents(session: LearnSession, chapter: Chapter) -> None:
    place = CHAPTERS.index(chapter) + 1
    st.html(f'<p class="irl-place">Chapter {place} of {len(CHAPTERS)} · {chapter.minutes} minutes</p>')
    for number, one in enumerate(CHAPTERS, start=1):
        mark = "✓" if one.name in session.passed else str(number)
        st.button(
            f"{mark} · {one.title}",
            key=f"open-{one.name}",
            type="secondary" if one is chapter else "tertiary",
            on_click=lambda name=one.name: _open(session, name),
        )
    with st.popover("Glossary", type="tertiary"):
        st.html(definitions_html(tuple(GLOSSARY)))


def _open(session: LearnSession, name: str) -> None:
    session.chapter = name


def _draw_chapter(session: LearnSession, chapter: Chapter) -> None:
    st.html(f'<h1 class="irl-chapter">{escape(chapter.title)}</h1>')
    with st.container(key="opening"):
        st.markdown(chapter.opening)
    with st.container(border=True, key="prediction"):
        _draw_prediction(session, chapter)
    with st.container(border=True, key="bench"):
        bench = _draw_bench(session, chapter)
    with st.container(border=True, key="check"):
        _draw_check(session, chapter, bench)
    _draw_ending(session, chapter)


def _draw_prediction(session: LearnSession, chapter: Chapter) -> None:
    predicted, asked = session.predicted.get(chapter.name), chapter.prediction
    st.html(f'<h2 class="irl-part">First a guess</h2><p class="irl-question">{escape(asked.question)}</p>')
    st.radio(
        asked.question,
        range(len(asked.options)),
        index=None,
        format_func=asked.options.__getitem__,
        **bound(f"predict-{chapter.name}", predicted, partial(session.predict, chapter)),
        disabled=chapter.name in session.passed,
        label_visibility="collapsed",
    )
    if predicted is not None and chapter.name not in session.passed:
        st.caption("Noted. Now try it below; whether you were right is told after the check.")
    elif predicted is not None:
        opening = "You were right." if predicted == asked.right else f"It is: {asked.options[asked.right]}"
        st.markdown(f"**{opening}** {asked.because}")


def _draw_bench(session: LearnSession, chapter: Chapter) -> Bench:
    values = session.values_of(chapter)
    pictures, side = st.columns((7, 3), gap="medium")
    with side:
        for control in chapter.controls:
            _draw_control(session, chapter, control)
    bench = chapter.bench(values)
    with side:
        st.html("".join(_figure_html(figure) for figure in bench.figures))
    with pictures:
        if bench.grid is not None:
            grid_maps(
                bench.grid, bench.panels, key=f"maps-{chapter.name}", columns=2, link=f"learn-{chapter.name}"
            )
        if bench.chart is not None:
            figure = bench.chart(THEMES[page_theme()])
            figure.layout.font.family = PAGE_FONT
            figure.layout.width, figure.layout.autosize = None, True
            st.plotly_chart(figure, theme=None, key=f"chart-{chapter.name}", config={"displayModeBar": False})
    return bench


def _draw_control(session: LearnSession, chapter: Chapter, control: Control) -> None:
    value = session.values_of(chapter)[control.name]
    state = bound(
        f"{chapter.name}-{control.name}", value, lambda chosen: session.move(chapter, control.name, chosen)
    )
    if control.slides:
        st.select_slider(
            control.title, control.options, format_func=control.words, help=control.help or None, **state
        )
    else:
        st.radio(
            control.title, control.options, format_func=control.words, help=control.help or None, **state
        )


def _figure_html(figure: Figure) -> str:
    return (
        f'<div class="irl-figure"><h3>{escape(figure.title)}</h3>'
        f'<p class="irl-big irl-{figure.level or "plain"}">{escape(figure.text)}</p>'
        f"<p>{escape(figure.sense)}</p></div>"
    )


def _draw_check(session: LearnSession, chapter: Chapter, bench: Bench) -> None:
    st.html('<h2 class="irl-part">Now do it</h2>')
    st.markdown(chapter.task)
    waiting = chapter.name not in session.predicted

    def check() -> None:
        verdict = chapter.check(session.values_of(chapter), bench.facts)
        session.verdicts[chapter.name] = verdict
        if verdict[0]:
            session.passed.add(chapter.name)

    st.button(
        "Check", key=f"check-{chapter.name}", type="primary", on_click=check, disabled=waiting,
        help="Make your guess above first" if waiting else None,
    )  # fmt: skip
    verdict = session.verdicts.get(chapter.name)
    said = "" if verdict is None else escape(f"{'Done.' if verdict[0] else 'Not yet.'} {verdict[1]}")
    level = "" if verdict is None else "good" if verdict[0] else "fair"
    st.html(f'<p class="irl-verdict irl-{level}" role="status">{said}</p>')


def _draw_ending(session: LearnSession, chapter: Chapter) -> None:
    points = "".join(f"<li>{escape(sentence)}</li>" for sentence in chapter.takeaways)
    st.html(
        f'<section class="irl-takeaway"><h2 class="irl-part">To take away</h2><ol>{points}</ol></section>'
    )
    place = CHAPTERS.index(chapter)
    if place + 1 < len(CHAPTERS):
        following = CHAPTERS[place + 1]
        st.button(
            f"Next: {following.title}", key="next-chapter", on_click=lambda: _open(session, following.name),
            type="primary" if chapter.name in session.passed else "secondary",
        )  # fmt: skip
    with st.expander("Words and sources"):
        st.html(definitions_html(chapter.words))
        st.markdown("\n".join(f"- {source}" for source in chapter.sources))
