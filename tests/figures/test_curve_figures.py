"""Curves hold the numbers they were given: line, band, axis, colours, levels."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from irl_app.analysis import Curve
from irl_app.figures import SERIES, THEMES, Level, Line, curves_figure

NAN = np.nan
CURVE = Curve(
    x=np.array([0.0, 60.0, 120.0, 240.0]),
    centre=np.array([1.0, 2.0, -3.0, 4.0]),
    low=np.array([NAN, 1.5, -4.0, 3.0]),
    high=np.array([NAN, 2.5, -2.0, 5.0]),
    n=np.array([1, 3, 3, 2]),
)


def named(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def bands(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.fill == "toself"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_line_and_band_share_a_colour(theme: str) -> None:
    figure = curves_figure([Line("IQ", CURVE, 1)], "Return", axis="update", theme=theme)  # type: ignore[arg-type]
    line, (band,) = named(figure, "IQ"), bands(figure)
    np.testing.assert_array_equal(line.x, CURVE.x)
    np.testing.assert_array_equal(line.y, CURVE.centre)
    np.testing.assert_array_equal(band.x, [60, 120, 240, 240, 120, 60])
    np.testing.assert_array_equal(band.y, [2.5, -2, 5, 3, -4, 1.5])
    colour = SERIES[theme][1]  # type: ignore[index]
    assert line.line.color == colour
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    assert band.fillcolor == f"rgba({red},{green},{blue},0.16)"
    assert figure.layout.paper_bgcolor == THEMES[theme].paper  # type: ignore[index]
    assert figure.layout.showlegend is False


def test_hover_says_interval_and_seeds() -> None:
    line = named(curves_figure([Line("IQ", CURVE, 0)], "Return", axis="update"), "IQ")
    assert line.text == (", 1 seed", " (1.5 to 2.5), 3 seeds", " (−4 to −2), 3 seeds", " (3 to 5), 2 seeds")


def test_a_gap_in_the_interval_is_a_gap_in_the_band() -> None:
    torn = Curve(CURVE.x, CURVE.centre, np.array([1.0, NAN, -4, 3]), np.array([2.0, NAN, -2, 5]), CURVE.n)
    assert [len(band.x) for band in bands(curves_figure([Line("IQ", torn, 0)], "R", axis="update"))] == [2, 4]


def test_levels_reach_from_end_to_end() -> None:
    figure = curves_figure([Line("IQ", CURVE, 0)], "Return", axis="update", levels=[Level("expert", 500.0)])
    level = figure.data[0]
    assert (tuple(level.x), tuple(level.y), level.text[1]) == ((0.0, 240.0), (500.0, 500.0), "expert")


@pytest.mark.parametrize(
    ("axis", "longest", "title", "end"),
    [
        ("update", 240.0, "updates", 240.0),
        ("env_steps", 240.0, "environment steps", 240.0),
        ("seconds", 100.0, "wall time, seconds", 100.0),
        ("seconds", 240.0, "wall time, minutes", 4.0),
        ("seconds", 36_000.0, "wall time, hours", 10.0),
    ],
)
def test_axes_have_units_that_fit(axis: str, longest: float, title: str, end: float) -> None:
    scaled = Curve(CURVE.x * longest / 240.0, CURVE.centre, CURVE.low, CURVE.high, CURVE.n)
    figure = curves_figure([Line("IQ", scaled, 0)], "Return", axis=axis)  # type: ignore[arg-type]
    assert figure.layout.xaxis.title.text == title
    assert figure.layout.xaxis.range == (0.0, pytest.approx(end))
    assert named(figure, "IQ").x[-1] == pytest.approx(end)


def test_numbers_far_apart_get_a_logarithmic_axis_unless_they_cross_zero() -> None:
    wide = np.array([1.0, 10.0, 1e3, 1e5])
    steep = Curve(CURVE.x, wide, wide / 2, wide * 2, CURVE.n)
    assert curves_figure([Line("a", steep, 0)], "|Q|", axis="update").layout.yaxis.type == "log"
    crossing = Curve(CURVE.x, wide - 5, wide - 6, wide - 4, CURVE.n)
    assert curves_figure([Line("a", crossing, 0)], "Q", axis="update").layout.yaxis.type == "linear"


def test_a_ninth_line_is_told_from_the_first_by_its_dashes() -> None:
    figure = curves_figure([Line(str(i), CURVE, i) for i in range(9)], "Return", axis="update")
    assert figure.layout.showlegend is True
    first, ninth = named(figure, "0").line, named(figure, "8").line
    assert first.color == ninth.color
    assert (first.dash, ninth.dash) == ("solid", "dash")


def test_many_lines_are_named_beside_them_and_told_one_at_a_time() -> None:
    few = curves_figure([Line(str(i), CURVE, i) for i in range(3)], "Return", axis="update")
    assert (few.layout.hovermode, few.layout.legend.orientation) == ("x unified", "h")
    many = curves_figure([Line(str(i), CURVE, i) for i in range(12)], "Return", axis="update")
    assert (many.layout.hovermode, many.layout.legend.x) == ("closest", 1.02)
    silent = curves_figure([Line(str(i), CURVE, i) for i in range(3)], "Return", axis="update", legend=False)
    assert silent.layout.showlegend is False


def test_one_point_is_a_dot_and_nothing_is_an_empty_figure() -> None:
    one = Curve(*(np.array([x]) for x in (3.0, 1.0, NAN, NAN)), n=np.array([1]))
    assert named(curves_figure([Line("IQ", one, 0)], "R", axis="update"), "IQ").mode == "markers"
    assert len(curves_figure([], "Return", axis="update").data) == 0
