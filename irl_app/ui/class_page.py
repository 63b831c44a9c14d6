"""The page Class: join, open, take part, teach."""

from __future__ import annotations

import streamlit as st

from irl_app.classroom import Classroom, ClassroomError, Student, class_file
from irl_app.ui.class_board import draw_teacher
from irl_app.ui.class_student import draw_student
from irl_app.ui.components.keyring import keyring, keys, put_key
from irl_app.ui.page import escape
from irl_app.ui.visitors import may_teach

CODE = "c"
"""The code of a class in the address."""


def draw_class() -> None:
    """One visit of the page."""
    try:
        room = _room(make=False)
    except ClassroomError as error:
        st.warning(f"There can be no class here: {error}.")
        return
    keyring()
    code = st.query_params.get(CODE, "").strip().upper()[:12]
    with st.container(key="class"):
        if room is None or not code or not room.exists(code):
            _draw_door(room, code)
        elif is_teacher(room, code):
            draw_teacher(room, code)
        else:
            student = this_student(room, code)
            if student is None:
                _draw_door(room, code)
            else:
                draw_student(room, student)


def _room(*, make: bool) -> Classroom | None:
    """This server's classes, kept where fragments find them; None where there is no file yet."""
    if "classroom" not in st.session_state:
        if not make and not class_file().exists():
            return None
        st.session_state["classroom"] = Classroom(class_file())
    room: Classroom = st.session_state["classroom"]
    return room


def is_teacher(room: Classroom, code: str) -> bool:
    """Whether this browser holds the class's key: the one question that decides who teaches."""
    key = keys().get(f"{code}:teach", "")
    return bool(key) and room.is_teacher(code, key)


def this_student(room: Classroom, code: str) -> Student | None:
    """Who this browser has joined as; None for nobody."""
    ticket = keys().get(f"{code}:as", "")
    return room.student(code, ticket) if ticket else None


def _draw_door(room: Classroom | None, code: str) -> None:
    st.html(
        '<div class="irl-story"><h1>A class that finds rewards together.</h1><p class="irl-lead">One '
        "exercise, one "
        "code, no accounts. Answers appear on the teacher's board as they are handed in.</p></div>"
    )
    if code and (room is None or not room.exists(code)):
        st.warning(f"There is no class {escape(code)}: look at the code again.")
    join, teach = st.columns(2, gap="large")
    with join.form("class-join"):
        st.html('<h2 class="irl-part">Join a class</h2>')
        asked = st.text_input("Code", value=code, max_chars=12)
        name = st.text_input("Your name", max_chars=40)
        if st.form_submit_button("Join", type="primary"):
            _join(room, asked.strip().upper(), name)
    with teach.container(border=True):
        if not may_teach():
            st.html('<h2 class="irl-part">Open a class</h2><p>Here the teacher opens classes.</p>')
            return
        st.html(
            '<h2 class="irl-part">Open a class</h2><p>It lives in a file on this computer. Whoever opens '
            "it is its "
            "teacher, in this browser.</p>"
        )
        if st.button("Open a class", key="open-class"):
            made = _room(make=True)
            assert made is not None
            opened, key = made.open_class()
            put_key(f"{opened}:teach", key)
            st.query_params[CODE] = opened
            st.rerun()


def _join(room: Classroom | None, code: str, name: str) -> None:
    try:
        if room is None:
            raise ClassroomError("no class is open on this computer")
        student = room.join(code, name)
    except ClassroomError as error:
        st.warning(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        return
    put_key(f"{code}:as", student.ticket)
    st.query_params[CODE] = code
    st.rerun()
