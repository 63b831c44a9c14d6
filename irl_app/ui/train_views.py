"""What the run that the Train page shows has learned: its episodes first; slices and rewards held against the
truth below its curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from irl_app.runs import RunConfig, RunError, read_config, read_run
from irl_app.tasks import Task
from irl_app.training.reward_samples import NAME as REWARDS
from irl_app.training.reward_samples import RewardSamples, read_reward_samples
from irl_app.training.rollouts import Rollout
from irl_app.ui.page import choose_seed, escape, known_task, page_theme
from irl_app.ui.questions import Keep
from irl_app.ui.run_pictures import KEPT, draw_episode, episode_picture, kept, rollouts_of, slices_of
from irl_app.ui.train_reading import metrics_of
from irl_app.ui.train_result import judged_html
from irl_app.ui.train_rewards import draw_rewards
from irl_app.ui.train_slices import draw_slices
from irl_app.ui.train_view_words import rollout_words

POLL_SECONDS = 3.0
SEED, SHOWN = "train-views-seed", "train-views-seed-shown"

_rewards: Keep[RewardSamples | None] = Keep(KEPT)


def draw_agents(folder: Path, *, busy: bool) -> None:
    """The expert and what has learned from it side by side, beside them what is to be thought of it; drawn
    again by themselves while the run is busy."""
    config = read_config(folder)
    st.fragment(_draw_agents, run_every=POLL_SECONDS if busy else None)(folder, config, busy)


def draw_views(folder: Path, *, busy: bool) -> None:
    """Slices and rewards of a run, drawn again by themselves while it is busy."""
    config = read_config(folder)
    task = known_task(config)
    if task is not None:
        st.fragment(_draw_views, run_every=POLL_SECONDS if busy else None)(folder, config, task)


def _draw_agents(folder: Path, config: RunConfig, busy: bool) -> None:
    try:
        run = read_run(folder)
    except RunError:
        return  # the head says so
    judged, task = judged_html(run, metrics_of(folder)), known_task(config)
    rollouts = None if task is None else rollouts_of(folder)
    drawn = rollouts or (None if task is None else slices_of(folder, config, task))
    place = 0 if drawn is None else _draw_head(config, drawn.update)
    if task is None or rollouts is None:
        said = "Episodes to look at are drawn when the run ends or is stopped." if busy else ""
        st.html(f'<div class="irl-judged irl-across">{judged}</div><p class="irl-hint">{said}</p>')
        return
    seed = config.seeds[place]
    shown = [one for one in rollouts.shown if one.seed in (None, seed)]
    *columns, rail = st.columns((*[1.0] * max(len(shown), 1), 0.8), gap="medium")
    with rail:
        st.html(f'<div class="irl-judged">{judged}</div>')
        moving = st.toggle("Moving", value=True, key="train-views-moving", help="Off: their first pictures.")
        st.html(f'<p class="irl-hint">{escape(_beside_words(task, shown, seed))}</p>')
    for column, one in zip(columns, shown, strict=False):
        if (picture := episode_picture(folder, one)) is not None:
            with column:
                draw_episode(picture, _words(one, task), moving=moving)


def _draw_head(config: RunConfig, update: int) -> int:
    """What is shown, and the choice of a seed; its place."""
    with st.container(horizontal=True, vertical_alignment="center", key="train-views-head"):
        st.html(f"<h2>What it learned, at update {update:,}</h2>")
        place = choose_seed(config.seeds, SEED)
    if st.session_state.setdefault(SHOWN, place) != place:
        st.session_state[SHOWN] = place
        st.rerun()  # the whole page: slices and rewards are of the same seed
    return place


def _words(one: Rollout, task: Task) -> str:
    who = "The expert" if one.seed is None else "What it learned"
    return f'<h3 class="irl-part">{who}</h3><p class="irl-hint">{escape(rollout_words(one, task))}</p>'


def _beside_words(task: Task, shown: Sequence[Rollout], seed: int) -> str:
    said = ["Drawn from what was observed; returns are the true ones."]
    if all(one.seed is None for one in shown):
        said.append(f"Of seed {seed} nothing is drawn: only the first seeds are.")
    if task.name.startswith("LunarLander"):
        said.append("The hills are not observed: they are always drawn the same.")
    return " ".join(said)


def _draw_views(folder: Path, config: RunConfig, task: Task) -> None:
    theme, place = page_theme(), min(st.session_state.get(SEED) or 0, len(config.seeds) - 1)
    slices, space = slices_of(folder, config, task), task.state_space
    if slices is not None and space is not None:
        st.html("<h2>Its value and reward</h2>")
        draw_slices(folder, config, task, space, slices, place, theme)
    rewards = kept(_rewards, folder / REWARDS, lambda: read_reward_samples(folder, place), place)
    if rewards is not None:
        draw_rewards(folder.name, config, rewards, theme)
