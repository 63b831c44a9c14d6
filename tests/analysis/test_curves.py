"""Curves of runs that were recorded at different moments, stopped early or lost numbers on the way."""

from __future__ import annotations

import numpy as np

from irl_app.analysis import arrival, curve, last_values

NAN = np.nan


def test_curve_golden() -> None:
    """Of four runs the lowest and the highest are cut off; between records lines are straight."""
    x = np.array([0.0, 10.0])
    values = np.array([[0.0, 1.0, 3.0, 99.0], [10.0, 2.0, 4.0, -99.0]])
    found = curve([(x, values)])
    assert found is not None
    np.testing.assert_array_equal(found.x, x)
    np.testing.assert_array_equal(found.centre, [2.0, 3.0])
    np.testing.assert_array_equal(found.n, [4, 4])
    np.testing.assert_array_equal(found.low, [0.0, -99.0])
    np.testing.assert_array_equal(found.high, [99.0, 10.0])


def test_parts_share_an_axis_and_end_where_they_end() -> None:
    first = (np.array([0.0, 4.0]), np.array([[0.0], [8.0]]))
    second = (np.array([2.0, 6.0]), np.array([[0.0, 0.0], [4.0, 2.0]]))
    found = curve([first, second])
    assert found is not None
    np.testing.assert_array_equal(found.x, [0, 2, 4, 6])
    np.testing.assert_array_equal(found.n, [1, 3, 3, 2])
    np.testing.assert_allclose(found.centre, [0.0, 4 / 3, (8 + 2 + 1) / 3, 3.0])
    assert np.isnan(found.low[0])  # one run says nothing about the spread
    assert np.isfinite(found.low[1:]).all()


def test_numbers_that_were_lost_are_bridged_and_rows_without_any_left_out() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    values = np.array([[0.0, 5.0], [NAN, 5.0], [4.0, NAN], [NAN, NAN]])
    found = curve([(x, values)])
    assert found is not None
    np.testing.assert_array_equal(found.x, [0, 1, 2])
    np.testing.assert_array_equal(found.n, [2, 2, 1])
    np.testing.assert_allclose(found.centre, [2.5, 3.5, 4.0])
    assert curve([(x, np.full((4, 2), NAN))]) is None
    assert curve([]) is None


def test_long_curves_are_thinned_and_keep_both_ends() -> None:
    x = np.arange(5_000.0)
    found = curve([(x, np.stack([x, x], axis=1))], points=100)
    assert found is not None
    assert len(found.x) == 100
    assert (found.x[0], found.x[-1]) == (0.0, 4_999.0)
    np.testing.assert_array_equal(found.centre, found.x)


def test_last_values() -> None:
    values = np.array([[1.0, NAN, 3.0], [4.0, NAN, NAN]])
    np.testing.assert_array_equal(last_values(values), [4.0, NAN, 3.0])
    np.testing.assert_array_equal(last_values(np.zeros((0, 1))), [NAN])


def test_a_curve_arrives_when_it_stays_near_its_end() -> None:
    updates = np.arange(0, 1100, 100)
    values = np.array([9.0, 1.0, 5.0, 4.0, 1.3, 1.0, 1.1, 0.9, 1.0, 1.0, 1.0])[:, None]
    assert arrival(updates, values) == 400  # at 100 it only passed by
    gaps = np.full((22, 1), np.nan)
    gaps[::2] = values
    assert arrival(np.arange(0, 1100, 50), gaps) == 400
    assert arrival(updates, np.ones((11, 1))) == 0
