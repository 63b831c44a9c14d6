"""What the lab tells the browser beside its pictures: the address, and when to ask for the report."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from irl_app.paths import asset
from irl_app.ui.kept_links import KEPT, keep
from irl_app.ui.lab_state import LONG_PARTS, LabState, is_short

SYNC, PAGE = "lab-sync", "lab"
"""The component's key, and the lab's own part of the address."""
SHORTENED = (
    "The link is short because this server keeps the map: to open it elsewhere, hand it out as a file."
)

_mount = st.components.v2.component(
    "irl_app.lab_sync",
    js=asset("components/lab_sync.js").read_text(encoding="utf-8"),
    html="<span hidden></span>",
)


def query_of(lab: LabState) -> tuple[str, tuple[str, ...]]:
    """The part of the link after "?"; where it would be too long, with a code for what this server keeps, and
    a sentence that says so."""
    query = lab.to_query()
    if is_short(query):
        return urlencode(query), ()
    long = {name: query.pop(name) for name, _ in LONG_PARTS if name in query}
    try:
        return urlencode(query | {KEPT: keep(long)}), (SHORTENED,)
    except OSError:
        query, omitted = lab.to_short_query()
        return urlencode(query), omitted


def sync_browser(lab: LabState, *, shown: int, reported: int, on_rest: Callable[[], None]) -> None:
    """Put the lab into the address and have ``on_rest`` called when the maps rest and the report is behind.

    Streamlit's own way into the address would add a step back for every movement of a slider.

    Args:
        shown, reported: numbers of the pictures that the maps and the report show.
    """
    query, _ = query_of(lab)
    data = {"page": PAGE, "query": query, "shown": shown, "reported": reported}
    _mount(key=SYNC, data=data, on_rest_change=on_rest)
