"""rliable's figures against numbers made by hand and slow obvious references; what they spread over."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from irl_app.analysis import (
    UndefinedMetricError,
    improvement_interval,
    interquartile_mean,
    optimality_gap,
    over_runs,
)
from irl_app.analysis.statistics import probability_of_improvement
from trainers.arrays import FloatArray


def test_interquartile_mean_golden() -> None:
    """Of eight, two are cut at either end: (3 + 4 + 5 + 6) / 4; of three, none; of five, one."""
    assert interquartile_mean(np.array([8.0, 1, 7, 2, 6, 3, 5, 4])) == 4.5
    assert interquartile_mean(np.array([0.0, 1.0, 5.0])) == 2.0
    assert interquartile_mean(np.array([-1e9, 1.0, 2.0, 6.0, 1e9])) == 3.0
    assert interquartile_mean(np.array([7.0])) == 7.0
    runs_by_tasks = np.array([[0.0, 10.0], [1.0, 20.0], [2.0, 30.0], [100.0, 40.0]])
    assert over_runs(runs_by_tasks, interquartile_mean).value == (2 + 10 + 20 + 30) / 4


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_interquartile_mean_is_the_trimmed_mean(scores: list[float]) -> None:
    found = interquartile_mean(np.array([scores, scores]))
    assert found == pytest.approx(np.full(2, stats.trim_mean(scores, 0.25)), abs=1e-6)


def test_optimality_gap_golden() -> None:
    """1 − (0.5 + 1 + 0.75) / 3: what lies above the target counts as the target."""
    assert optimality_gap(np.array([0.5, 9.0, 0.75])) == pytest.approx(0.25)
    assert optimality_gap(np.array([1.0, 2.0])) == 0.0
    assert optimality_gap(np.array([[0.0, 4.0]]), target=2.0) == pytest.approx([1.0])


def test_probability_of_improvement_golden() -> None:
    """First task: 3 beats both, 1 loses to 2 and ties with 1: 2.5 of 4. Second task: 0 of 4."""
    x, y = np.array([[3.0, 0.0], [1.0, 0.0]]), np.array([[2.0, 5.0], [1.0, 6.0]])
    assert probability_of_improvement(x[:, :1], y[:, :1]) == 0.625
    assert probability_of_improvement(x, y) == 0.3125
    assert probability_of_improvement(y, x) == 0.6875
    assert probability_of_improvement(x, x) == 0.5


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6), st.integers(1, 3))
def test_probability_of_improvement_against_counting_and_mann_whitney(
    seed: int, n: int, k: int, m: int
) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, size=(n, m)).astype(float), rng.integers(0, 4, size=(k, m)).astype(float)
    wins = 0.0
    for task, i, j in itertools.product(range(m), range(n), range(k)):
        wins += 1.0 if x[i, task] > y[j, task] else 0.5 if x[i, task] == y[j, task] else 0.0
    found = probability_of_improvement(x, y)
    assert found == pytest.approx(wins / (n * k * m))
    u = [stats.mannwhitneyu(x[:, t], y[:, t]).statistic for t in range(m)]
    assert found == pytest.approx(np.mean(u) / (n * k))


def test_a_figure_stands_between_the_least_and_the_largest_that_one_run_has_alone() -> None:
    scores = np.array([[0.2], [0.4], [0.9], [1.5], [1.1]])
    gap = over_runs(scores, optimality_gap)
    assert gap.value == pytest.approx(1 - (0.2 + 0.4 + 0.9 + 1 + 1) / 5)
    assert (gap.low, gap.high, gap.n) == (0.0, 0.8, 5)
    found = over_runs(np.array([[0.0, 10.0], [4.0, 100.0]]), interquartile_mean)
    assert (found.value, found.low, found.high) == (7.0, 0.0, 100.0)
    alone = over_runs(np.array([[0.3]]), interquartile_mean)
    assert (alone.value, alone.low, alone.high) == (0.3, None, None)


def test_five_that_beat_five_settle_nothing_and_six_do() -> None:
    """All of n better: from .025^(1/n), as for a share of all n."""
    for n in (1, 5, 6):
        found = improvement_interval(np.ones((n, 1)), np.zeros((n + 2, 1)))
        assert (found.value, found.high) == (1.0, 1.0)
        assert found.low == pytest.approx(0.025 ** (1 / n))
    two_tasks = improvement_interval(np.ones((3, 2)), np.zeros((3, 2)))
    assert two_tasks.low == pytest.approx(0.025 ** (1 / 6))


@pytest.mark.parametrize(("n", "k"), [(3, 3), (5, 10), (10, 10)])
@pytest.mark.parametrize("rival", ["constant", "shifted", "spread"])
def test_chances_of_improvement_cover_whatever_the_laws(n: int, k: int, rival: str) -> None:
    """A rival that always scores the same is the hardest: each run then is one throw of a coin."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, n))
    y, truth = {
        "constant": (np.full((1000, k), -1.0), stats.norm.cdf(1.0)),
        "shifted": (rng.normal(size=(1000, k)) - 1.0, stats.norm.cdf(1.0 / np.sqrt(2.0))),
        "spread": (9.0 * rng.normal(size=(1000, k)), 0.5),
    }[rival]
    found = [improvement_interval(a[:, None], b[:, None]) for a, b in zip(x, y, strict=True)]
    assert np.mean([e.low <= truth <= e.high for e in found]) >= 0.93  # type: ignore[operator]


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        (np.zeros((0, 2)), "no run"),
        (np.array([[np.nan, 1.0]]), "no score"),
        (np.array([[np.inf]]), "no score"),
    ],
)
def test_what_cannot_be_averaged_is_said_in_a_sentence(scores: FloatArray, says: str) -> None:
    with pytest.raises(UndefinedMetricError, match=says):
        over_runs(scores, interquartile_mean)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="runs by tasks"):
        over_runs(np.zeros(3), interquartile_mean)
    with pytest.raises(UndefinedMetricError, match="1 tasks, the other on 2"):
        probability_of_improvement(np.zeros((2, 1)), np.zeros((2, 2)))
