"""What the run that the Train page shows has learned: episodes, slices, rewards held against the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import streamlit as st

from irl_app.runs import RunConfig, RunError, read_config
from irl_app.tasks import Task
from irl_app.training.reward_samples import NAME as REWARDS
from irl_app.training.reward_samples import RewardSamples, read_reward_samples
from irl_app.training.rollouts import ABOUT, FOLDER, Rollout, Rollouts, animation, read_rollouts, still
from irl_app.training.slices import NAME as SLICES
from irl_app.training.slices import Slices, read_slices
from irl_app.ui.page import choose_seed, known_task, page_theme, stamp_of
from irl_app.ui.questions import Keep
from irl_app.ui.train_rewards import draw_rewards
from irl_app.ui.train_slices import draw_slices
from irl_app.ui.train_view_words import rollout_words
from trainers.spaces import Discrete

POLL_SECONDS = 3.0
KEPT = 32
"""Files that are kept read."""
T = TypeVar("T")

_slices: Keep[Slices | None] = Keep(KEPT)
_rewards: Keep[RewardSamples | None] = Keep(KEPT)
_rollouts: Keep[Rollouts | None] = Keep(KEPT)
_animations: Keep[bytes | None] = Keep(KEPT)


def draw_views(folder: Path, *, busy: bool) -> None:
    """Episodes, slices and rewards of a run, drawn again by themselves while it is busy."""
    config = read_config(folder)
    task = known_task(config)
    if task is not None:
        st.fragment(_draw_views, run_every=POLL_SECONDS if busy else None)(folder, config, task, busy)


def _draw_views(folder: Path, config: RunConfig, task: Task, busy: bool) -> None:
    theme = page_theme()
    slices = _read(_slices, folder / SLICES, lambda: read_slices(folder))
    if slices is not None and not _fits(slices, config, task):
        slices = None
    rollouts = _read(_rollouts, folder / FOLDER / ABOUT, lambda: read_rollouts(folder))
    if slices is None and rollouts is None and not (folder / REWARDS).is_file():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="train-views-head"):
        at = "" if slices is None else f", at update {slices.update:,}"
        st.html(f"<h2>What it learned{at}</h2>")
        place = choose_seed(config.seeds, "train-views-seed")
    with st.container():  # always there: what follows keeps its place, and is not drawn from nothing
        _draw_rollouts(folder, task, rollouts, config.seeds[place], busy)
    space = task.state_space
    if slices is not None and space is not None:
        draw_slices(folder.name, config, task, space, slices, place, theme)
    rewards = _read(_rewards, folder / REWARDS, lambda: read_reward_samples(folder, place), place)
    if rewards is not None:
        draw_rewards(folder.name, config, rewards, theme)


def _draw_rollouts(folder: Path, task: Task, rollouts: Rollouts | None, seed: int, busy: bool) -> None:
    """A demonstration and an episode of the seed side by side."""
    if rollouts is None:
        if busy:
            st.html('<p class="irl-hint">Episodes to look at are drawn when the run ends or is stopped.</p>')
        return
    shown = [one for one in rollouts.shown if one.seed in (None, seed)]
    columns = st.columns(3, gap="medium")
    with columns[min(len(shown), 2)]:
        moving = st.toggle("Moving", value=True, key="train-views-moving", help="Off: their first pictures.")
        st.html(f'<p class="irl-hint">{_beside_words(task, rollouts, shown, seed)}</p>')
    for column, one in zip(columns, shown, strict=False):
        picture = _read(_animations, folder / FOLDER / one.file, partial(animation, folder, one))
        if picture is not None:
            with column:
                st.image(picture if moving else still(picture), width="stretch")
                st.html(f'<p class="irl-hint">{rollout_words(one, task)}</p>')


def _beside_words(task: Task, rollouts: Rollouts, shown: Sequence[Rollout], seed: int) -> str:
    said = [f"Drawn at update {rollouts.update:,} from what was observed, true returns beside them."]
    if all(one.seed is None for one in shown):
        said.append(f"Of seed {seed} nothing is drawn: only the first seeds are.")
    if task.name.startswith("LunarLander"):
        said.append("The hills are not observed: they are always drawn the same.")
    return " ".join(said)


def _fits(slices: Slices, config: RunConfig, task: Task) -> bool:
    """Whether the slices are of this run's form: a file from elsewhere is not drawn."""
    space = task.state_space
    if space is None or not isinstance(task.action_space, Discrete):
        return False
    shape = (len(config.seeds), len(space.pairs), space.side, space.side, task.action_space.n)
    seen = all(own.ndim == 2 and own.shape[1] == len(space.variables) for own in slices.seen)
    return slices.policy.shape == shape and seen and len(slices.seen) in (0, len(config.seeds))


def _read(kept: Keep[T | None], path: Path, read: Callable[[], T | None], part: object = None) -> T | None:
    """What a file says, kept while it stays as it is; None if there is none, or a damaged one: it is written
    anew."""
    try:
        return kept.get((path, stamp_of(path), part), 1, read)
    except (RunError, OSError):
        return None
