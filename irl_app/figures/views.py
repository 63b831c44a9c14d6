"""The figures of a recovery: which numbers go into which picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from irl_app.analysis import coverage_of
from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.figures.grid_maps import action_map, sd_map, state_map, value_map, visits_map
from irl_app.figures.paths import paths_map
from irl_app.figures.scatter import recovered_vs_true
from irl_app.figures.theme import ThemeName
from irl_app.rewards import (
    Reward,
    StateReward,
    arrival_sd,
    arrival_values,
    expected_reward_table,
    val_canonical,
)
from trainers.control import expected_reward, optimal

if TYPE_CHECKING:
    from irl_app.recovery import Lens, Recovery
    from trainers.mdp import FloatArray

LENS_TITLES: dict[Lens, str] = {
    "transition": "Recovered Q − γV(s′), mean over s′",
    "marginal": "Recovered r(s, a)",
    "deshaped": "Recovered r(s, a), de-shaped",
    "state": "Recovered state reward",
}
SCATTER_TITLES: dict[Lens, str] = {
    "transition": "Mean of Q − γV(s′)",
    "marginal": "Recovered r(s, a)",
    "deshaped": "De-shaped r(s, a)",
    "state": "State reward",
}


def true_reward_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure:
    """The true reward of every cell."""
    return state_map(recovery.grid, recovery.true_reward.values, "True reward", theme=theme)


def recovered_reward_figure(
    recovery: Recovery, lens: Lens = "state", theme: ThemeName = "light"
) -> go.Figure:
    """The recovered reward through a lens: triangles for rewards of pairs, one colour a cell for the
    state's."""
    reward = recovery.rewards[lens]
    if isinstance(reward, StateReward):
        values = arrival_values(reward, recovery.mdp)
        sd = arrival_sd(reward, recovery.mdp)
        return state_map(recovery.grid, values, LENS_TITLES[lens], theme=theme, sd=sd)
    table = np.where(recovery.mdp.live[:, None], expected_reward_table(reward, recovery.mdp), np.nan)
    return action_map(recovery.grid, table, LENS_TITLES[lens], theme=theme)


def true_deshaped_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure:
    """The true r(s, a) without shaping, to hold the de-shaped lens against."""
    table = val_canonical(recovery.mdp, expected_reward(recovery.mdp, recovery.true_reward.values))
    shown = np.where(recovery.mdp.live[:, None], table, np.nan)
    return action_map(recovery.grid, shown, "True r(s, a), de-shaped", theme=theme)


def value_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure:
    """Soft values and policy that were learned."""
    v = np.where(recovery.mdp.live, recovery.solution.v, np.nan)
    return value_map(recovery.grid, v, recovery.solution.policy, "Learned value and policy", theme=theme)


def true_value_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure:
    """Optimal values and policy under the true reward."""
    best = optimal(recovery.mdp, expected_reward(recovery.mdp, recovery.true_reward.values))
    v = np.where(recovery.mdp.live, best.v, np.nan)
    return value_map(recovery.grid, v, best.policy, "True optimal value and policy", theme=theme)


def visits_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure:
    """The demonstrations: visits and paths; for an exact occupancy the visits of a million steps."""
    if recovery.demonstrations is not None:
        return paths_map(recovery.grid, recovery.demonstrations, "Demonstrations", theme=theme)
    visits = np.asarray(recovery.counts.visits.sum(axis=0)).reshape(recovery.mdp.n_states, -1).sum(axis=1)
    return visits_map(recovery.grid, visits, "Visits, exact occupancy", theme=theme)


def sd_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure | None:
    """Posterior standard deviation of the state reward; None where the method has none."""
    reward = recovery.rewards["state"]
    sd = arrival_sd(reward, recovery.mdp) if isinstance(reward, StateReward) else None
    return None if sd is None else sd_map(recovery.grid, sd, "Uncertainty of the state reward", theme=theme)


def scatter_figure(recovery: Recovery, lens: Lens = "state", theme: ThemeName = "light") -> go.Figure:
    """Recovered against true reward through a lens; the de-shaped lens compares with the de-shaped truth."""
    mdp, grid = recovery.mdp, recovery.grid
    coverage = coverage_of(mdp, recovery.counts)
    reward: Reward = recovery.rewards[lens]
    title = f"{SCATTER_TITLES[lens]} against the truth"
    if isinstance(reward, StateReward):
        cells = np.flatnonzero(mdp.valid)
        recovered, true = arrival_values(reward, mdp)[cells], recovery.true_reward.values[cells]
        places = [grid.place(int(cell)) for cell in cells]
        return recovered_vs_true(
            recovered, true, coverage.visited_cells[cells], title, places=places, theme=theme
        )
    table: FloatArray = expected_reward(mdp, recovery.true_reward.values)
    if lens == "deshaped":
        table = val_canonical(mdp, table)
    pairs = np.broadcast_to(mdp.live[:, None], table.shape)
    places = [
        f"{grid.place(int(cell))}, {ACTION_NAMES[action]}"
        for cell, action in zip(*np.nonzero(pairs), strict=True)
    ]
    return recovered_vs_true(
        expected_reward_table(reward, mdp)[pairs],
        table[pairs],
        coverage.visited_pairs[pairs],
        title,
        places=places,
        theme=theme,
    )
