"""What each figure is called, what it says in one plain sentence, and the careful version behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

Unit = Literal["correlation", "distance", "share", "ratio"]


@dataclass(frozen=True)
class MetricText:
    """The words of one metric.

    Attributes:
        title: a few words.
        unit: how the number is written: "correlation" and "distance" with two or three digits, "share" in
            percent, "ratio" as so many times.
        best: the value of a perfect recovery.
        sentence: for a reader in a hurry, with ``{value}`` in it.
        help: definition, range, source and caveats, as plain text.
        formula: the definition in LaTeX.
        most: the highest value that it can take, where the unit does not say so.
        moved_by: which changes that no behaviour notices move it: "level" (the free directions of a reward
            of cells), "shaping" (of r(s, a), by a potential). None is moved by the reward's scale.
    """

    title: str
    unit: Unit
    best: float
    sentence: str
    help: str
    formula: str
    most: float | None = None
    moved_by: tuple[str, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value that the metric can take."""
        unbounded = self.unit == "ratio" or (
            self.unit == "share" and self.best == 0.0
        )  # a regret, not a rate
        most = self.most if self.most is not None else inf if unbounded else 1.0
        return (-1.0 if self.unit == "correlation" else 0.0), most


_FISHER = " The interval is Fisher's 95 % one; it treats cells as independent, so it is rather too narrow."
_REGRET = (
    " As a share of what the best policy gains over random moves, all under the true reward: 0 % is optimal, "
    "100 % no better than random moves, above 100 % worse than random."
)
_REGRET_FORMULA = r"\frac{J^* - J_{\hat\pi}}{J^* - J_{\mathrm{uniform}}}"

METRIC_TEXTS: Mapping[str, MetricText] = {
    "pearson_raw": MetricText(
        "Raw reward",
        "correlation",
        1.0,
        "Before shaping is taken out, the recovered and the true r(s, a) correlate at {value}.",
        "Pearson correlation of r(s, a), the mean of Q(s, a) − γV(s′) over s′, with the true mean reward, "
        "over all pairs, from −1 to 1. Shaping by a potential is still in it. No behaviour can reveal that "
        "part, so a low value alone is no bad sign and a high one no proof." + _FISHER,
        r"\mathrm{corr}(r, r_{\mathrm{true}}), \quad r(s,a) = \mathbb{E}_{s'}[Q(s,a) - \gamma V(s')]",
        moved_by=("shaping",),
    ),
    "pearson_val": MetricText(
        "De-shaped reward",
        "correlation",
        1.0,
        "With shaping taken out of both, they correlate at {value}.",
        "Pearson correlation of the canonical forms c(s, a) = r(s, a) + γE[U(s′)] − U(s), where U is the "
        "value of random moves under the same reward, from −1 to 1. Rewards that differ only by shaping have "
        "the same canonical form." + _FISHER,
        r"\mathrm{corr}(c, c_{\mathrm{true}}), \quad c(s,a) = r(s,a) + \gamma\,\mathbb{E}_{s'}[V^u(s')] - "
        r"V^u(s)",
    ),
    "pearson_state": MetricText(
        "State reward",
        "correlation",
        1.0,
        "Cell by cell, the reward for entering it correlates with the true one at {value}.",
        "Pearson correlation over cells of the state-only reward g(s′) with the true reward, from −1 to 1. "
        "Where the method gives r(s, a) only, g is its part that depends on the cell alone, by least squares "
        "against g(s′) + γh(s′) − h(s)." + _FISHER,
        r"\mathrm{corr}(g, r_{\mathrm{true}}), \quad r(s,a) \approx \mathbb{E}_{s'}[g(s') + \gamma h(s')] - "
        r"h(s)",
        moved_by=("level",),
    ),
    "spearman_state": MetricText(
        "State reward, ranks",
        "correlation",
        1.0,
        "Ranking the cells by recovered reward matches their true order at {value}.",
        "Spearman's rank correlation over cells, from −1 to 1. It is not given where the true reward has "
        "only two values: ranks within each would be noise." + _FISHER,
        r"\mathrm{corr}(\mathrm{rank}\,g, \mathrm{rank}\,r_{\mathrm{true}})",
        moved_by=("level",),
    ),
    "value_pearson": MetricText(
        "Value map",
        "correlation",
        1.0,
        "The values that the recovered reward implies correlate with the true ones at {value}.",
        "Pearson correlation over cells of the optimal value under the recovered reward with the optimal "
        "value under the true one, from −1 to 1. Shaping moves values, so this may be poor although the "
        "policy is right." + _FISHER,
        r"\mathrm{corr}(V^*_{r}, V^*_{\mathrm{true}})",
        moved_by=("shaping",),
    ),
    "starc": MetricText(
        "STARC distance",
        "distance",
        0.0,
        "It is {value} away from the true reward: 0 would order all behaviour alike, 1 in reverse.",
        "Half the distance of the canonical forms, each scaled to length 1 (Skalse et al. 2024), from 0 to "
        "1. Scale and shaping do not count; it bounds the regret of planning with the wrong reward.",
        r"\tfrac12 \left\lVert c/\lVert c\rVert - c_{\mathrm{true}}/\lVert c_{\mathrm{true}}\rVert "
        r"\right\rVert_2",
    ),
    "starc_state": MetricText(
        "STARC distance, state reward",
        "distance",
        0.0,
        "The reward of cells is {value} away from the true one: 0 would order all behaviour alike, 1 in "
        "reverse.",
        "Half the distance of the canonical forms of the state-only part and of the true reward, each scaled "
        "to length 1 (Skalse et al. 2024), from 0 to 1. Nothing that demonstrations leave open moves it.",
        r"\tfrac12 \left\lVert c_g/\lVert c_g\rVert - c_{\mathrm{true}}/\lVert c_{\mathrm{true}}\rVert "
        r"\right\rVert_2",
    ),
    "map_cosine": MetricText(
        "Map of cells, level left open",
        "correlation",
        1.0,
        "With what no behaviour can tell taken out of both, the two maps of cells have a cosine of {value}.",
        "Cosine of the state-only reward and the true one after the directions that leave all soft policies "
        "alone have been projected out of both, from −1 to 1. Where no episode ends this is Pearson's "
        "correlation. Above 0.9 it still is no promise of good plans: see what is lost elsewhere.",
        r"\cos(g - \Pi g,\; r_{\mathrm{true}} - \Pi r_{\mathrm{true}})",
    ),
    "epic_state": MetricText(
        "EPIC distance",
        "distance",
        0.0,
        "By EPIC, the state-only reward is {value} away from the true one (0 same, 1 opposite).",
        "√((1 − ρ)/2), ρ the correlation of the state-only rewards after EPIC's canonicalisation (Gleave et "
        "al. 2021), from 0 to 1. It asks about impossible moves too, so it is not used on Q − γV(s′).",
        r"\sqrt{(1-\rho)/2}, \quad C(r) = r + \mathbb{E}[\gamma r(s',A,S') - r(s,A,S') - \gamma r(S,A,S')]",
        moved_by=("level",),
    ),
    "dard_state": MetricText(
        "DARD distance",
        "distance",
        0.0,
        "By DARD, the state-only reward is {value} away from the true one (0 same, 1 opposite).",
        "As EPIC, but canonicalised with the grid's own dynamics, so that only possible moves count (Wulfe "
        "et al. 2022), from 0 to 1.",
        r"\sqrt{(1-\rho)/2}, \quad C(r) = r + \mathbb{E}[\gamma r(s',A,S'') - r(s,A,S') - \gamma "
        r"r(S',A,S'')]",
        moved_by=("level",),
    ),
    "regret": MetricText(
        "Regret here",
        "share",
        0.0,
        "Planning with the recovered r(s, a) in this grid gives away {value} of what there is to gain.",
        "Return lost, under the true reward, by the policy that is optimal for the recovered one." + _REGRET,
        _REGRET_FORMULA,
    ),
    "regret_state": MetricText(
        "Regret here, state reward",
        "share",
        0.0,
        "Planning with the state-only reward in this grid gives away {value}.",
        "Return lost, under the true reward, by the policy that is optimal for the state-only reward."
        + _REGRET,
        _REGRET_FORMULA,
    ),
    "regret_elsewhere": MetricText(
        "Regret elsewhere",
        "share",
        0.0,
        "In changed worlds, a new plan for the state reward gives away {value} on average.",
        "The recovered state-only reward is carried to 64 changed worlds, always the same ones for a grid: "
        "as many with walls added as with walls moved, another slip, another start (a kind for which a grid "
        "has no room is left out). Planned with there, judged by the true reward, from 0 to 1 in each. A "
        "cell whose wall was taken away has the median reward of the other cells. Gaffke's 95 % interval "
        "over the worlds: other draws of such worlds, not other kinds of change." + _REGRET,
        r"\mathbb{E}_w\!\left[\min\!\left(\frac{J_w^* - J_w^{\hat\pi}}{J_w^* - J_w^{\mathrm{uniform}}}, "
        r"1\right)\right]",
        most=1.0,
    ),
    "regret_transfer": MetricText(
        "Regret with new walls",
        "share",
        0.0,
        "With a tenth of the cells turned into walls, a new plan for the state reward gives away {value}.",
        "The recovered state-only reward is carried to a grid with walls added (always the same ones for a "
        "grid, no way is cut off), planned with there, and judged by the true reward." + _REGRET,
        _REGRET_FORMULA,
    ),
    "regret_transfer_raw": MetricText(
        "Regret with new walls, r(s, a)",
        "share",
        0.0,
        "Planning with r(s, a) carried over to the same walls gives away {value}.",
        "r(s, a) has the old walls built in: a move that used to lead somewhere keeps its reward although it "
        "no longer does." + _REGRET,
        _REGRET_FORMULA,
        moved_by=("shaping",),
    ),
    "regret_permuted": MetricText(
        "Regret with swapped buttons, r(s, a)",
        "share",
        0.0,
        "With the buttons swapped, planning with r(s, a) gives away {value}.",
        "Every button makes the next move clockwise, r(s, a) stays with the button, and a reward of cells "
        "does not notice. It shows whether the reward describes the world or only the expert's habits."
        + _REGRET,
        _REGRET_FORMULA,
        moved_by=("shaping",),
    ),
    "distance_ratio": MetricText(
        "Path length",
        "ratio",
        1.0,
        "The plan walks {value} the shortest path to the goal; a failure counts the full move limit.",
        "Mean over starts of expected moves to the goal over the shortest path, exactly, for the policy that "
        "is optimal for the recovered reward. 1 is best without slip; slipping costs moves even for a "
        "perfect plan.",
        r"\mathbb{E}_{s_0}\!\left[\frac{\mathrm{moves}}{d_{\mathrm{shortest}}(s_0)}\right]",
    ),
    "distance_ratio_manhattan": MetricText(
        "Path length, Manhattan",
        "ratio",
        1.0,
        "Against the Manhattan distance, which ignores walls, that is {value}.",
        "Mean over starts of expected moves to the goal over the Manhattan distance to it; walls alone can "
        "make it larger than 1.",
        r"\mathbb{E}_{s_0}\!\left[\frac{\mathrm{moves}}{d_{\mathrm{Manhattan}}(s_0)}\right]",
    ),
    "success_rate": MetricText(
        "Success",
        "share",
        1.0,
        "{value} of the episodes reach the goal within the move limit.",
        "Probability, over starts, slip and ties, that the plan enters a goal before the move limit.",
        r"P(\mathrm{moves} \le \mathrm{limit})",
    ),
}

APART: Mapping[str, tuple[str, str]] = {
    "level": (
        "At this level",
        "Where goals end the episode, adding c to every cell and c / (1 − γ) to every end changes nothing "
        "that an expert does, and moves these figures from one end to the other: they compare at one level "
        "of many.",
    ),
    "shaping": (
        "With its shaping",
        "Shaping by a potential changes nothing that an expert does, and moves these figures.",
    ),
}
"""By what no behaviour notices and yet moves a figure: the heading that such figures stand under, and why."""

HEADLINE: tuple[str, ...] = (
    "starc_state",
    "map_cosine",
    "starc",
    "pearson_val",
    "regret",
    "regret_elsewhere",
    "regret_transfer",
    "distance_ratio",
    "success_rate",
    "pearson_state",
    "epic_state",
    "pearson_raw",
    "value_pearson",
)
"""The figures that are summed up over seeds and given to programs, in this order."""


def counted(n: int, noun: str) -> str:
    """``1 move``, ``1,500 moves``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def demonstrations_in_words(n_demos: int | str | None) -> str:
    """``30 demonstrations``; an exact occupancy (None, or "exact") stands for endless ones."""
    return counted(n_demos, "demonstration") if isinstance(n_demos, int) else "endless demonstrations"


def written(value: float, unit: Unit) -> str:
    """A number as people read it: ``0.98``, ``0.031``, ``1.2 %``, ``1.04 times``."""
    if unit == "share":
        percent = 100.0 * value
        digits = 0 if percent == 0.0 or percent >= 99.95 else 1 if abs(percent) < 99.5 else 2
        if abs(percent) >= 100.0:
            digits = 0
        return f"{percent:.{digits}f} %"
    if unit == "ratio":
        return f"{value:.2f} times"
    digits = 3 if unit == "distance" or abs(value) > 0.99 else 2
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")
