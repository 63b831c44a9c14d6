"""Step 2 of the lab: by which method the reward is recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from irl_app.recipes import METHODS, RecipeError
from irl_app.ui.lab_controls import DYNAMICS, HELP, PENALTIES, TERMINALS, VALUE_TERMS
from irl_app.ui.lab_session import LabSession
from trainers.divergences import DIVERGENCES


def draw_recipe(session: LabSession) -> None:
    """Method and divergence; what is rarely changed folds away."""
    method = METHODS[session.state.recipe.method]
    _choice(
        session, "method", "Method", {name: m.title for name, m in METHODS.items()}, help_text=method.sentence
    )
    if "divergence" in method.shaped_by:
        by_divergence = {name: d.title for name, d in DIVERGENCES.items()}
        _choice(session, "divergence", "Divergence", by_divergence, help_text=HELP["divergence"])
    choices: dict[str, tuple[str, Mapping[str, str]]] = {
        "penalty": ("Penalty on", PENALTIES),
        "value_term": ("Value of the start from", VALUE_TERMS),
        "terminal": ("The end of an episode is", TERMINALS),
        "dynamics": ("Dynamics", DYNAMICS),
    }
    offered = {name: choice for name, choice in choices.items() if name in method.shaped_by}
    if offered:
        with st.popover("More settings", width="stretch", help="Settings that are rarely changed"):
            _draw_formula(session)
            for name, (label, titles) in offered.items():
                _choice(session, name, label, titles, help_text=HELP[name])


def _choice(session: LabSession, name: str, label: str, titles: Mapping[str, str], *, help_text: str) -> None:
    st.session_state[f"recipe-{name}"] = getattr(session.state.recipe, name)
    st.selectbox(
        label,
        list(titles),
        key=f"recipe-{name}",
        format_func=titles.__getitem__,
        help=help_text,
        on_change=lambda: _change(session, **{name: st.session_state[f"recipe-{name}"]}),
    )


def _change(session: LabSession, **changes: Any) -> None:
    try:
        session.change(recipe=replace(session.state.recipe, **changes))
    except RecipeError as error:
        session.notes = (f"That was not possible: {error}.",)


def _draw_formula(session: LabSession) -> None:
    """The objective in the notation of the paper."""
    recipe = session.state.recipe
    if recipe.method != "iq":
        return
    st.markdown("What is maximised over $Q$:")
    st.latex(
        r"\mathbb{E}_{\rho_E}[\phi(r)] - (1-\gamma)\,\mathbb{E}_{p_0}[V(s_0)],"
        r"\quad r = Q - \gamma\,\mathbb{E}_{s'}V(s')"
    )
    divergence = DIVERGENCES[recipe.divergence]
    st.markdown(f"with ${divergence.formula}$")
    st.caption(divergence.note)
