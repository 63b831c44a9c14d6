"""The Compare page: any set of runs, their figures and spread, curves, settings and report cards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from irl_app.analysis import MEANS, Curve
from irl_app.comparison import (
    AXES,
    Arm,
    Axis,
    Comparison,
    TaskResult,
    compare,
    headline,
    metric_title,
    metrics_in_order,
    references,
    warnings_of,
)
from irl_app.figures import Level, Line, curves_figure
from irl_app.runs import MAX_DEPTH, Run, runs_root
from irl_app.ui.compare_choice import draw_choice, draw_empty, draw_notes
from irl_app.ui.compare_pictures import draw_agents, draw_rewards
from irl_app.ui.compare_tables import cards_table, differences_table, figures_table
from irl_app.ui.page import PAGE_FONT, Stamp, page_theme, stamp_of, task_title
from irl_app.ui.questions import Keep
from irl_app.ui.run_lists import runs_in

CARDS = f"Of several seeds {MEANS}. Bold: nearest to perfect."
BESIDE = 3
"""With more kinds of runs, settings and report cards go below each other."""
REFRESH_SECONDS = 2.0
CHART_HEIGHT = 330
LEGEND_CHARACTERS = 100

_curves: Keep[Curve | None] = Keep(1_000)


def draw_compare(train_page: str) -> None:
    """One visit of the Compare page.

    Args:
        train_page: the page for training, as `st.switch_page` takes it.
    """
    root = runs_root()
    found = runs_in(root, MAX_DEPTH)
    with st.container(key="compare"):
        if not found.runs:
            draw_empty(root, found.problems, train_page)
            return
        runs, notes = draw_choice(found)
        if not runs:
            st.html('<p class="irl-hint">Choose runs above: they are compared here.</p>')
        else:
            live = any(run.status.active for run in runs)
            names = tuple(run.name for run in runs)
            st.fragment(_draw_comparison, run_every=REFRESH_SECONDS if live else None)(root, names, notes)


def _draw_comparison(root: Path, names: Sequence[str], notes: Sequence[str]) -> None:
    """Figures, curves, settings and cards of the chosen runs; drawn again by itself while one is live."""
    by_name = {run.name: run for run in runs_in(root, MAX_DEPTH).runs}
    runs = tuple(by_name[name] for name in names if name in by_name)
    if st.session_state.get("compare-was-live") and not any(run.status.active for run in runs):
        st.session_state["compare-was-live"] = False
        st.rerun()  # the whole page, so that this part stops asking
    st.session_state["compare-was-live"] = any(run.status.active for run in runs)
    stamps = tuple(stamp_of(run.folder / "metrics.jsonl") for run in runs)
    comparison = _compared(runs, stamps, st.session_state.get("compare-baseline"))
    said = headline(comparison)
    if said:
        st.html(f'<p class="irl-verdict irl-compare-verdict">{escape(said)}</p>')
    draw_notes([*notes, *warnings_of(comparison)])
    if comparison.tasks:
        _draw_figures(comparison)
    draw_agents(comparison)
    draw_rewards(comparison)
    if comparison.tasks:
        _draw_curves(comparison)
    _draw_settings_and_cards(comparison)


def _draw_figures(comparison: Comparison) -> None:
    labels = list(dict.fromkeys(arm.label for arm in comparison.arms if arm.metrics))
    with st.container(horizontal=True, vertical_alignment="center", key="compare-figures-head"):
        st.html("<h2>Final returns</h2>")
        if len(labels) > 1:
            if st.session_state.get("compare-baseline") not in labels:
                st.session_state["compare-baseline"] = comparison.baseline
            st.selectbox(
                "Compared with",
                labels,
                key="compare-baseline",
                help="The others are held against this one: how likely a seed of theirs earns more.",
            )
    st.html(figures_table(comparison, _titles(comparison)))


def _draw_curves(comparison: Comparison) -> None:
    names = metrics_in_order(comparison.metrics)
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="compare-curves-head"):
        st.html("<h2>Curves</h2>")
        shown = st.pills(
            "Curves",
            names,
            selection_mode="multi",
            default=[name for name in ("return", "loss") if name in names][:2] or names[:1],
            format_func=metric_title,
            key="compare-metrics",
            label_visibility="collapsed",
        )
        axes: list[Axis] = list(AXES)
        axis: Axis = st.segmented_control(
            "Along",
            axes,
            default="update",
            required=True,
            format_func=lambda name: AXES[name].capitalize(),
            key="compare-axis",
            label_visibility="collapsed",
        )
    charts = [(task, name) for name in metrics_in_order(shown) for task in comparison.tasks]
    for first in range(0, len(charts), 2):
        pair = charts[first : first + 2]
        for column, (task, name) in zip(st.columns(len(pair), gap="medium"), pair, strict=True):
            with column:
                _draw_chart(comparison, task, name, axis)


def _draw_chart(comparison: Comparison, task: TaskResult, name: str, axis: Axis) -> None:
    lines = [
        Line(row.label, found, row.colour)
        for row, arm in zip(task.rows, task.arms, strict=True)
        if (found := _curve(arm, name, axis)) is not None
    ]
    levels = []
    if name == "return" and task.reference is not None:
        levels = [Level("expert", task.reference.expert), Level("random moves", task.reference.random)]
    several = len(comparison.tasks) > 1
    title = metric_title(name) + (f", {task_title(task.task)}" if several else "")
    one_line = sum(len(line.name) + 8 for line in lines) <= LEGEND_CHARACTERS  # the table names colours too
    figure = curves_figure(lines, title, axis=axis, levels=levels, legend=one_line, theme=page_theme())
    figure.layout.font.family = PAGE_FONT
    figure.layout.width, figure.layout.height, figure.layout.autosize = None, CHART_HEIGHT, True
    st.plotly_chart(figure, theme=None, key=f"curve-{task.task}-{name}", config={"displaylogo": False})


def _draw_settings_and_cards(comparison: Comparison) -> None:
    """Both in one line where there is room for them."""
    several = len(comparison.arms) > 1
    side_by_side = several and comparison.cards and len(comparison.arms) <= BESIDE
    places = iter(st.columns(2, gap="large") if side_by_side else (st.container(), st.container()))
    if several:
        with next(places):
            st.html("<h2>Settings that differ</h2>")
            if comparison.differences:
                st.html(differences_table(comparison, _titles(comparison)))
            else:
                st.html('<p class="irl-hint">None: task, method and every setting are the same.</p>')
    if comparison.cards:
        with next(places):
            st.html(f'<h2>Recovered rewards</h2><p class="irl-hint">{CARDS}</p>')
            st.html(cards_table(comparison, _titles(comparison)))


def _titles(comparison: Comparison) -> dict[str, str]:
    return {task: task_title(task) for task in dict.fromkeys(arm.task for arm in comparison.arms)}


@lru_cache(maxsize=64)
def _compared(runs: tuple[Run, ...], stamps: tuple[Stamp, ...], baseline: str | None) -> Comparison:
    """The comparison of these runs; the stamps are part of the question, as the runs' files may grow."""
    return compare(runs, references(run.config for run in runs), baseline)


def _curve(arm: Arm, name: str, axis: Axis) -> Curve | None:
    """The arm's curve, kept by what was recorded: while one run goes on, the others cost nothing."""
    parts = [part for part in arm.metrics if name in part.values]
    recorded = tuple((getattr(part, axis).tobytes(), part.values[name].tobytes()) for part in parts)
    shapes = tuple(part.values[name].shape for part in parts)
    return _curves.get((axis, recorded, shapes), 1, lambda: arm.curve(name, axis))
