"""Numbers only: how well a recovered reward agrees with the true one, and what planning with it is worth."""

from irl_app.analysis.agents import ALL_TEXTS
from irl_app.analysis.agreement import Agreement, agreement, episode_sums
from irl_app.analysis.coverage import Coverage, coverage_of
from irl_app.analysis.curves import Curve, arrival, curve, last_values
from irl_app.analysis.elsewhere import Elsewhere
from irl_app.analysis.estimates import Estimate, UndefinedMetricError, correlation, pearson
from irl_app.analysis.intervals import FEW, MEANS, mean_interval
from irl_app.analysis.outcome import Outcome, in_true_units, outcome_of
from irl_app.analysis.reference import reference
from irl_app.analysis.report import Metric, ReportCard, judge, summarise
from irl_app.analysis.skill import Skill, skill_of
from irl_app.analysis.statistics import (
    Statistic,
    improvement_interval,
    interquartile_mean,
    optimality_gap,
    over_runs,
)
from irl_app.analysis.sweeps import surprise, value_sweeps
from irl_app.analysis.verdict import LEVEL_TITLES, QUESTIONS, Answer, Level, Verdict, level_of
from irl_app.analysis.wording import APART, HEADLINE, METRIC_TEXTS, counted, demonstrations_in_words, written

__all__ = [
    "ALL_TEXTS",
    "APART",
    "FEW",
    "HEADLINE",
    "LEVEL_TITLES",
    "MEANS",
    "METRIC_TEXTS",
    "QUESTIONS",
    "Agreement",
    "Answer",
    "Coverage",
    "Curve",
    "Elsewhere",
    "Estimate",
    "Level",
    "Metric",
    "Outcome",
    "ReportCard",
    "Skill",
    "Statistic",
    "UndefinedMetricError",
    "Verdict",
    "agreement",
    "arrival",
    "correlation",
    "counted",
    "coverage_of",
    "curve",
    "demonstrations_in_words",
    "episode_sums",
    "improvement_interval",
    "in_true_units",
    "interquartile_mean",
    "judge",
    "last_values",
    "level_of",
    "mean_interval",
    "optimality_gap",
    "outcome_of",
    "over_runs",
    "pearson",
    "reference",
    "skill_of",
    "summarise",
    "surprise",
    "value_sweeps",
    "written",
]
