"""Slices of value, reward and policy over any two state variables that the visitor chooses."""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.figures import Axes, Seen, ThemeName, choice_figure, slice_figure
from irl_app.runs import RunConfig, RunError
from irl_app.tasks import StateSpace, Task
from irl_app.training.checkpoint_files import FOLDER
from irl_app.training.learners import load_learners
from irl_app.training.slices import Arrays, Cuts, Slices
from irl_app.ui.components import steady_figure
from irl_app.ui.page import stamp_of
from irl_app.ui.questions import Keep
from irl_app.ui.train_view_words import NEAR, fixed_words, reward_meaning, reward_title, seen_words, short
from trainers.arrays import FloatArray
from trainers.learner import SoftmaxLearner

HEIGHT = 340
CHOSEN = "its likeliest move"
POLICY, TRUE = "What it does", "True reward"

_cuts: Keep[tuple[int, dict[str, Arrays]]] = Keep(32)


def draw_slices(
    folder: Path,
    config: RunConfig,
    task: Task,
    space: StateSpace,
    slices: Slices,
    place: int,
    theme: ThemeName,
) -> None:
    """Controls, figures and words of a seed's slices.

    Args:
        folder: of the run. place: of the seed among the run's.
    """
    run = folder.name
    with st.container(horizontal=True, vertical_alignment="bottom", key="train-slices-head"):
        pair = _chosen_pair(task, space)
        moves = [CHOSEN, *task.action_names]
        cloned = config.method == "bc"  # to which the likeliest move is worth next to nothing everywhere
        key = f"train-slices-move-{task.name}-{cloned}"
        move = st.selectbox("Reward of", moves, index=int(cloned), key=key, width=190)
        knows = bool(np.isfinite(slices.true).any())
        kinds = [POLICY, TRUE] if knows else [POLICY]
        kind = st.segmented_control(
            "Beside it", kinds, default=POLICY, required=True, key="train-slices-kind",
        )  # fmt: skip
    source = ""
    if set(pair) <= set(space.sliced):
        value, policy, reward, true = _cut(space, pair, slices, place)
    else:
        try:
            update, found = _asked_for(folder, config, task, space, pair, place)
        except RunError as error:
            st.html(f'<p class="irl-hint">{escape(str(error))}</p>')
            return
        source = f"Drawn from the checkpoint at update {update:,}."
        value, policy, reward, true = (
            np.nan_to_num(found[name][0].astype(np.float64)) for name in ("value", "policy", "reward", "true")
        )
    axes = _axes(space, pair)
    seen = _seen(space, pair, slices, place)
    best = policy.argmax(-1)
    row = task.action_names.index(move) if move != CHOSEN else None
    left, middle, right = st.columns(3, gap="medium")
    if cloned:  # of V it knows only differences between actions
        title, value = "How sure it is", policy.max(-1)
    else:
        title = "Value V(s)"
    figure = slice_figure(value, axes, title, scale="sequential", seen=seen, theme=theme)
    _draw(left, figure, f"{run}-value")
    title = reward_title(config)
    figure = slice_figure(_of_move(reward, row, best), axes, title, scale="diverging", seen=seen, theme=theme)
    _draw(middle, figure, f"{run}-reward")
    if kind == TRUE:
        figure = slice_figure(
            _of_move(true, row, best), axes, "True reward", scale="diverging", seen=seen, theme=theme
        )
    else:
        figure = choice_figure(policy, axes, POLICY, task.action_names, seen=seen, theme=theme)
    _draw(right, figure, f"{run}-third")
    near = 0 if seen is None else int(seen.near.sum())
    n = 0 if seen is None else len(seen.near)
    said = (fixed_words(space.variables, pair), source, seen_words(n, near), reward_meaning(config))
    st.html(f'<p class="irl-hint">{escape(" ".join(part for part in said if part))}</p>')


def reward_slice(
    config: RunConfig, task: Task, space: StateSpace, slices: Slices, theme: ThemeName
) -> go.Figure:
    """The reward of the first seed's likeliest moves, of cloning of the first move, over the most telling
    pair of variables."""
    pair = space.pairs[0]
    _, policy, reward, _ = _cut(space, pair, slices, 0)
    row = 0 if config.method == "bc" else None
    return slice_figure(
        _of_move(reward, row, policy.argmax(-1)),
        _axes(space, pair),
        reward_title(config),
        scale="diverging",
        seen=_seen(space, pair, slices, 0),
        theme=theme,
    )


def _axes(space: StateSpace, pair: tuple[int, int]) -> Axes:
    names = (space.variables[pair[0]].name, space.variables[pair[1]].name)
    return Axes(names, space.axis(pair[0]), space.axis(pair[1]))


def _chosen_pair(task: Task, space: StateSpace) -> tuple[int, int]:
    """The variables along x and y, never the same one twice; the most telling ones come first."""
    x_key, y_key = (f"train-slices-{axis}-{task.name}" for axis in "xy")

    def name(variable: int) -> str:
        return short(space.variables[variable])

    every = [*dict.fromkeys((*space.sliced, *range(len(space.variables))))]
    x = st.selectbox("Along", every, format_func=name, key=x_key, width=210)
    others = [variable for variable in every if variable != x]
    if st.session_state.get(y_key) not in others:
        st.session_state[y_key] = others[0]
    y = st.selectbox("and", others, format_func=name, key=y_key, width=210)
    return x, y


def _cut(
    space: StateSpace, pair: tuple[int, int], slices: Slices, place: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(G, G) values, (G, G, A) policy, recovered and true rewards over a pair, rows along its second."""
    order = tuple(sorted(pair, key=space.sliced.index))
    number = space.pairs.index((order[0], order[1]))
    drawn = (slices.value, slices.policy, slices.reward)
    found = (*(array[place, number] for array in drawn), slices.true[number])
    value, policy, reward, true = (
        np.nan_to_num(array.astype(np.float64) if order == pair else array.swapaxes(0, 1).astype(np.float64))
        for array in found
    )
    return value, policy, reward, true


def _asked_for(
    folder: Path, config: RunConfig, task: Task, space: StateSpace, pair: tuple[int, int], place: int
) -> tuple[int, dict[str, Arrays]]:
    """A slice over a pair that the run's file does not hold, of one seed, and the update that it is of.

    Raises:
        RunError: there is no checkpoint to cut it from.
    """

    def cut() -> tuple[int, dict[str, Arrays]]:
        learners = load_learners(folder, config)
        learner = learners.each[place]
        assert isinstance(learner, SoftmaxLearner)  # states are described only of numbered actions
        with np.errstate(over="ignore", invalid="ignore"):  # a Q-function that has run away is drawn so
            return learners.update, Cuts(task, space, (pair,)).of(learner)

    return _cuts.get((folder, stamp_of(folder / FOLDER), pair, place), 1, cut)


def _seen(space: StateSpace, pair: tuple[int, int], slices: Slices, place: int) -> Seen | None:
    """The seed's shown states on the slice; near if what is held fixed is nearly so in them."""
    if not slices.seen:
        return None
    states = slices.seen[place].astype(np.float64)
    fixed = [i for i in range(len(space.variables)) if i not in pair]
    rests = np.array([space.variables[i].rest for i in fixed])
    ranges = np.array([space.variables[i].high - space.variables[i].low for i in fixed])
    near = (np.abs(states[:, fixed] - rests) <= NEAR * ranges).all(axis=1)
    return Seen(states[:, list(pair)], near)


def _of_move(values: FloatArray, row: int | None, best: FloatArray) -> FloatArray:
    """(G, G) numbers of one action, or of the likeliest one (G, G), of values (G, G, A)."""
    if row is not None:
        return np.asarray(values[..., row], np.float64)
    return np.take_along_axis(values, best[..., None].astype(int), -1)[..., 0].astype(np.float64)


def _draw(column: DeltaGenerator, figure: go.Figure, key: str) -> None:
    with column:
        steady_figure(figure, key=f"train-slice-{key}", height=HEIGHT)
