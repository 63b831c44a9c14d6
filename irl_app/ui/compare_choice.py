"""Which runs the Compare page is about, and what to do while there are none."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from irl_app.runs import Run, RunList
from irl_app.training.request import title_of_run

CHOSEN, CHOICE, QUERY = "compare-chosen", "compare-runs", "runs"
FIRST_SHOWN = 6
"""At most so many runs are chosen for a visitor who has chosen none."""


def draw_empty(root: Path, problems: Sequence[str], train_page: str) -> None:
    """What to do while there is nothing to compare."""
    with st.container(key="compare-empty"):
        _draw_what_to_do(root, train_page)
    draw_notes(problems)


def _draw_what_to_do(root: Path, train_page: str) -> None:
    st.title("Nothing to compare yet", anchor=False)
    st.markdown(
        "Every training and every recovered reward that you keep is a **run**: a folder. Two or more of them "
        "can be held against each other here, with intervals that say how sure the difference is."
    )
    st.markdown("Train one with several seeds, and another method beside it, here or in a terminal:")
    if st.button("Train a network", type="primary"):
        st.switch_page(train_page)
    st.code(
        "\n".join(f"irl-app train CartPole-v1 --method {method} --seeds 0-7" for method in ("iq", "bc")),
        language="sh",
    )
    st.markdown("Or keep the rewards recovered in a grid:")
    st.code(f"irl-app recover gridworld/maze --demos 10 --seeds 0-4 --out {root / 'maze'}", language="sh")
    st.caption(f"Runs are looked for in {root.resolve()}. Another folder: set IRL_APP_RUNS.")


def draw_choice(found: RunList) -> tuple[list[Run], tuple[str, ...]]:
    """Let runs be chosen; the address bar carries the choice. Returns them, and what has to be said."""
    by_name = {run.name: run for run in found.runs}
    notes = list(found.problems)
    if CHOICE not in st.session_state:
        asked = st.query_params.get_all(QUERY) or st.session_state.get(CHOSEN, ())
        known = [name for name in dict.fromkeys(asked) if name in by_name]
        notes += [
            f"There is no run {name[:60]!r} here." for name in dict.fromkeys(asked) if name not in by_name
        ]
        st.session_state[CHOICE] = known or _first_choice(found.runs)
    else:
        st.session_state[CHOICE] = [name for name in st.session_state[CHOICE] if name in by_name]
    names: list[str] = st.multiselect(
        "Runs to compare",
        list(by_name),
        format_func=lambda name: _described(by_name[name]),
        key=CHOICE,
        placeholder="Choose runs, or type a part of a name",
        help="Any runs: those with the same task, method and settings are pooled, seed by seed.",
    )
    st.session_state[CHOSEN] = names
    if st.query_params.get_all(QUERY) != names:
        st.query_params[QUERY] = names
    return [by_name[name] for name in names], tuple(notes)


def _first_choice(runs: Sequence[Run]) -> list[str]:
    """The newest runs of the newest run's task."""
    kinds = [(run.config.task, run.config.is_training) for run in runs]
    alike = [run for run, kind in zip(runs, kinds, strict=True) if kind == kinds[0]]
    return [run.name for run in alike[:FIRST_SHOWN]]


def _described(run: Run) -> str:
    n, state = len(run.config.seeds), run.status.state
    said = "" if state == "done" else f", {state}"
    name = f"{run.note.called} ({run.name})" if run.note.called else run.name
    return f"{name} · {title_of_run(run.config)} · {n} seed{'s' * (n != 1)}{said}"


def draw_notes(notes: Sequence[str]) -> None:
    """Sentences that limit what is shown, each once."""
    if notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in dict.fromkeys(notes))
        st.html(f'<div class="irl-report"><ul class="irl-warnings">{items}</ul></div>')
