"""The left of the Train page: task, method, demonstrations, seeds, settings, start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.comparison import METHOD_TITLES
from irl_app.demonstrations.local import LocalDataset
from irl_app.tasks import CONTROL_TASKS
from irl_app.training import TrainingError
from irl_app.ui.train_asked import (
    ELSEWHERE,
    METHODS,
    MOST_EPISODES,
    MOST_EVERY,
    MOST_SEEDS,
    OWN,
    SEED_LIMIT,
    layers_setting,
    sources_for,
)
from irl_app.ui.train_session import TrainSession
from irl_app.ui.train_settings import METHOD_SENTENCES, Setting, that_matter, usual

SEEDS_HELP = (
    "Networks that are trained side by side, each from its own weights and its own choice of demonstrations. "
    "Five or more say how sure a result is."
)


def draw_form(session: TrainSession) -> None:
    """What to train, and the button that starts it."""
    _heading("1", "Task")
    _choice(session, "task", "Task", list(CONTROL_TASKS), lambda name: CONTROL_TASKS[name].title)
    st.html(f'<p class="irl-hint">{escape(session.asked.about.sentence)}</p>')
    _heading("2", "Method")
    _choice(session, "method", "Method", list(METHODS), METHOD_TITLES.__getitem__)
    st.html(f'<p class="irl-hint">{escape(METHOD_SENTENCES[session.asked.method])}</p>')
    can_start = True
    if session.asked.imitates:
        _heading("3", "Demonstrations")
        can_start = _draw_demonstrations(session)
    _heading("4" if session.asked.imitates else "3", "Seeds")
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


def _heading(number: str, title: str) -> None:
    st.html(f'<h2 class="irl-step"><b>{number}</b>{title}</h2>')


def _bound(session: TrainSession, name: str) -> dict[str, Any]:
    """Key and callback of a widget that shows and changes a field of the form."""
    key = f"train-{name}"
    st.session_state[key] = getattr(session.asked, name)
    return {"key": key, "on_change": lambda: session.change(**{name: st.session_state[key]})}


def _choice(
    session: TrainSession, name: str, label: str, options: list[str], title: Callable[[str], str]
) -> None:
    bound = _bound(session, name)
    bound["on_change"] = lambda: session.choose(**{name: st.session_state[bound["key"]]})
    st.selectbox(label, options, format_func=title, label_visibility="collapsed", **bound)


def _draw_demonstrations(session: TrainSession) -> bool:
    """Where they come from and how many; whether there are any."""
    asked, found = session.asked, sources_for(session.asked.about)
    if asked.source != ELSEWHERE and asked.source not in found:
        session.asked = asked = replace(asked, source=next(iter(found), ELSEWHERE))
    if not found:
        st.html(_none_found(asked.task, asked.about.title))
    options = [*found, ELSEWHERE]
    st.selectbox(
        "From",
        options,
        format_func=lambda source: _source_title(source, found.get(source), asked.about.expert),
        help="The task's own player, or a Minari dataset on this machine whose spaces fit the task.",
        **_bound(session, "source"),
    )
    if asked.source == ELSEWHERE:
        st.text_input(
            "Folder or id",
            placeholder="data/mine-v0",
            help="A Minari dataset in HDF5: its folder on the server, or its id in Minari's own folder.",
            max_chars=500,
            **_bound(session, "elsewhere"),
        )
    dataset = found.get(asked.source)
    most = MOST_EPISODES if dataset is None else min(MOST_EPISODES, dataset.n_episodes)
    if asked.episodes > most:
        session.asked = asked = replace(asked, episodes=most)
    left, right = st.columns(2, gap="small")
    left.number_input(
        "Episodes",
        1,
        most,
        help="How many demonstrations each seed learns from, its own choice of them. "
        "Up to ten others are kept back to judge it by.",
        **_bound(session, "episodes"),
    )
    every = asked.about.subsample if asked.every is None else asked.every
    st.session_state["train-every"] = every
    right.number_input(
        "Keep every n-th step",
        1,
        MOST_EVERY,
        help=f"The papers keep one step in {asked.about.subsample} in this task: fewer steps, harder.",
        key="train-every",
        on_change=lambda: session.change(every=_unusual(session, st.session_state["train-every"])),
    )
    return asked.source != ELSEWHERE or bool(asked.elsewhere.strip())


def _unusual(session: TrainSession, every: int) -> int | None:
    return None if every == session.asked.about.subsample else every


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
    n_changed = len(session.asked.changed) + (session.asked.first_seed != 0)
    label = "Settings" if not n_changed else f"Settings ({n_changed} changed)"
    with st.expander(label, key="train-settings"):
        halves: list[DeltaGenerator] = []
        for setting in that_matter(session.asked.task, session.asked.method, session.asked.settings):
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
        if unshown := session.asked.unshown:
            said = ", ".join(f"{name} {value}" for name, value in unshown.items())
            st.html(f'<p class="irl-hint">Also taken over: {escape(said)}.</p>')
        if n_changed:
            st.button(
                "Back to what is usual",
                type="tertiary",
                on_click=lambda: session.change(settings={}, first_seed=0),
            )


def _draw_setting(session: TrainSession, setting: Setting, place: DeltaGenerator) -> None:
    asked = session.asked
    value = asked.settings.get(setting.name, usual(asked.task, asked.method, asked.settings)[setting.name])
    key = f"train-set-{setting.name}"
    bound: dict[str, Any] = {"key": key, "help": setting.help}
    bound["on_change"] = lambda: _changed(session, setting, st.session_state[key])
    if setting.kind == "layers":
        st.session_state[key] = ", ".join(map(str, value)) or "none"
        place.text_input(setting.label, max_chars=60, **bound)
        return
    st.session_state[key] = value
    if setting.kind == "switch":
        place.toggle(setting.label, **bound)
    elif setting.kind == "choice":
        titles = setting.choices or {}
        place.selectbox(setting.label, list(titles), format_func=titles.__getitem__, **bound)
    else:
        kind, form = (int, "%d") if setting.kind == "whole" else (float, "%g")
        st.session_state[key] = value = kind(value)
        low, high = min(kind(setting.low), value), max(kind(setting.high), value)
        place.number_input(setting.label, low, high, step=_step(value), format=form, **bound)


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
        if setting.kind == "layers":
            session.asked = layers_setting(session.asked, value)
        else:
            session.asked = session.asked.with_setting(setting.name, value)
    except TrainingError as error:
        session.problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
