"""What demonstrations cannot tell: the free directions are all of it, and no headline figure moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.analysis import METRIC_TEXTS, judge, outcome_of, pearson
from irl_app.analysis.estimates import UndefinedMetricError
from irl_app.analysis.free_directions import free_directions, map_cosine, per_step, without_free
from irl_app.bench.verdict_worlds import random_map
from irl_app.demonstrations import collect
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import make_preset
from irl_app.experts import expert_policy
from irl_app.recovery import Recovery, recover
from irl_app.rewards import StateActionReward, StateReward
from trainers.arrays import FloatArray
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, soft_optimal

ENDS = "goal: end\n\nS..#.\n..L..\n#...G\n.....\n"
POCKETS = "goal: end\n\nS..#.\n..##.\n...##\n#..#.\n.#..G\n"


def worlds() -> list[GridSpec]:
    drawn = [random_map(np.random.default_rng(seed)) for seed in range(12)]
    return [parse_map(ENDS), parse_map(POCKETS), make_preset("reset", 5), *drawn]


def soft_policy(grid: GridSpec, state: FloatArray) -> FloatArray:
    return soft_optimal(grid.mdp(), expected_reward(grid.mdp(), state), 1.0).policy


@pytest.mark.parametrize("index", range(15))
def test_the_free_directions_are_all_changes_that_no_soft_policy_notices(index: int) -> None:
    """As many as the null space, by brute force, of the derivative of log pi in the rewards of cells."""
    grid = worlds()[index]
    mdp, state = grid.mdp(), np.nan_to_num(grid.state_reward())
    basis = free_directions(mdp).toarray()
    change = basis @ np.random.default_rng(index).normal(size=basis.shape[1])
    np.testing.assert_allclose(soft_policy(grid, state + change), soft_policy(grid, state), atol=1e-9)
    cells, step = np.flatnonzero(mdp.valid), 1e-5

    def log_policy(cell: int, by: float) -> FloatArray:
        moved = state.copy()
        moved[cell] += by
        return np.log(soft_policy(grid, moved)[mdp.live]).ravel()

    slope = [(log_policy(cell, step) - log_policy(cell, -step)) / (2 * step) for cell in cells]
    sizes = np.linalg.svd(np.array(slope), compute_uv=False)
    rank = int((sizes > 1e-6 * sizes[0]).sum())
    assert basis.shape[1] == cells.size - rank
    assert np.linalg.matrix_rank(basis) == basis.shape[1]


def test_where_nothing_ends_only_a_constant_is_free_and_the_cosine_is_pearsons() -> None:
    grid = make_preset("field", 5)
    basis = free_directions(grid.mdp()).toarray()
    np.testing.assert_allclose(basis, np.full((25, 1), 1.0 - grid.gamma))
    x, y = np.random.default_rng(0).normal(size=(2, 25))
    assert map_cosine(grid.mdp(), x, y) == pytest.approx(pearson(x, y))


def test_an_end_counts_ten_times_a_step_at_a_discount_of_nine_tenths() -> None:
    mdp = parse_map(ENDS).mdp()
    free = np.where(mdp.terminal, 10.0, 1.0) * mdp.valid
    np.testing.assert_allclose(without_free(mdp, free), 0.0, atol=1e-12)
    assert not without_free(mdp, free).any()
    drawn = per_step(mdp, np.where(mdp.valid, free, np.nan))
    np.testing.assert_allclose(drawn[mdp.valid], 0.0, atol=1e-12)
    with pytest.raises(UndefinedMetricError, match="recovered reward of cells is what no behaviour can tell"):
        map_cosine(mdp, free, np.arange(mdp.n_states, dtype=float))


def test_where_every_move_is_random_all_is_free() -> None:
    mdp = make_preset("goal", 4).replace(slip=1.0).mdp()
    assert not without_free(mdp, np.arange(16.0)).any()


def recovered(grid: GridSpec, method: str) -> Recovery:
    shown = collect(grid, expert_policy("soft-optimal", grid, 1.0), 20, 0, "soft")
    return recover(grid, shown, TabularConfig(method=method))


def changed(recovery: Recovery, *, scale: float = 1.0, level: float = 0.0, shaping: float = 0.0) -> Recovery:
    """The recovery with its reward scaled, its reward of cells moved freely, its r(s, a) shaped."""
    mdp, rng = recovery.mdp, np.random.default_rng(1)
    state, table = recovery.rewards["state"], recovery.rewards["marginal"]
    assert isinstance(state, StateReward)
    assert isinstance(table, StateActionReward)
    basis = free_directions(mdp).toarray()
    free = basis @ rng.normal(size=basis.shape[1])
    if state.info.terminal == "absorbing":  # an end's is paid for ever after
        free = np.where(mdp.terminal, (1.0 - mdp.gamma) * free, free)
    potential = np.where(mdp.live, rng.normal(size=mdp.n_states), 0.0)
    after = (mdp.transition @ potential).reshape(table.values.shape)
    shaped = np.where(mdp.live[:, None], mdp.gamma * after - potential[:, None], 0.0)
    values = {
        "state": replace(state, values=scale * (state.values + level * free)),
        "marginal": replace(table, values=scale * (table.values + shaping * shaped)),
    }
    return replace(recovery, rewards={**recovery.rewards, **values})


CASES = {
    "static-walls": (make_preset("static-walls", 6, seed=2), "iq"),
    "cliff": (make_preset("cliff", 8), "ml"),
    "reset": (make_preset("reset", 6, seed=2), "bc"),
    "pockets": (parse_map(POCKETS), "iq"),
}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=3, deadline=None)
@given(size=st.floats(0.5, 4.0), scale=st.sampled_from([1e-3, 0.5, 40.0]))
def test_no_figure_sentence_or_map_moves_by_what_it_claims_to_be_free_of(
    name: str, size: float, scale: float
) -> None:
    recovery = recovered(*CASES[name])
    before = judge(recovery)
    changes = {
        "scale": changed(recovery, scale=scale),
        "level": changed(recovery, level=size),
        "shaping": changed(recovery, shaping=size),
    }
    for kind, other in changes.items():
        after = judge(other)
        for question, said in before.verdict.answers.items():
            now = after.verdict.answers[question]
            assert now.level == said.level, (kind, question)
            if question != "here" or kind != "shaping":  # "here" tells how much shaping there is
                assert now.text == said.text, (kind, question)
        drawn, unit = (per_step(recovery.mdp, each.arrivals) for each in (other, recovery))
        size_then = scale if kind == "scale" else 1.0
        np.testing.assert_allclose(drawn, size_then * unit, atol=1e-6 * size_then * np.nanmax(np.abs(unit)))
        for metric, words in METRIC_TEXTS.items():
            if kind not in words.moved_by:
                value = before.value(metric)
                assert after.value(metric) == (None if value is None else pytest.approx(value, abs=1e-6)), (
                    f"{metric} moved by {kind}"
                )


def test_what_is_left_of_a_random_experts_reward_is_rounding_and_gets_no_correlation() -> None:
    pair = parse_map("goal: end\n\nSG\n##\n")
    for grid, method in ((pair, "ml"), (pair.replace(gamma=0.01), "ml")):  # solved by iterations
        card = judge(recover(grid, expert_policy("noisy", grid, 1.0), TabularConfig(method=method)))
        assert card.value("map_cosine") is None


@pytest.mark.parametrize("name", ["goal", "random-walls"])  # goals that stay, and that end
@pytest.mark.parametrize("method", ["iq", "bc", "mce", "ml", "sqil"])
def test_what_a_random_experts_reward_keeps_of_shaping_and_level_decides_nothing(
    name: str, method: str
) -> None:
    grid = make_preset(name, 6, seed=1)
    recovery = recover(grid, expert_policy("noisy", grid, 1.0), TabularConfig(method=method))
    card, outcome = judge(recovery), outcome_of(recovery)
    for figure in ("pearson_raw", "pearson_state", "pearson_val", "value_pearson", "map_cosine"):
        assert card.value(figure) is None, (figure, card.value(figure))
    assert card.value("starc_state") == card.value("starc") == pytest.approx(0.5)  # it orders nothing
    assert card.value("regret") == card.value("regret_state") == outcome.regret == pytest.approx(1.0)
    assert not per_step(recovery.mdp, recovery.arrivals, recovery.size)[recovery.mdp.valid].any()
