"""A seed's recovered reward held against the true one, a step and an episode at a time."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.analysis import agreement, episode_sums
from irl_app.figures import Kind, ThemeName, paired_figure
from irl_app.training import RunConfig
from irl_app.training.rewarded import WHO, Rewarded
from irl_app.ui.components import steady_figure
from irl_app.ui.train_view_words import RECOVERING, agreement_table, agreement_words

HEIGHT = 330
PAGE_FONT = "Source Sans, sans-serif"
SHORT = ("shown", "learner", "random")
"""The kinds of behaviour, ``WHO``, as legends and columns have it."""
_SHAPING = (
    "Rewards that differ by shaping explain the same behaviour and correlate differently: a low figure step "
    "by step is no proof of failure, and a high one over episodes none of success where longer is better. "
    "Correlations over the steps and episodes of each kind of behaviour, and over all of them; hover over "
    "one for its interval, over a dash for why there is none."
)


def draw_rewards(run: str, config: RunConfig, rewards: Rewarded, theme: ThemeName) -> None:
    """Two scatters, their correlations and what they are worth.

    Args:
        run: its id.
    """
    whole = rewards.episode >= 0
    there = [who for who in range(len(WHO)) if (rewards.who == who).any()]
    steps = [_kind(rewards, who, rewards.who == who) for who in there]
    sums = []
    for who in there:
        rows = (rewards.who == who) & whole
        if rows.any():
            _, recovered, true = episode_sums(
                rewards.recovered[rows], rewards.true[rows], rewards.episode[rows]
            ).T
            sums.append(Kind(SHORT[who], recovered, true, who))
    title = "Recovered" if config.method in RECOVERING else "Implied"
    st.html(f'<h3 class="irl-part">{title} against true reward</h3>')
    left, middle, right = st.columns(3, gap="medium")
    _draw(left, paired_figure(steps, "Step by step", name=title.lower(), theme=theme), f"{run}-steps")
    if sums:
        figure = paired_figure(
            sums, "Episode by episode, summed", each="episode", name=title.lower(), theme=theme
        )
        _draw(middle, figure, f"{run}-sums")
    found = {
        SHORT[who]: agreement(
            rewards.recovered[rewards.who == who],
            rewards.true[rewards.who == who],
            rewards.episode[rewards.who == who],
        )
        for who in there
    }
    apart = np.where(whole, rewards.episode + (1 + rewards.episode.max()) * rewards.who, -1)
    found["all"] = agreement(rewards.recovered, rewards.true, apart)
    with right:
        st.html(
            f'<p class="irl-verdict irl-agreement">{escape(agreement_words(found["all"]))}</p>'
            f'{agreement_table(found)}<p class="irl-hint irl-below">{escape(_SHAPING)}</p>'
        )


def _kind(rewards: Rewarded, who: int, rows: np.ndarray) -> Kind:
    return Kind(SHORT[who], rewards.recovered[rows], rewards.true[rows], who)


def _draw(column: DeltaGenerator, figure: go.Figure, key: str) -> None:
    figure.layout.font.family = PAGE_FONT
    with column:
        steady_figure(figure, key=f"train-paired-{key}", height=HEIGHT)
