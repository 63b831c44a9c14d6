"""Slices and paired rewards hold their numbers: ends of colours, coverage, kinds side by side."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.figures import THEMES, Axes, Kind, Seen, choice_figure, paired_figure, slice_figure
from irl_app.figures.paired import POINTS

AXES = Axes(("x (m)", "y (rad)"), np.linspace(-2, 2, 5), np.linspace(0, 1, 5))
SEEN = Seen(np.array([[0.0, 0.5], [1.0, 0.2], [9.0, 0.5]]), np.array([True, False, True]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_diverging_slice_is_centred_on_zero_and_shows_where_the_expert_was(theme: str) -> None:
    values = np.arange(25.0).reshape(5, 5) - 4
    figure = slice_figure(values, AXES, "Reward", scale="diverging", seen=SEEN, theme=theme)  # type: ignore[arg-type]
    heat, far, near = figure.data
    assert (heat.zmin, heat.zmax) == (-20, 20)
    assert heat.colorscale[0][1] == THEMES[theme].diverging[0]  # type: ignore[index]
    np.testing.assert_array_equal(heat.z, values)
    assert (list(near.x), list(near.y)) == ([0.0], [0.5])  # what is outside of the picture is not drawn
    assert (list(far.x), list(far.y)) == ([1.0], [0.2])
    assert near.marker.symbol != far.marker.symbol
    assert figure.layout.xaxis.title.text == "x (m)"


def test_numbers_far_beyond_the_others_are_told_and_do_not_hide_them() -> None:
    values = np.ones((5, 5))
    values[0, 0] = -80.0
    figure = slice_figure(values, AXES, "Reward", scale="diverging")
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)
    assert "as far as −80" in figure.layout.title.subtitle.text


@pytest.mark.parametrize("values", [np.full((5, 5), np.nan), np.zeros((5, 5))])
@pytest.mark.parametrize("scale", ["diverging", "sequential"])
def test_nothing_to_tell_apart_is_drawn_all_the_same(values: np.ndarray, scale: str) -> None:
    heat = slice_figure(values, AXES, "V", scale=scale).data[0]  # type: ignore[arg-type]
    assert heat.zmin < heat.zmax


def test_a_choice_is_a_hue_for_each_action_the_stronger_the_surer() -> None:
    policy = np.zeros((5, 5, 2))
    policy[..., 0] = np.linspace(0.05, 0.95, 5)[:, None]
    policy[..., 1] = 1 - policy[..., 0]
    figure = choice_figure(policy, AXES, "What it does", ("left", "right"), seen=SEEN)
    left, named, right, *_ = figure.data
    assert named.name == "left"
    assert np.isnan(left.z[:2]).all()
    np.testing.assert_allclose(left.z[4], 0.95)
    np.testing.assert_allclose(right.z[0], 0.95)
    assert left.colorscale[-1][1] != right.colorscale[-1][1]


def test_kinds_have_their_own_hues_and_symbols_and_are_thinned() -> None:
    many = np.linspace(0, 1, 3 * POINTS)
    figure = paired_figure([Kind("shown", many, 2 * many, 0), Kind("random", -many, many, 2)], "Steps")
    shown, random = figure.data
    assert len(shown.x) == POINTS
    np.testing.assert_allclose(shown.x, 2 * shown.y, atol=1e-4)
    assert shown.marker.color != random.marker.color
    assert shown.marker.symbol != random.marker.symbol
    assert figure.layout.showlegend


def test_a_constant_truth_puts_the_kinds_side_by_side() -> None:
    ones = np.ones(30)
    figure = paired_figure([Kind("shown", 2 * ones, ones, 0), Kind("random", ones, ones, 2)], "Steps")
    assert list(figure.layout.xaxis.ticktext) == ["shown", "random"]
    assert figure.layout.xaxis.title.text == "the true reward is 1 for every step here"
    assert max(figure.data[0].x) < min(figure.data[1].x)


def test_few_true_values_are_spread_about_their_places() -> None:
    true = np.tile([-1.0, 0.0], 20)
    figure = paired_figure([Kind(name, true, true, i) for i, name in enumerate("abc")], "Steps")
    assert list(figure.layout.xaxis.tickvals) == [-1, 0]
    for points in figure.data:
        assert np.abs(points.x - points.customdata).max() < 0.5
    assert len(np.unique(figure.data[0].x)) > 20
