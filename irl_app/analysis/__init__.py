"""Numbers only: how well a recovered reward agrees with the true one, and what planning with it is worth."""

from irl_app.analysis.agreement import Agreement, agreement, episode_sums
from irl_app.analysis.control import ALL_TEXTS, CONTROL_TEXTS
from irl_app.analysis.coverage import Coverage, coverage_of
from irl_app.analysis.curves import Curve, arrival, curve, last_values
from irl_app.analysis.distances import canonical_distance, dard, epic, starc
from irl_app.analysis.estimates import (
    Estimate,
    UndefinedMetricError,
    correlation,
    mean_interval,
    pearson,
    spearman,
)
from irl_app.analysis.planning import Reach, Stakes, expected_return, reach, regret, stakes, uniform_return
from irl_app.analysis.reference import Reference, World, manhattan_distances, reference
from irl_app.analysis.report import Metric, ReportCard, judge, judge_policy, summarise
from irl_app.analysis.statistics import (
    improvement_interval,
    interquartile_mean,
    optimality_gap,
    probability_of_improvement,
    stratified_bootstrap,
)
from irl_app.analysis.transfer import action_shift, as_original_actions, with_walls_added
from irl_app.analysis.verdict import LEVEL_TITLES, Level, level_of
from irl_app.analysis.wording import (
    HEADLINE,
    METRIC_TEXTS,
    MetricText,
    counted,
    demonstrations_in_words,
    written,
)

__all__ = [
    "ALL_TEXTS",
    "CONTROL_TEXTS",
    "HEADLINE",
    "LEVEL_TITLES",
    "METRIC_TEXTS",
    "Agreement",
    "Coverage",
    "Curve",
    "Estimate",
    "Level",
    "Metric",
    "MetricText",
    "Reach",
    "Reference",
    "ReportCard",
    "Stakes",
    "UndefinedMetricError",
    "World",
    "action_shift",
    "agreement",
    "arrival",
    "as_original_actions",
    "canonical_distance",
    "correlation",
    "counted",
    "coverage_of",
    "curve",
    "dard",
    "demonstrations_in_words",
    "epic",
    "episode_sums",
    "expected_return",
    "improvement_interval",
    "interquartile_mean",
    "judge",
    "judge_policy",
    "last_values",
    "level_of",
    "manhattan_distances",
    "mean_interval",
    "optimality_gap",
    "pearson",
    "probability_of_improvement",
    "reach",
    "reference",
    "regret",
    "spearman",
    "stakes",
    "starc",
    "stratified_bootstrap",
    "summarise",
    "uniform_return",
    "with_walls_added",
    "written",
]
