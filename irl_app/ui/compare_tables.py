"""The tables of the Compare page as HTML; every text escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from irl_app.analysis import Estimate, written
from irl_app.comparison import (
    NOTHING,
    Arm,
    CardRow,
    Comparison,
    Difference,
    Row,
    TaskResult,
    card_text,
    number,
    setting_title,
)
from irl_app.figures import SERIES
from irl_app.ui.page import escape

BESIDE = 5
"""With more arms than this, and than settings, each gets a row."""
_SOURCE = "Agarwal et al. 2021"
_RETURN = (
    "Return",
    "Interquartile mean of the seeds' last recorded returns, that is the mean of the middle half of them "
    f"({_SOURCE}), between the least and the largest of them",
)
_SHARE = (
    "Of expert",
    "The same of the normalised return: 0 % is as good as random moves, 100 % as good as the expert",
)
_GAP = (
    "Gap",
    "Optimality gap: how far seeds fall short of the expert on average; one above counts as level "
    f"({_SOURCE})",
)
_PLACE = "The return, from the least to the largest seed; the ticks are random moves and the expert"


def swatch(colour: int) -> str:
    """A dot in the colour of a line, in both themes; a ring where the line is dashed."""
    ring = " irl-ring" if colour >= len(SERIES["light"]) else ""
    return f'<i class="irl-swatch{ring}" style="{_series(colour)}"></i>'


def figures_table(comparison: Comparison, titles: Mapping[str, str]) -> str:
    """Returns, shares and chances of every arm: over all tasks first, then task by task.

    Args:
        comparison: the figures.
        titles: of its tasks, as people call them.
    """
    heads = [_RETURN, _SHARE, _GAP]
    if comparison.baseline:
        text = (
            f"Probability that a seed of this row earns more than one of {comparison.baseline} ({_SOURCE}), "
            "with the exact 95 % interval of a share, of as many pairs of seeds as share none"
        )
        heads.append((f"Beats {comparison.baseline}", text))
    head = "".join(
        f'<th scope="col" colspan="2" title="{escape(text)}">{escape(name)}</th>' for name, text in heads
    )
    n_columns = 4 + 2 * len(heads)
    parts = []
    if any(row.score.value is not None for row in comparison.overall):
        ends = [0.0, 1.0, *(end for row in comparison.overall for end in _ends(row.score))]
        scale = Scale(min(ends), max(ends), (0.0, 1.0))
        rows = "".join(_row(row, row.score, scale, comparison.baseline) for row in comparison.overall)
        parts.append(_section(f"Over {len(comparison.tasks)} tasks", n_columns) + rows)
    for task in comparison.tasks:
        heading = _section(titles[task.task], n_columns) if len(comparison.tasks) > 1 else ""
        scale = _scale(task)
        rows = "".join(_row(row, row.returns, scale, comparison.baseline) for row in task.rows)
        parts.append(heading + rows)
    return (
        '<div class="irl-scroll" tabindex="0"><table class="irl-figures irl-compared"><thead><tr>'
        '<th scope="col">Method</th><th scope="col">Seeds</th><th scope="col">State</th>'
        f'<th scope="col" title="{_PLACE}"></th>{head}</tr></thead>'
        f"{''.join(f'<tbody>{part}</tbody>' for part in parts)}</table></div>"
    )


def differences_table(comparison: Comparison, titles: Mapping[str, str]) -> str:
    """The settings that are not the same everywhere: a column an arm, or a row where there are many. Those
    that one arm alone has are told in a sentence."""
    arms = comparison.arms
    shared = [one for one in comparison.differences if _having(one) != 1]
    alone = "".join(
        f'<p class="irl-hint">{_arm(arm, comparison.labels)} alone: {escape(said)}.</p>'
        for i, arm in enumerate(arms)
        if (said := _alone(comparison.differences, i))
    )
    if not shared:
        return alone
    if len(arms) > max(BESIDE, len(shared)):
        names = [setting_title(d.setting) for d in shared]
        rows = "".join(
            f'<tr><th scope="row">{_arm(arm, comparison.labels)}</th>'
            f"{''.join(f'<td>{_value(d.values[i])}</td>' for d in shared)}</tr>"
            for i, arm in enumerate(arms)
        )
        return _beside("Method", [escape(name) for name in names], rows) + alone
    rows = "".join(
        f'<tr><th scope="row">{escape(setting_title(d.setting))}</th>'
        f"{''.join(f'<td>{_value(value)}</td>' for value in d.values)}</tr>"
        for d in shared
    )
    return _beside("Setting", _heads(arms, comparison.labels, titles), rows) + alone


def _having(difference: Difference) -> int:
    """How many arms have the setting."""
    return sum(value != NOTHING for value in difference.values)


def _alone(differences: Sequence[Difference], place: int) -> str:
    """The settings that only one arm has, with their values."""
    own = [one for one in differences if _having(one) == 1 and one.values[place] != NOTHING]
    return ", ".join(f"{setting_title(one.setting)} {one.values[place]}" for one in own)


def _value(text: str) -> str:
    return "" if text == NOTHING else escape(text)


def cards_table(comparison: Comparison, titles: Mapping[str, str]) -> str:
    """A row a metric of the recovered rewards, a column an arm; the best in bold."""
    known = [card for card in comparison.cards if any(entry.value is not None for entry in card.entries)]
    rows = "".join(
        f'<tr title="{escape(card.help)}"><th scope="row">{escape(card.title)}</th>'
        f"{''.join(_card_cell(card, i) for i in range(len(card.entries)))}</tr>"
        for card in known
    )
    missing = ", ".join(card.title for card in comparison.cards if card not in known)
    said = f'<p class="irl-hint">Not known of any: {escape(missing)}.</p>' if missing else ""
    return _beside("Recovered reward", _heads(comparison.carded, comparison.labels, titles), rows) + said


def _beside(corner: str, heads: Sequence[str], rows: str) -> str:
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return (
        '<div class="irl-scroll" tabindex="0"><table class="irl-figures irl-beside"><thead><tr>'
        f'<th scope="col">{corner}</th>{columns}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _heads(arms: Sequence[Arm], labels: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    """The arms as HTML, with their tasks where there are several."""
    several = len({arm.task for arm in arms}) > 1
    tasks = [f"<small>{escape(titles[arm.task])}</small>" if several else "" for arm in arms]
    return [_arm(arm, labels) + task for arm, task in zip(arms, tasks, strict=True)]


def _arm(arm: Arm, labels: Sequence[str]) -> str:
    return swatch(labels.index(arm.label)) + escape(arm.label)


def _card_cell(card: CardRow, place: int) -> str:
    entry, text = card.entries[place], card.texts[place]
    if entry.value is None:
        return f'<td title="{escape(entry.why_missing)}"></td>'
    interval = _interval(entry, lambda value: card_text(card.name, value))
    said = "" if interval in ("", f"{escape(text)} to {escape(text)}") else f"<small>{interval}</small>"
    name = ' class="irl-main"' if place in card.best else ""
    return f"<td{name}>{escape(text)}{said}</td>"


def _section(title: str, columns: int) -> str:
    return f'<tr class="irl-section"><th scope="rowgroup" colspan="{columns}">{escape(title)}</th></tr>'


def _row(row: Row, drawn: Estimate, scale: Scale, baseline: str) -> str:
    cells = [
        f"<td>{row.n_runs or ''}</td>",
        f'<td class="irl-state">{escape(row.state)}</td>',
        f"<td>{_whisker(drawn, row.colour, scale)}</td>",
        _figure(row.returns, number, main=True),
        _figure(row.score, _percent, main=drawn is row.score),
        _figure(row.gap, _percent),
    ]
    if baseline == row.label:
        cells.append('<td colspan="2" class="irl-range-text">the others are held against it</td>')
    elif baseline:
        cells.append(_figure(row.better, lambda value: number(value, 2)))
    return f'<tr><th scope="row">{swatch(row.colour)}{escape(row.label)}</th>{"".join(cells)}</tr>'


def _figure(estimate: Estimate, text: Callable[[float], str], *, main: bool = False) -> str:
    """Two cells: the number, and its interval."""
    if estimate.value is None:
        return f'<td title="{escape(estimate.why_missing)}"></td><td></td>'
    name = ' class="irl-main"' if main else ""
    return (
        f"<td{name}>{escape(text(estimate.value))}</td>"
        f'<td class="irl-range-text">{_interval(estimate, text)}</td>'
    )


def _interval(estimate: Estimate, text: Callable[[float], str]) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{escape(text(estimate.low))} to {escape(text(estimate.high))}"


@dataclass(frozen=True)
class Scale:
    """What a row's figure is drawn on: the ends, and ticks between them."""

    low: float
    high: float
    ticks: tuple[float, ...] = ()

    def percent(self, value: float) -> float:
        """Place of a value between the ends."""
        return 50.0 if self.high == self.low else 100.0 * (value - self.low) / (self.high - self.low)


def _scale(task: TaskResult) -> Scale:
    ticks = (task.reference.random, task.reference.expert) if task.reference else ()
    ends = [*ticks, *(end for row in task.rows for end in _ends(row.returns))]
    return Scale(min(ends, default=0.0), max(ends, default=1.0), ticks)


def _whisker(estimate: Estimate, colour: int, scale: Scale) -> str:
    """The figure and its interval on a line; no SVG, which `st.html` takes away."""
    if estimate.value is None:
        return ""
    marks = "".join(f'<u style="left: {scale.percent(tick):.1f}%"></u>' for tick in scale.ticks)
    if estimate.low is not None and estimate.high is not None:
        low, high = scale.percent(estimate.low), scale.percent(estimate.high)
        marks += f'<b style="left: {low:.1f}%; width: {high - low:.1f}%"></b>'
    dot = f'<i style="left: {scale.percent(estimate.value):.1f}%"></i>'
    return f'<span class="irl-whisker" aria-hidden="true" style="{_series(colour)}">{marks}{dot}</span>'


def _series(colour: int) -> str:
    light, dark = (SERIES[theme][colour % len(SERIES[theme])] for theme in ("light", "dark"))
    return f"--irl-series: light-dark({light}, {dark})"


def _ends(estimate: Estimate) -> list[float]:
    return [end for end in (estimate.low, estimate.value, estimate.high) if end is not None]


def _percent(value: float) -> str:
    return written(value, "share")
