"""The report card as an HTML table: every figure with its interval, its sentence and its definition."""

from __future__ import annotations

from html import escape

from irl_app.analysis import APART, METRIC_TEXTS, Estimate, Metric, ReportCard, written

_SECTIONS = (
    (
        "Does it agree with the truth?",
        "",
        ("starc_state", "map_cosine", "starc", "pearson_val"),
    ),
    (
        "What is lost by planning with it?",
        "",
        (
            "regret",
            "regret_elsewhere",
            "regret_state",
            "regret_transfer",
            "regret_transfer_raw",
            "regret_permuted",
        ),
    ),
    ("Does the plan get there?", "", ("success_rate", "distance_ratio", "distance_ratio_manhattan")),
    (*APART["level"], ("pearson_state", "spearman_state", "epic_state", "dard_state")),
    (*APART["shaping"], ("pearson_raw", "value_pearson")),
)


def card_html(card: ReportCard) -> str:
    """One table a question, every text escaped."""
    return "".join(
        f"<h3>{title}</h3>{f'<p>{escape(why)}</p>' if why else ''}{_table([card[name] for name in names])}"
        for title, why, names in _SECTIONS
    )


def _table(metrics: list[Metric]) -> str:
    regions = any(metric.visited is not None for metric in metrics)
    extra = '<th scope="col">visited</th><th scope="col">not visited</th>' if regions else ""
    head = (
        '<tr><th scope="col">figure</th><th scope="col">all</th><th scope="col" class="wide">interval</th>'
        f'{extra}<th scope="col" class="says">in words</th></tr>'
    )
    rows = "".join(_row(metric) for metric in metrics)
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _row(metric: Metric) -> str:
    regions = ""
    if metric.visited is not None:
        parts = (metric.visited, metric.unvisited)
        regions = "".join(f"<td>{_number(metric, part)}</td>" for part in parts)
    definition = f"<details><summary>Definition</summary>{escape(metric.help)}</details>"
    return (
        f'<tr><th scope="row">{escape(metric.title)}</th><td class="main">{escape(metric.text)}</td>'
        f'<td class="wide" title="{_interval(metric)}">{_whisker(metric)}</td>{regions}'
        f'<td class="says">{escape(metric.sentence)}{definition}</td></tr>'
    )


def _number(metric: Metric, estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return "–"
    return escape(written(estimate.value, METRIC_TEXTS[metric.name].unit))


def _interval(metric: Metric) -> str:
    low, high, unit = metric.overall.low, metric.overall.high, METRIC_TEXTS[metric.name].unit
    return "" if low is None or high is None else f"95 %: {written(low, unit)} to {written(high, unit)}"


def _whisker(metric: Metric) -> str:
    """A small scale with the number, its interval, and a tick at the best value."""
    unit = METRIC_TEXTS[metric.name].unit
    if metric.value is None or unit == "ratio":
        return ""
    least = -1.0 if unit == "correlation" else 0.0

    def place(value: float) -> str:
        return f"{4.0 + 112.0 * min(max((value - least) / (1.0 - least), 0.0), 1.0):.1f}"

    def line(name: str, x1: str, x2: str, y1: int = 8, y2: int = 8) -> str:
        return f'<line class="{name}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'

    best = place(metric.best)
    marks = line("axis", "4", "116") + line("best", best, best, 2, 14)
    if metric.overall.low is not None and metric.overall.high is not None:
        marks += line("range", place(metric.overall.low), place(metric.overall.high))
    dot = f'<circle cx="{place(metric.value)}" cy="8" r="4"/>'
    return f'<svg width="120" height="16" aria-hidden="true">{marks}{dot}</svg>'
