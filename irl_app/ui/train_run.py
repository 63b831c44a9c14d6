"""The run that the Train page shows: its state, its progress, what can be done with it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from irl_app.comparison import number
from irl_app.runs import Run, RunConfig, RunError, is_active, read_config, read_run
from irl_app.training import Metrics
from irl_app.training.health import pace
from irl_app.training.process import left_behind
from irl_app.training.request import SETTINGS, settings_of_run, title_of_run
from irl_app.ui import training_jobs
from irl_app.ui.page import escape, task_title
from irl_app.ui.train_next import JUDGE, NextStep, next_step
from irl_app.ui.train_reading import earned, metrics_of, progress_html, queue_words
from irl_app.ui.train_result import FRESH, headline, judging_command, lead
from irl_app.ui.train_session import TrainSession
from irl_app.ui.train_take_away import draw_delete, draw_name, draw_take_away
from irl_app.ui.visitors import may_change

POLL_SECONDS = 0.5


def draw_run(session: TrainSession, folder: Path, compare_page: str, *, busy: bool) -> None:
    """The head of a run; drawn again by itself while it is busy."""
    st.fragment(_draw_head, run_every=POLL_SECONDS if busy else None)(session, folder, compare_page, busy)


def _draw_head(session: TrainSession, folder: Path, compare_page: str, busy: bool) -> None:
    session.go_to_compare(compare_page)
    if session.folder is None or session.problem != session.said or is_active(folder) != busy:
        st.rerun()  # the whole page: it says what is wrong, and its parts begin to ask, or stop asking
    try:
        run = read_run(folder)
    except RunError as error:
        said = f'<p class="irl-verdict irl-poor">{escape(f"This run cannot be shown: {error}.")}</p>'
        st.html(f'<h2 class="irl-run-name">{escape(folder.name)}</h2>{said}')
        return
    # one that has said that it is stopped may still be on its way out
    ending = busy and (training_jobs.is_stopping(folder) or not run.status.active)
    metrics = metrics_of(folder)
    with st.container(horizontal=True, vertical_alignment="center", key="train-head"):
        st.html(_name_html(run, ending))
        with st.container(horizontal=True, width="content", key="train-actions"):
            _draw_actions(session, run, busy, ending)
    st.html(_about_html(run, metrics))
    if not busy:
        _draw_next(session, run, metrics)


def _draw_next(session: TrainSession, run: Run, metrics: Metrics | str) -> None:
    """The one thing to do next, and why."""
    step = next_step(run, metrics)
    with st.container(horizontal=True, vertical_alignment="center", key="train-next"):
        if isinstance(step, NextStep):
            st.button(step.label, type="primary", on_click=lambda: session.start_on(step.asked))
            st.html(f'<p class="irl-hint">{escape(step.why)}</p>')
        elif step == JUDGE:
            with st.popover("Judge its reward", type="primary"):
                st.caption("This command trains fresh agents on it, which takes minutes:")
                st.code(judging_command(run), language="sh", wrap_lines=True)
            st.html(f'<p class="irl-hint">{escape(FRESH)}</p>')


def _draw_actions(session: TrainSession, run: Run, busy: bool, ending: bool) -> None:
    folder = run.folder
    may = may_change(folder)
    if busy and training_jobs.hangs(folder):
        st.button(
            f"End process {left_behind(folder) or run.status.pid}",
            disabled=not may,
            help="It does not stop by itself. Ended, it can be resumed from its last checkpoint.",
            on_click=lambda: session.end(folder),
        )
    elif busy:
        st.button(
            "Stop",
            disabled=ending or not may,
            help="It is kept where it is, or at its last checkpoint if the next is far, and can be resumed.",
            on_click=lambda: session.stop(folder),
        )
    elif run.status.resumable:
        again = run.status.update > 0
        how = "From its last checkpoint, if it has one: it ends as if it had never stopped."
        st.button(
            "Resume" if again else "Start it",
            type="primary",
            disabled=not may,
            help=how if again else None,
            on_click=lambda: session.resume(folder),
        )
    draw_take_away(run)
    st.button(
        "Take over its settings",
        help="Fill the form on the left as it was for this run.",
        on_click=lambda: _take_over(session, folder),
    )
    st.button(
        "Compare",
        help="With its intervals, and beside other runs.",
        on_click=lambda: session.compare({folder.name, *session.chosen}),
    )
    draw_name(session, run)
    if not busy:
        draw_delete(session, run)


def _take_over(session: TrainSession, folder: Path) -> None:
    session.ask_like(folder)
    st.rerun()  # the whole page: the form stands outside this part


def _name_html(run: Run, ending: bool) -> str:
    """What a run is called, its state and its tags."""
    note, state = run.note, escape(_state_words(run, ending))
    name = escape(note.called or run.name)
    own = f"<small>{escape(run.name)}</small>" if note.called else ""
    chip = f'<span class="irl-chip irl-is-{escape(run.status.state)}">{state}</span>'
    tags = "".join(f'<span class="irl-tag">{escape(tag)}</span>' for tag in note.tags)
    return f'<h2 class="irl-run-name">{name}{own}{chip}{tags}</h2>'


def _about_html(run: Run, metrics: Metrics | str) -> str:
    status, found = run.status, earned(metrics)
    parts = [f"<h1>{escape(headline(run, found))}</h1>"]
    if isinstance(metrics, str):
        parts.append(f'<p class="irl-verdict irl-poor">{escape(metrics)}</p>')
    elif found is not None:
        parts.append(f'<p class="irl-lead irl-run-verdict">{escape(lead(run.config, found))}</p>')
    if status.message and status.message != "preparing":
        level = "irl-poor" if status.state == "failed" else "irl-fair"
        said = status.message[:1].upper() + status.message[1:400]
        more = f" Its folder is {run.folder.resolve()}." if "log.txt" in said else ""
        parts.append(f'<p class="irl-verdict {level}">{escape(f"{said}.{more}")}</p>')
    if status.state != "done":
        parts.append(progress_html(run))
    said = f"{asked_words(run.config)} · {_pace_words(run, metrics)}"
    parts.append(f'<p class="irl-hint irl-pace">{escape(said)}</p>')
    return f'<section class="irl-report irl-run" aria-label="Run">{"".join(parts)}</section>'


def _state_words(run: Run, ending: bool) -> str:
    """The state in a word or three, the place in the queue included."""
    if ending:
        return "stopping" if run.status.state != "done" else "done"
    if run.status.state == "queued":
        return queue_words(training_jobs.position(run.folder))
    if run.status.state == "running" and run.status.message == "preparing":
        return "preparing"
    return "not started" if run.status.message == "not started" else run.status.state


def draw_settings(folder: Path) -> None:
    """What a run was asked for, setting by setting.

    Raises:
        RunError: there is no run, or its description is damaged.
    """
    values = settings_of_run(read_config(folder))
    said = {
        SETTINGS[name].title: SETTINGS[name].write(tuple(value) if isinstance(value, list) else value)
        for name, value in values.items()
        if name in SETTINGS
    }
    with st.expander("Its settings", key="train-its-settings"):
        rows = "".join(
            f"<div><dt>{escape(title)}</dt><dd>{escape(text)}</dd></div>" for title, text in said.items()
        )
        st.html(f'<dl class="irl-asked">{rows}</dl>')


def asked_words(config: RunConfig) -> str:
    """What a run was asked for, in a line."""
    parts = [title_of_run(config), task_title(config.task)]
    shown = config.demonstrations
    if shown:
        episodes, every = shown.get("episodes"), shown.get("every")
        said = f"{episodes} demonstration{'s' * (episodes != 1)}"
        parts.append(said if every in (None, 1) else f"{said}, one step in {every}")
    seeds = list(config.seeds)
    in_a_row = len(seeds) > 1 and seeds == list(range(seeds[0], seeds[-1] + 1))
    listed = f"{seeds[0]}–{seeds[-1]}" if in_a_row else ", ".join(map(str, seeds))
    parts.append(f"seed{'s' * (len(seeds) > 1)} {listed}")
    return " · ".join(parts)


def _pace_words(run: Run, metrics: Metrics | str) -> str:
    status = run.status
    words = [f"{status.update:,} of {status.updates:,} updates"]
    if not isinstance(metrics, str) and len(metrics.seconds):
        found = pace(metrics, status) if status.state == "running" else None
        if found is not None:
            words.append(f"{number(found.updates_per_second)} a second")
            words.append(f"{duration(found.seconds_left)} left")
        words.append(f"{duration(float(metrics.seconds[-1]))} of training")
        if metrics.env_steps[-1]:
            words.append(f"{int(metrics.env_steps[-1]):,} environment steps")
    return " · ".join(words)


def duration(seconds: float) -> str:
    """``8 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
