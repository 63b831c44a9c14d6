"""Exact solvers on a finite MDP: numpy and scipy only, sparse, float64."""

from trainers.tabular.baselines import behavioural_cloning, mce_irl, oracle, sqil
from trainers.tabular.causal import causal_ml
from trainers.tabular.counts import ExpertCounts, count_expert, estimate_dynamics, exact_counts
from trainers.tabular.iq import iq_learn
from trainers.tabular.priors import RECOMMENDED_PRIOR, Prior
from trainers.tabular.solution import Certificate, Progress, Solution
from trainers.tabular.state_only import iq_learn_state_only

__all__ = [
    "RECOMMENDED_PRIOR",
    "Certificate",
    "ExpertCounts",
    "Prior",
    "Progress",
    "Solution",
    "behavioural_cloning",
    "causal_ml",
    "count_expert",
    "estimate_dynamics",
    "exact_counts",
    "iq_learn",
    "iq_learn_state_only",
    "mce_irl",
    "oracle",
    "sqil",
]
