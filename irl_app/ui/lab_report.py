"""The report card as the lab shows it: verdict, figures, coverage, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as escape_html

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.analysis import (
    LEVEL_TITLES,
    METRIC_TEXTS,
    Coverage,
    Estimate,
    Metric,
    ReportCard,
    counted,
    demonstrations_in_words,
    level_of,
    written,
)
from irl_app.figures import ThemeName, scatter_figure
from irl_app.recovery import Lens
from irl_app.ui.answers import Answer, card_of
from irl_app.ui.lab_session import LabSession

SHOWN = (
    "pearson_state",
    "pearson_val",
    "pearson_raw",
    "value_pearson",
    "regret",
    "distance_ratio",
    "success_rate",
)
WHAT_IF = (
    ("This world", "regret_state", "regret"),
    ("New walls", "regret_transfer", "regret_transfer_raw"),
    ("Swapped buttons", "regret_state", "regret_permuted"),
)
"""What planning is tried in, and the figures of planning with the reward of cells and of actions."""
REPORT = "report"
SCATTER_HEIGHT = 228
PAGE_FONT = "Source Sans, sans-serif"
WORLD_PX, MAPS_PX = 358, 736
"""Widths of the columns right of the steps at a window of 1440 px; all shrink together."""


def escape(text: str) -> str:
    """Text for HTML; a number and its per cent sign stay on one line."""
    return escape_html(text).replace(" %", "\N{NO-BREAK SPACE}%")


def verdict_html(card: ReportCard) -> str:
    """The verdict, how much was demonstrated, and the warnings; every text escaped."""
    return (
        f'<section class="irl-report" aria-label="Verdict"><p class="irl-verdict irl-{card.level}">'
        f"<strong>{LEVEL_TITLES[card.level]}.</strong> {escape(card.verdict)}</p>"
        f"{_coverage(card.coverage)}{_warnings(card.warnings)}</section>"
    )


def figures_html(card: ReportCard) -> str:
    """The main figures with their intervals, over all, visited and unvisited."""
    rows = "".join(_row(card[name]) for name in SHOWN)
    return (
        '<table class="irl-figures"><thead><tr><th scope="col">Against the truth</th>'
        '<th scope="col">all</th><th scope="col" title="95 % interval">interval</th>'
        '<th scope="col" title="where the expert was">visited</th>'
        '<th scope="col" title="where the expert never was">not</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(metric: Metric) -> str:
    unit = METRIC_TEXTS[metric.name].unit
    interval = ""
    if metric.overall.low is not None and metric.overall.high is not None:
        interval = f"{written(metric.overall.low, unit)}…{written(metric.overall.high, unit)}"
    visited, unvisited = (_number(metric.name, part) for part in (metric.visited, metric.unvisited))
    return (
        f'<tr title="{escape(metric.sentence)}"><th scope="row">{escape(metric.title)}</th>'
        f'<td class="irl-main">{escape(metric.text)}</td><td>{interval}</td>'
        f"<td>{visited}</td><td>{unvisited}</td></tr>"
    )


def _number(name: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    if estimate.value is None:
        return f'<span title="{escape(estimate.why_missing)}">–</span>'
    return written(estimate.value, METRIC_TEXTS[name].unit)


def _coverage(coverage: Coverage) -> str:
    source = demonstrations_in_words(coverage.n_episodes)
    if coverage.n_steps is not None:
        source += f", {counted(coverage.n_steps, 'move')}"
    cells, pairs = round(100 * coverage.cell_share), round(100 * coverage.pair_share)
    return (
        f'<p class="irl-coverage"><span>{source}</span>'
        f"{_meter(cells, 'of cells seen')}{_meter(pairs, 'of actions seen')}</p>"
    )


def _meter(percent: int, of_what: str) -> str:
    bar = f'<meter min="0" max="100" value="{percent}"></meter>'
    return f"<span>{bar} {percent}\N{NO-BREAK SPACE}% {of_what}</span>"


def _warnings(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    return f'<ul class="irl-warnings">{"".join(f"<li>{escape(text)}</li>" for text in warnings)}</ul>'


def what_if_html(card: ReportCard) -> str:
    """What planning with the recovered reward loses elsewhere: with new walls, with swapped buttons."""
    rows = "".join(
        f'<tr><th scope="row">{title}</th>{_loss(card[per_cell])}{_loss(card[per_action])}</tr>'
        for title, per_cell, per_action in WHAT_IF
    )
    return (
        '<table class="irl-figures irl-what-if"><thead><tr><th scope="col">Lost by planning with</th>'
        '<th scope="col">per cell</th><th scope="col">r(s, a)</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{_beyond_random(card)}"
    )


def _beyond_random(card: ReportCard) -> str:
    """Why a loss can exceed 100 %, where one does."""
    losses = (card.value(name) or 0.0 for line in WHAT_IF for name in line[1:])
    if max(losses) <= 1.0:
        return ""
    return '<p class="irl-note">Random moves lose 100 %: more is worse than moving at random.</p>'


def _loss(metric: Metric) -> str:
    level = "" if metric.value is None else f"irl-{level_of(metric.value)}"
    return f'<td class="irl-main {level}" title="{escape(metric.sentence)}">{escape(metric.text)}</td>'


@st.fragment(key=REPORT)
def draw_report(report: DeltaGenerator, what_if: DeltaGenerator) -> None:
    """Scatter, verdict and figures of what the maps show, drawn after them."""
    session: LabSession = st.session_state["lab"]
    shown: Answer | None = session.shown
    session.reported = session.picture
    if shown is None:
        return
    card = card_of(shown.recovery)
    with report:
        scatter, verdict, figures = st.columns((WORLD_PX, MAPS_PX / 2, MAPS_PX / 2), gap="small")
        with scatter:
            _draw_scatter(shown, session.state.lens)
        with verdict:
            st.html(verdict_html(card))
        with figures:
            st.html(figures_html(card))
            _draw_all_figures(card)
    with what_if:
        st.html(what_if_html(card))


def _draw_scatter(shown: Answer, lens: Lens) -> None:
    theme: ThemeName = "dark" if st.context.theme.type == "dark" else "light"
    figure = scatter_figure(shown.recovery, lens, theme)
    layout, said = figure.layout, figure.layout.title.subtitle
    font = said.font.to_plotly_json()
    layout.title = {"text": said.text, "font": font, "x": 0.0, "xref": "paper", "y": 0.98}
    layout.font.family, layout.margin.t = PAGE_FONT, 46 if layout.showlegend else 28
    layout.width, layout.height, layout.autosize = None, SCATTER_HEIGHT, True
    st.plotly_chart(figure, theme=None, key="scatter", config={"displayModeBar": False})


def _draw_all_figures(card: ReportCard) -> None:
    """Every figure with its sentence and its definition."""
    with st.popover("All figures", type="tertiary", help="Every figure, what it says and how it is defined"):
        st.markdown(
            "\n\n".join(
                f"**{metric.title}: {metric.text}**  \n{metric.sentence}  \n:small[{metric.help}]"
                for metric in card.metrics.values()
            )
        )
