"""How far the verdict can be trusted, as a picture: what each level came to in worlds that it never saw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from irl_app.analysis import LEVEL_TITLES, Level, written
from irl_app.paths import site_root
from irl_app.ui.dots import dots_row, dots_table
from irl_app.ui.page import escape

FILE = "assets/verdict.json"
"""What ``irl-app bench verdict --json`` printed, without the seconds it took: those are of one machine."""


@cache
def measured() -> Mapping[str, Any]:
    """The figures that are shipped."""
    found: Mapping[str, Any] = json.loads((site_root() / FILE).read_text(encoding="utf-8"))
    return found


def trust_html(found: Mapping[str, Any]) -> str:
    """A row a level, a dot a recovery at what it lost in the judge's worlds; and the figures in words."""
    rows = [_row(level, found["cases"]) for level in LEVEL_TITLES]
    low, high = found["bad_among_good_interval"]
    said = (
        f"{found['recoveries']} recoveries, half in the presets, half on random maps with lava, were judged "
        "again in changed worlds that the verdict had not seen; a dot is what one lost there on average.",
        f"Of {found['good']} called good elsewhere, {_share(found['bad_among_good'])} lost more than a tenth "
        f"({_share(low)} to {_share(high)}), {_share(found['worst_among_good'])} more than a fifth in their "
        f"worst tenth; {_share(found['good_found'])} of the truly good were found.",
        f"Regret elsewhere orders them with a Kendall's τ of {found['tau_elsewhere']:.2f}, its estimate "
        f"without the true reward with {found['tau_without_truth']:.2f}.",
        "Of kinds of change that were not tried it says less.",
    )
    return (
        dots_table("How far the verdict can be trusted", ("Called elsewhere", "recoveries"), rows)
        + f'<p class="irl-note">{" ".join(said)}</p>'
    )


def _row(level: Level, cases: Sequence[Mapping[str, Any]]) -> str:
    lost = [case["judge"] for case in cases if case["level"] == level and case["judge"] is not None]
    what = f"recoveries called {level}"
    return dots_row(LEVEL_TITLES[level], np.array(lost), str(len(lost)), what=what, tone=level, many=True)


def _share(value: float) -> str:
    return escape(written(value, "share"))


def draw_trust() -> None:
    """The section, folded in until it is asked for."""
    with st.expander("How far can this verdict be trusted?"):
        st.html(trust_html(measured()))
