"""The settings that the Train page offers: what they are called, what they do, when they matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from irl_app.tasks import control_task
from irl_app.training.config import usual_schedule
from trainers.divergences import DIVERGENCES
from trainers.soft_q_config import LEAST_COMMITTEE, MOST_COMMITTEE, SoftQConfig

Kind = Literal["whole", "number", "choice", "switch", "layers"]
Values = Mapping[str, Any]
MOST_UPDATES = 1_000_000

METHOD_SENTENCES = {
    "iq": "Learns a Q-function that explains the demonstrations, from which the reward is read off.",
    "sqil": "Soft Q-learning that is paid for demonstrated steps and not for its own.",
    "sqil-t": "SQIL in which cloning the expert's actions replaces the constant reward.",
    "bc": "Copies the expert's actions as a classifier: no reward is recovered, a baseline.",
    "soft-q": "Learns from the task's true reward: how experts are trained, not imitation.",
    "dqn": "The same with a hard maximum and random exploration.",
}


def _always(values: Values) -> bool:
    return True


def _uses_values(values: Values) -> bool:
    return bool(values["method"] != "bc")


def _is_iq(values: Values) -> bool:
    return bool(values["method"] == "iq")


def _is_squared(values: Values) -> bool:
    return _is_iq(values) and bool(values["divergence"] == "chi2")


def _is_sqil(values: Values) -> bool:
    return bool(values["method"] in ("sqil", "sqil-t"))


@dataclass(frozen=True)
class Setting:
    """A field of ``SoftQConfig`` or ``Schedule`` as people see it.

    Attributes:
        name: of the field. label, help: for people. kind: of its values.
        low, high: range of numbers. choices: value -> what it is called.
        matters: whether it does anything, given method and all settings.
        grids_only: whether it is a choice in grids alone.
    """

    name: str
    label: str
    help: str
    kind: Kind = "number"
    low: float = 0.0
    high: float = 1e6
    choices: Mapping[str, str] | None = None
    matters: Callable[[Values], bool] = _always
    grids_only: bool = False


SETTINGS = (
    Setting(
        "updates",
        "Updates",
        "Gradient steps in all. A run that is stopped can be resumed, one that is done cannot be prolonged.",
        "whole",
        1,
        MOST_UPDATES,
    ),
    Setting(
        "evaluate_every",
        "Evaluate every",
        "Updates between two evaluations, at least 100. In each every seed plays episodes, which takes time.",
        "whole",
        100,
        MOST_UPDATES,
    ),
    Setting(
        "online",
        "Act while learning",
        "Also learn from what the learner does in the environment; otherwise from demonstrations alone.",
        "switch",
        matters=lambda values: values["method"] in ("iq", "sqil", "sqil-t"),
    ),
    Setting(
        "divergence",
        "Divergence",
        "How the distance between the expert's and the learner's behaviour is measured.",
        "choice",
        choices={name: divergence.title for name, divergence in DIVERGENCES.items()},
        matters=_is_iq,
    ),
    Setting(
        "alpha",
        "Regulariser α",
        "How freely rewards may grow: the penalty is r²/(4α). Small values flatten the reward.",
        low=1e-6,
        matters=_is_squared,
    ),
    Setting(
        "scale",
        "Reward scale λ",
        "Stretches the divergence: larger values keep rewards inside the range it allows.",
        low=1e-6,
        matters=lambda values: _is_iq(values) and not _is_squared(values),
    ),
    Setting(
        "penalty",
        "Penalty on",
        "Where large rewards cost something. With short demonstrations the expert's steps alone let Q run "
        "away; the learner's steps need it to act.",
        "choice",
        choices={
            "all-actions": "the expert's and all other actions",
            "expert": "the expert's actions",
            "mixture": "expert and learner",
        },
        matters=_is_squared,
    ),
    Setting(
        "value_term",
        "Value of the start from",
        "Over which states the value of the start is estimated.",
        "choice",
        choices={"expert": "all demonstrated states", "initial": "first states", "mixture": "both learners'"},
        matters=_is_iq,
    ),
    Setting(
        "terminal",
        "The end of an episode is",
        "What having ended is worth: nothing, as in the paper, or one value that is learned for it.",
        "choice",
        choices={"zero": "worth nothing", "absorbing": "learned"},
        matters=_uses_values,
    ),
    Setting(
        "demo_reward",
        "Reward of a demonstrated step",
        "The constant reward of SQIL; every other step has 0.",
        matters=lambda values: values["method"] == "sqil",
    ),
    Setting(
        "sample_weight",
        "Weight of own steps",
        "λ of SQIL: weight of the squared error on the learner's own steps.",
        matters=_is_sqil,
    ),
    Setting(
        "temperature",
        "Temperature τ",
        "How much the learner's policy wavers, in units of reward: its actions follow exp(Q/τ).",
        low=1e-6,
        matters=lambda values: values["method"] != "dqn",
    ),
    Setting(
        "gamma",
        "Discount γ",
        "How much the next step's value counts.",
        low=0.01,
        high=0.9999,
        matters=_uses_values,
    ),
    Setting(
        "network",
        "Network",
        "What sees the grid: every cell on its own; what is near the player; or, passing values on from cell "
        "to cell, the whole grid, which is what finds the way round walls.",
        "choice",
        choices={"mlp": "perceptron", "cnn": "convolutions", "vin": "value iteration"},
        grids_only=True,
    ),
    Setting(
        "hidden",
        "Hidden layers",
        "Units of each layer, for example 64, 64; none: Q is linear in the observation. Of convolutions the "
        "channels, and then units.",
        "layers",
    ),
    Setting(
        "iterations",
        "Iterations",
        "How often values are passed on to the next cell: as many moves far the network sees.",
        "whole",
        1,
        200,
        matters=lambda values: values["network"] == "vin",
    ),
    Setting(
        "layer_norm",
        "Normalise layers",
        "Keeps |Q| in bounds outside the data.",
        "switch",
        matters=lambda values: values["network"] == "mlp",
    ),
    Setting(
        "committee",
        "Committee",
        "So many networks of a seed learn, each from its own draw of the demonstrated steps. Those whose "
        "policies stay where the expert was, by what the steps tell of the dynamics, are averaged. "
        f"1, or from {LEAST_COMMITTEE} to {MOST_COMMITTEE}.",
        "whole",
        1,
        MOST_COMMITTEE,
        matters=lambda values: not values["hidden"] and not values["online"] and values["network"] == "mlp",
    ),
    Setting("learning_rate", "Learning rate", "Size of Adam's steps.", low=1e-7, high=1.0),
    Setting("batch_size", "Batch", "Rows from the demonstrations in each update.", "whole", 1, 4096),
    Setting(
        "target_rate",
        "Target rate",
        "Share of the way that the target network moves at each update.",
        low=1e-6,
        high=1.0,
        matters=_uses_values,
    ),
    Setting(
        "episodes",
        "Test episodes",
        "Played by every seed at each evaluation; more make the curve of the return smoother.",
        "whole",
        1,
        200,
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


@lru_cache(maxsize=64)
def _usual(
    task: str, method: str, online: bool, actions_from: str, updates: int | None
) -> tuple[tuple[str, Any], ...]:
    own = control_task(task).defaults(method, online=online, actions_from=actions_from)
    asked = {
        "method": method,
        "online": online or own.get("online", SoftQConfig.online),
        "actions_from": actions_from,
    }
    config = SoftQConfig(**{**own, **asked})
    schedule = usual_schedule(config.updates if updates is None else updates)
    unasked = {"online": own.get("online", SoftQConfig.online), "actions_from": SoftQConfig.actions_from}
    return tuple({**asdict(config), **asdict(schedule), **unasked}.items())


def usual(task: str, method: str, changed: Values) -> dict[str, Any]:
    """What is usual in this task after these changes: a value for each field of trainer and schedule."""
    online, actions_from = bool(changed.get("online")), SoftQConfig.actions_from
    if online:  # offline there is but one way
        actions_from = changed.get("actions_from", actions_from)
    return dict(_usual(task, method, online, actions_from, changed.get("updates")))


def that_matter(task: str, method: str, changed: Values) -> tuple[Setting, ...]:
    """The settings that do something for this task and method, given those that were changed."""
    values, grid = usual(task, method, changed) | dict(changed), control_task(task).is_grid
    return tuple(
        setting for setting in SETTINGS if setting.matters(values) and (grid or not setting.grids_only)
    )


def layers(text: str) -> tuple[int, ...]:
    """``64, 64`` as units of layers, ``none`` as no layer.

    Raises:
        ValueError: it is no list of whole numbers from 1 to 1024, at most six.
    """
    if text.strip().lower() == "none":
        return ()
    try:
        units = tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        units = ()
    if not 1 <= len(units) <= 6 or not all(1 <= unit <= 1024 for unit in units):
        raise ValueError(
            f"{text[:40]!r} are no hidden layers: write one to six whole numbers up to 1024, "
            "for example 64, 64, or none"
        )
    return units
