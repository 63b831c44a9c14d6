"""Step 2 of the lab: by which method the reward is recovered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from irl_app.ui.lab_controls import settings_for
from irl_app.ui.lab_session import LabSession
from irl_app.ui.page import bound
from trainers.divergences import DIVERGENCES
from trainers.settings import Setting, SettingError
from trainers.tabular.config import METHODS


def draw_method(session: LabSession) -> None:
    """Method and divergence; what is rarely changed folds away."""
    choices = {one.name: one for one in settings_for(session.state) if one.kind == "choice"}
    method = choices.pop("method")
    _choice(session, replace(method, help=METHODS[session.state.config.method].sentence))
    if "divergence" in choices:
        _choice(session, choices.pop("divergence"))
    if choices:
        with st.popover("More settings", width="stretch", help="Settings that are rarely changed"):
            _draw_formula(session)
            for setting in choices.values():
                _choice(session, setting)


def _choice(session: LabSession, setting: Setting) -> None:
    name, value = setting.name, getattr(session.state.config, setting.name)
    st.selectbox(
        setting.title,
        list(setting.choices),
        format_func=setting.choices.__getitem__,
        help=setting.help,
        **bound(f"lab-{name}", value, lambda chosen: _change(session, **{name: chosen})),
    )


def _change(session: LabSession, **changes: Any) -> None:
    try:
        session.change(config=replace(session.state.config, **changes))
    except SettingError as error:
        session.notes = (f"That was not possible: {error}.",)


def _draw_formula(session: LabSession) -> None:
    """The objective in the notation of the paper."""
    config = session.state.config
    if config.method != "iq":
        return
    st.markdown("What is maximised over $Q$:")
    st.latex(
        r"\mathbb{E}_{\rho_E}[\phi(r)] - (1-\gamma)\,\mathbb{E}_{p_0}[V(s_0)],"
        r"\quad r = Q - \gamma\,\mathbb{E}_{s'}V(s')"
    )
    divergence = DIVERGENCES[config.divergence]
    st.markdown(f"with ${divergence.formula}$")
    st.caption(divergence.note)
