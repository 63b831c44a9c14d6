"""What a recovered reward makes an agent do, and the units in which it is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.analysis import in_true_units, outcome_of
from irl_app.demonstrations import from_play
from irl_app.envs.grid_map import parse_map
from irl_app.envs.presets import make_preset
from irl_app.recovery import recover
from trainers.tabular.config import TabularConfig

CORRIDOR = parse_map("goal: end\nmoves: 20\n\nS...\n.##.\n...G")


def test_the_true_reward_gives_nothing_away() -> None:
    grid = make_preset("goal", 6)
    policy = np.full((grid.n_states, grid.n_actions), 1.0 / grid.n_actions)
    outcome = outcome_of(recover(grid, policy, TabularConfig(method="oracle")))
    assert outcome.regret == pytest.approx(0.0, abs=1e-9)
    assert outcome.success == pytest.approx(1.0)


def test_one_game_to_the_goal_is_followed_and_the_rest_is_a_guess() -> None:
    game = (0, ((1, 1), (1, 2), (1, 3), (2, 7), (2, 11)))
    outcome = outcome_of(recover(CORRIDOR, from_play(CORRIDOR, [game]), TabularConfig(method="ml")))
    assert outcome.success == pytest.approx(1.0)
    assert outcome.visited.sum() == 6
    assert outcome.unseen is not None
    assert outcome.unseen.name in ("the left half", "the lower half")


@pytest.mark.parametrize("preset", ["goal", "static-walls"])  # goals to stay on, and goals that end
@pytest.mark.parametrize(("size", "level"), [(3.0, -2.0), (0.2, 7.0), (1e-9, 0.0)])
def test_what_behaviour_leaves_open_is_taken_from_the_truth(preset: str, size: float, level: float) -> None:
    grid = make_preset(preset, 6)
    mdp, true = grid.mdp(), grid.state_reward()
    gauge = np.where(mdp.terminal, 1.0 / (1.0 - mdp.gamma), 1.0)
    drawn = in_true_units(mdp, size * true + level * gauge, true, mdp.valid)
    np.testing.assert_allclose(drawn[mdp.valid], true[mdp.valid], atol=1e-9)


def test_a_level_reward_is_left_as_it_is() -> None:
    grid = make_preset("goal", 5)
    mdp = grid.mdp()
    flat = np.where(mdp.valid, 0.5, np.nan)
    np.testing.assert_array_equal(in_true_units(mdp, flat, grid.state_reward(), mdp.valid), flat)
