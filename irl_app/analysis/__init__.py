"""Numbers only: how well a recovered reward agrees with the true one, and what planning with it is worth."""

from irl_app.analysis.agents import ALL_TEXTS
from irl_app.analysis.agreement import Agreement, agreement, episode_sums
from irl_app.analysis.coverage import Coverage, coverage_of
from irl_app.analysis.curves import Curve, arrival, curve, last_values
from irl_app.analysis.elsewhere import Elsewhere
from irl_app.analysis.estimates import Estimate, UndefinedMetricError, correlation, pearson
from irl_app.analysis.intervals import mean_interval
from irl_app.analysis.outcome import Outcome, in_true_units, outcome_of
from irl_app.analysis.reference import reference
from irl_app.analysis.report import Metric, ReportCard, judge, summarise
from irl_app.analysis.skill import Skill, skill_of
from irl_app.analysis.statistics import (
    improvement_interval,
    interquartile_mean,
    optimality_gap,
    stratified_bootstrap,
)
from irl_app.analysis.sweeps import value_sweeps
from irl_app.analysis.verdict import LEVEL_TITLES, QUESTIONS, Answer, Verdict, level_of
from irl_app.analysis.wording import HEADLINE, METRIC_TEXTS, counted, demonstrations_in_words, written

__all__ = [
    "ALL_TEXTS",
    "HEADLINE",
    "LEVEL_TITLES",
    "METRIC_TEXTS",
    "QUESTIONS",
    "Agreement",
    "Answer",
    "Coverage",
    "Curve",
    "Elsewhere",
    "Estimate",
    "Metric",
    "Outcome",
    "ReportCard",
    "Skill",
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
    "pearson",
    "reference",
    "skill_of",
    "stratified_bootstrap",
    "summarise",
    "value_sweeps",
    "written",
]
