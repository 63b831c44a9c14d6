"""A seed's recovered reward held against the true one, a step and an episode at a time."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from irl_app.analysis import agreement, episode_sums
from irl_app.figures import Kind, ThemeName, paired_figure
from irl_app.runs import RunConfig
from irl_app.training.reward_samples import WHO, RewardSamples
from irl_app.ui.components import steady_figure
from irl_app.ui.train_view_words import RECOVERING, agreement_table, agreement_words

HEIGHT = 330
SHORT = ("shown", "learner", "random")
"""The kinds of behaviour, ``WHO``, as legends and columns have it."""
_SHAPING = (
    "Rewards that differ by shaping explain the same behaviour and correlate differently: a low figure step "
    "by step is no proof of failure, and a high one over episodes none of success where longer is better. "
    "Correlations over the steps and episodes of each kind of behaviour, and over all of them; hover over "
    "one for its interval, over an empty place for why there is none."
)


def draw_rewards(run: str, config: RunConfig, rewards: RewardSamples, theme: ThemeName) -> None:
    """Two scatters, their correlations and what they are worth.

    Args:
        run: its id.
    """
    whole = rewards.episode >= 0
    kinds = {who: rows for who in range(len(WHO)) if (rows := rewards.who == who).any()}
    steps = [
        Kind(SHORT[who], rewards.recovered[rows], rewards.true[rows], who) for who, rows in kinds.items()
    ]
    sums = []
    for who, rows in kinds.items():
        if (own := rows & whole).any():
            columns = episode_sums(rewards.recovered[own], rewards.true[own], rewards.episode[own]).T
            sums.append(Kind(SHORT[who], columns[1], columns[2], who))
    title = "Recovered" if config.method in RECOVERING else "Implied"
    st.html(f'<h3 class="irl-part">{title} against true reward</h3>')
    left, middle, right = st.columns(3, gap="medium")
    with left:
        figure = paired_figure(steps, "Step by step", name=title.lower(), theme=theme)
        steady_figure(figure, key=f"train-paired-{run}-steps", height=HEIGHT)
    if sums:
        figure = paired_figure(
            sums, "Episode by episode, summed", each="episode", name=title.lower(), theme=theme
        )
        with middle:
            steady_figure(figure, key=f"train-paired-{run}-sums", height=HEIGHT)
    found = {
        SHORT[who]: agreement(rewards.recovered[rows], rewards.true[rows], rewards.episode[rows])
        for who, rows in kinds.items()
    }
    apart = np.where(whole, rewards.episode + (1 + rewards.episode.max()) * rewards.who, -1)
    found["all"] = agreement(rewards.recovered, rewards.true, apart)
    with right:
        st.html(
            f'<p class="irl-verdict irl-agreement">{escape(agreement_words(found["all"]))}</p>'
            f'{agreement_table(found)}<p class="irl-hint irl-below">{escape(_SHAPING)}</p>'
        )
