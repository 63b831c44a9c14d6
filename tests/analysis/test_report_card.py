"""The report card: perfect for the truth, honest for a bad reward, quick, and in plain words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from irl_app.analysis import (
    HEADLINE,
    METRIC_TEXTS,
    counted,
    demonstrations_in_words,
    judge,
    summarise,
    written,
)
from irl_app.analysis.changed_worlds import with_walls_added
from irl_app.analysis.elsewhere import summed_up
from irl_app.analysis.transfer import as_original_actions
from irl_app.analysis.verdict import Verdict, verdict_of
from irl_app.demonstrations import collect
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.recovery import Recovery, recover
from irl_app.rewards import StateActionReward, StateReward
from tests.analysis.regret import regret
from trainers.arrays import FloatArray
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, soft_optimal


def soft_policy_of(grid: GridSpec) -> FloatArray:
    return soft_optimal(grid.mdp(), expected_reward(grid.mdp(), grid.state_reward()), 1.0).policy


def recovery_of(grid: GridSpec, n: int | None = 20, **config: object) -> Recovery:
    policy = soft_policy_of(grid)
    shown = policy if n is None else collect(grid, policy, n, 0, "soft")
    return recover(grid, shown, TabularConfig(**config))


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_true_reward_gets_a_perfect_card(name: str) -> None:
    card = judge(recovery_of(make_preset(name, seed=1), method="oracle"))
    for metric in card.metrics.values():
        if metric.value is not None and not metric.name.startswith(
            ("distance_ratio", "success", "regret_permuted")
        ):
            if metric.name == "regret_transfer_raw":
                continue  # r(s, a) has the old walls built in, even the true one
            assert metric.value == pytest.approx(metric.best, abs=1e-4), metric.name
    assert card.level == "good"


def test_static_walls_plan_is_the_shortest_path() -> None:
    card = judge(recovery_of(make_preset("static-walls"), method="oracle"))
    assert card.value("distance_ratio") == pytest.approx(1.0)
    assert card.value("success_rate") == pytest.approx(1.0)
    assert card["success_rate"].text == "100 %"


def test_a_reversed_reward_gets_the_worst_card() -> None:
    good = recovery_of(make_preset("field", size=5), method="oracle")
    state, table = good.rewards["state"], good.rewards["marginal"]
    assert isinstance(state, StateReward)
    assert isinstance(table, StateActionReward)
    bad = replace(
        good,
        rewards=dict(good.rewards)
        | {"state": replace(state, values=-state.values), "marginal": replace(table, values=-table.values)},
    )
    card = judge(bad)
    assert card.level == "poor"
    assert card.verdict.elsewhere.level == card.verdict.map.level == "poor"
    assert "Do not rely on it elsewhere" in card.verdict.elsewhere.action
    assert card.value("pearson_state") == pytest.approx(-1.0)
    assert card.value("starc") == pytest.approx(1.0)
    assert (card.value("regret") or 0.0) > 1.0


def test_two_valued_truth_has_no_spearman_but_a_sentence() -> None:
    card = judge(recovery_of(make_preset("goal", size=6), method="iq"))
    assert card["spearman_state"].value is None
    assert "only two values" in card["spearman_state"].sentence
    assert card["spearman_state"].text == "–"


def test_coverage_regions_and_warnings() -> None:
    recovery = recovery_of(make_preset("field", size=8, seed=2), n=2, method="iq")
    card = judge(recovery)
    assert recovery.demonstrations is not None
    visited = recovery.demonstrations.visits(recovery.mdp.n_states) > 0
    np.testing.assert_array_equal(card.coverage.visited_cells, visited)
    assert card.coverage.cells_seen == visited.sum()
    share = f"{100 * (1 - visited.mean()):.0f} % of the cells were never visited"
    assert card.warnings[0].startswith(share)
    assert any("Only 2 episodes" in warning for warning in card.warnings)
    state = card["pearson_state"]
    assert state.visited is not None
    assert state.unvisited is not None
    assert state.visited.n + state.unvisited.n == state.overall.n == 64
    assert state.overall.low is not None
    assert state.value is not None
    assert state.overall.low < state.value


def test_another_gamma_is_said() -> None:
    card = judge(recovery_of(make_preset("goal", size=5), method="iq", gamma=0.8))
    assert any("γ = 0.8, the grid's own is 0.9" in warning for warning in card.warnings)


@pytest.mark.parametrize(
    ("raw", "val", "said"),
    [
        (0.2, 0.99, "at only 0.20, because it carries shaping"),
        (0.2, 0.5, "partly because it carries shaping"),
        (0.9, 0.3, "looks better than it is"),
        (0.98, 0.99, "there is little shaping in it"),
        (0.4, 0.45, "Taking shaping out changes little"),
    ],
)
def test_verdict_says_why_raw_and_deshaped_differ(raw: float, val: float, said: str) -> None:
    verdict = verdict_with(VALUES | {"pearson_raw": raw, "pearson_val": val}, [0.0] * 64)
    assert verdict.here.level == "good"
    assert said in verdict.here.reason


VALUES = {"regret": 0.0, "pearson_raw": 0.9, "pearson_val": 0.9, "starc_state": 0.01, "map_cosine": 0.99}


def verdict_with(values: dict[str, float], regrets: list[float], **settings: Any) -> Verdict:
    coverage = judge(recovery_of(make_preset("goal", size=4), method="oracle")).coverage
    found = summed_up(np.array(regrets), ("slip changed",) * len(regrets))
    return verdict_of(values, found, settings.pop("coverage", coverage), **settings)


@pytest.mark.parametrize(
    ("regrets", "level"),
    [
        ([0.0] * 64, "good"),
        ([0.0] * 58 + [0.1] * 6, "good"),
        ([0.0] * 58 + [0.12] * 6, "fair"),  # the worst tenth loses more than a tenth
        ([0.0] * 20, "fair"),  # too few worlds to be sure of it
        ([0.03] * 64, "fair"),
        ([0.2] * 64, "fair"),
        ([0.21] * 64, "poor"),
    ],
)
def test_the_answer_elsewhere_asks_for_the_mean_the_worst_tenth_and_the_interval(
    regrets: list[float], level: str
) -> None:
    verdict = verdict_with(VALUES, regrets)
    assert verdict.elsewhere.level == verdict.level == level
    assert verdict.map.level == ("poor" if level == "poor" else "good")  # never green above a poor elsewhere


def test_each_answer_has_its_reason_and_what_to_do_next() -> None:
    for regrets in ([0.0] * 64, [0.5] * 64):
        verdict = verdict_with(VALUES | {"regret": regrets[0], "starc_state": regrets[0]}, regrets)
        assert list(verdict.as_json()["reasons"]) == ["here", "elsewhere", "map"]
        for name, answer in verdict.answers.items():
            assert answer.reason.endswith("."), name
            assert answer.action.endswith(".") or (name, answer.level) == ("map", "good")


def test_evidence_is_not_what_is_missing_with_endless_demonstrations() -> None:
    exact = judge(recovery_of(make_preset("goal", size=4), n=None, method="bc")).coverage
    for method in ("ml", "bc"):
        text = " ".join(
            verdict_with(VALUES, [0.5] * 64, coverage=exact, method=method).as_json()["reasons"].values()
        )
        assert "Show more" not in text
        assert "evidence" not in text


def test_what_has_not_converged_is_never_good() -> None:
    verdict = verdict_with(VALUES, [0.0] * 64, converged=False)
    assert {answer.level for answer in verdict.answers.values()} == {"fair"}
    assert verdict.here.reason.startswith("The solver stopped before it had converged")


def test_ones_are_not_counted_as_many() -> None:
    assert [counted(n, "move") for n in (1, 0, 1_500)] == ["1 move", "0 moves", "1,500 moves"]
    assert demonstrations_in_words(1) == "1 demonstration"
    assert demonstrations_in_words("exact") == demonstrations_in_words(None) == "endless demonstrations"


def test_absorbing_convention_is_judged_on_the_same_footing() -> None:
    """Paying (1 - gamma) R at the goal for ever is worth as much as paying R once: the card must not
    notice."""
    zero = recovery_of(make_preset("static-walls", size=5), method="oracle")
    state = zero.rewards["state"]
    assert isinstance(state, StateReward)
    spread = np.where(zero.mdp.terminal, (1.0 - zero.mdp.gamma) * state.values, state.values)
    for_ever = replace(state, values=spread, info=replace(state.info, terminal="absorbing"))
    absorbing = replace(zero, rewards=dict(zero.rewards) | {"state": for_ever})
    once, ever = judge(zero), judge(absorbing)
    for name, metric in once.metrics.items():
        assert ever.value(name) == (
            None if metric.value is None else pytest.approx(metric.value, abs=1e-6)
        ), name


def test_summary_has_the_headline_figures_with_t_intervals() -> None:
    cards = [judge(recovery_of(make_preset("goal", size=5, seed=seed), method="iq")) for seed in range(3)]
    found = summarise(cards)
    assert set(HEADLINE) <= set(found) == set(cards[0].metrics)
    values = [card.value("pearson_val") or 0.0 for card in cards]
    assert found["pearson_val"].value == pytest.approx(np.mean(values))
    assert found["pearson_val"].overall.n == 3
    state, one = cards[0]["pearson_state"].overall, summarise(cards[:1])["pearson_state"].overall
    assert (one.low, one.value, one.high, one.n) == (state.low, state.value, state.high, 1)
    assert one.low is not None
    parts = [card["pearson_state"].visited for card in cards]
    seen = [part.value for part in parts if part and part.value is not None]
    assert found["pearson_state"].visited.value == pytest.approx(np.mean(seen))
    lone = judge(recovery_of(make_preset("field", size=4), method="oracle"))
    for undefined in (summarise([lone]), summarise([lone, lone])):
        assert undefined["distance_ratio"].value is None
        assert "no goal" in undefined["distance_ratio"].sentence


@pytest.mark.parametrize("name", PRESETS)
def test_added_walls_cut_nothing_off(name: str) -> None:
    grid = make_preset(name, seed=3)
    changed, n = with_walls_added(grid)
    assert with_walls_added(grid)[0] == changed
    assert changed.walls.sum() - grid.walls.sum() == n > 0
    assert not (changed.walls & (grid.goals | grid.starts)).any()
    reachable = grid.shortest_distances() >= 0
    still_free = ~changed.walls.ravel()
    assert ((changed.shortest_distances() >= 0) == (reachable & still_free)).all()


def test_swapped_buttons_match_a_grid_with_swapped_buttons() -> None:
    grid = make_preset("field", size=4)
    mdp = grid.mdp()
    true, table = expected_reward(mdp, grid.state_reward()), np.random.default_rng(0).normal(size=(16, 5))
    shift = np.array([1, 2, 3, 0, 4])
    pairs = (np.arange(16)[:, None] * 5 + shift).ravel()
    swapped = replace(mdp, transition=mdp.transition[pairs], p0=mdp.p0.copy())
    expected = regret(swapped, table, true[:, shift])
    assert regret(mdp, as_original_actions(table), true) == pytest.approx(expected)


def test_every_metric_has_its_words() -> None:
    for name, words in METRIC_TEXTS.items():
        assert "{value}" in words.sentence, name
        assert words.sentence.endswith("."), name
        assert words.formula, name
        assert "$" not in words.help, name


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "share", "0 %"),
        (1.0, "share", "100 %"),
        (0.9996, "share", "100 %"),
        (0.012, "share", "1.2 %"),
        (1.07, "share", "107 %"),
        (-0.284, "correlation", "−0.28"),
        (-0.001, "correlation", "0.00"),
        (0.9987, "correlation", "0.999"),
        (0.0312, "distance", "0.031"),
        (1.041, "ratio", "1.04 times"),
    ],
)
def test_numbers_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text  # type: ignore[arg-type]
