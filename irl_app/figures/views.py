"""The figures of a recovery: which numbers go into which picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from irl_app.analysis import coverage_of
from irl_app.analysis.free_directions import per_step, spread_per_step
from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.figures.grid_maps import action_map, paths_map, sd_map, state_map, value_map, visits_map
from irl_app.figures.scatter import recovered_vs_true
from irl_app.figures.theme import ThemeName
from irl_app.rewards import Reward, StateReward, arrival_sd, expected_reward_table, val_canonical
from trainers.tabular.planning import expected_reward, optimal

if TYPE_CHECKING:
    from irl_app.recovery import Lens, Recovery
    from trainers.arrays import FloatArray

LENS_TITLES: dict[Lens, str] = {
    "transition": "Recovered Q − γV(s′), mean over s′",
    "marginal": "Recovered r(s, a)",
    "deshaped": "Recovered r(s, a), de-shaped",
    "state": "Recovered state reward per step",
}
SCATTER_TITLES: dict[Lens, str] = {
    "transition": "Mean of Q − γV(s′)",
    "marginal": "Recovered r(s, a)",
    "deshaped": "De-shaped r(s, a)",
    "state": "State reward per step",
}


def report_figures(recovery: Recovery, theme: ThemeName) -> dict[str, go.Figure]:
    """The figures of a recovery's report by name; no "sd" where the method has none."""
    grid, mdp, learned = recovery.grid, recovery.mdp, recovery.solution
    true = expected_reward(mdp, recovery.true_reward.values)
    best = optimal(mdp, true)
    v, true_v = (np.where(mdp.live, values, np.nan) for values in (learned.v, best.v))
    true_deshaped = np.where(mdp.live[:, None], val_canonical(mdp, true), np.nan)
    figures = {
        "true": state_map(
            grid, per_step(mdp, recovery.true_reward.values), "True reward per step", theme=theme
        ),
        "state": recovered_reward_figure(recovery, "state", theme),
        "visits": visits_figure(recovery, theme),
        "true-value": value_map(grid, true_v, best.policy, "True optimal value and policy", theme=theme),
        "value": value_map(grid, v, learned.policy, "Learned value and policy", theme=theme),
        "marginal": recovered_reward_figure(recovery, "marginal", theme),
        "true-deshaped": action_map(grid, true_deshaped, "True r(s, a), de-shaped", theme=theme),
        "deshaped": recovered_reward_figure(recovery, "deshaped", theme),
        "scatter-state": scatter_figure(recovery, "state", theme),
        "scatter-marginal": scatter_figure(recovery, "marginal", theme),
        "scatter-deshaped": scatter_figure(recovery, "deshaped", theme),
    }
    if (sd := _sd(recovery)) is not None:
        figures["sd"] = sd_map(grid, sd, "Uncertainty of the state reward", theme=theme)
    return figures


def _sd(recovery: Recovery) -> FloatArray | None:
    """(S,) uncertainty of the state reward per step; None where the method has none."""
    reward = recovery.rewards["state"]
    sd = arrival_sd(reward, recovery.mdp) if isinstance(reward, StateReward) else None
    return None if sd is None else spread_per_step(recovery.mdp, sd)


def recovered_reward_figure(
    recovery: Recovery, lens: Lens = "state", theme: ThemeName = "light"
) -> go.Figure:
    """The recovered reward through a lens: triangles for rewards of pairs, one colour a cell for the
    state's."""
    reward = recovery.rewards[lens]
    if isinstance(reward, StateReward):
        values = per_step(recovery.mdp, recovery.arrivals, recovery.size)
        return state_map(recovery.grid, values, LENS_TITLES[lens], theme=theme, sd=_sd(recovery))
    table = np.where(recovery.mdp.live[:, None], expected_reward_table(reward, recovery.mdp), np.nan)
    return action_map(recovery.grid, table, LENS_TITLES[lens], theme=theme)


def visits_figure(recovery: Recovery, theme: ThemeName = "light") -> go.Figure:
    """The demonstrations: visits and paths; for an exact occupancy the visits of a million steps."""
    if recovery.demonstrations is not None:
        return paths_map(recovery.grid, recovery.demonstrations, "Demonstrations", theme=theme)
    visits = np.asarray(recovery.counts.visits.sum(axis=0)).reshape(recovery.mdp.n_states, -1).sum(axis=1)
    return visits_map(recovery.grid, visits, "Visits, exact occupancy", theme=theme)


def scatter_figure(recovery: Recovery, lens: Lens = "state", theme: ThemeName = "light") -> go.Figure:
    """Recovered against true reward through a lens; the de-shaped lens compares with the de-shaped truth."""
    mdp, grid = recovery.mdp, recovery.grid
    coverage = coverage_of(mdp, recovery.counts)
    reward: Reward = recovery.rewards[lens]
    title = f"{SCATTER_TITLES[lens]} against the truth"
    if isinstance(reward, StateReward):
        cells = np.flatnonzero(mdp.valid)
        recovered = per_step(mdp, recovery.arrivals, recovery.size)[cells]
        true = per_step(mdp, recovery.true_reward.values)[cells]
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
