"""The report: one self-contained HTML page that needs nothing from the network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from irl_app.analysis import LEVEL_TITLES, QUESTIONS, ReportCard, counted, demonstrations_in_words
from irl_app.envs.grid_map import format_map
from irl_app.export.charts_page import chart_group, charts_page, page_header
from irl_app.export.report_card import card_html
from irl_app.export.usage import usage
from irl_app.figures import THEMES, ThemeName, report_figures
from irl_app.files import write_whole
from trainers.tabular.config import METHODS

if TYPE_CHECKING:
    from irl_app.recovery import Recovery


def html_report(recovery: Recovery, card: ReportCard, path: str | Path | None = None) -> str:
    """The report of a recovery as HTML, also written to ``path`` (whole or not at all) if one is given.

    Every text is escaped; see ``charts_page``.
    """
    charts = _charts(recovery)
    figures = "".join(chart_group(*group) for group in _groups(charts))
    title = f"Recovered reward: {_task(recovery)}"
    body = f"""{_header(recovery, title)}
{_verdict(card)}
{figures}
<section><h2>Report card</h2>{card_html(card)}</section>
{_appendix(recovery)}"""
    page = charts_page(title, body, charts)
    if path is not None:
        write_whole(Path(path), page)
    return page


def _charts(recovery: Recovery) -> dict[str, dict[ThemeName, go.Figure]]:
    """Every chart in both themes."""
    by_theme = {theme: report_figures(recovery, theme) for theme in THEMES}
    return {name: {theme: own[name] for theme, own in by_theme.items()} for name in by_theme["light"]}


def _groups(charts: dict[str, dict[ThemeName, go.Figure]]) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    uncertainty = ("sd",) if "sd" in charts else ()
    return (
        (
            "What was there, what was shown, what was found",
            "The true reward is never shown to the learner; it only saw the demonstrations. A cell's number "
            "is what a step into it is worth, the mean of the cells set to zero: the level is left open.",
            ("true", "visits", "state"),
        ),
        (
            "What the reward implies",
            "Colour is value, arrows are the policy: the longer, the surer the move.",
            ("true-value", "value", *uncertainty),
        ),
        (
            "The reward of every move",
            "Each cell has a triangle for every move, and a diamond for staying. De-shaped means that "
            "potential-based shaping, which no behaviour can reveal, has been taken out.",
            ("marginal", "deshaped", "true-deshaped"),
        ),
        (
            "Recovered against true",
            "One point a cell, or a cell and move. The de-shaped reward is compared with the de-shaped "
            "truth.",
            ("scatter-state", "scatter-deshaped", "scatter-marginal"),
        ),
    )


def _task(recovery: Recovery) -> str:
    demonstrations = recovery.demonstrations
    return (
        f"a {recovery.grid.height}×{recovery.grid.width} grid"
        if demonstrations is None
        else demonstrations.provenance.task
    )


def _header(recovery: Recovery, title: str) -> str:
    demonstrations, method = recovery.demonstrations, METHODS[recovery.config.method]
    learned_from = "the expert's exact occupancy"
    if demonstrations is not None:
        learned_from = (
            f"{demonstrations_in_words(demonstrations.n_episodes)}, "
            f"{counted(demonstrations.n_steps, 'move')} ({demonstrations.provenance.expert})"
        )
    facts = {
        "Method": method.title,
        "Learned from": learned_from,
        "Temperature": f"τ = {recovery.config.temperature:g}",
        "Discount": f"γ = {recovery.mdp.gamma:g}",
        "Solved in": f"{recovery.solution.certificate.milliseconds:,.0f} ms",
    }
    return page_header(title, facts)


def _verdict(card: ReportCard) -> str:
    warnings = "".join(f"<li>{escape(text)}</li>" for text in card.warnings)
    listed = f'<ul class="warnings">{warnings}</ul>' if warnings else ""
    answers = "".join(
        f"<p><strong>{QUESTIONS[name]}: {said.title}.</strong> {escape(said.text)}</p>"
        for name, said in card.verdict.answers.items()
    )
    title = LEVEL_TITLES[card.level]
    return f'<section class="verdict {card.level}"><h2>{title}</h2>{answers}{listed}</section>'


def _appendix(recovery: Recovery) -> str:
    config = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value))}</td></tr>'
        for name, value in vars(recovery.config).items()
        if value is not None
    )
    certificate = recovery.solution.certificate
    solver = (
        f"{certificate.iterations} iterations, residual {certificate.residual:.1e}, "
        f"{'converged' if certificate.converged else 'not converged'}"
    )
    return f"""<section><h2>Everything needed to repeat it</h2>
<details><summary>Settings and solver</summary><table class="plain"><tbody>{config}
<tr><th scope="row">solver</th><td>{solver}</td></tr>
</tbody></table></details>
<details><summary>The grid as a map</summary><pre>{escape(format_map(recovery.grid))}</pre></details>
<details><summary>Use the reward in Python</summary><pre>{escape(usage("reward.npz"))}</pre></details>
</section>"""
