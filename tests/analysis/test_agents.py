"""Judging rewards of control tasks: made-up episodes whose answer is known, and the words for it."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.analysis import ALL_TEXTS, METRIC_TEXTS, Estimate, agreement
from irl_app.analysis.agents import (
    CONTROL_TEXTS,
    WHOLE,
    agents_in_words,
    agreement_in_words,
    agreement_row,
    level_of_agents,
    score_estimate,
    trained_row,
    verdict_of_agents,
)

LENGTHS = np.array([5, 9, 14, 20, 33])
EPISODE = np.repeat(np.arange(5), LENGTHS)


def row_of(recovered: np.ndarray, true: np.ndarray, seeds: int = 1):  # type: ignore[no-untyped-def]
    return agreement_row("deshaped", WHOLE, 5, [agreement(recovered, true, EPISODE)] * seeds)


def test_two_unrelated_positive_rewards_agree_over_episodes_and_nowhere_else() -> None:
    rng = np.random.default_rng(0)
    row = row_of(rng.uniform(0.5, 1.5, LENGTHS.sum()), rng.uniform(0.5, 1.5, LENGTHS.sum()))
    figures = {name: figure.value for name, figure in row.figures.items()}
    assert figures["sums"] is not None
    assert figures["sums"] > 0.99
    assert figures["lengths"] is not None
    assert figures["lengths"] > 0.99
    assert abs(figures["steps"] or 0.0) < 0.3
    words = agreement_in_words(row)
    assert "knowing only how long an episode lasted scores 0.99" in words
    assert "with the lengths held fixed" in words


def test_a_true_reward_that_never_changes_gets_words_instead_of_a_number() -> None:
    row = row_of(np.random.default_rng(0).standard_normal(LENGTHS.sum()), np.ones(LENGTHS.sum()))
    assert row.figures["steps"].value is None
    words = agreement_in_words(row)
    assert words.startswith("Step by step nothing can be compared: the true reward is the same everywhere")
    assert ". Summed over episodes the two correlate at " in words
    assert "nothing is left to agree on." in words


def test_seeds_are_averaged_with_an_interval_and_one_seed_keeps_its_own() -> None:
    rng = np.random.default_rng(1)
    true = rng.standard_normal(LENGTHS.sum())
    found = [agreement(true + rng.standard_normal(true.size), true, EPISODE) for _ in range(4)]
    row = agreement_row("state", WHOLE, 5, found)
    assert row.figures["steps"].value == pytest.approx(np.mean([each.steps.value for each in found]))
    assert row.figures["steps"].n == 4
    assert agreement_row("state", WHOLE, 5, found[:1]).figures["steps"] == found[0].steps


def test_agents_are_told_beside_those_of_the_true_reward() -> None:
    true, good = (
        trained_row("true", "", np.array([500.0, 480.0])),
        trained_row("deshaped", "zero", np.array([470.0])),
    )
    assert (good.mean.value, good.mean.low) == (470.0, None)
    assert true.mean.low is not None
    assert 480.0 <= true.mean.low <= 490.0
    words = agents_in_words(good, true, 22.0, 500.0)
    assert words == (
        "Fresh agents earn 470 with it: 93.7 % of the way from random play (22) to the expert (500)."
    )


def test_agents_are_measured_by_the_expert_and_random_play_alone() -> None:
    """Whatever agents on the true reward learn: of a lander's, 13 of 250 is not good."""
    assert level_of_agents([470.0], 22.0, 500.0) == "good"
    assert level_of_agents([480.0, 500.0, 470.0], 22.0, 500.0) == "good"
    assert level_of_agents([500.0] * 9 + [100.0], 22.0, 500.0) == "fair"  # one agent in ten learned nothing
    assert level_of_agents([300.0], 22.0, 500.0) == "fair"
    assert level_of_agents([13.0], -180.0, 250.0) == "poor"
    poor_standard = trained_row("true", "", np.array([20.0]))
    words = agents_in_words(trained_row("deshaped", "", np.array([30.0])), poor_standard, 22.0, 500.0)
    assert words.endswith("Agents on the true reward earn 20: so many updates can show no more.")


def test_nothing_is_said_of_a_task_that_was_not_changed() -> None:
    row = trained_row("deshaped", "", np.array([470.0, 480.0]))
    agreed = agreement_row(
        "deshaped", WHOLE, 2, [agreement(*np.arange(12.0).reshape(2, 6), np.arange(6) // 3)]
    )
    verdict = verdict_of_agents(row, row, agreed, 22.0, 500.0)
    assert [verdict.here.level, verdict.elsewhere.level, verdict.map.level, verdict.level] == [
        "good",
        None,
        None,
        "good",
    ]
    assert verdict_of_agents(None, None, agreed, 22.0, 500.0).here.level is None


def test_a_return_becomes_a_share_of_the_way_to_the_expert() -> None:
    share = score_estimate(Estimate(-290.0, -500.0, -80.0, 3), -500.0, -80.0)
    assert (share.value, share.low, share.high, share.n) == (0.5, 0.0, 1.0, 3)


def test_every_figure_has_words_of_its_own() -> None:
    assert not set(CONTROL_TEXTS) & set(METRIC_TEXTS)
    assert set(ALL_TEXTS) == {*CONTROL_TEXTS, *METRIC_TEXTS}
    assert all("{value}" in text.sentence and text.help and text.formula for text in CONTROL_TEXTS.values())
