"""Divergences, objectives and metrics of one's own, from outside this package; environments: `register_task`.

Call these in a module that ``--import`` names (or the environment variable ``IRL_APP_IMPORT``): workers
import it too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from irl_app.tasks import RolloutResult, Task
from irl_app.training.evaluation import OWN_METRICS
from irl_app.training.request import METHODS, OWN_OBJECTIVES, LearnerConfig
from trainers.divergences import DIVERGENCES, Divergence
from trainers.learner import Learner
from trainers.objective_settings import Method
from trainers.settings import settings_of
from trainers.tabular.config import TabularConfig

MetricFunction = Callable[[Task, Learner, "list[RolloutResult]"], Any]


def register_divergence(divergence: Divergence) -> None:
    """Make a divergence known to tables and networks, by its name.

    Raises:
        ValueError: there is another of this name.
    """
    if DIVERGENCES.setdefault(divergence.name, divergence) is not divergence:
        raise ValueError(f"there is a divergence {divergence.name!r} already: give it another name")
    for kind in (LearnerConfig, TabularConfig):
        _choices(kind, "divergence")[divergence.name] = divergence.title


def register_objective(
    name: str,
    loss: Callable[..., Any],
    *,
    title: str,
    sentence: str = "",
    actions: Literal["any", "discrete", "continuous"] = "any",
) -> None:
    """Make an objective of networks known as a method.

    Args:
        loss: (config, rows) -> `trainers.deep.objectives.Loss`, from the tensors in `Rows`; loaded with torch
            only where something is trained, so it imports torch within.
        title, sentence: for people. actions: that it is for.

    Raises:
        ValueError: there is another method of this name.
    """
    if name in METHODS and OWN_OBJECTIVES.get(name) is not loss:
        raise ValueError(f"there is a method {name!r} already: give the objective another name")
    METHODS[name] = Method(title, sentence or title, actions=actions)
    OWN_OBJECTIVES[name] = loss
    _choices(LearnerConfig, "method")[name] = title


def register_metric(name: str, metric: MetricFunction) -> None:
    """Have a number recorded for every seed at every evaluation, and drawn with the curves.

    Args:
        name: of lower-case letters and underscores.
        metric: (task, the K learners, the episodes that each has just played, kept whole) -> (K,).

    Raises:
        ValueError: the name is none, or there is another of this name.
    """
    if not name.replace("_", "").isalnum() or OWN_METRICS.get(name, metric) is not metric:
        raise ValueError(f"a metric's name is of letters and underscores and its own, got {name!r}")
    OWN_METRICS[name] = metric


def _choices(kind: type[Any], setting: str) -> dict[str, str]:
    """What a setting can be, which those who check it look up."""
    choices = settings_of(kind)[setting].choices
    assert isinstance(choices, dict)  # as its field made it
    return choices
