"""The Train page: what to train on the left, the run that is shown and all others on the right."""

from __future__ import annotations

from contextlib import suppress
from html import escape

import streamlit as st

from irl_app.paths import asset
from irl_app.runs import RunError, is_active, runs_root
from irl_app.ui.train_charts import draw_charts, draw_health
from irl_app.ui.train_form import draw_form
from irl_app.ui.train_list import draw_list
from irl_app.ui.train_maps import draw_maps
from irl_app.ui.train_run import draw_run, draw_settings
from irl_app.ui.train_session import TrainSession, train_session, write_link
from irl_app.ui.train_views import draw_agents, draw_views

FORM_PX, RIGHT_PX = 300, 1080
"""Widths at a window of 1440 px; both shrink together."""
WORDS = """
Where a table has no room, a network learns. Choose a task and a method on the left and press **Start**: with
everything as it stands the first run takes seconds, and its curves grow here.

- **Demonstrations** are episodes of an expert: what it saw and what it did, not what that earned. The fewer,
  the harder.
- **Seeds** are networks that differ in nothing but chance. How far apart they end says how sure a result is.
- The **return** is what an episode truly earned, held against the expert and against random moves. Methods
  that imitate are judged by it and never see it.
- The **verdict** says first what the learner can do, and only then whether its curves have come to rest.

A run learns in a process of its own, after those that wait before it: this page may be closed, reloaded or
left meanwhile, and the run be stopped and resumed.
"""


def draw_train(compare_page: str) -> None:
    """One visit of the Train page.

    Args:
        compare_page: the page for comparing, as `st.switch_page` takes it.
    """
    st.html(asset("train.css"))
    session = train_session()
    folder = session.folder
    write_link(session)
    with st.container(key="train"):
        left, right = st.columns((FORM_PX, RIGHT_PX), gap="medium")
        with left.container(key="train-form"):
            draw_form(session)
        with right:
            _draw_problem(session)
            if folder is None:
                _draw_empty()
            else:
                busy = is_active(folder)
                draw_run(session, folder, compare_page, busy=busy)
                with suppress(RunError):  # the run's head says so
                    draw_agents(folder, busy=busy)
                    draw_charts(folder, busy=busy)
                    draw_maps(folder, busy=busy)
                    draw_views(folder, busy=busy)
                    draw_health(folder, busy=busy)
                    draw_settings(folder)
            draw_list(session, compare_page)


def _draw_problem(session: TrainSession) -> None:
    session.said = session.problem
    if session.problem:
        st.html(f'<p class="irl-problem" role="alert">{escape(session.problem)}</p>')


def _draw_empty() -> None:
    with st.container(key="train-empty"):
        st.title("Train a network", anchor=False)
        st.markdown(WORDS)
        st.caption(f"Runs are kept in {runs_root().resolve()}. Another folder: set IRL_APP_RUNS.")
