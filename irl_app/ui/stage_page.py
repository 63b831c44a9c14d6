"""The robots page: expert and learner moving, and what is known of the reward that was recovered."""

from __future__ import annotations

import shlex
from functools import lru_cache
from pathlib import Path

import streamlit as st

from irl_app.paths import asset
from irl_app.runs import runs_root
from irl_app.stage import (
    Material,
    MaterialError,
    Slices,
    read_material,
    read_slices,
    shipped_material,
    stage_folders,
)
from irl_app.stage.animation import gif
from irl_app.stage.material import ABOUT, EXPERT, LEARNER
from irl_app.stage.slices import REWARD, STEPS
from irl_app.tasks import TASKS
from irl_app.ui.compare_choice import draw_notes
from irl_app.ui.components import stage
from irl_app.ui.page import Stamp, bound, escape, page_theme, stamp_of, task_title
from irl_app.ui.stage_figures import agents_html, trust_html
from irl_app.ui.stage_slices import draw_slices
from irl_app.ui.stage_words import below_headline, ending, headline
from irl_app.ui.train_session import train_session

QUERY = "show"
PICTURES_PX, RAIL_PX = 960, 300
"""Widths at a window of 1,440 px; both shrink together."""
GIF_SECONDS = 12.0
"""A longer episode is shown faster."""
MAKE = "irl-app recover Hopper-v5 --demos 1"


def draw_robots(train_page: str) -> None:
    """One visit of the robots page.

    Args:
        train_page: the page for training, as `st.switch_page` takes it.
    """
    st.html(asset("robots.css"))
    folders = _folders()
    materials, problems = {}, []
    for name, folder in folders.items():
        stamps = tuple(stamp_of(folder / file) for file in (ABOUT, EXPERT, LEARNER))
        try:
            materials[name] = _read(folder, stamps)
        except MaterialError as error:
            problems.append(f"{error}.")
    with st.container(key="robots"):
        if not materials:
            _draw_empty(train_page)
        else:
            chosen, notes = _choose(materials)
            problems += notes
            _draw_material(materials[chosen], train_page)
            problems += _draw_slices(chosen, folders[chosen])
            _draw_below(materials[chosen], folders[chosen])
        draw_notes(problems)


def _draw_empty(train_page: str) -> None:
    with st.container(key="robots-empty"):
        st.html('<h1 class="irl-result">No robot has learned anything here yet.</h1>')
        cards = ("The expert will move here.", "Here, who learned from it.")
        st.html('<div class="irl-waiting">' + "".join(f"<p>{said}</p>" for said in cards) + "</div>")
        st.html('<p class="irl-lead">This command makes both, and the reward of every step below them:</p>')
        st.code(MAKE, language="sh")
        if st.button("Train a network", type="primary"):
            st.switch_page(train_page)
        st.caption(f"Runs are looked for in {runs_root().resolve()}. Another folder: set IRL_APP_RUNS.")


def _choose(materials: dict[str, Material]) -> tuple[str, list[str]]:
    """Let a robot, and who learned, be chosen; the address bar carries the choice. Its name, and notes."""
    asked, notes = st.query_params.get(QUERY), []
    if asked is not None and asked not in materials:
        notes.append(f"There is no robot {asked[:60]!r} here: another one is shown.")
    chosen = asked if asked in materials else next(iter(materials))
    by_task: dict[str, list[str]] = {}
    for name, material in materials.items():
        by_task.setdefault(material.task, []).append(name)
    task = materials[chosen].task

    def show(name: str) -> None:
        st.query_params[QUERY] = name

    with st.container(horizontal=True, vertical_alignment="center", key="robots-choice"):
        if len(by_task) > 1:
            st.segmented_control(
                "Robot", list(by_task), format_func=task_title, required=True, label_visibility="collapsed",
                **bound("robots-task", task, lambda name: show(by_task[name][0])),
            )  # fmt: skip
        if len(by_task[task]) > 1:
            st.selectbox(
                "Who learned", by_task[task], format_func=lambda name: _described(name, materials), width=320,
                label_visibility="collapsed", **bound("robots-name", chosen, show),
            )  # fmt: skip
        who = "" if len(by_task[task]) > 1 else f"{escape(materials[chosen].title)}, "
        st.html(f'<p class="irl-made">{who}made with <code>{escape(materials[chosen].command)}</code></p>')
    return chosen, notes


def _draw_material(material: Material, train_page: str) -> None:
    words, buttons = st.columns((3, 1), gap="medium", vertical_alignment="bottom")
    with words:
        st.html(f'<h1 class="irl-result">{escape(headline(material))}</h1>')
        st.html(f'<p class="irl-lead">{escape(below_headline(material))}</p>')
    with buttons.container(horizontal=True, horizontal_alignment="right", key="robots-buttons"):
        _draw_gif(material)
        if st.button("Train a new one", type="primary"):
            if material.task in TASKS:
                train_session().choose(task=material.task)
            st.switch_page(train_page)
    pictures, rail = st.columns((PICTURES_PX, RAIL_PX), gap="medium")
    with pictures:
        stage(material.expert, material.learner, key="robots-stage", ending=ending(material.task))
    with rail:
        st.html(trust_html(material))


def _draw_slices(name: str, folder: Path) -> list[str]:
    """What the reward says elsewhere, where the folder holds it; what is wrong with it."""
    try:
        slices = _read_slices(folder, (stamp_of(folder / STEPS), stamp_of(folder / REWARD)))
    except MaterialError as error:
        return [f"{error}."]
    if slices is not None:
        with st.container(key="robots-slices"):
            draw_slices(name, slices, page_theme())
    return []


def _draw_gif(material: Material) -> None:
    longest = max(material.expert.seconds, material.learner.seconds)
    speed = max(1.0, round(longest / GIF_SECONDS))
    faster = "" if speed == 1.0 else f", {speed:.0f} times as fast"
    st.download_button(
        "Save as GIF",
        lambda: gif((material.expert, material.learner), speed=speed),
        f"{material.task}.gif",
        "image/gif",
        on_click="ignore",
        help=f"Both side by side{faster}; it takes some seconds",
    )


def _draw_below(material: Material, folder: Path) -> None:
    agents = material.figures.get("agents")
    with st.container(key="robots-below"):
        places = st.columns(2, gap="large")
        if agents is not None:
            with places[0]:
                st.html(agents_html(agents))
        with places[0 if agents is None else 1]:
            command = f"irl-app animate {shlex.quote(str(folder))} --out {material.task}.gif"
            said = "Both robots as a film, from a terminal:"
            st.html(f'<h2 class="irl-part">Take it away</h2><p class="irl-small">{said}</p>')
            st.code(command, language="sh", wrap_lines=True)


def _folders() -> dict[str, Path]:
    """Stage folders by their names in links: the visitor's own, the newest first, then those shipped."""
    root = runs_root()
    own = sorted(stage_folders(root), key=lambda folder: stamp_of(folder / ABOUT), reverse=True)
    names = [folder.relative_to(root).as_posix().removesuffix("/stage") for folder in own]
    shipped = {folder.name: folder for folder in shipped_material()}
    return {f"own/{name}": folder for name, folder in zip(names, own, strict=True)} | shipped


def _described(name: str, materials: dict[str, Material]) -> str:
    title = materials[name].title
    alike = [m for m in materials.values() if (m.task, m.title) == (materials[name].task, title)]
    return title if len(alike) == 1 else f"{title} · {name}"


@lru_cache(maxsize=8)
def _read_slices(folder: Path, _stamps: tuple[Stamp, ...]) -> Slices | None:
    return read_slices(folder)


@lru_cache(maxsize=32)
def _read(folder: Path, _stamps: tuple[Stamp, ...]) -> Material:
    return read_material(folder)
