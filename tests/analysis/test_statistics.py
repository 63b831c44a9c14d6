"""rliable's figures against numbers made by hand, complete enumerations and slow obvious references."""

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
    stratified_bootstrap,
)
from irl_app.analysis.statistics import probability_of_improvement
from trainers.arrays import FloatArray


def mean(scores: FloatArray) -> FloatArray:
    return np.asarray(scores.mean(axis=-1))


def test_interquartile_mean_golden() -> None:
    """Of eight, two are cut at either end: (3 + 4 + 5 + 6) / 4; of three, none; of five, one."""
    assert interquartile_mean(np.array([8.0, 1, 7, 2, 6, 3, 5, 4])) == 4.5
    assert interquartile_mean(np.array([0.0, 1.0, 5.0])) == 2.0
    assert interquartile_mean(np.array([-1e9, 1.0, 2.0, 6.0, 1e9])) == 3.0
    assert interquartile_mean(np.array([7.0])) == 7.0
    runs_by_tasks = np.array([[0.0, 10.0], [1.0, 20.0], [2.0, 30.0], [100.0, 40.0]])
    assert stratified_bootstrap(runs_by_tasks, interquartile_mean).value == (2 + 10 + 20 + 30) / 4


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


def test_interval_against_all_resamples() -> None:
    """Of 4 runs there are 4^4 = 256 resamples, all alike: the interval's ends are their quantiles."""
    scores = np.array([0.0, 1.0, 10.0, 100.0])
    every = [stats.trim_mean(again, 0.25) for again in itertools.product(scores, repeat=4)]
    low, high = np.percentile(every, (2.5, 97.5))
    found = stratified_bootstrap(scores[:, None], interquartile_mean, resamples=200_000)
    assert (found.low, found.high) == (low, high)
    assert (found.value, found.n) == (5.5, 4)


def test_interval_against_a_slow_reference() -> None:
    """One resample at a time, one task at a time, one run at a time."""
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(5, 3)) + np.array([0.0, 10.0, -10.0])
    runs = rng.integers(5, size=(20_000, 3, 5)).tolist()
    drawn = [[scores[run, task] for task in range(3) for run in again[task]] for again in runs]
    low, high = np.percentile(stats.trim_mean(drawn, 0.25, axis=1), (2.5, 97.5))
    found = stratified_bootstrap(scores, interquartile_mean, resamples=20_000)
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


def test_tasks_are_strata() -> None:
    """Runs that agree within every task leave nothing uncertain, however far the tasks are apart."""
    found = stratified_bootstrap(np.array([[0.0, 10.0]] * 4), mean)
    assert (found.low, found.value, found.high) == (5.0, 5.0, 5.0)
    mixed = stratified_bootstrap(np.array([[0.0, 0.0, 10.0, 10.0]]).T, mean)
    assert mixed.low is not None
    assert mixed.low < 5.0


def test_interval_is_of_the_figure_asked_for() -> None:
    scores = np.array([[0.2], [0.4], [0.9], [1.5], [1.1]])
    gap = stratified_bootstrap(scores, optimality_gap)
    assert gap.value == pytest.approx(1 - (0.2 + 0.4 + 0.9 + 1 + 1) / 5)
    assert gap.low is not None
    assert gap.high is not None
    assert 0.0 <= gap.low < gap.value < gap.high <= 0.8


def test_improvement_interval_against_a_slow_reference() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(0.5, 1.0, size=(6, 2)), rng.normal(size=(4, 2))
    drawn = []
    for _ in range(4_000):
        xs = np.stack([x[rng.integers(6, size=6), t] for t in range(2)], axis=1)
        ys = np.stack([y[rng.integers(4, size=4), t] for t in range(2)], axis=1)
        drawn.append(probability_of_improvement(xs, ys))
    low, high = np.percentile(drawn, (2.5, 97.5))
    found = improvement_interval(x, y, resamples=20_000)
    assert found.value == probability_of_improvement(x, y)
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)
    assert found.n == 10


def test_one_run_has_a_figure_and_no_interval() -> None:
    found = stratified_bootstrap(np.array([[0.3, 0.5]]), mean)
    assert (found.value, found.low, found.high, found.n) == (0.4, None, None, 2)
    assert improvement_interval(np.array([[1.0]]), np.array([[0.0], [0.0]])).low is None


def test_same_seed_same_interval_and_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(1).normal(size=(6, 2))
    whole = stratified_bootstrap(scores, interquartile_mean, seed=4)
    assert stratified_bootstrap(scores, interquartile_mean, seed=4) == whole
    assert stratified_bootstrap(scores, interquartile_mean, seed=5) != whole
    monkeypatch.setattr("irl_app.analysis.statistics._CHUNK", 100)
    assert stratified_bootstrap(scores, interquartile_mean, seed=4) == whole


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(300):
        found = stratified_bootstrap(
            rng.normal(size=(10, 2)), interquartile_mean, resamples=1_000, seed=trial
        )
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.0 <= found.high
    assert 0.86 < covered / 300 < 0.98


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
        stratified_bootstrap(scores, mean)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="runs by tasks"):
        stratified_bootstrap(np.zeros(3), mean)
    with pytest.raises(UndefinedMetricError, match="1 tasks, the other on 2"):
        probability_of_improvement(np.zeros((2, 1)), np.zeros((2, 2)))
