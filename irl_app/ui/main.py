"""The script that every visit runs: page frame, navigation, then the chosen page."""

from __future__ import annotations

import streamlit as st

from irl_app.paths import asset, site_root
from irl_app.ui.lab_sync import PAGE as LAB

PAGES = site_root() / "pages"
LARGE = "large-type"

st.set_page_config(page_icon=str(asset("logo.svg")), layout="wide")
st.logo(str(asset("logo.svg")))
st.html(asset("app.css"))
page = st.navigation(
    [
        st.Page(PAGES / "start.py", title="Start", default=True),
        st.Page(PAGES / "gridworld.py", title="GridWorld lab", url_path=LAB),
        st.Page(PAGES / "learn.py", title="Learn", url_path="learn"),
        st.Page(PAGES / "point_maze.py", title="Point maze", url_path="point-maze"),
        st.Page(PAGES / "robots.py", title="Robots", url_path="robots"),
        st.Page(PAGES / "train.py", title="Train", url_path="train"),
        st.Page(PAGES / "compare.py", title="Compare", url_path="compare"),
        st.Page(PAGES / "classroom.py", title="Class", url_path="class"),
    ],
    position="top",
)
size = "html { font-size: 19px !important; }" if st.session_state.get(LARGE) else ""
st.html(f"<style>{size}</style>")
with st.container(key="large"):
    st.toggle("Large type", key=LARGE, help="For a projector: all words a quarter larger")
page.run()
