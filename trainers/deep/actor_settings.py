"""The settings of learners that act by numbers: an actor beside the critics, and a clone of the expert."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from trainers.settings import COUNT, POSITIVE, RATE, Range, Setting, Values, only

Reference = Literal["uniform", "clone"]
Centre = Literal["zero", "clone"]
Start = Literal["random", "clone"]

CLONED = ("csil",)
"""Methods that are about a clone's likelihood."""
ADVERSARIAL = ("dac", "airl")
"""Methods whose reward is a discriminator's."""


def is_continuous(values: Values) -> bool:
    """Whether actions are arrays of numbers."""
    return bool(values["continuous"])


def has_critic(values: Values) -> bool:
    """Whether an actor learns from critics, not from the expert's actions alone."""
    return is_continuous(values) and values["method"] != "bc"


def has_clone(values: Values) -> bool:
    """Whether a clone of the expert is made first."""
    asked = "clone" in (values["reference"], values["centre"], values["actor_start"])
    return has_critic(values) and (asked or values["method"] in CLONED)


_Actor = partial(Setting, matters=has_critic)
_Rare = partial(Setting, matters=has_critic, in_form=False)
_Clone = partial(Setting, matters=has_clone, in_form=False)


@dataclass(frozen=True)
class ActorSettings:
    """The settings of an actor and its critics; `TrainerConfig` checks them."""

    # fmt: off
    critics: Annotated[int, _Rare(
        "Critics", "Q-functions of a seed; the least of what they say counts, which keeps values from "
        "running away upwards.", Range(1, 10),
    )] = 2
    reference: Annotated[Reference, _Actor(
        "Stay near",
        "What the temperature holds the policy to: all actions alike, which is the usual entropy; or a "
        "clone of the expert, by the divergence from it.",
        choices={"uniform": "all actions alike", "clone": "a clone of the expert"},
    )] = "uniform"
    centre: Annotated[Centre, Setting(
        "Rewards are near",
        "What large rewards are measured from: nothing, as in the paper, or the log-likelihood of the action "
        "under a clone of the expert, the coherent reward.",
        choices={"zero": "nothing", "clone": "the clone's coherent reward"},
        matters=lambda values: has_critic(values) and values["method"] == "iq"
        and values["divergence"] == "chi2",
    )] = "zero"
    actor_start: Annotated[Start, _Actor(
        "Start as", "What the actor is before it learns.",
        choices={"random": "nobody", "clone": "a clone of the expert"},
    )] = "random"
    actor_rate: Annotated[float, _Actor(
        "Learning rate of the actor", "Size of Adam's steps.", RATE,
    )] = 3e-4
    discriminator_rate: Annotated[float, Setting(
        "Learning rate of the discriminator", "Size of Adam's steps.", RATE,
        matters=only(*ADVERSARIAL),
    )] = 3e-4
    anneal: Annotated[bool, _Rare(
        "Anneal", "Learning rates of actor and critics fall evenly, to a twentieth at the end.",
    )] = False
    actor_delay: Annotated[int, _Rare(
        "Critics first", "Updates of the critics before the actor begins to move.", Range(),
    )] = 0
    actor_average: Annotated[float, _Rare(
        "Average of the actor",
        "Share of the way that the actor which is judged moves to the one that learns, each update.",
        RATE,
    )] = 0.005
    target_entropy: Annotated[float | None, _Rare(
        "Target entropy",
        "Per number of an action, in nats: the temperature is learned so that the policy has it. None: "
        "the temperature stays.", Range(-10.0, 1.0),
    )] = None
    clones: Annotated[int, _Clone(
        "Clones", "Networks that copy the expert; where they disagree, the clone is unsure.", COUNT,
    )] = 3
    clone_updates: Annotated[int, _Clone(
        "Updates of clones", "Gradient steps on the demonstrations before anything else.", COUNT,
    )] = 2_500
    clone_spread: Annotated[float, _Clone(
        "Spread of the clone", "Its standard deviation where the clones agree, in half ranges of an action.",
        POSITIVE,
    )] = 0.2
    # fmt: on
