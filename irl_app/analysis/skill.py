"""What a learner can do: told by what it earns beside random moves and the expert, by no curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from irl_app.analysis.agents import GOOD_SHARE, level_of_agents
from irl_app.analysis.statistics import interquartile_mean
from irl_app.analysis.verdict import Level

NOTHING_SHARE = 0.1
"""Of the way from random moves to the expert, below which nothing has been learned."""


@dataclass(frozen=True)
class Skill:
    """What the seeds of a run can do.

    Attributes:
        level: as `level_of_agents` has it: "good" is as good as the expert on every seed.
        share: of the interquartile mean of the seeds, 0 as random, 1 as the expert; may lie outside.
        good: seeds that are as good as the expert. seeds: how many there are.
    """

    level: Level
    share: float
    good: int
    seeds: int

    @property
    def way(self) -> str:
        """The share in words."""
        percent = f"{100 * self.share:.0f}".replace("-", "−")
        return f"{'0' if percent == '−0' else percent} % of the way from random moves to the expert"

    @property
    def title(self) -> str:
        """What they can do, in a few words."""
        if self.level == "good":
            return "As good as the expert"
        if self.good:
            return f"As good as the expert on {self.good} of {self.seeds} seeds"
        return "No better than random moves" if self.share < NOTHING_SHARE else self.way

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
    return Skill(level, share, good, len(shares))
