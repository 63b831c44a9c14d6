"""Changed worlds: the same for all, nothing cut off; planned in all at once as in each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.analysis.changed_worlds import KINDS, WORLDS, by_kind, changed_worlds, with_walls_added
from irl_app.analysis.elsewhere import regrets_elsewhere, solve_worlds, summed_up
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS, make_preset
from tests.analysis.regret import regret
from trainers.arrays import FloatArray
from trainers.tabular.planning import expected_reward, optimal

POCKETS = "goal: end\n\nS..#.\n..##.\n...##\n#..#.\n.#..G\n"
"""Cells that nothing leads to, the way to the goal one cell wide."""


def noisy(grid: GridSpec, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return grid.state_reward() + rng.normal(scale=2.0, size=grid.n_states)


def test_walls_in_pockets_of_one_cell_leave_no_wall_to_spare_elsewhere() -> None:
    row, closed = ".#.#.#.#.#\n", "##########\n"
    grid = parse_map(f"goal: end\n\nS........G\n{closed}" + (row + closed) * 4)
    harder, added = with_walls_added(grid)  # a start without a way to the goal would be refused here
    assert added > 0
    assert harder.shortest_distances()[:10].min() >= 0
    worlds = changed_worlds(grid)
    assert all(
        worlds.world(k).shortest_distances()[0] > 0 for k in range(len(worlds)) if worlds.starts[k, 0, 0]
    )


@pytest.mark.parametrize("name", [*PRESETS, "pockets"])
def test_worlds_are_the_same_every_time_and_cut_nothing_off(name: str) -> None:
    grid = parse_map(POCKETS) if name == "pockets" else make_preset(name, seed=3)
    worlds = changed_worlds(grid)
    again = changed_worlds(grid)
    np.testing.assert_array_equal(worlds.walls, again.walls)
    np.testing.assert_array_equal(worlds.starts, again.starts)
    assert len(worlds) == WORLDS
    counts = {kind: rows.size for kind, rows in by_kind(worlds.kinds).items()}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert set(counts) == set(KINDS) - ({"walls moved"} if not grid.walls.any() else set())
    reachable = grid.shortest_distances() >= 0
    for k, kind in enumerate(worlds.kinds):
        world = worlds.world(k)  # a start without a way to the goal would be refused here
        assert world != grid, kind
        still_free = ~world.walls.ravel()
        assert ((world.shortest_distances() >= 0) >= (reachable & still_free)).all(), kind


def test_mixed_worlds_change_everything_at_once() -> None:
    grid = make_preset("four-rooms")
    worlds = changed_worlds(grid, total=4, kinds=("mix",))
    assert worlds.kinds == ("mix",) * 4
    for k in range(4):
        world = worlds.world(k)
        assert world.walls.sum() > grid.walls.sum()
        assert world.slip != grid.slip
        assert world.starts.sum() == 1


@pytest.mark.parametrize("name", PRESETS)
def test_all_worlds_at_once_are_as_each_by_itself(name: str) -> None:
    grid = make_preset(name, 8 if name != "cliff" else 12, seed=1)
    worlds = changed_worlds(grid, seed=5, total=12)
    state = np.where(grid.mdp().valid, noisy(grid, 0), np.nan)
    parts = solve_worlds(worlds, grid.gamma)
    found = regrets_elsewhere(parts, state, optimal(grid.mdp(), expected_reward(grid.mdp(), state)).v)
    carried = parts[0].carried(state)
    for k in range(len(worlds)):
        mdp, true = worlds.world(k).mdp(), worlds.world(k).state_reward()
        alone = regret(mdp, expected_reward(mdp, carried), expected_reward(mdp, true))
        assert found[k] == pytest.approx(np.clip(alone, 0.0, 1.0), abs=1e-12), worlds.kinds[k]


def test_parts_are_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make_preset("random-walls")
    worlds, state = changed_worlds(grid, total=9), noisy(grid, 1)
    whole = regrets_elsewhere(solve_worlds(worlds, grid.gamma), state)
    monkeypatch.setattr("irl_app.analysis.elsewhere.PART", 200)
    parts = solve_worlds(worlds, grid.gamma)
    assert [len(part.worlds) for part in parts] == [3, 3, 3]
    np.testing.assert_allclose(regrets_elsewhere(parts, state), whole, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(unit=st.sampled_from([1e-9, 1e-3, 7.0, 1e9]), seed=st.integers(0, 99))
def test_regret_elsewhere_does_not_depend_on_the_unit_of_the_reward(unit: float, seed: int) -> None:
    grid = make_preset("reset", 5, seed=2)
    parts = solve_worlds(changed_worlds(grid, total=8), grid.gamma)
    state = noisy(grid, seed)
    np.testing.assert_allclose(
        regrets_elsewhere(parts, unit * state), regrets_elsewhere(parts, state), atol=1e-9
    )


def test_the_truth_loses_nothing_anywhere() -> None:
    for name in ("field", "reset", "maze"):
        grid = make_preset(name, seed=4)
        assert not regrets_elsewhere(
            solve_worlds(changed_worlds(grid), grid.gamma), grid.state_reward()
        ).any()


def test_arrivals_times_their_worth_are_the_return() -> None:
    grid = make_preset("cliff")
    (part,) = solve_worlds(changed_worlds(grid, total=6), grid.gamma)
    state = grid.state_reward()
    np.testing.assert_allclose(part.arrivals(part.plan(state)) @ state, part.best, atol=1e-10)


def test_regrets_are_summed_up_over_worlds_where_something_can_be_lost() -> None:
    kinds = ("walls added",) * 10 + ("slip changed",) * 11
    found = summed_up(np.array([0.0] * 10 + [0.5, 1.0] * 5 + [np.nan]), kinds)
    assert found.mean.value == pytest.approx(0.375)
    assert found.mean.n == 20
    assert found.worst_tenth == 1.0
    assert found.worst == 11
    told = found.as_json()
    assert told["worlds"] == 20
    assert told["by_kind"] == {
        "walls added": {"mean": 0.0, "worst": 0.0, "worlds": 10},
        "slip changed": {"mean": 0.75, "worst": 1.0, "worlds": 10},
    }
    nothing = summed_up(np.full(3, np.nan), ("slip changed",) * 3)
    assert nothing.mean.value is nothing.worst_tenth is nothing.worst is None
