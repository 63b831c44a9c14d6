"""This server's trainings, newest first: to open, and to choose for a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from irl_app.comparison import number
from irl_app.runs import Run, runs_root
from irl_app.training.process import LEFT_ALONE
from irl_app.training.request import title_of_run
from irl_app.ui import training_jobs
from irl_app.ui.compare_choice import draw_notes
from irl_app.ui.page import bound, task_title
from irl_app.ui.run_lists import runs_in
from irl_app.ui.train_reading import earned, metrics_of, progress_html, queue_words
from irl_app.ui.train_session import TrainSession
from irl_app.ui.visitors import may_change

POLL_SECONDS = 1.0
FIRST_SHOWN = 8
WIDTHS = (0.3, 2.3, 5.4, 0.7)


def draw_list(session: TrainSession, compare_page: str) -> None:
    """The runs; drawn again by themselves while one is waiting or running."""
    busy = any(run.status.active for run in runs_in(runs_root()).runs)
    st.fragment(_draw_list, run_every=POLL_SECONDS if busy else None)(session, compare_page, busy)


def _draw_list(session: TrainSession, compare_page: str, busy: bool) -> None:
    session.go_to_compare(compare_page)
    found = runs_in(runs_root())
    runs = [run for run in found.runs if run.config.is_training]
    if any(run.status.active for run in runs) != busy:
        st.rerun()  # the whole page, so that this part begins to ask or stops asking
    if not runs:
        draw_notes(found.problems)
        return
    session.chosen &= {run.name for run in runs}
    with st.container(horizontal=True, vertical_alignment="center", key="train-list-head"):
        st.html("<h2>Runs on this server</h2>")
        many = len(runs) > FIRST_SHOWN and st.toggle(f"Show all {len(runs)}", key="train-all")
        if left := _left(runs):
            st.button(
                f"Resume {len(left)} interrupted",
                key="train-resume-all",
                help="They were at work when their server ended.",
                on_click=lambda: session.resume_all(left),
            )
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
        for place, run in enumerate(runs if many else runs[:FIRST_SHOWN]):
            with st.container(key=f"train-row-{place}"):
                _draw_row(session, run)
    draw_notes(found.problems)


def _left(runs: Sequence[Run]) -> list[Path]:
    """The runs that nobody stopped, and this visitor may let go on."""
    statuses = ((run.folder, run.status) for run in runs)
    left = [
        folder
        for folder, status in statuses
        if status.state == "interrupted" or (status.state == "stopped" and LEFT_ALONE in status.message)
    ]
    return [folder for folder in left if may_change(folder)]


def _draw_row(session: TrainSession, run: Run) -> None:
    box, name, about, action = st.columns(WIDTHS, vertical_alignment="center", gap="small")
    box.checkbox(
        f"Compare {run.name}",
        label_visibility="collapsed",
        **bound(f"train-box-{run.name}", run.name in session.chosen, partial(session.tick, run.name)),
    )
    name.html(_name_html(run))
    about.html(_row_html(run, training_jobs.position(run.folder)))
    shown = run.name == session.run
    if action.button("Open", key=f"train-open-{run.name}", type="tertiary", disabled=shown, help=run.name):
        session.show(run.name)
        st.rerun()


def _name_html(run: Run) -> str:
    """What a run is called, and its tags; the button that opens it covers the row."""
    tags = "".join(f'<span class="irl-tag">{escape(tag)}</span>' for tag in run.note.tags)
    own = f"<small>{escape(run.name)}</small>" if run.note.called else ""
    return f'<p class="irl-run-called"><strong>{escape(run.note.called or run.name)}</strong>{own}{tags}</p>'


def _row_html(run: Run, position: int | None) -> str:
    found, status = earned(metrics_of(run.folder)), run.status
    state = queue_words(position) if status.state == "queued" else status.state
    returned = f"return {number(found.middle)}" if found else ""
    n = len(run.config.seeds)
    return (
        '<p class="irl-run-row">'
        f"<span>{escape(title_of_run(run.config))}</span>"
        f"<span>{escape(task_title(run.config.task))}</span>"
        f"<span>{n} seed{'s' * (n != 1)}</span>"
        f'<span><b class="irl-chip irl-is-{escape(status.state)}">{escape(state)}</b></span>'
        f"{progress_html(run)}"
        f"<span>{escape(returned)}</span></p>"
    )
