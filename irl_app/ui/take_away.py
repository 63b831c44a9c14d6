"""What can be carried away: the link, the reward, the demonstrations, the report."""

from __future__ import annotations

import io
import tempfile
import zipfile
from functools import partial
from pathlib import Path

import streamlit as st

from irl_app.demonstrations import Demonstrations, save_minari, to_json
from irl_app.export import RewardFormat, dump_reward, html_report, usage
from irl_app.recovery import Lens, Recovery
from irl_app.ui.answers import card_of
from irl_app.ui.lab_maps import LENSES
from irl_app.ui.lab_session import LabSession
from irl_app.ui.lab_sync import query_of

FORMATS: dict[RewardFormat, tuple[str, str]] = {
    "npz": ("application/zip", "For NumPy, small and exact"),
    "json": ("application/json", "For any language, with everything needed to use it"),
    "csv": ("text/csv", "A table for people and spreadsheets, which loads back as well"),
}


def draw_share(session: LabSession) -> None:
    """The link that opens this lab as it is now."""
    with st.popover("Share", help="A link that opens this lab as it is now"):
        query, omitted = query_of(session.state)
        address = (st.context.url or "").partition("?")[0]
        st.markdown("This link opens the lab as it is now. The address bar has it too.")
        st.code(f"{address}?{query}" if query else address, language=None, wrap_lines=True)
        for sentence in omitted:
            st.caption(sentence)


@st.fragment
def draw_take_away(session: LabSession) -> None:
    """Reward, demonstrations and report as files, each made when it is asked for."""
    with st.popover("Take away", help="The reward, the demonstrations and a report, as files"):
        if session.shown is None:
            st.caption("There is nothing to take away yet.")
            return
        lens = _draw_reward(session)
        st.markdown("**Demonstrations**")
        with st.container(horizontal=True, gap="small"):
            _draw_demonstrations(session)
        st.markdown("**Report**")
        st.download_button(
            "HTML report",
            lambda: html_report(_recovery(session), card_of(_recovery(session))),
            "report.html",
            "text/html",
            on_click="ignore",
            help="Verdict, figures and maps on one page that needs nothing else",
        )
        st.caption("Every map has its own PNG and SVG.")
        st.markdown("**In code**")
        st.code(usage(f"{_file_name(lens)}.npz"), language="python")


def _recovery(session: LabSession) -> Recovery:
    """What is shown when a file is asked for; sliders may have moved since the button was drawn."""
    if session.shown is None:
        raise ValueError("there is nothing to take away yet")
    return session.shown.recovery


def _reward_file(session: LabSession, lens: Lens, suffix: RewardFormat) -> bytes:
    return dump_reward(_recovery(session).rewards[lens], suffix)


def _file_name(lens: Lens) -> str:
    return f"reward-{lens}"


def _draw_reward(session: LabSession) -> Lens:
    st.markdown("**Reward**")
    lenses: list[Lens] = list(LENSES)
    lens: Lens = st.selectbox(
        "Reading",
        lenses,
        index=lenses.index(session.state.lens),
        format_func=lambda name: f"{LENSES[name].title}, {LENSES[name].short}",
        help="Which of the four readings of the recovered reward is saved",
    )
    with st.container(horizontal=True, gap="small"):
        for suffix, (mime, about) in FORMATS.items():
            st.download_button(
                suffix.upper(),
                partial(_reward_file, session, lens, suffix),
                f"{_file_name(lens)}.{suffix}",
                mime,
                on_click="ignore",
                help=about,
            )
    return lens


def _draw_demonstrations(session: LabSession) -> None:
    if _recovery(session).demonstrations is None:
        st.caption("The expert's exact share of time was used: there are no episodes to save.")
        return
    st.download_button(
        "JSON",
        lambda: to_json(_demonstrations(session)),
        "demonstrations.json",
        "application/json",
        on_click="ignore",
        key="demonstrations-json",
        help="Can be opened here again",
    )
    st.download_button(
        "Minari",
        lambda: minari_zip(_demonstrations(session)),
        "demonstrations-minari.zip",
        "application/zip",
        on_click="ignore",
        help="A Minari dataset (HDF5): unpack it into your folder of datasets",
    )


def _demonstrations(session: LabSession) -> Demonstrations:
    demonstrations = _recovery(session).demonstrations
    if demonstrations is None:
        raise ValueError(
            "the demonstrations became endless after the button was drawn: open “Take away” again"
        )
    return demonstrations


def minari_zip(demonstrations: Demonstrations) -> bytes:
    """The demonstrations as a zipped Minari dataset of the name ``gridworld/lab-v0``."""
    stream = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        save_minari(demonstrations, "gridworld/lab-v0", folder)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
    return stream.getvalue()
