"""Runs side by side: found on disk, pooled by what was asked of them, judged by the same figures."""

from irl_app.comparison.arms import (
    AXES,
    METHOD_TITLES,
    Arm,
    Axis,
    Difference,
    differences,
    pool,
    setting_title,
)
from irl_app.comparison.cards import CardRow, card_rows, card_text
from irl_app.comparison.found import Found, FoundRun, find_runs
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
    "METHOD_TITLES",
    "METRIC_MEANINGS",
    "Arm",
    "Axis",
    "CardRow",
    "Comparison",
    "Difference",
    "Found",
    "FoundRun",
    "Row",
    "TaskReference",
    "TaskResult",
    "card_rows",
    "card_text",
    "compare",
    "differences",
    "find_runs",
    "headline",
    "metric_title",
    "metrics_in_order",
    "number",
    "pool",
    "setting_title",
    "warnings_of",
    "with_interval",
]
