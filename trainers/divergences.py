"""Statistical distances between the expert and the learner, each with the concave phi that it puts in the
objective.

IQ-Learn maximises E_rhoE[phi(r)] - (1 - gamma) E_p0[V] (Garg et al. 2021, eq. 9), with phi(x) = -f*(-x) and
f* the convex conjugate of the f-divergence's generator (appendix B). With a reward scale lambda, phi
becomes lambda phi(x / lambda): the same divergence, weighted by lambda, whose domain is lambda times as
wide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Divergence:
    """One statistical distance.

    Attributes:
        name: key in ``DIVERGENCES``.
        title: name for people.
        phi: concave, increasing on its domain around ``neutral``; elementwise, of arrays or torch tensors.
        dphi: first derivative of phi.
        d2phi: second derivative of phi, never positive.
        lower: open lower end of the domain (-inf: none).
        upper: open upper end of the domain (inf: none).
        neutral: the reward x where phi'(x) = 1, recovered wherever expert and learner agree.
        constraint: what bounds the reward instead of phi: nothing, each reward, or differences of neighbours.
        formula: phi in LaTeX.
        note: one sentence on what the choice does to the recovered reward.
    """

    name: str
    title: str
    phi: Function
    dphi: Function
    d2phi: Function
    lower: float
    upper: float
    neutral: float
    formula: str
    note: str
    constraint: Literal["none", "range", "lipschitz"] = "none"


def _exp(x: Any) -> Any:
    return x.exp() if hasattr(x, "exp") else np.exp(x)  # tensors of networks bring their own


def _log(x: Any) -> Any:
    return x.log() if hasattr(x, "log") else np.log(x)


def _identity(x: Any) -> Any:
    return x


_ALL = (
    Divergence(
        "chi2",
        "Pearson chi-squared",
        lambda x: x - x * x / 4.0,
        lambda x: 1.0 - x / 2.0,
        lambda x: np.full_like(x, -0.5, dtype=float),
        -np.inf,
        np.inf,
        0.0,
        r"\phi(x) = x - \frac{x^2}{4\alpha}",
        "Penalises the square of the reward; the default, defined for every reward.",
    ),
    Divergence(
        "reverse_kl",
        "Reverse KL",
        lambda x: -_exp(-x - 1.0),
        lambda x: _exp(-x - 1.0),
        lambda x: -_exp(-x - 1.0),
        -np.inf,
        np.inf,
        -1.0,
        r"\phi(x) = -e^{-x-1}",
        "The reward is the log-ratio of expert and learner occupancy, below zero where they agree.",
    ),
    Divergence(
        "forward_kl",
        "Forward KL",
        lambda x: 1.0 + _log(x),
        lambda x: 1.0 / x,
        lambda x: -1.0 / x**2,
        0.0,
        np.inf,
        1.0,
        r"\phi(x) = 1 + \log x",
        "The reward is the ratio of expert to learner occupancy: positive, near zero off the demonstrations.",
    ),
    Divergence(
        "hellinger",
        "Squared Hellinger",
        lambda x: x / (1.0 + x),
        lambda x: 1.0 / (1.0 + x) ** 2,
        lambda x: -2.0 / (1.0 + x) ** 3,
        -1.0,
        np.inf,
        0.0,
        r"\phi(x) = \frac{x}{1 + x}",
        "The reward is bounded below by minus the reward scale.",
    ),
    Divergence(
        "jensen_shannon",
        "Jensen-Shannon",
        lambda x: _log(2.0 - _exp(-x)),
        lambda x: np.asarray(1.0 / (2.0 * np.exp(x) - 1.0)),
        lambda x: -2.0 * _exp(x) / (2.0 * _exp(x) - 1.0) ** 2,
        -float(np.log(2.0)),
        np.inf,
        0.0,
        r"\phi(x) = \log(2 - e^{-x})",
        "The distance of adversarial imitation; the reward stays above -log 2 times the reward scale.",
    ),
    Divergence(
        "total_variation",
        "Total variation",
        _identity,
        lambda x: np.ones_like(x, dtype=float),
        lambda x: np.zeros_like(x, dtype=float),
        -1.0,
        1.0,
        0.0,
        r"\phi(x) = x,\quad |x| \le R_{\max}",
        "Every reward lies within plus or minus the reward scale, and most lie at one end.",
        constraint="range",
    ),
    Divergence(
        "wasserstein",
        "Wasserstein-1",
        _identity,
        lambda x: np.ones_like(x, dtype=float),
        lambda x: np.zeros_like(x, dtype=float),
        -np.inf,
        np.inf,
        0.0,
        r"\phi(x) = x,\quad \lVert x \rVert_{\mathrm{Lip}} \le K",
        "Neighbouring states, and two actions in one state, differ by at most the reward scale: smooth maps.",
        constraint="lipschitz",
    ),
)

DIVERGENCES: dict[str, Divergence] = {divergence.name: divergence for divergence in _ALL}


def divergence(name: str) -> Divergence:
    """The divergence called ``name``.

    Raises:
        ValueError: there is no such divergence.
    """
    if name not in DIVERGENCES:
        raise ValueError(f"unknown divergence {name!r}: choose one of {', '.join(DIVERGENCES)}")
    return DIVERGENCES[name]
