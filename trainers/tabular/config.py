"""What exact solvers are asked for: the methods, and all that decides how demonstrations become a reward."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from trainers.objective_settings import (
    ALPHA,
    GAMMA,
    PENALTY,
    TERMINAL,
    VALUE_TERM,
    Method,
    ObjectiveSettings,
    Terminal,
    ValueTerm,
    is_iq,
    method_setting,
)
from trainers.settings import DISCOUNT, POSITIVE, SHARE, Setting, all_but, always, only
from trainers.tabular.priors import Prior
from trainers.tabular.reward_term import Penalty

MethodName = Literal["iq", "iq-state", "ml", "mce", "sqil", "bc", "oracle"]
METHODS: Mapping[MethodName, Method] = {
    "iq": Method(
        "IQ-Learn",
        "Finds the one Q whose soft-optimal policy matches the expert and whose reward stays small.",
    ),
    "iq-state": Method(
        "IQ-Learn, state-only",
        "IQ-Learn from visited states alone: the expert's actions are never looked at.",
    ),
    "ml": Method(
        "Causal maximum likelihood",
        "Finds the cell rewards that make the expert's choices most likely, and says how sure it is.",
    ),
    "mce": Method(
        "Maximum causal entropy IRL",
        "The classical method: match the expert's visits, and otherwise act as randomly as possible.",
    ),
    "sqil": Method(
        "SQIL",
        "Pays 1 for what the expert did and 0 for what the learner does instead, and learns Q from that.",
    ),
    "bc": Method(
        "Behavioural cloning",
        "Copies the choices cell by cell; its reward is only the logarithm of the copied policy.",
    ),
    "oracle": Method(
        "True reward (for comparison)",
        "Solves the grid with the true reward: what a perfect recovery would look like.",
    ),
}
RECOMMENDED_METHOD: MethodName = "ml"
_OWN = "It starts at the world's own."


@dataclass(frozen=True)
class TabularConfig(ObjectiveSettings):
    """All that decides how demonstrations become a reward; a method ignores what does not matter to it.

    ``prior`` is of causal maximum likelihood; None chooses it by held-out likelihood.

    Raises:
        SettingError: a value is out of its range.
    """

    # fmt: off
    method: Annotated[MethodName, method_setting(METHODS)] = RECOMMENDED_METHOD
    gamma: Annotated[float | None, replace(
        GAMMA, help=f"{GAMMA.help} {_OWN}", range=DISCOUNT, matters=always,
    )] = None
    terminal: Annotated[Terminal, replace(TERMINAL, matters=all_but("oracle"))] = "absorbing"
    """Under zero the reward's sign decides whether short or long episodes pay: an ending goal is misread."""
    value_term: Annotated[ValueTerm, VALUE_TERM] = "expert"
    alpha: Annotated[float, replace(ALPHA, matters=only("iq", "iq-state"))] = 1.0
    penalty: Annotated[Penalty, replace(
        PENALTY, matters=is_iq,
        help="Where large rewards cost something: on the expert's actions alone, half on the learner's "
        "own, or on all actions, mixed by β. On the expert's alone, the rest is left open.",
    )] = "uniform"
    beta: Annotated[float, Setting(
        "Uniform share β",
        "Share of the penalty that lies evenly on all actions. At 0 only the expert's are penalised.",
        SHARE, matters=lambda values: is_iq(values) and values["penalty"] == "uniform",
    )] = 1.0
    dynamics: Annotated[Literal["known", "estimated"], Setting(
        "Dynamics", "Whether the learner knows how the world moves, or counts it from the demonstrations.",
        choices={"known": "known", "estimated": "counted from demonstrations"},
        matters=only("iq", "iq-state", "ml", "mce", "sqil"),
    )] = "known"
    l2: Annotated[float, Setting(
        "Ridge λ", "Keeps rewards small: the penalty is λ r²/2.", POSITIVE, matters=only("mce"),
    )] = 0.1
    pseudo_count: Annotated[float, Setting(
        "Pseudo-count", "Added to the count of every action: 0.1 is a tenth of a demonstration.",
        POSITIVE, matters=only("bc"),
    )] = 0.1
    prior: Prior | None = None
