"""Many small answers to one question: methods, divergences, games, patience and chance side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from irl_app.analysis import in_true_units, written
from irl_app.figures import THEMES
from irl_app.figures.theme import Theme
from irl_app.ui.answers import answer, what_comes_of
from irl_app.ui.lab_session import Kept, LabSession
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.page import escape, page_theme
from irl_app.ui.tiles import tile
from trainers.divergences import DIVERGENCES
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.config import METHODS, MethodName

COLUMNS = 6
GAMES = (1, 3, 10, 30, 100)
PATIENCE = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
TEMPERATURES = (0.1, 0.3, 1.0, 3.0, 10.0)
SEEDS = 6
OWNER = "grid-of-maps"


@dataclass(frozen=True)
class Variant:
    """One tile: what is different in it, and its lab."""

    title: str
    lab: LabState


def _methods(lab: LabState) -> list[Variant]:
    one_each: list[MethodName] = ["ml", "iq-state", "mce", "sqil", "bc"]
    exact = [Variant(METHODS[name].title, _with(lab, method=name)) for name in one_each]
    return exact + _divergences(lab)


def _divergences(lab: LabState) -> list[Variant]:
    return [
        Variant(f"IQ-Learn, {one.title}", _with(lab, method="iq", divergence=name, scale=_scale(name)))
        for name, one in DIVERGENCES.items()
    ]


def _scale(divergence: str) -> float:
    """Divergences of a bounded domain need room for their rewards."""
    return 10.0 if divergence in ("forward_kl", "hellinger", "jensen_shannon") else 1.0


def _games(lab: LabState) -> list[Variant]:
    return [Variant(f"{n} games" if n > 1 else "1 game", replace(lab, demos=n)) for n in GAMES]


def _patience(lab: LabState) -> list[Variant]:
    return [Variant(f"γ = {gamma:g}", _with(lab, gamma=gamma)) for gamma in PATIENCE]


def _temperatures(lab: LabState) -> list[Variant]:
    return [Variant(f"τ = {tau:g}", _with(lab, temperature=tau)) for tau in TEMPERATURES]


def _seeds(lab: LabState) -> list[Variant]:
    return [Variant(f"Other games, {seed + 1}", replace(lab, seed=seed)) for seed in range(SEEDS)]


AXES: Mapping[str, Callable[[LabState], list[Variant]]] = {
    "Methods": _methods,
    "Divergences": _divergences,
    "Games": _games,
    "Discount": _patience,
    "Temperature": _temperatures,
    "Chance": _seeds,
}
OF_EXPERTS = ("Games", "Chance")
"""What can be varied only where a built-in expert shows the games."""


def _with(lab: LabState, **changes: object) -> LabState:
    return replace(lab, config=replace(lab.config, **changes))  # type: ignore[arg-type]


def variants(lab: LabState, axis: str) -> list[Variant]:
    """The tiles of an axis; all assume the same of unvisited cells, so that nothing waits."""
    found = AXES[axis](lab)
    return [
        replace(one, lab=_with(one.lab, prior=RECOMMENDED_PRIOR))
        if one.lab.config.method == "ml" and one.lab.config.prior is None
        else one
        for one in found
    ]


def picture(variant: Variant, theme: Theme) -> str:
    """A variant's map in the true reward's units, with what a plan made with it gives away; as HTML."""
    try:
        recovery = answer(variant.lab, OWNER).recovery
    except ValueError as error:
        return f'<p class="irl-empty">{escape(str(error))}</p>'
    outcome, true = what_comes_of(recovery), recovery.true_reward.values
    values = in_true_units(recovery.mdp, outcome.values, true, outcome.visited)
    lost = "" if outcome.regret is None else written(outcome.regret, "share")
    largest = float(np.nanmax(np.abs(true)))
    title = f"{variant.title}: gives away {lost or 'nothing to lose'}"
    image = tile(recovery.grid, values, title, theme, largest=largest, seen=outcome.visited)
    solved = recovery.solution.certificate.converged
    note = "" if solved else '<small class="irl-unsolved">not solved yet</small>'
    return (
        f'<div class="irl-variant{"" if solved else " irl-half"}">{image}'
        f"<p><span>{escape(variant.title)}</span><b>{escape(lost)}</b></p>{note}</div>"
    )


def draw_grid(session: LabSession) -> None:
    """The tiles of the chosen axis, those that were kept, and the way back."""
    lab = session.state
    axes = [axis for axis in AXES if lab.expert != PLAYED or axis not in OF_EXPERTS]
    with st.container(horizontal=True, vertical_alignment="center", key="grid-tools"):
        axis = (
            st.segmented_control("Compare", axes, default=axes[0], key="grid-axis", required=True) or axes[0]
        )
        st.button("Back to the lab", key="grid-back", on_click=lambda: _close(session))
    st.html(
        '<p class="irl-note">The same games, one picture each, in the true reward\'s units. Below it: how '
        "much of what "
        "can be gained a plan gives away. <b>0&nbsp;% is best.</b> Faded: never visited, a guess.</p>"
    )
    theme = THEMES[page_theme()]
    if session.kept:
        st.html('<h2 class="irl-part">Kept</h2>')
        _draw_row([(one.title, one.html, one.lab) for one in session.kept], session, kept=True)
    tiles = [(one.title, picture(one, theme), one.lab) for one in variants(lab, axis)]
    for first in range(0, len(tiles), COLUMNS):
        _draw_row(tiles[first : first + COLUMNS], session, kept=False)


def _draw_row(tiles: list[tuple[str, str, LabState]], session: LabSession, *, kept: bool) -> None:
    for column, (title, html, lab) in zip(st.columns(COLUMNS), tiles, strict=False):
        with column:
            st.html(html)
            with st.container(horizontal=True, gap="small", key=f"tile-{kept}-{title}"):
                st.button(
                    "Open", key=f"grid-open-{kept}-{title}", help=f"Open {title} in the lab", type="tertiary",
                    on_click=_open, args=(session, lab),
                )  # fmt: skip
                if kept:
                    st.button(
                        "Drop", key=f"grid-drop-{title}", help=f"Let go of {title}", type="tertiary",
                        on_click=_drop, args=(session, title),
                    )  # fmt: skip
                else:
                    st.button(
                        "Keep", key=f"grid-keep-{title}", help=f"Keep {title} while the rest changes",
                        type="tertiary",
                        on_click=_keep, args=(session, Kept(title, html, lab)),
                    )  # fmt: skip


def _open(session: LabSession, lab: LabState) -> None:
    session.view = "lab"
    session.open(lab)


def _close(session: LabSession) -> None:
    session.view = "lab"


def _keep(session: LabSession, one: Kept) -> None:
    session.kept = [*(old for old in session.kept if old.title != one.title), one][-COLUMNS:]


def _drop(session: LabSession, title: str) -> None:
    session.kept = [one for one in session.kept if one.title != title]
