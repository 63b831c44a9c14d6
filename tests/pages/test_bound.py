"""What is chosen in a widget is taken; what a browser says that has not drawn it yet is no choice."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.widgets import widget


def script() -> None:
    import streamlit as st

    from irl_app.ui.page import bound

    state = st.session_state.setdefault("state", {"who": "a", "taken": [], "callbacks": []})

    def take(who: str) -> None:
        state["who"] = who
        state["taken"].append(who)

    def late() -> None:
        """As Streamlit does with a message of the first widget."""
        st.session_state["who-0"] = "a"
        state["callbacks"][0]()

    made = bound("who", state["who"], take)
    state["callbacks"].append(made["on_change"])
    if state["who"] != "nobody":
        st.selectbox("Who", ["a", "b", "c"], **made)
    for name in ("b", "nobody"):
        st.button(name, key=name, on_click=lambda name=name: state.update(who=name))
    st.button("late", key="late", on_click=late)


def test_a_value_that_nobody_chose_makes_another_widget_and_the_one_before_has_no_say() -> None:
    page = AppTest.from_function(script).run()
    first = widget(page.selectbox, "who").key
    widget(page.selectbox, "who").select("c").run()
    widget(page.selectbox, "who").select("a").run()
    assert widget(page.selectbox, "who").key == first  # it keeps its focus
    state = page.session_state["state"]
    assert (state["who"], state["taken"]) == ("a", ["c", "a"])
    page.button(key="b").click().run()
    assert widget(page.selectbox, "who").value == "b"
    page.button(key="late").click().run()
    page.button(key="nobody").click().run()
    page.button(key="late").click().run()
    assert (state["who"], state["taken"]) == ("nobody", ["c", "a"])
