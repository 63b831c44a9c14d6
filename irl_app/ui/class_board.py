"""The teacher's side: make an exercise, watch answers arrive, show them, take them home."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import streamlit as st

from irl_app.analysis import written
from irl_app.classroom import MAX_GAMES, Answer, Classroom, ClassroomError, Exercise, board_csv, middle
from irl_app.figures import THEMES
from irl_app.figures.theme import Theme
from irl_app.ui.class_exercise import lab_of, lab_text, size_of
from irl_app.ui.class_student import values_on_board
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.page import escape, page_theme
from irl_app.ui.questions import world_of
from irl_app.ui.tiles import tile
from trainers.arrays import FloatArray

SORTS = ("As they arrive", "Best first", "Fewest games")
NAMES = ("Names", "No names")
KINDS = {"ask": "Find the hidden reward: an expert shows games", "play": "Be the expert: students play"}
SECONDS = 1.0
"""How often the board looks for new answers."""


def draw_teacher(room: Classroom, code: str) -> None:
    """The class of this teacher: its board, or the form for its first exercise."""
    exercises = room.exercises(code)
    if not exercises or st.session_state.get("class-making"):
        _draw_making(room, code, first=not exercises)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="class-tools"):
        numbers = [exercise.number for exercise in exercises]
        number = st.selectbox(
            "Exercise", numbers, index=len(numbers) - 1, key="class-exercise", label_visibility="collapsed",
            format_func=lambda n: f"Exercise {n}", width=150,
        )  # fmt: skip
        st.button("New exercise", key="class-new", on_click=lambda: _set_making(True))
    _draw_board(code, number)


def _set_making(making: bool) -> None:
    st.session_state["class-making"] = making


def _draw_making(room: Classroom, code: str, *, first: bool) -> None:
    """An exercise from the lab as it is in this session, or from a link."""
    st.html(
        f'<div class="irl-story"><h1>{"The class is open" if first else "Another exercise"}.</h1>'
        f'<p class="irl-lead">Students join with the code <b>{code}</b>. Set up the lab as the exercise '
        f"should be, "
        "come back here, and ask a question about it.</p></div>"
    )
    with st.form("class-make", border=True):
        question = st.text_input("Question", max_chars=400, placeholder="Where is the swamp?")
        kind = st.radio("What students do", list(KINDS), format_func=KINDS.__getitem__)
        games = st.number_input("Games each student may use", 1, MAX_GAMES, 6)
        link = st.text_input(
            "Link of a lab",
            help="Empty: the lab as it is in this window. A link is what “Share” in the lab gives.",
        )
        if st.form_submit_button("Hand it out", type="primary"):
            try:
                lab = _lab_from(link)
                _check(lab, kind)
                room.add_exercise(code, question, lab_text(lab), kind, int(games))
                _set_making(False)
                st.session_state.pop("class-exercise", None)
                st.rerun()
            except ValueError as error:
                st.warning(f"{str(error)[:1].upper()}{str(error)[1:]}.")
    if not first:
        st.button("Back to the board", on_click=lambda: _set_making(False), type="tertiary")


def _lab_from(link: str) -> LabState:
    if link.strip():
        lab, notes = LabState.from_query(dict(parse_qsl(urlsplit(link.strip()).query)))
        if notes:
            raise ClassroomError(notes[0].rstrip("."))
        return lab
    session = st.session_state.get("lab")
    return LabState() if session is None else session.state


def _check(lab: LabState, kind: str) -> None:
    if kind == "ask" and lab.expert == PLAYED:
        raise ClassroomError(
            "in this lab you are the expert, so nobody can be asked: choose another expert there, or let "
            "students play"
        )
    if lab.config.method == "oracle":
        raise ClassroomError("the lab's method knows the true reward: choose another one there")


@st.fragment(run_every=SECONDS)
def _draw_board(code: str, number: int) -> None:
    room: Classroom = st.session_state["classroom"]
    exercise = next(one for one in room.exercises(code) if one.number == number)
    answers, names = room.answers(code, number), room.names(code)
    done = [one for one in answers if one.handed_in is not None]
    head, join = st.columns((3, 1), vertical_alignment="bottom")
    head.html(f'<div class="irl-story"><h1>{escape(exercise.question)}</h1></div>')
    join.html(
        f'<p class="irl-code">{code}</p><p class="irl-join">join at <b>{escape(_address(code))}</b></p>'
    )
    together, board = st.columns((1, 4), gap="large")
    with together:
        _draw_together(room, code, exercise, done)
    with board:
        with st.container(horizontal=True, vertical_alignment="center", key="board-tools"):
            share = 100 * len(done) / max(1, len(names))
            st.html(
                f'<p class="irl-count"><b>{len(done)} of {len(names)}</b> answers</p>'
                f'<div class="irl-bar irl-arrived"><i style="width:{share:.0f}%"></i></div>'
            )
            sort = st.segmented_control("Order", SORTS, default=SORTS[0], key="board-sort", required=True,
                                        label_visibility="collapsed")  # fmt: skip
            shown = st.segmented_control("Names", NAMES, default=NAMES[0], key="board-names", required=True,
                                         label_visibility="collapsed")  # fmt: skip
        st.html(board_html(exercise, answers, names, sort or SORTS[0], named=shown != NAMES[1],
                           theme=THEMES[page_theme()]))  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center", key="board-foot"):
            st.html(
                '<p class="irl-note">Under each map: how much of what can be gained an agent gives away '
                "that knows "
                "only this reward. <b>0&nbsp;% is best.</b></p>"
            )
            st.download_button(
                "Save as CSV",
                board_csv(answers, size_of),
                f"class-{code}-{number}.csv",
                "text/csv",
                on_click="ignore",
            )
            st.button(
                "Close the exercise" if exercise.is_open else "Open it again",
                key="close-exercise",
                on_click=lambda: room.set_exercise(
                    code, number, is_open=not exercise.is_open, is_revealed=exercise.is_revealed
                ),
            )


def _address(code: str) -> str:
    page = urlsplit(st.context.url or "")
    return f"{page.netloc}{page.path}?c={code}"


def _draw_together(room: Classroom, code: str, exercise: Exercise, done: Sequence[Answer]) -> None:
    grid, theme = world_of(lab_of(exercise)), THEMES[page_theme()]
    true = grid.state_reward()
    largest = float(np.nanmax(np.abs(true)))
    if done:
        maps = [values_on_board(exercise, one.work)[0] for one in done]
        mean: FloatArray = np.mean(maps, axis=0)
        picture = tile(grid, mean, "The mean of all maps", theme, largest=largest)
        centre = written(middle(done) or 0.0, "share")
        st.html(
            f'<h3 class="irl-side">The class together</h3>{picture}<p>The middle answer gives away '
            f"<b>{centre}</b>.</p>"
        )
    else:
        st.html(
            '<h3 class="irl-side">The class together</h3><p class="irl-empty">Nobody has handed in yet.</p>'
        )
    if exercise.kind != "ask":
        return
    st.html('<h3 class="irl-side">The hidden reward</h3>')
    if exercise.is_revealed:
        st.html(tile(grid, true, "The hidden reward", theme, largest=largest))
    st.button(
        "Hide it again" if exercise.is_revealed else "Reveal",
        key="reveal",
        on_click=lambda: room.set_exercise(
            code, exercise.number, is_open=exercise.is_open, is_revealed=not exercise.is_revealed
        ),
    )


def board_html(
    exercise: Exercise,
    answers: Sequence[Answer],
    names: Sequence[str],
    sort: str,
    *,
    named: bool,
    theme: Theme,
) -> str:
    """A tile for everybody: handed-in maps with their score, then who is still at it.

    Args:
        names: all who have joined. sort: one of `SORTS`. named: False for a projector without names.
    """
    done = [one for one in answers if one.handed_in is not None and one.score is not None]
    newest = max((one.handed_in or "" for one in done), default="")
    if sort == SORTS[1]:
        done.sort(key=lambda one: one.score or 0.0)
    elif sort == SORTS[2]:
        done.sort(key=lambda one: size_of(one.work))
    grid = world_of(lab_of(exercise))
    largest = float(np.nanmax(np.abs(grid.state_reward())))
    said = {name: name if named else f"{place}" for place, name in enumerate(names, start=1)}
    tiles = []
    for one in done:
        values, seen = values_on_board(exercise, one.work)
        score, games = written(one.score or 0.0, "share"), size_of(one.work)[0]
        title = f"{said[one.name]}, {games} games, gives away {score}"
        ring = " irl-new" if one.handed_in == newest else ""
        tiles.append(
            f'<li class="irl-answer{ring}" title="{escape(title)}">'
            f"{tile(grid, values, title, theme, largest=largest, seen=seen)}"
            f"<p><span>{escape(said[one.name])}</span><b>{escape(score)}</b></p></li>"
        )
    finished = {one.name for one in done}
    empty = np.full(grid.n_states, np.nan)
    tiles += [
        f'<li class="irl-answer irl-waiting">{tile(grid, empty, "no answer yet", theme, largest=largest)}'
        f"<p><span>{escape(said[name])}</span></p></li>"
        for name in names
        if name not in finished
    ]
    return f'<ul class="irl-board">{"".join(tiles)}</ul>'
