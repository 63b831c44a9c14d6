"""The robots page beside and below the pictures: how far the reward can be trusted, who learned from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irl_app.stage import Material
from irl_app.stage.material import AGREEMENTS
from irl_app.ui.page import escape
from irl_app.ui.stage_words import agents_words, agreement_words, correlation, interval, number

_MARKS = {"true": "irl-of-truth", "recovered": "irl-of-reward", "control": "irl-of-control"}


def trust_html(material: Material) -> str:
    """Agreement of the recovered with the true reward, or what to do to have it."""
    heading = '<h2 class="irl-part">Can the reward be trusted?</h2>'
    items = [_agreement(name, material.figures[name]) for name in AGREEMENTS if name in material.figures]
    if items:
        key = "Filled: this reward. Line: the length of the episode alone. 1 is best."
        return f'{heading}{"".join(items)}<p class="irl-small">{key}</p>'
    said = "Nobody has held this reward against the true one over many episodes yet."
    if material.learner.recovered is None:
        said = "It learned what to do without a reward: there is none that could be judged."
    return f'{heading}<p class="irl-small">{said}</p>'


def agents_html(agents: Mapping[str, Any]) -> str:
    """Returns of fresh agents, bars on one scale from 0."""
    rows = agents["rows"]
    most = max([abs(row["value"]) for row in rows] or [1.0]) or 1.0
    bars = "".join(_agent(row, most) for row in rows)
    return (
        f'<h2 class="irl-part">What fresh agents learned from it</h2>{bars}'
        f'<p class="irl-small">{escape(agents_words(agents))}</p>'
    )


def _agreement(name: str, figure: Mapping[str, Any]) -> str:
    title, said = agreement_words(name, figure)
    value, length = (100 * min(1.0, max(0.0, figure.get(key, 0.0))) for key in ("value", "length"))
    line = f'<u style="left:{length:.1f}%"></u>' if "length" in figure else ""
    return (
        f'<div class="irl-say"><p><span>{title}</span><b>{correlation(figure["value"])}</b>'
        f"<small>{escape(interval(figure))}</small></p>"
        f'<div class="irl-gauge"><i style="width:{value:.1f}%"></i>{line}</div>'
        f'<p class="irl-small">{escape(said)}</p></div>'
    )


def _agent(row: Mapping[str, Any], most: float) -> str:
    spread = f" ({number(row['low'])} to {number(row['high'])})" if "low" in row and "high" in row else ""
    width = 100 * max(0.0, row["value"]) / most
    mark = _MARKS.get(row["reward"], _MARKS["control"])
    return (
        f'<div class="irl-agent"><span>{escape(str(row["title"]))}</span>'
        f'<i class="{mark}" style="width:{width:.1f}%"></i>'
        f"<span><b>{number(row['value'])}</b><small>{escape(spread)}</small></span></div>"
    )
