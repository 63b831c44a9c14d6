"""What behaviour leaves open: potentials in one world, hardly any in two, and doubt that games lessen."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.analysis.ambiguity import hill, least_seen, left_open, open_numbers, other_slip, shaped
from irl_app.demonstrations import collect
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import make_preset
from irl_app.experts import expert_policy
from irl_app.recovery import recover
from trainers.tabular import Prior
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, optimal, soft_optimal

ROOM = parse_map("goal: stay\n\nS...\n.#..\n...G")
EXIT = parse_map("goal: end\n\nS...\n.#..\n...G")


@pytest.mark.parametrize("grid", [ROOM, EXIT])
def test_a_hill_changes_the_reward_and_no_behaviour_also_where_games_end(grid: GridSpec) -> None:
    mdp = grid.mdp()
    plain = expected_reward(mdp, grid.state_reward())
    other = shaped(mdp, plain, 7.0 * hill(mdp, (3, 4), 2, 3, 2.0))
    assert np.abs(other - plain)[mdp.live].max() > 1
    for plan in (optimal, lambda mdp, reward: soft_optimal(mdp, reward, 1.0)):
        np.testing.assert_allclose(plan(mdp, other).policy, plan(mdp, plain).policy, atol=1e-10)


@pytest.mark.parametrize(("grid", "left"), [(ROOM, 1), (EXIT, 0)])
def test_a_second_world_rules_out_every_hill_but_a_level_that_has_no_end(grid: GridSpec, left: int) -> None:
    here, there = grid.mdp(), other_slip(grid).mdp()
    assert open_numbers(here) == here.live_states.size
    assert open_numbers(here, here) == here.live_states.size
    assert open_numbers(here, there) == left


def test_every_kind_of_evidence_lessens_the_doubt_and_endless_games_leave_none() -> None:
    grid = make_preset("cliff", 4, 0)
    policy = expert_policy("soft-optimal", grid, 1.0)
    config = TabularConfig(method="ml", prior=Prior())
    shown = recover(grid, collect(grid, policy, 3, 0, "few"), config)
    found = left_open(shown)
    doubts = {name: one.doubt or 0.0 for name, one in found.items()}
    assert all(0.0 < doubt < doubts["these"] < 1.0 for name, doubt in doubts.items() if name != "these")
    assert shown.counts.pair_visits[least_seen(shown)].sum() == 0
    assert found["world"].numbers < found["start"].numbers == found["these"].numbers
    endless = left_open(recover(grid, policy, config))
    assert {one.doubt for one in endless.values()} == {None}
