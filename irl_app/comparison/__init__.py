"""Runs side by side: found on disk, pooled by what was asked of them, judged by the same figures."""

from irl_app.comparison.arms import AXES, NOTHING, Arm, Axis, Difference, setting_title
from irl_app.comparison.cards import CardRow, card_text
from irl_app.comparison.references import references, skill_of_run
from irl_app.comparison.results import Comparison, Row, TaskReference, TaskResult, compare
from irl_app.comparison.wording import (
    METRIC_MEANINGS,
    headline,
    metric_title,
    metrics_in_order,
    number,
    warnings_of,
    with_interval,
)

__all__ = [
    "AXES",
    "METRIC_MEANINGS",
    "NOTHING",
    "Arm",
    "Axis",
    "CardRow",
    "Comparison",
    "Difference",
    "Row",
    "TaskReference",
    "TaskResult",
    "card_text",
    "compare",
    "headline",
    "metric_title",
    "metrics_in_order",
    "number",
    "references",
    "setting_title",
    "skill_of_run",
    "warnings_of",
    "with_interval",
]
