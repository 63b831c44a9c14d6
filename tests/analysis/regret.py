"""Regret in one call, the reference of what reports put together from kept returns."""

from __future__ import annotations

import numpy as np

from irl_app.analysis.planning import Stakes, expected_return
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import optimal


def stakes(mdp: TabularMDP, true: FloatArray) -> Stakes:
    uniform = np.full((mdp.n_states, mdp.n_actions), 1.0 / mdp.n_actions)
    return Stakes(float(mdp.p0 @ optimal(mdp, true).v), expected_return(mdp, uniform, true))


def regret(mdp: TabularMDP, recovered: FloatArray, true: FloatArray) -> float:
    """Of planning with a recovered (S, A) reward, uniform over ties."""
    return stakes(mdp, true).regret(expected_return(mdp, optimal(mdp, recovered).policy, true))
