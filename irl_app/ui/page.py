"""What several pages share: their look, a step's heading, how a task is called, when a file last changed."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from irl_app.figures import ThemeName
from irl_app.runs import RunConfig, RunError
from irl_app.tasks import TASKS, Task, TaskError
from irl_app.training.measured import task_of

PAGE_FONT = "Source Sans, sans-serif"
Stamp = tuple[int, int]
"""Another one whenever a file has changed."""


def page_theme() -> ThemeName:
    """The theme in which the visitor sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def draw_heading(number: str, title: str) -> None:
    """The heading of a numbered step."""
    st.html(f'<h2 class="irl-step"><b>{number}</b>{title}</h2>')


def bound(key: str, value: Any, take: Callable[[Any], None]) -> dict[str, Any]:
    """Key and callback of a widget that shows a value, and has the one that is chosen taken.

    What the browser sends before it has drawn a new value still has the one before, which must not pass for a
    choice. So a value that nobody chose makes another widget, with a key of its own, and a widget that sends
    what it held says nothing.
    """
    held: dict[str, tuple[int, Any]] = st.session_state.setdefault("held", {})
    count, shown = held.get(key, (0, value))
    if shown != value:
        count += 1
    held[key] = count, value
    own = f"{key}-{count}"
    st.session_state[own] = value

    def choose() -> None:
        chosen = st.session_state[own]
        if held[key][0] == count and held[key][1] != chosen:
            held[key] = count, chosen
            take(chosen)

    return {"key": own, "on_change": choose}


def escape(text: str) -> str:
    """Text for HTML; a number and its per cent sign stay on one line."""
    return html.escape(text).replace(" %", "\N{NO-BREAK SPACE}%")


def choose_seed(seeds: Sequence[int], key: str) -> int:
    """Let a seed be chosen where there are several; its place."""
    if len(seeds) == 1:
        return 0
    place: int = st.selectbox(
        "Seed", range(len(seeds)), format_func=lambda i: f"Seed {seeds[i]}", key=key,
        label_visibility="collapsed", width=110,
    )  # fmt: skip
    return min(place, len(seeds) - 1)  # of another run, which had more


def known_task(config: RunConfig) -> Task | None:
    """The task of a run, which may have been made elsewhere; None where it is not known here."""
    try:
        return task_of(config)
    except (TaskError, RunError):
        return None


def task_title(name: str) -> str:
    """A task as people call it."""
    return TASKS[name].title if name in TASKS else name  # no environment is made for its title


def stamp_of(path: Path) -> Stamp:
    """Time and size of a file, (0, 0) where there is none."""
    try:
        about = path.stat()
    except OSError:
        return (0, 0)
    return (about.st_mtime_ns, about.st_size)
