"""This server's trainings, newest first: to open, and to choose for a comparison."""

from __future__ import annotations

from html import escape

import streamlit as st

from irl_app.comparison import METHOD_TITLES, number
from irl_app.training import TrainingRun, list_runs, runs_root
from irl_app.ui import training_jobs
from irl_app.ui.train_reading import earned, metrics_of, progress_of, queue_words, task_title
from irl_app.ui.train_session import TrainSession

POLL_SECONDS = 1.0
FIRST_SHOWN = 8
WIDTHS = (0.3, 2.3, 5.4)


def draw_list(session: TrainSession, compare_page: str) -> None:
    """The runs; drawn again by themselves while one is waiting or running."""
    busy = any(run.status.active for run in list_runs(runs_root()))
    st.fragment(_draw_list, run_every=POLL_SECONDS if busy else None)(session, compare_page, busy)


def _draw_list(session: TrainSession, compare_page: str, busy: bool) -> None:
    session.go_to_compare(compare_page)
    runs = list_runs(runs_root())
    if any(run.status.active for run in runs) != busy:
        st.rerun()  # the whole page, so that this part begins to ask or stops asking
    if not runs:
        return
    session.chosen &= {run.id for run in runs}
    with st.container(horizontal=True, vertical_alignment="center", key="train-list-head"):
        st.html("<h2>Runs on this server</h2>")
        many = len(runs) > FIRST_SHOWN and st.toggle(f"Show all {len(runs)}", key="train-all")
        n = len(session.chosen)
        label = f"Compare {n} run{'s' * (n != 1)}" if n else "Compare chosen"
        st.button(
            label,
            disabled=not n,
            key="train-compare",
            help="Choose runs by their boxes.",
            on_click=lambda: session.compare(session.chosen),
        )
    with st.container(key="train-list"):
        for run in runs if many else runs[:FIRST_SHOWN]:
            _draw_row(session, run)


def _draw_row(session: TrainSession, run: TrainingRun) -> None:
    box, name, about = st.columns(WIDTHS, vertical_alignment="center", gap="small")
    key = f"train-box-{run.id}"
    st.session_state[key] = run.id in session.chosen
    box.checkbox(
        f"Compare {run.id}",
        key=key,
        label_visibility="collapsed",
        on_change=lambda: session.chosen.symmetric_difference_update({run.id}),
    )
    shown = run.id == session.run
    if name.button(
        run.id, key=f"train-open-{run.id}", type="tertiary", disabled=shown, help="Show this run above"
    ):
        session.show(run.id)
        st.rerun()
    about.html(_row_html(run, training_jobs.position(run.folder)))


def _row_html(run: TrainingRun, position: int | None) -> str:
    found, status = earned(metrics_of(run.folder)), run.status
    state = queue_words(position) if status.state == "queued" else status.state
    returned = f"return {number(found.middle)}" if found else ""
    n = len(run.config.seeds)
    return (
        '<p class="irl-run-row">'
        f"<span>{escape(METHOD_TITLES.get(run.config.method, run.config.method))}</span>"
        f"<span>{escape(task_title(run.config.task))}</span>"
        f"<span>{n} seed{'s' * (n != 1)}</span>"
        f'<span><b class="irl-chip irl-is-{escape(status.state)}">{escape(state)}</b></span>'
        f'<progress class="irl-progress irl-is-{escape(status.state)}" max="1" '
        f'value="{progress_of(run):.4f}" aria-label="Progress"></progress>'
        f"<span>{escape(returned)}</span></p>"
    )
