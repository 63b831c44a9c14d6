"""What may be asked for: the methods, and the recipe that decides how demonstrations become a reward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trainers.divergences import DIVERGENCES
from trainers.tabular import Prior

MethodName = Literal["iq", "iq-state", "ml", "mce", "sqil", "bc", "oracle"]


class RecipeError(ValueError):
    """A recipe asks for something that does not exist or lies outside its range."""


@dataclass(frozen=True)
class Method:
    """What the app and the command line say about a way of learning Q."""

    name: MethodName
    title: str
    sentence: str
    shaped_by: tuple[str, ...]
    """Names of the recipe's fields that change this method's answer, beyond temperature and gamma."""


METHODS: Mapping[str, Method] = {
    m.name: m
    for m in (
        Method(
            "iq",
            "IQ-Learn",
            "Finds the one Q whose soft-optimal policy matches the expert and whose reward stays small.",
            ("divergence", "alpha", "penalty", "beta", "scale", "value_term", "terminal", "dynamics"),
        ),
        Method(
            "iq-state",
            "IQ-Learn, state-only",
            "IQ-Learn from visited states alone: the expert's actions are never looked at.",
            ("alpha", "terminal", "dynamics"),
        ),
        Method(
            "ml",
            "Causal maximum likelihood",
            "Finds the cell rewards that make the expert's choices most likely, and says how sure it is.",
            ("prior", "terminal", "dynamics"),
        ),
        Method(
            "mce",
            "Maximum causal entropy IRL",
            "The classical method: match the expert's visits, and otherwise act as randomly as possible.",
            ("l2", "terminal", "dynamics"),
        ),
        Method(
            "sqil",
            "SQIL",
            "Pays 1 for what the expert did and 0 for what the learner does instead, and learns Q from that.",
            ("terminal", "dynamics"),
        ),
        Method(
            "bc",
            "Behavioural cloning",
            "Copies the choices cell by cell; its reward is only the logarithm of the copied policy.",
            ("pseudo_count", "terminal"),
        ),
        Method(
            "oracle",
            "True reward (for comparison)",
            "Solves the grid with the true reward: what a perfect recovery would look like.",
            (),
        ),
    )
}
RECOMMENDED_METHOD: MethodName = "ml"


@dataclass(frozen=True)
class Recipe:
    """All that decides how demonstrations become a reward; a method ignores fields that do not shape it.

    Attributes:
        method: a key of ``METHODS``.
        divergence: a key of ``trainers.divergences.DIVERGENCES``.
        alpha: weight of the chi-squared penalty r^2 / (4 alpha), > 0; larger lets rewards grow.
        penalty: where the penalty is taken: the expert's pairs, half expert half policy, or part uniform.
        beta: share of the uniform distribution under ``penalty="uniform"``, in [0, 1].
        scale: reward scale lambda of the divergence, phi_lambda(x) = lambda phi(x / lambda), > 0.
        value_term: estimator of (1 - gamma) E_{p0}[V].
        temperature: tau of the soft policy, > 0, in reward units.
        gamma: discount in (0, 1); None takes the grid's own.
        terminal: what having ended is worth: "zero" (the paper), or learned as an "absorbing" state's. Under
            zero the reward's sign decides whether short or long episodes pay, so an ending goal is misread.
        dynamics: "known" from the grid or "estimated" from the demonstrations.
        prior: of causal maximum likelihood; None chooses it by held-out likelihood.
        l2: ridge of maximum causal entropy IRL, > 0.
        pseudo_count: added to every action's count by behavioural cloning, > 0.
    """

    method: MethodName = RECOMMENDED_METHOD
    divergence: str = "chi2"
    alpha: float = 1.0
    penalty: Literal["expert", "mixture", "uniform"] = "uniform"
    beta: float = 1.0
    scale: float = 1.0
    value_term: Literal["initial", "expert", "mixture"] = "expert"
    temperature: float = 1.0
    gamma: float | None = None
    terminal: Literal["zero", "absorbing"] = "absorbing"
    dynamics: Literal["known", "estimated"] = "known"
    prior: Prior | None = None
    l2: float = 0.1
    pseudo_count: float = 0.1

    def __post_init__(self) -> None:
        for name, known in (("method", METHODS), ("divergence", DIVERGENCES)):
            if getattr(self, name) not in known:
                raise RecipeError(f"unknown {name} {getattr(self, name)!r}: choose one of {', '.join(known)}")
        for name in ("alpha", "scale", "temperature", "l2", "pseudo_count"):
            if not 0.0 < getattr(self, name) < float("inf"):
                raise RecipeError(f"{name} must be a positive number, got {getattr(self, name):g}")
        if not 0.0 <= self.beta <= 1.0:
            raise RecipeError(f"beta must lie between 0 and 1, got {self.beta:g}")
        if self.gamma is not None and not 0.0 < self.gamma < 1.0:
            raise RecipeError(
                f"gamma must lie strictly between 0 and 1, got {self.gamma:g}: choose for example 0.9"
            )
        for name, choices in (
            ("penalty", ("expert", "mixture", "uniform")),
            ("value_term", ("initial", "expert", "mixture")),
            ("terminal", ("zero", "absorbing")),
            ("dynamics", ("known", "estimated")),
        ):
            if getattr(self, name) not in choices:
                raise RecipeError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
