"""What cannot be known: rewards that explain the same behaviour, walked through by hand, and what would rule
them out."""

from __future__ import annotations

import numpy as np
import streamlit as st

from irl_app.analysis import LEVEL_TITLES, QUESTIONS, level_of, written
from irl_app.analysis.ambiguity import LeftOpen, hill, least_seen, left_open, other_slip, shaped
from irl_app.analysis.free_directions import free_directions, per_step
from irl_app.analysis.outcome import regret_here
from irl_app.recovery import Recovery
from irl_app.ui.answers import AT_ONCE, answer, what_comes_of
from irl_app.ui.components import Panel, Slider, grid_maps, live_sliders, read_pin, taken
from irl_app.ui.glossary import hover
from irl_app.ui.lab_session import LabSession
from irl_app.ui.page import escape
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import expected_reward, optimal, soft_optimal

MAPS, SLIDERS = "unknown-maps", "unknown-sliders"
PARTS = 2
"""Parts of a world whose levels have a slider of their own, where the moves do not tie all cells together."""
SAME = 1e-6
"""A change of a probability below this is rounding."""


def draw_unknown(session: LabSession) -> None:
    """The explorer, what would rule out more, and the way back."""
    with st.container(horizontal=True, horizontal_alignment="right", key="unknown-tools"):
        st.button("Back to the lab", key="unknown-back", on_click=_close, args=(session,))
    try:
        recovery = answer(session.state, session.owner).recovery
    except ValueError as error:
        st.html(f'<p class="irl-empty">{escape(str(error))}</p>')
        return
    plain = expected_reward(recovery.mdp, _read(recovery))
    _draw_explorer(recovery, plain, _directions(recovery.mdp))
    _draw_evidence(recovery)


def _close(session: LabSession) -> None:
    session.view = "lab"


@st.fragment
def _draw_explorer(recovery: Recovery, plain: FloatArray, basis: list[FloatArray]) -> None:
    """A reward (S, A), a hill that is dragged over it, the reward that makes, and what an agent does with it.

    Args:
        basis: changes (S,) of a reward of cells that nobody notices.
    """
    mdp, grid, tau = recovery.mdp, recovery.grid, recovery.config.temperature
    words = st.container(key="story")
    most = float(f"{np.abs(plain[mdp.live]).max() or 1.0:.1g}")
    sliders, middle = _sliders(most, len(basis)), _middle(mdp, grid.width)
    moved, problem = taken(
        SLIDERS, lambda: live_sliders(sliders, key=SLIDERS, revision=f"{most}", label="Another reward")
    )
    cell, lost = taken(MAPS, lambda: read_pin(MAPS, n_cells=grid.n_states, pin=middle))
    for said in filter(None, (problem, lost)):
        st.warning(said)
    row, column = divmod(middle if cell is None else cell, grid.width)
    potential = moved["height"] * hill(mdp, grid.walls.shape, row, column, max(grid.walls.shape) / 5)
    level = sum((moved[f"level-{k}"] * one for k, one in enumerate(basis)), np.zeros(grid.n_states))
    other = moved["size"] * shaped(mdp, plain + expected_reward(mdp, level), potential)
    before = soft_optimal(mdp, plain, tau).policy
    after = soft_optimal(mdp, other, moved["size"] * tau).policy
    change = np.where(mdp.live, np.abs(after - before).max(axis=1), np.nan)
    with words:
        apart = float(np.abs(other - plain)[mdp.live].max())
        regrets = what_comes_of(recovery).regret, regret_here(recovery, optimal(mdp, other).policy)
        st.html(_words(apart, float(np.nanmax(change)), *regrets))
    live = mdp.live[:, None]
    panels = [
        Panel(
            "unknown-read", "The reward it read", _mean(mdp, plain), "mean over a cell's moves",
            scale="root", limits=(-most, most),
        ),
        Panel(
            "unknown-hill", "A hill, to be dragged", np.where(mdp.live, potential, np.nan),
            "paid on the way up, charged on the way down", scale="root", limits=(-2.0 * most, 2.0 * most),
            help="A potential Φ: each move is paid γΦ(s′) − Φ(s) more.",
        ),
        Panel(
            "unknown-other", "Another reward", _mean(mdp, other), "with the hill, the level and the size",
            scale="root", limits=(-most, most),
        ),
        Panel(
            "unknown-policy", "What an agent does", change, "colour: by how much a move's chance changed",
            scale="sequential", limits=(0.0, 1.0), policy=np.where(live, after, np.nan),
        ),
    ]  # fmt: skip
    grid_maps(grid, panels, key=MAPS, columns=4, drag="unknown-hill", pin=middle)


def _read(recovery: Recovery) -> FloatArray:
    """(S,) the recovered reward of entering each cell, the mean of live cells zero, which nothing decides."""
    drawn = per_step(recovery.mdp, what_comes_of(recovery).values)
    return np.where(recovery.mdp.terminal, drawn / (1.0 - recovery.mdp.gamma), drawn)


def _directions(mdp: TabularMDP) -> list[FloatArray]:
    """Changes (S,) of a reward of cells that nobody notices, by 1 a step: of all cells, and of the largest
    parts of a world that no choice of moves joins."""
    columns = free_directions(mdp).toarray().T / (1.0 - mdp.gamma)
    parts = sorted(columns, key=lambda one: -np.count_nonzero(one))[:PARTS] if len(columns) > 1 else []
    return [columns.sum(axis=0), *parts]


def _sliders(most: float, n_levels: int) -> list[Slider]:
    names = ["Level of all cells", "Level of one part", "Level of another part"]
    helps = [
        "Added to every step, for ever: nobody can tell, for everybody gets it.",
        *["This world falls into parts that no choice leads between: each has a level of its own."] * PARTS,
    ]
    levels = [
        Slider(f"level-{k}", names[k], -most, most, 0.0, help=helps[k]) for k in range(n_levels)
    ]  # fmt: skip
    return [
        Slider("height", "Height of the hill", -2.0 * most, 2.0 * most, most, help="Below 0 it is a pit."),
        *levels,
        Slider(
            "size", "Size, with the temperature", 0.25, 4.0, 1.0, scale="log",
            help="A reward twice as large for an agent that is twice as careless: the same behaviour.",
        ),
    ]  # fmt: skip


def _middle(mdp: TabularMDP, width: int) -> int:
    """The live cell nearest to the middle of all of them."""
    rows, columns = np.divmod(mdp.live_states, width)
    return int(mdp.live_states[np.hypot(rows - rows.mean(), columns - columns.mean()).argmin()])


def _mean(mdp: TabularMDP, reward: FloatArray) -> FloatArray:
    return np.where(mdp.live, reward.mean(axis=1), np.nan)


def _words(apart: float, change: float, was: float | None, now: float | None) -> str:
    """The headline and its line, from what was worked out."""
    if apart < SAME:
        headline = "This is the reward it read, and one of many that fit."
    elif change < SAME:
        headline = f"A reward that differs by up to {apart:.2g} asks for the same behaviour."
    else:
        headline = f"A reward that differs by up to {apart:.2g} asks for other behaviour."
    rounding = f" ({change:.0e}, which is rounding)".replace("-", "−") if 0 < change < SAME else ""
    share = 0.0 if change < SAME else change
    said = f"The largest change of a move's chance is <b>{written(share, 'share')}</b>{rounding}."
    if was is not None and now is not None:
        levels = [LEVEL_TITLES[level_of(regret)] for regret in (was, now)]
        said += (
            f" A plan made with it {hover('gives away', 'regret')} {written(now, 'share')} of what can be "
            f"gained here; one made with what was read, {written(was, 'share')}. {QUESTIONS['here']}: "
            f"<b>{levels[1]}</b>, {'as' if levels[0] == levels[1] else levels[0]} before."
        )
    return (
        f'<div class="irl-story" role="status"><h1>{escape(headline)}</h1>'
        f'<p class="irl-lead">{said.replace(" %", "&nbsp;%")}</p></div>'
    )


def _draw_evidence(recovery: Recovery) -> None:
    """A row for each kind of further evidence: how much doubt it leaves, and how many hills still fit."""
    st.html('<h2 class="irl-part">What would rule them out</h2>')
    if recovery.grid.n_states > AT_ONCE:
        st.html(f'<p class="irl-note">This is worked out in worlds of up to {AT_ONCE} cells.</p>')
        return
    found, grid = left_open(recovery), recovery.grid
    slip = f"{100 * other_slip(grid).slip:.0f}\N{NO-BREAK SPACE}%"
    titles = {
        "these": "What was shown",
        "more": "As many moves again, from the same starts",
        "start": f"As many moves again, from {grid.place(least_seen(recovery))}",
        "world": f"As many moves again, where {slip} of them slip",
    }
    rows = "".join(_row(title, found[name], found["these"]) for name, title in titles.items())
    parts = free_directions(recovery.mdp).shape[1]
    cells = "they are all that does" if parts == 1 else f"that is one level for each of its {parts} parts"
    st.html(
        '<table class="irl-figures irl-unknown"><thead><tr><th scope="col">Evidence</th>'
        '<th scope="col">Doubt about a cell</th><th scope="col">Hills that fit</th>'
        f'<th scope="col">It rules out</th></tr></thead><tbody>{rows}</tbody></table>'
        '<p class="irl-note">Doubt: how far the rewards of a cell spread that explain what was shown; '
        "100&nbsp;% is before the first game, 0&nbsp;% is best. Hills that fit: numbers of a reward of moves "
        "that stay open however many games follow. Level and size stay open whatever is shown; of a reward "
        "of cells, here, "
        f"{cells}.</p>"
    )


def _row(title: str, left: LeftOpen, before: LeftOpen) -> str:
    doubt = "none" if left.doubt is None else written(left.doubt, "share")
    return (
        f'<tr><th scope="row">{escape(title)}</th><td>{escape(doubt)}</td><td>{left.numbers}</td>'
        f"<td>{_ruled_out(left, before)}</td></tr>"
    )


def _ruled_out(left: LeftOpen, before: LeftOpen) -> str:
    """In words, what some evidence rules out that was open before."""
    if left is before:
        return ""
    if left.numbers < before.numbers:
        return {0: "every hill", 1: "every hill but the level"}.get(left.numbers, "some hills")
    return "nothing more" if left.doubt is None else "guesses, no hill"
