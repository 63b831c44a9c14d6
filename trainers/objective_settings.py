"""What exact solvers and networks are asked alike: the method, and the objective that it maximises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from trainers.divergences import DIVERGENCES
from trainers.settings import POSITIVE, Range, Setting, Values, all_but, check_settings, only

ValueTerm = Literal["initial", "expert", "mixture"]
Terminal = Literal["zero", "absorbing"]


@dataclass(frozen=True)
class Method:
    """What people are told of a way of learning Q, what it learns from, and what it is for.

    Attributes:
        imitates: it learns from demonstrations. rewarded: it is given the reward, and recovers none.
        actions: "any", or the only kind of actions that it is for, "discrete" or "continuous".
    """

    title: str
    sentence: str
    imitates: bool = True
    rewarded: bool = False
    actions: Literal["any", "discrete", "continuous"] = "any"


def method_setting(methods: Mapping[str, Method]) -> Setting:
    """The choice among these methods."""
    titles = {name: method.title for name, method in methods.items()}
    return Setting("Method", "How the reward is learned from the demonstrations.", choices=titles)


is_iq = only("iq")


def is_squared(values: Values) -> bool:
    """Whether the objective of IQ-Learn is the chi-squared one."""
    return is_iq(values) and bool(values["divergence"] == "chi2")


GAMMA = Setting(
    "Discount γ", "How much the next step's value counts.", Range(0.0, 1.0, "[)"), matters=all_but("bc")
)
TERMINAL = Setting(
    "The end of an episode is",
    "What having ended is worth: nothing, as in the paper, or what is learned for it. With nothing, a "
    "learner that is paid for every step shuns the goal.",
    choices={"zero": "worth nothing", "absorbing": "learned"},
    matters=only("iq", "sqil", "sqil-t", "dac", "airl"),
)
ALPHA = Setting(
    "Regulariser α",
    "How freely rewards may grow: the penalty is r²/(4α). Small values flatten the reward.",
    POSITIVE,
    matters=is_squared,
)
PENALTY = Setting(
    "Penalty on",
    "Where large rewards cost something. With short demonstrations the expert's steps alone let Q run "
    "away; the learner's steps need it to act.",
    choices={
        "all-actions": "the expert's and all other actions",
        "expert": "the expert's actions",
        "mixture": "expert and learner",
        "uniform": "all actions (β)",
    },
    matters=is_squared,
)
VALUE_TERM = Setting(
    "Value of the start from",
    "Over which states the value of the start is estimated.",
    choices={
        "initial": "first states",
        "expert": "all demonstrated states",
        "mixture": "mean of both",
        "anywhere": "all demonstrated states, as if episodes began there",
    },
    matters=is_iq,
)


@dataclass(frozen=True)
class ObjectiveSettings:
    """The settings that exact solvers and networks share; their defaults and choices differ.

    Raises:
        SettingError: a value is out of its range.
    """

    # fmt: off
    method: str = "iq"
    temperature: Annotated[float, Setting(
        "Temperature τ",
        "How much the learner's policy wavers, in units of reward: its actions follow exp(Q/τ).",
        POSITIVE, matters=all_but("dqn"),
    )] = 1.0
    gamma: Annotated[float | None, GAMMA] = None
    terminal: Annotated[Terminal, TERMINAL] = "zero"
    divergence: Annotated[str, Setting(
        "Divergence", "How the distance between the expert's and the learner's behaviour is measured.",
        choices={name: divergence.title for name, divergence in DIVERGENCES.items()}, matters=is_iq,
    )] = "chi2"
    alpha: Annotated[float, ALPHA] = 1.0
    scale: Annotated[float, Setting(
        "Reward scale λ",
        "Stretches the divergence, λφ(r/λ): larger values keep rewards inside the range it allows.",
        POSITIVE, matters=lambda values: is_iq(values) and not is_squared(values),
    )] = 1.0
    penalty: Annotated[str, PENALTY] = "expert"
    value_term: Annotated[str, VALUE_TERM] = "expert"
    # fmt: on

    def __post_init__(self) -> None:
        check_settings(self)
