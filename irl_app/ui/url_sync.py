"""The address in the browser always describes the lab, without filling the history."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from irl_app.paths import asset
from irl_app.ui.lab_state import LabState

_mount = st.components.v2.component(
    "irl_app.address",
    js=asset("components/address.js").read_text(encoding="utf-8"),
    html="<span hidden></span>",
)


def query_of(lab: LabState) -> tuple[str, tuple[str, ...]]:
    """The part of the link after "?", and a sentence for everything that did not fit into it."""
    query, omitted = lab.to_short_query()
    return urlencode(query), omitted


def sync_address(lab: LabState) -> None:
    """Put the lab's state into the address; Streamlit's own way adds a step back for every movement."""
    query, _ = query_of(lab)
    _mount(key="address", data={"query": query})
