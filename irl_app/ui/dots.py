"""Rows of dots on a common scale, from nothing lost to all; `st.html` takes SVG away, so they are spans."""

from __future__ import annotations

from collections.abc import Sequence

from irl_app.analysis import written
from irl_app.ui.page import escape
from trainers.arrays import FloatArray

LAYERS = 7
"""Heights at which many dots lie, so that they do not hide each other."""


def dots_table(name: str, heads: tuple[str, str], rows: Sequence[str]) -> str:
    """A table of `dots_row`s: what its rows are, the scale, what stands at their end."""
    first, last = heads
    scale = '<span class="irl-ends"><span>0 %</span><span>100 % lost</span></span>'
    return (
        f'<table class="irl-figures irl-strip" aria-label="{escape(name)}"><thead><tr>'
        f'<th scope="col">{escape(first)}</th><th scope="col">{scale}</th><th scope="col">{escape(last)}</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def dots_row(title: str, lost: FloatArray, figure: str, *, what: str, tone: str, many: bool = False) -> str:
    """A row: a title, a dot for every loss in [0, 1], a figure.

    Args:
        what: the dots are, in words. tone: colour of the theme, as "accent".
        many: spread them over several heights.
    """
    dots = "".join(
        f'<i style="left: {100 * value:.1f}%; top: {_height(place, many)}%" '
        f'title="{written(float(value), "share")}"></i>'
        for place, value in enumerate(lost)
    )
    kind = "irl-dots irl-many" if many else "irl-dots"
    return (
        f'<tr><th scope="row">{escape(title)}</th><td><span class="{kind}" role="img" '
        f'aria-label="{lost.size} {escape(what)}" style="--irl-series: var(--irl-{tone})">{dots}</span></td>'
        f'<td class="irl-main">{escape(figure)}</td></tr>'
    )


def _height(place: int, many: bool) -> int:
    return 10 + round(80 * (place % LAYERS) / (LAYERS - 1)) if many else 50
