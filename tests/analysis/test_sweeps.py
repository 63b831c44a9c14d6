"""The film of planning: after k sweeps the values are what can be had in k moves."""

from __future__ import annotations

import numpy as np

from irl_app.analysis import value_sweeps
from irl_app.envs.grid_map import parse_map
from irl_app.envs.presets import make_preset
from trainers.tabular.planning import expected_reward, optimal


def test_a_sweep_looks_one_move_further() -> None:
    grid = parse_map("goal: end\nstep: 0\ngamma: 0.5\n\nS..\n##G\n")
    mdp = grid.mdp()
    frames = value_sweeps(mdp, expected_reward(mdp, grid.state_reward()))
    np.testing.assert_allclose(frames[:4, :3], [[0, 0, 0], [0, 0, 10], [0, 5, 10], [2.5, 5, 10]])


def test_the_film_ends_near_the_optimal_values() -> None:
    grid = make_preset("four-rooms", 9)
    mdp = grid.mdp()
    reward = expected_reward(mdp, grid.state_reward())
    frames = value_sweeps(mdp, reward)
    best = optimal(mdp, reward).v
    assert 5 < len(frames) <= 201
    np.testing.assert_allclose(frames[-1], best, atol=0.02 * (1.0 + np.abs(best).max()))
