"""The left of the Train page: task, method, demonstrations, seeds, settings, start."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.demonstrations.local import LocalDataset
from irl_app.tasks import TASKS, TaskError, get_task, load_own
from irl_app.training.request import METHODS, methods_of, that_matter, usual
from irl_app.ui.page import bound, draw_heading
from irl_app.ui.train_choice import (
    ELSEWHERE,
    MOST_EPISODES,
    MOST_EVERY,
    MOST_SEEDS,
    OWN,
    SEED_LIMIT,
    sources_for,
)
from irl_app.ui.train_session import TrainSession
from trainers.settings import Setting, SettingError

SEEDS_HELP = (
    "Networks that are trained side by side, each from its own weights and its own choice of demonstrations. "
    "Five or more say how sure a result is."
)


def draw_form(session: TrainSession) -> None:
    """What to train, and the button that starts it."""
    draw_heading("1", "Task")
    _draw_task(session)
    st.html(f'<p class="irl-hint">{escape(session.form.about.sentence)}</p>')
    draw_heading("2", "Method")
    methods = list(methods_of(session.form.about))
    _choice(session, "method", "Method", methods, lambda name: METHODS[name].title)
    method = METHODS[session.form.method]
    title = "" if session.form.title == method.title else f"<b>{escape(session.form.title)}.</b> "
    st.html(f'<p class="irl-hint">{title}{escape(method.sentence)}</p>')
    can_start = True
    if session.form.imitates:
        draw_heading("3", "Demonstrations")
        can_start = _draw_demonstrations(session)
    draw_heading("4" if session.form.imitates else "3", "Seeds")
    st.number_input("How many", 1, MOST_SEEDS, help=SEEDS_HELP, **_bound(session, "seeds"))
    _draw_settings(session)
    st.button(
        "Start",
        key="train-start",
        type="primary",
        width="stretch",
        disabled=not can_start,
        on_click=session.start,
    )


def _draw_task(session: TrainSession) -> None:
    """One of the tasks, or the id of any environment that is registered with Gymnasium here."""
    load_own()
    names = [*TASKS] if session.form.task in TASKS else [*TASKS, session.form.task]

    def choose(name: str | None) -> None:
        try:
            session.problem = ""
            session.choose(task=get_task((name or session.form.task).strip()).name)
        except TaskError as error:
            session.problem = f"{str(error)[:1].upper()}{str(error)[1:]}."

    st.selectbox(
        "Task",
        names,
        format_func=lambda name: TASKS[name].title if name in TASKS else name,
        label_visibility="collapsed",
        accept_new_options=True,
        placeholder="A task, or the id of a Gymnasium environment",
        **bound("train-task", session.form.task, choose),
    )


def _bound(session: TrainSession, name: str) -> dict[str, Any]:
    """Key and callback of a widget that shows and changes a field of the form."""
    return bound(f"train-{name}", getattr(session.form, name), lambda value: session.change(**{name: value}))


def _choice(
    session: TrainSession, name: str, label: str, options: list[str], title: Callable[[str], str]
) -> None:
    choice = bound(
        f"train-{name}", getattr(session.form, name), lambda value: session.choose(**{name: value})
    )
    st.selectbox(label, options, format_func=title, label_visibility="collapsed", **choice)


def _draw_demonstrations(session: TrainSession) -> bool:
    """Where they come from and how many; whether there are any."""
    form, found = session.form, sources_for(session.form.about)
    if form.source != ELSEWHERE and form.source not in found:
        session.form = form = replace(form, source=next(iter(found), ELSEWHERE))
    if not found:
        st.html(_none_found(form.task, form.about.title))
    options = [*found, ELSEWHERE]
    st.selectbox(
        "From",
        options,
        format_func=lambda source: _source_title(source, found.get(source), form.about.expert),
        help="The task's own player, or a Minari dataset on this machine whose spaces fit the task.",
        **_bound(session, "source"),
    )
    if form.source == ELSEWHERE:
        st.text_input(
            "Folder, file or id",
            placeholder="data/mine-v0",
            help="A Minari dataset, its folder on the server or its id in Minari's own folder; an .npz of "
            "named arrays; a D4RL .hdf5.",
            max_chars=500,
            **_bound(session, "elsewhere"),
        )
    dataset = found.get(form.source)
    most = MOST_EPISODES if dataset is None else min(MOST_EPISODES, dataset.n_episodes)
    episodes = min(form.needed if form.episodes is None else form.episodes, most)
    if form.episodes is None and episodes < form.needed:
        session.form = form = replace(form, episodes=episodes)
    elif form.episodes is not None and form.episodes > most:
        session.form = form = replace(form, episodes=most)
    left, right = st.columns(2, gap="small")
    left.number_input(
        "Episodes",
        1,
        most,
        help="How many demonstrations each seed learns from, its own choice of them. "
        f"{METHODS[form.method].title} needs {form.needed} here. "
        "Up to ten others are kept back to judge it by.",
        **bound(
            "train-episodes", episodes, lambda n: session.change(episodes=None if n == form.needed else n)
        ),
    )
    usual_every = form.about.subsample
    right.number_input(
        "Keep every n-th step",
        1,
        MOST_EVERY,
        help=f"The papers keep one step in {usual_every} in this task: fewer steps, harder.",
        **bound(
            "train-every",
            usual_every if form.every is None else form.every,
            lambda n: session.change(every=None if n == usual_every else n),
        ),
    )
    return form.source != ELSEWHERE or bool(form.elsewhere.strip())


def _source_title(source: str, dataset: LocalDataset | None, expert: tuple[str, Any] | None) -> str:
    if source == OWN and expert is not None:
        return f"Its {expert[0].replace('-', ' ')} player"
    if dataset is None:
        return "Another dataset …"
    name = "Its trained expert" if source == OWN else dataset.name
    return f"{name} ({dataset.n_episodes} episodes)"


def _none_found(task: str, title: str) -> str:
    folder = f"data/{task}/expert-v0"
    return (
        f'<p class="irl-hint">There are no demonstrations of {escape(title)} on this machine yet. Make some: '
        f"<code>irl-app demos train-expert {escape(task)} --out {escape(folder)}</code>, "
        "or choose a method that needs none.</p>"
    )


def _draw_settings(session: TrainSession) -> None:
    n_changed = len(session.form.changed) + (session.form.first_seed != 0)
    label = "Settings" if not n_changed else f"Settings ({n_changed} changed)"
    with st.expander(label, key="train-settings"):
        halves: list[DeltaGenerator] = []
        for setting in that_matter(session.form.task, session.form.method, session.form.settings).values():
            if setting.kind in ("choice", "switch"):
                _draw_setting(session, setting, st.container())
                halves = []
            else:
                halves = halves or list(st.columns(2, gap="small"))
                _draw_setting(session, setting, halves.pop(0))
        (halves or st.columns(2, gap="small"))[0].number_input(
            "First seed", 0, SEED_LIMIT, help="Of the seeds, which are consecutive.",
            **_bound(session, "first_seed"),
        )  # fmt: skip
        if unshown := session.form.unshown:
            said = ", ".join(f"{name} {value}" for name, value in unshown.items())
            st.html(f'<p class="irl-hint">Also taken over: {escape(said)}.</p>')
        if n_changed:
            st.button(
                "Back to what is usual",
                type="tertiary",
                on_click=lambda: session.change(settings={}, first_seed=0),
            )


def _draw_setting(session: TrainSession, setting: Setting, place: DeltaGenerator) -> None:
    form = session.form
    value = form.settings.get(setting.name, usual(form.task, form.method, form.settings)[setting.name])
    whole, layers = setting.kind == "whole", setting.kind == "layers"
    if layers:
        value = setting.write(value)
    elif setting.kind not in ("switch", "choice"):
        value = int(value) if whole else float(value)
    state = bound(f"train-set-{setting.name}", value, lambda chosen: _changed(session, setting, chosen))
    state["help"] = setting.help
    if layers:
        place.text_input(setting.title, max_chars=60, **state)
    elif setting.kind == "switch":
        place.toggle(setting.title, **state)
    elif setting.kind == "choice":
        titles = setting.choices
        place.selectbox(setting.title, list(titles), format_func=titles.__getitem__, **state)
    else:
        ends = (setting.range.low, setting.range.high)
        low, high = (type(value)(end) if math.isfinite(end) else None for end in ends)
        state["format"] = "%d" if whole else "%g"
        place.number_input(setting.title, low, high, step=_step(value), **state)


def _step(value: float) -> Any:
    """A tenth or so of the value, round; a whole number for whole numbers."""
    if isinstance(value, int) and value < 100:
        return 1
    if value <= 0:
        return 0.1
    digits, _, power = f"{value:e}".partition("e")
    step = 10.0 ** (int(power) - (value < 1 or float(digits) == 1))
    return int(step) if isinstance(value, int) else step


def _changed(session: TrainSession, setting: Setting, value: Any) -> None:
    session.problem = ""
    try:
        chosen = setting.read(value) if setting.kind == "layers" else value
        setting.check(chosen)
        session.form = session.form.with_setting(setting.name, chosen)
    except SettingError as error:
        session.problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
