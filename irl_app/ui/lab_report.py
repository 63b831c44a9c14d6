"""The report card as the lab shows it: verdict, figures, coverage, warnings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.analysis import (
    APART,
    METRIC_TEXTS,
    QUESTIONS,
    Coverage,
    Estimate,
    Metric,
    ReportCard,
    counted,
    demonstrations_in_words,
    level_of,
    written,
)
from irl_app.analysis import Answer as VerdictAnswer
from irl_app.figures import scatter_figure
from irl_app.recovery import Lens, Recovery
from irl_app.ui.answers import Answer, card_soon, without_truth_of
from irl_app.ui.lab_elsewhere import draw_elsewhere
from irl_app.ui.lab_session import LabSession
from irl_app.ui.lab_state import PLAYED
from irl_app.ui.lab_trust import draw_trust
from irl_app.ui.page import PAGE_FONT, escape, page_theme
from irl_app.ui.turns import Turns

SHOWN = (
    "starc_state",
    "map_cosine",
    "pearson_val",
    "regret",
    "regret_elsewhere",
    "distance_ratio",
    "success_rate",
)
AT_THIS_LEVEL = ("pearson_state", "spearman_state", "epic_state", "dard_state")
AS_IT_IS = ("pearson_raw", "value_pearson")
WHAT_IF = (
    ("This world", "regret_state", "regret"),
    ("New walls", "regret_transfer", "regret_transfer_raw"),
    ("Swapped buttons", "regret_state", "regret_permuted"),
)
"""What planning is tried in, and the figures of planning with the reward of cells and of actions."""
REPORT = "report"
POLL_SECONDS = 0.5
SCATTER_HEIGHT = 228
WORLD_PX, MAPS_PX = 358, 736
"""Widths of the columns right of the steps at a window of 1440 px; all shrink together."""
_turns = Turns()


def verdict_html(card: ReportCard) -> str:
    """The three answers, how much was demonstrated, and the warnings; every text escaped."""
    answers = "".join(_answer(QUESTIONS[name], said) for name, said in card.verdict.answers.items())
    return (
        f'<section class="irl-report" aria-label="Verdict">{answers}'
        f"{_coverage(card.coverage)}{_warnings(card.warnings)}</section>"
    )


def _answer(question: str, said: VerdictAnswer) -> str:
    name = "" if said.level is None else f" irl-{said.level}"
    return (
        f'<p class="irl-verdict{name}">{escape(question)}: <strong>{said.title}.</strong> '
        f"{escape(said.reason)} <em>{escape(said.action)}</em></p>"
    )


def figures_html(card: ReportCard) -> str:
    """The main figures with their intervals, over all, visited and unvisited."""
    rows = "".join(_row(card[name]) for name in SHOWN)
    rows += _apart(*APART["level"]) + "".join(_row(card[name]) for name in AT_THIS_LEVEL)
    rows += _apart(*APART["shaping"]) + "".join(_row(card[name]) for name in AS_IT_IS)
    return (
        '<table class="irl-figures"><thead><tr><th scope="col">Against the truth</th>'
        '<th scope="col">all</th><th scope="col" title="95 % interval">interval</th>'
        '<th scope="col" title="where the expert was">visited</th>'
        '<th scope="col" title="where the expert never was">not</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _apart(title: str, why: str) -> str:
    return f'<tr><th scope="row" colspan="5" class="irl-apart" title="{escape(why)}">{title}</th></tr>'


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
    # a report costs several times what the maps do, which come first; whoever has moved on needs another one
    with _turns.turn(lambda: st.session_state["lab"]):
        _draw(session, shown, report, what_if)


def _draw(session: LabSession, shown: Answer, report: DeltaGenerator, what_if: DeltaGenerator) -> None:
    card = card_soon(shown.recovery)
    if card is None:
        _wait_for(shown, report)
        return
    with report:
        scatter, verdict, figures = st.columns((WORLD_PX, MAPS_PX / 2, MAPS_PX / 2), gap="small")
        with scatter:
            _draw_scatter(shown, session.state.lens)
        with verdict:
            st.html(f'<div data-picture="{session.reported}">{verdict_html(card)}</div>')
            if shown.lab.expert == PLAYED:
                _draw_without_truth(shown.recovery)
            draw_elsewhere(shown.recovery, card)
            draw_trust()
        with figures:
            st.html(figures_html(card))
            _draw_all_figures(card)
    with what_if:
        st.html(what_if_html(card))


def _draw_without_truth(recovery: Recovery) -> None:
    """What can be said if these demonstrations follow another reward than the map's, once it is asked for."""
    asked = "Whoever played may have wanted something else than the map says: then this is what can be said."
    if st.toggle("Judge without the map's reward", key="without-truth", help=asked):
        with st.spinner("Trying rewards that explain the demonstrations as well…"):
            said = without_truth_of(recovery).in_words()
        st.html(f'<p class="irl-note">{escape(said)}</p>')


def _wait_for(shown: Answer, place: DeltaGenerator) -> None:
    """Say that the reward is being tried, look now and then, and draw the report when it is there."""

    def look() -> None:
        if card_soon(shown.recovery) is not None:
            st.rerun()
        st.caption("Trying the reward in 64 changed worlds…")

    with place:
        st.fragment(look, run_every=POLL_SECONDS)()


def _draw_scatter(shown: Answer, lens: Lens) -> None:
    figure = scatter_figure(shown.recovery, lens, page_theme())
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
