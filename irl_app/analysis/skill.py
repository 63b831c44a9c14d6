"""What a learner can do: told by what it earns beside random moves and the expert, by no curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from irl_app.analysis.agents import GOOD_SHARE, level_of_agents
from irl_app.analysis.statistics import interquartile_mean
from irl_app.analysis.verdict import Level
from irl_app.analysis.wording import written

NOTHING_SHARE = 0.1
"""Of the way from random moves to the expert, below which nothing has been learned."""


@dataclass(frozen=True)
class Skill:
    """What the seeds of a run can do.

    Attributes:
        level: as `level_of_agents` has it: "good" is as good as the expert on every seed.
        title: that in words, with its share of the way from random moves (0 %) to the expert (100 %).
        share: of the interquartile mean of the seeds, 0 as random, 1 as the expert; may lie outside.
        good: seeds that are as good as the expert. seeds: how many there are.
    """

    level: Level
    title: str
    share: float
    good: int
    seeds: int

    def headline(self, aim: str) -> str:
        """One sentence on what was learned, of an aim as a task has it."""
        if self.level == "good":
            return f"It has learned to {aim}, as well as the expert."
        if self.good:
            return f"It has learned to {aim} on {self.good} of {self.seeds} seeds."
        if self.share < NOTHING_SHARE:
            return f"It has not learned to {aim}."
        return f"It has {'partly' if self.level == 'fair' else 'hardly'} learned to {aim}."


def skill_of(returns: Sequence[float], random: float, expert: float) -> Skill:
    """What learners can do whose returns these are, one finite number a seed.

    Args:
        random, expert: mean returns of random moves and of the expert, which differ.
    """
    shares = (np.asarray(returns, dtype=float) - random) / (expert - random)
    share, good = float(interquartile_mean(shares)), int((shares >= GOOD_SHARE).sum())
    level = level_of_agents(returns, random, expert)
    if level == "good":
        title = "As good as the expert"
    elif good:
        title = f"As good as the expert on {good} of {len(shares)} seeds"
    elif share < NOTHING_SHARE:
        title = "No better than random moves"
    else:
        title = f"{written(share, 'share')} of the way from random moves to the expert"
    return Skill(level, title, share, good, len(shares))
