"""What decides how demonstrations in a maze become a reward of places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from trainers.objective_settings import GAMMA, Method
from trainers.settings import DISCOUNT, POSITIVE, Setting, always, check_settings

METHOD = "ml"
PLACE_METHODS: Mapping[str, Method] = {
    METHOD: Method(
        "Causal maximum likelihood",
        "Finds the rewards of places that make the expert's moves most likely, and says how sure it is.",
    )
}


@dataclass(frozen=True)
class PlaceConfig:
    """Causal maximum likelihood of rewards of places.

    Rewards that are alike over 2 m reach through a wall of 1 m: where the way doubles back behind one (maze
    "u"), agents then arrive in 20 % of their episodes, with 1 m in all of them, here as in the other mazes.

    Raises:
        SettingError: a value is out of its range.
    """

    # fmt: off
    gamma: Annotated[float, Setting(
        GAMMA.title, "How far ahead the expert is taken to look; maps flatten towards 1.", DISCOUNT,
        matters=always,
    )] = 0.9
    plan_gamma: Annotated[float, Setting(
        "Discount of the agent γ'", "How far ahead an agent looks that acts on the reward.", DISCOUNT,
        matters=always,
    )] = 0.97
    temperature: Annotated[float, Setting(
        "Temperature τ", "How much the expert wavers, in units of reward.", POSITIVE, matters=always,
    )] = 1.0
    length: Annotated[float, Setting(
        "Rewards are alike within (m)", "Length scale of what is believed before anything is shown.",
        POSITIVE, matters=always,
    )] = 1.0
    scale: Annotated[float, Setting(
        "Spread of rewards", "Deviation of rewards before anything is shown, in temperatures.", POSITIVE,
        matters=always,
    )] = 0.5
    dynamics: Annotated[Literal["known", "learned"], Setting(
        "Dynamics", "Whether the learner knows how the point moves, or learns it from moves at random.",
        choices={"known": "known", "learned": "learned from moves at random"}, matters=always,
    )] = "known"
    # fmt: on

    def __post_init__(self) -> None:
        check_settings(self)
