"""How long networks learn and what they learn from: demonstrations alone, or steps of their own too."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from trainers.settings import COUNT, SHARE, Range, Setting, Values, only

ActionsFrom = Literal["demonstrations", "inverse-model", "policy"]
Acting = Literal["policy", "chance"]
DeviceName = Literal["cpu", "cuda", "auto"]


def _is_online(values: Values) -> bool:
    return bool(values["online"])


def _may_act(values: Values) -> bool:
    """Whether it is a question: robots are always learned by acting."""
    return values["method"] in ("iq", "sqil", "sqil-t") and not values["continuous"]


_Rare = partial(Setting, in_form=False)
_Acting = partial(_Rare, matters=_is_online)


@dataclass(frozen=True)
class LoopSettings:
    """The settings of a training's course; `TrainerConfig` checks them."""

    # fmt: off
    updates: Annotated[int, Setting(
        "Updates",
        "Gradient steps in all. A run that is stopped can be resumed, one that is done cannot be prolonged.",
        COUNT,
    )] = 5_000
    online: Annotated[bool, Setting(
        "Act while learning",
        "Also learn from what the learner does in the environment; otherwise from demonstrations alone.",
        matters=_may_act,
    )] = False
    actions_from: Annotated[ActionsFrom, _Acting(
        "Actions from",
        "In demonstrated states: those shown; or nobody looks at them, and they are told from s and s' "
        "by a model of the learner's own steps, or drawn from its policy; both need it to act.",
    )] = "demonstrations"
    replay_capacity: Annotated[int, _Acting(
        "Replay", "The newest own steps that rows are drawn from; the disk keeps all.", COUNT,
    )] = 50_000
    warmup: Annotated[int, _Acting(
        "Warm-up", "Own steps taken at random before the first update.", Range(),
    )] = 500
    steps_per_round: Annotated[int, _Acting(
        "Steps a round", "Own steps between groups of updates, each environment of each seed.", COUNT
    )] = 4
    updates_per_round: Annotated[int, _Acting("Updates a round", "Updates in such a group.", COUNT)] = 4
    acting: Annotated[Acting, _Acting("Who acts", "The learner, or chance, every action alike.")] = "policy"
    exploration: Annotated[float, _Rare(
        "Exploration",
        "Share of random actions: deep Q-learning's at the end of their linear decay from 1; with "
        "actions told by a model, which must see what the learner would not do, that of all steps.",
        SHARE, matters=lambda values: values["method"] == "dqn" or values["actions_from"] == "inverse-model",
    )] = 0.05
    exploration_share: Annotated[float, _Rare(
        "Exploration's share", "Share of all updates over which it decays.", SHARE, matters=only("dqn"),
    )] = 0.2
    checkpoint_every: Annotated[int, _Rare(
        "Checkpoint every",
        "Updates between two checkpoints; where the learner acts, running episodes are cut there.", COUNT,
    )] = 1_000
    device: Annotated[DeviceName, _Rare(
        "Device",
        "Where networks are. The same command gives the same numbers on the same device; between devices "
        "they differ by rounding.",
        choices={
            "cpu": "the processor", "cuda": "a graphics card", "auto": "a graphics card where there is one",
        },
    )] = "cpu"
    compile: Annotated[bool, _Rare(
        "Compile", "Compile the updates: 20 s first, then several times as fast. Needs a C++ compiler.",
    )] = False
