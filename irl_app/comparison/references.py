"""What the returns of runs are held against, without making an environment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from irl_app.analysis import Skill, skill_of
from irl_app.comparison.results import TaskReference
from irl_app.runs import RunConfig
from irl_app.tasks import TASKS


def references(configs: Iterable[RunConfig]) -> dict[str, TaskReference]:
    """By task, the mean returns of random moves and of the expert, where both are known or were measured."""
    found: dict[str, TaskReference] = {}
    for config in configs:
        about, measured = TASKS.get(config.task), config.measured or {}
        pair = (
            (measured.get("random_return"), measured.get("expert_return"))
            if about is None or about.is_inferred
            else (about.random_return, about.expert_return)
        )
        if all(isinstance(each, float | int) and math.isfinite(each) for each in pair):
            random, expert = map(float, pair)  # type: ignore[arg-type]
            found.setdefault(config.task, TaskReference(random, expert))
    return found


def skill_of_run(config: RunConfig, returns: Sequence[float]) -> Skill | None:
    """What learners of a run can do that earn this, one finite number a seed; None where there is none, or
    nobody knows what random moves and the expert earn."""
    reference = references([config]).get(config.task)
    if reference is None or not len(returns):
        return None
    return skill_of(returns, reference.random, reference.expert)
