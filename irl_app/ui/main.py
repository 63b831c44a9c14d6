"""The script that every visit runs: page frame, navigation, then the chosen page."""

from __future__ import annotations

import streamlit as st

from irl_app.paths import asset, site_root

PAGES = site_root() / "pages"

st.set_page_config(page_icon=str(asset("logo.svg")), layout="wide")
st.logo(str(asset("logo.svg")))
st.html(asset("app.css"))
st.navigation(
    [
        st.Page(PAGES / "start.py", title="Start", default=True),
        st.Page(PAGES / "gridworld.py", title="GridWorld lab", url_path="lab"),
        st.Page(PAGES / "train.py", title="Train", url_path="train"),
        st.Page(PAGES / "compare.py", title="Compare", url_path="compare"),
    ],
    position="top",
).run()
