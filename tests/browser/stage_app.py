"""A page with nothing but two robots, for the browser tests; ``?kind=bodies|space|film``."""

from __future__ import annotations

import streamlit as st

from irl_app.ui.components import stage
from tests.stage.examples import episode, film, hopping

st.set_page_config(layout="wide")
kind = st.query_params.get("kind", "bodies")
if kind == "film":
    stage(film(30), film(), key="stage")
else:
    expert, learner = episode(200), episode(120, terminated=True, earns=0.5, title="Learner")
    if kind == "space":
        object.__setattr__(expert, "shown", hopping(200, planar=False))
    stage(expert, learner, key="stage", ending="fallen")
