"""A browser that has not drawn a new value yet sends the one before under the old key: it is no choice."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.widgets import widget


def script() -> None:
    import streamlit as st

    from irl_app.ui.page import bound

    state = st.session_state.setdefault("state", {"who": "a", "taken": []})

    def take(who: str) -> None:
        state["who"] = who
        state["taken"].append(who)

    st.selectbox("Who", ["a", "b", "c"], **bound("who", state["who"], take))
    st.button("b", on_click=lambda: state.update(who="b"))


def test_a_value_that_nobody_chose_makes_another_widget() -> None:
    page = AppTest.from_function(script).run()
    first = widget(page.selectbox, "who").key
    widget(page.selectbox, "who").select("c").run()
    assert widget(page.selectbox, "who").key == first  # it keeps its focus
    assert page.session_state["state"] == {"who": "c", "taken": ["c"]}
    page.button[0].click().run()
    assert widget(page.selectbox, "who").key != first
    assert widget(page.selectbox, "who").value == "b"
