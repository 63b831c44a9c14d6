"""Curves of a run's seeds: what was recorded, thinned, and its middle."""

from __future__ import annotations

import numpy as np

from irl_app.analysis.curves import seed_curves

NAN = np.nan


def test_only_recorded_moments_are_kept_and_the_middle_is_over_the_seeds_that_are_there() -> None:
    values = np.array([[NAN, NAN], [1.0, 3.0], [NAN, NAN], [5.0, NAN], [np.inf, 2.0]])
    found = seed_curves(np.array([0.0, 10.0, 20.0, 30.0, 40.0]), values)
    assert found is not None
    np.testing.assert_array_equal(found.x, [10, 30, 40])
    np.testing.assert_array_equal(found.seeds, [[1, 3], [5, NAN], [NAN, 2]])
    np.testing.assert_array_equal(found.centre, [2, 5, 2])


def test_the_middle_of_many_seeds_leaves_the_outer_quarters_out() -> None:
    found = seed_curves(np.zeros(1), np.array([[-1000.0, 1.0, 2.0, 1000.0]]))
    assert found is not None
    assert found.centre[0] == 1.5


def test_nothing_recorded_is_no_curve() -> None:
    assert seed_curves(np.arange(3.0), np.full((3, 2), NAN)) is None
    assert seed_curves(np.zeros(0), np.zeros((0, 2))) is None


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    x = np.arange(10_000.0)
    found = seed_curves(x, np.stack([x, x], axis=1), points=100)
    assert found is not None
    assert len(found.x) == 100
    assert (found.x[0], found.x[-1]) == (0, 9999)
    many = seed_curves(x, np.zeros((10_000, 64)))
    assert many is not None
    assert many.seeds.size <= 4_000
