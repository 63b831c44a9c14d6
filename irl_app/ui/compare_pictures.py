"""What the compared runs do, and the rewards that they recovered, side by side: the Train page's pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.comparison import Arm, Comparison, number
from irl_app.figures import ThemeName
from irl_app.runs import Run
from irl_app.training.rollouts import Rollout
from irl_app.ui.compare_tables import swatch
from irl_app.ui.components import steady_figure
from irl_app.ui.page import escape, page_theme, task_title
from irl_app.ui.run_pictures import draw_episode, episode_picture, reward_figure, rollouts_of

BESIDE = 4
"""Pictures in a row."""
HEIGHT = 300
AGENTS = "The middle one of a seed's last episodes each."
REWARDS = (
    "Of the first seed of each, every picture on its own scale: behaviour leaves the size of a reward open."
)
T = TypeVar("T")


@dataclass(frozen=True)
class Episode:
    """Somebody's episode: its animation, whose it is as HTML, and what it came to."""

    picture: bytes
    whose: str
    said: str


def draw_agents(comparison: Comparison) -> None:
    """The demonstrations and the last episodes of every arm, moving; nothing where no run has any."""
    episodes = list(_episodes(comparison))
    without = [arm.label for arm in comparison.arms if not any(map(_learned, arm.runs))]
    if episodes:
        with st.container(horizontal=True, vertical_alignment="center", key="compare-agents-head"):
            st.html("<h2>What they do</h2>")
            moving = st.toggle("Moving", value=True, key="compare-moving", help="Off: their first pictures.")
        for row, columns in _rows(episodes):
            for column, one in zip(columns, row, strict=False):
                with column:
                    words = f'<p class="irl-hint"><strong>{one.whose}</strong><br>{escape(one.said)}</p>'
                    draw_episode(one.picture, words, moving=moving)
        st.html(f'<p class="irl-hint">{AGENTS}{escape(_without(without, "episodes to look at"))}</p>')


def draw_rewards(comparison: Comparison) -> None:
    """A picture of the reward that every arm recovered; nothing where no run keeps one."""
    theme = page_theme()
    found = [(arm, _reward(arm, theme)) for arm in comparison.arms]
    pictures = [(arm, figure) for arm, figure in found if figure is not None]
    if not pictures:
        return
    st.html("<h2>Their rewards</h2>")
    for row, columns in _rows(pictures):
        for column, (arm, figure) in zip(columns, row, strict=False):
            place = comparison.arms.index(arm)
            with column:
                st.html(f'<p class="irl-hint"><strong>{_whose(comparison, arm)}</strong></p>')
                steady_figure(figure, key=f"compare-reward-{place}", height=HEIGHT)
    without = [arm.label for arm, figure in found if figure is None]
    st.html(f'<p class="irl-hint">{escape(REWARDS + _without(without, "picture of a reward"))}</p>')


def _episodes(comparison: Comparison) -> Iterator[Episode]:
    """Task by task, a demonstration and then an episode of every arm that has one."""
    for task in dict.fromkeys(arm.task for arm in comparison.arms):
        arms = [arm for arm in comparison.arms if arm.task == task]
        shown = (_episode(run, one) for arm in arms for run in arm.runs for one in _shown(run, expert=True))
        if (demonstration := next(filter(None, shown), None)) is not None:
            whose = "The expert" + (f", {escape(task_title(task))}" if len(comparison.tasks) > 1 else "")
            yield Episode(demonstration[0], whose, demonstration[1])
        for arm in arms:
            own = (_episode(run, one) for run in arm.runs for one in _shown(run, expert=False))
            if (played := next(filter(None, own), None)) is not None:
                yield Episode(played[0], _whose(comparison, arm), played[1])


def _shown(run: Run, *, expert: bool) -> Sequence[Rollout]:
    rollouts = rollouts_of(run.folder)
    return () if rollouts is None else [one for one in rollouts.shown if (one.seed is None) == expert]


def _learned(run: Run) -> bool:
    return bool(_shown(run, expert=False))


def _episode(run: Run, one: Rollout) -> tuple[bytes, str] | None:
    picture = episode_picture(run.folder, one)
    who = "A demonstration" if one.seed is None else f"Seed {one.seed}"
    return None if picture is None else (picture, f"{who}: return {number(one.total)} in {one.moves} moves.")


def _reward(arm: Arm, theme: ThemeName) -> go.Figure | None:
    return next(filter(None, (reward_figure(run, theme) for run in arm.runs)), None)


def _whose(comparison: Comparison, arm: Arm) -> str:
    task = f", {escape(task_title(arm.task))}" if len({one.task for one in comparison.arms}) > 1 else ""
    return f"{swatch(comparison.labels.index(arm.label))}{escape(arm.label)}{task}"


def _without(labels: Sequence[str], what: str) -> str:
    return f" No {what}: {', '.join(dict.fromkeys(labels))}." if labels else ""


def _rows(items: Sequence[T]) -> Iterator[tuple[Sequence[T], Sequence[DeltaGenerator]]]:
    beside = min(BESIDE, max(2, len(items)))
    for first in range(0, len(items), beside):
        yield items[first : first + beside], st.columns(beside, gap="medium")
