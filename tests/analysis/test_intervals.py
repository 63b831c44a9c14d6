"""Every kind of interval that is printed, at the sizes it is printed for, covers as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from irl_app.analysis.agreement import agreement
from irl_app.analysis.estimates import UndefinedMetricError, correlation, pearson
from irl_app.analysis.estimates import spearman as ranks
from irl_app.analysis.intervals import bounded_mean, mean_interval, share_interval


@pytest.mark.parametrize("n", [5, 10, 20, 100])
def test_shares_cover_for_every_truth(n: int) -> None:
    """Exactly: the chance of every count, times whether its interval holds the truth."""
    truths = np.linspace(0.001, 0.999, 199)
    found = [share_interval(k, n) for k in range(n + 1)]
    covers = np.array([[e.low <= p <= e.high for e in found] for p in truths])  # type: ignore[operator]
    chances = stats.binom.pmf(np.arange(n + 1), n, truths[:, None])
    assert (covers * chances).sum(axis=1).min() >= 0.95


def test_all_right_of_a_few_is_no_certainty() -> None:
    """Golden: alpha/2 = p^n, so of five the lower end is .025^(1/5)."""
    found = share_interval(5, 5)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025**0.2)
    assert share_interval(0, 5).high == pytest.approx(1.0 - 0.025**0.2)
    with pytest.raises(UndefinedMetricError, match="nothing to take a share of"):
        share_interval(0, 0)


LAWS = {
    "mostly at the best": stats.bernoulli(0.9),
    "hardly ever lost": stats.bernoulli(0.03),
    "skewed": stats.beta(0.3, 3.0),
    "flat": stats.uniform(),
    "narrow": stats.truncnorm(-18.0, 2.0, loc=0.9, scale=0.05),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [3, 5, 10, 64])
def test_bounded_means_cover_whatever_the_law(law: str, n: int) -> None:
    rng = np.random.default_rng(0)
    draws = LAWS[law].rvs(size=(400, n), random_state=rng)
    truth = LAWS[law].mean()
    found = [bounded_mean(np.asarray(draw, dtype=float)) for draw in draws]
    assert np.mean([e.low <= truth <= e.high for e in found]) >= 0.93  # type: ignore[operator]


def test_of_zeros_and_ones_it_is_the_exact_interval() -> None:
    values = np.array([0.0] * 7 + [1.0] * 3)
    ours, exact = bounded_mean(values), share_interval(3, 10)
    assert ours.low == pytest.approx(exact.low, abs=0.01)
    assert ours.high == pytest.approx(exact.high, abs=0.01)
    scaled = bounded_mean(10.0 * values - 5.0, -5.0, 5.0)
    assert scaled.low == pytest.approx(10.0 * ours.low - 5.0)  # type: ignore[operator]


def test_mean_interval_golden() -> None:
    """1 to 6: s = 1.8708, t(.975, 5) = 2.5706, half width 2.5706 s/sqrt 6 = 1.9633."""
    estimate = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert estimate.value == 3.5
    assert estimate.low == pytest.approx(3.5 - 1.9633, abs=1e-4)
    assert estimate.high == pytest.approx(3.5 + 1.9633, abs=1e-4)
    assert mean_interval([0.0] * 5 + [6.0], lowest=0.0).low == 0.0
    assert mean_interval([5.0]).low is None
    assert mean_interval([0.9, 1.0], -1.0, 1.0) == bounded_mean(np.array([0.9, 1.0]), -1.0, 1.0)
    with pytest.raises(UndefinedMetricError, match="no run"):
        mean_interval([])


def test_equal_figures_are_no_certainty() -> None:
    """500 ± 0 of six agents is not known to be 500; a share of 0 in five seeds may be a half."""
    assert (mean_interval([500.0] * 6).low, mean_interval([500.0] * 6).high) == (None, None)
    found = mean_interval([0.0] * 5, 0.0, 1.0)
    assert found.low == 0.0
    assert found.high == pytest.approx(1.0 - 0.025**0.2, abs=0.02)


def test_of_up_to_five_without_bounds_the_values_stand_for_themselves() -> None:
    found = mean_interval([3.0, -1.0, 7.0])
    assert (found.value, found.low, found.high) == (3.0, -1.0, 7.0)


@pytest.mark.parametrize("n", [6, 10])
def test_means_of_more_that_spread_normally_cover(n: int) -> None:
    draws = np.random.default_rng(0).normal(10.0, 3.0, size=(1000, n))
    found = [mean_interval(draw.tolist()) for draw in draws]
    assert np.mean([e.low <= 10.0 <= e.high for e in found]) >= 0.93  # type: ignore[operator]


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("n", [16, 64])
def test_correlations_of_independent_pairs_cover(n: int, rho: float) -> None:
    """Cells are not independent, which the card says."""
    rng = np.random.default_rng(0)
    x, e = rng.normal(size=(2, 600, n))
    y = rho * x + np.sqrt(1.0 - rho**2) * e
    for measure, truth in ((pearson, rho), (ranks, 6.0 / np.pi * np.arcsin(rho / 2.0))):
        found = [correlation(measure, *pair) for pair in zip(x, y, strict=True)]
        assert np.mean([f.low <= truth <= f.high for f in found]) >= 0.93, measure  # type: ignore[operator]


def test_correlations_of_sums_with_lengths_held_fixed_cover() -> None:
    """Of 20 episodes; all of an episode's sum is paid at its first step, and grows with its length."""
    rng, rho, covers = np.random.default_rng(0), 0.5, []
    for _ in range(600):
        lengths = rng.integers(2, 9, size=20)
        first = np.cumsum(lengths) - lengths
        x, e = rng.normal(size=(2, 20))
        paid = np.zeros((2, lengths.sum()))
        paid[:, first] = np.stack([x, rho * x + np.sqrt(1.0 - rho**2) * e]) + lengths
        found = agreement(*paid, np.repeat(np.arange(20), lengths)).given_length
        covers.append(found.low <= rho <= found.high)  # type: ignore[operator]
    assert np.mean(covers) >= 0.93


def test_a_figure_outside_its_bounds_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="must lie within 0 and 1"):
        bounded_mean(np.array([0.5, 1.2]))
    with pytest.raises(UndefinedMetricError, match="no run"):
        bounded_mean(np.empty(0))
