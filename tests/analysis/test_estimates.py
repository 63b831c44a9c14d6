"""Correlations and intervals against published or hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from irl_app.analysis import UndefinedMetricError, correlation, pearson
from irl_app.analysis.estimates import spearman


def test_pearson_golden_and_weighted() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])
    assert pearson(x, y) == pytest.approx(0.8)
    assert pearson(3 * x - 7, -y) == pytest.approx(-0.8)
    doubled = pearson(np.append(x, 4.0), np.append(y, 4.0))
    assert pearson(x, y, np.array([1.0, 1.0, 1.0, 2.0])) == pytest.approx(doubled)


def test_pearson_says_which_side_is_constant() -> None:
    with pytest.raises(UndefinedMetricError, match="recovered reward is the same everywhere"):
        pearson(np.full(5, 0.1) + 1e-14 * np.arange(5), np.arange(5.0))
    with pytest.raises(UndefinedMetricError, match="true reward is the same everywhere"):
        pearson(np.arange(5.0), np.full(5, -1.0))
    with pytest.raises(UndefinedMetricError, match="at least two points, there is one"):
        pearson(np.zeros(1), np.zeros(1))
    with pytest.raises(UndefinedMetricError, match="there are none"):
        pearson(np.zeros(0), np.zeros(0))


def test_spearman_golden_with_ties_and_noise_below_nine_digits() -> None:
    x, y = np.array([0.1, 0.2, 0.2, 5.0, 6.0]), np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert spearman(x + 1e-13 * np.arange(5)[::-1], y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_spearman_refuses_a_two_valued_truth() -> None:
    estimate = correlation(spearman, np.arange(6.0), np.array([-1.0, -1, -1, -1, -1, 10]))
    assert estimate.value is None
    assert "only two values" in estimate.why_missing


@pytest.mark.parametrize("constant", [0.0, 1e-310, -3.0])
def test_spearman_of_a_constant_is_missing_and_not_a_nan(constant: float) -> None:
    flat, rising = np.full(5, constant), np.arange(5.0)
    for x, y, which in ((flat, rising, "recovered"), (rising, flat, "true")):
        estimate = correlation(spearman, x, y)
        assert estimate.value is None
        assert f"The {which} reward is the same everywhere" in estimate.why_missing


def test_fisher_interval_golden() -> None:
    """r = .8, n = 28: artanh .8 = 1.0986, half width 1.96/5 = .392: tanh .7066 = .6086, tanh 1.4906 =
    .9035."""
    estimate = correlation(lambda x, y: 0.8, np.arange(28.0), np.arange(28.0))
    assert (estimate.value, estimate.n) == (0.8, 28)
    assert estimate.low == pytest.approx(0.6086, abs=1e-4)
    assert estimate.high == pytest.approx(0.9035, abs=1e-4)


def test_fisher_interval_needs_four_points_and_survives_one() -> None:
    assert correlation(pearson, np.arange(3.0), np.array([0.0, 2.0, 1.0])).low is None
    perfect = correlation(pearson, np.arange(9.0), np.arange(9.0))
    assert perfect.low is not None
    assert perfect.low > 0.999


def test_fisher_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    draws = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=(2000, 30))
    found = [correlation(pearson, d[:, 0], d[:, 1]) for d in draws]
    covered = np.mean([e.low <= 0.6 <= e.high for e in found if e.low is not None and e.high is not None])
    assert 0.93 < covered < 0.97
