"""What can be carried away: the link, the reward, the demonstrations, the report."""

from __future__ import annotations

import streamlit as st

from irl_app.ui.lab_session import LabSession
from irl_app.ui.url_sync import query_of


def draw_share(session: LabSession) -> None:
    """The link that opens this lab as it is now."""
    with st.popover("Share", help="A link that opens this lab as it is now"):
        query, omitted = query_of(session.state)
        address = (st.context.url or "").partition("?")[0]
        st.markdown("This link opens the lab as it is now.")
        st.code(f"{address}?{query}" if query else address, language=None, wrap_lines=True)
        for sentence in omitted:
            st.caption(sentence)


def draw_take_away(session: LabSession) -> None:
    """Reward, demonstrations and report as files."""
    with st.popover("Take away", type="primary", help="The reward, the demonstrations and a report, as files"):
        st.write("soon")
