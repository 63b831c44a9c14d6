"""Charts of a run that goes on hold its numbers: seeds, middle, levels, axes."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.analysis.curves import SeedCurves
from irl_app.figures import SERIES, THEMES, Level, seeds_figure

NAN = np.nan
TWO = SeedCurves(np.array([0.0, 50.0]), np.array([[1.0, 3.0], [-2.0, NAN]]), np.array([2.0, -2.0]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_metric_shows_its_seeds_with_gaps_between_and_its_middle(theme: str) -> None:
    figure = seeds_figure({"Return": TWO}, "Return", end=200, levels=[Level("expert", 5)], theme=theme)  # type: ignore[arg-type]
    level, seeds, middle = figure.data
    assert (list(level.x), list(level.y), level.text[1]) == ([0, 200], [5, 5], "expert")
    np.testing.assert_array_equal(seeds.x, [0, 50, NAN, 0, 50, NAN])
    np.testing.assert_array_equal(seeds.y, [1, -2, NAN, 3, NAN, NAN])
    np.testing.assert_array_equal(middle.y, TWO.centre)
    assert list(middle.text) == [" (1 to 3)", " (−2 to −2), 1 of 2 seeds"]
    assert middle.line.color == seeds.line.color == SERIES[theme][0]  # type: ignore[index]
    assert figure.layout.paper_bgcolor == THEMES[theme].paper  # type: ignore[index]
    assert list(figure.layout.xaxis.range) == [0, 200]
    assert not figure.layout.showlegend


def test_several_metrics_are_named_and_shown_by_their_middles() -> None:
    figure = seeds_figure({"penalty": TWO, "value": TWO}, "Loss", end=0)
    assert [trace.name for trace in figure.data] == ["penalty", "value"]
    assert len({trace.line.color for trace in figure.data}) == 2
    assert figure.layout.showlegend
    assert list(figure.layout.xaxis.range) == [0, 1]


def test_one_seed_has_one_line_and_one_moment_a_point() -> None:
    one = SeedCurves(np.array([3.0]), np.array([[2.0]]), np.array([2.0]))
    (trace,) = seeds_figure({"Return": one}, "Return", end=10).data
    assert trace.mode == "markers"
    assert list(trace.text) == [""]


def test_numbers_far_apart_get_a_logarithmic_axis_unless_levels_are_drawn() -> None:
    wide = SeedCurves(np.arange(2.0), np.array([[1.0], [1e4]]), np.array([1.0, 1e4]))
    axis = seeds_figure({"Largest |Q|": wide}, "Q", end=1).layout.yaxis
    assert (axis.type, axis.exponentformat) == ("log", "power")  # 10⁻⁴, not 100μ
    assert (
        seeds_figure({"Return": wide}, "R", end=1, levels=[Level("expert", 5)]).layout.yaxis.type == "linear"
    )
    assert seeds_figure({}, "Nothing", end=1).layout.yaxis.type == "linear"
