"""Figures hold the numbers they were given, on scales that do not mislead, in both themes."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from irl_app.analysis import correlation, pearson
from irl_app.demonstrations import collect
from irl_app.envs.presets import make_preset
from irl_app.figures import THEMES, action_map, state_map, value_map, views, visits_map
from irl_app.figures.grid_maps import sd_map
from irl_app.figures.scatter import caption, recovered_vs_true
from irl_app.figures.triangles import _pixel_actions
from irl_app.recovery import recover
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, soft_optimal

GRID = make_preset("static-walls")
VALUES = np.where(GRID.walls.ravel(), np.nan, np.linspace(-3.0, 1.0, 64))


def heat(figure: go.Figure) -> go.Heatmap:
    return next(
        trace for trace in figure.data if isinstance(trace, go.Heatmap) and trace.showscale is not False
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_state_map_is_centred_on_zero_and_leaves_walls_out(theme: str) -> None:
    figure = state_map(GRID, VALUES, "R", theme=theme)  # type: ignore[arg-type]
    trace = heat(figure)
    assert (trace.zmin, trace.zmax) == (-3.0, 3.0)
    np.testing.assert_array_equal(np.isnan(np.array(trace.z, dtype=float)), GRID.walls)
    assert figure.layout.paper_bgcolor == THEMES[theme].paper  # type: ignore[index]
    assert figure.layout.yaxis.range == (7.5, -0.5)  # the first row is on top


def test_state_map_says_place_value_and_sd_on_hover() -> None:
    text = heat(state_map(GRID, VALUES, "R", sd=np.full(64, 0.25))).text
    assert text[0][0] == "row 1, column 1<br><b>−3 ± 0.25</b>"


def test_an_all_zero_map_still_has_a_scale() -> None:
    trace = heat(state_map(GRID, np.zeros(64), "R"))
    assert (trace.zmin, trace.zmax) == (-1.0, 1.0)


def test_triangles_keep_every_number_and_their_direction() -> None:
    values = np.full((64, 4), np.nan)
    values[10] = [1.0, 2.0, -3.0, 4.0]
    figure = action_map(GRID, values, "r(s, a)")
    drawn = [trace for trace in figure.data if isinstance(trace, go.Scatter)]
    points = next(trace for trace in drawn if trace.marker.opacity == 0)
    assert sorted(points.marker.color) == [-3.0, 1.0, 2.0, 4.0]
    assert (points.marker.cmin, points.marker.cmax) == (-4.0, 4.0)
    down = list(points.marker.color).index(-3.0)
    assert points.text[down] == "row 2, column 3, down<br><b>−3</b>"
    assert points.y[down] > 1.0  # y grows downwards
    shapes = [trace for trace in drawn if trace.fill == "toself"]
    assert len(shapes) == 4
    lowest = next(trace for trace in shapes if trace.fillcolor == shapes[0].fillcolor)
    assert max(v for v in lowest.y if v is not None) == 1.5  # -3 is the lower triangle of row 1


def test_large_grids_are_drawn_as_pixels() -> None:
    grid = make_preset("field", size=30)
    values = np.random.default_rng(0).normal(size=(900, 5))
    figure = action_map(grid, values, "r(s, a)")
    z = np.array(heat(figure).z, dtype=float)
    assert z.shape == (270, 270)
    assert z[0 + 1, 4] == values[0, 0]
    assert z[4, 9 + 7] == values[1, 1]
    assert z[4 + 9, 4] == values[30, 4]
    assert len(figure.data) < 6


def test_pixels_cover_a_cell_fairly() -> None:
    for n_actions in (4, 5):
        counts = np.bincount(_pixel_actions(n_actions).ravel(), minlength=n_actions)
        assert counts.min() >= 9
        assert counts.sum() == 81


def test_value_map_points_where_the_policy_goes() -> None:
    policy = np.tile([0.0, 1.0, 0.0, 0.0], (64, 1))
    policy[8] = [0.5, 0.0, 0.5, 0.0]  # up and down cancel: no arrow
    figure = value_map(GRID, VALUES, policy, "V")
    arrows = next(trace for trace in figure.data if isinstance(trace, go.Quiver))
    live = GRID.mdp().live
    assert len(arrows.x) == live.sum() - 1
    assert set(np.array(arrows.u)) == {0.7}
    assert not np.any(arrows.v)
    assert figure.layout.yaxis2.overlaying == "y"


def test_visits_are_shown_on_a_square_root_scale_with_true_counts() -> None:
    visits = np.zeros(64)
    visits[0], visits[1] = 100.0, 1.0
    trace = heat(visits_map(GRID, visits, "visits"))
    assert trace.z[0][0] == 10.0
    assert trace.zmax == 10.0
    assert trace.text[0][0].endswith("<b>100 visits</b>")
    assert trace.text[0][1].endswith("<b>1 visit</b>")
    assert trace.text[0][2].endswith("<b>never visited</b>")
    assert trace.colorbar.ticktext[0] == "0"
    assert trace.colorbar.ticktext[-1] == "100"


def test_uncertainty_starts_at_zero() -> None:
    assert heat(sd_map(GRID, np.full(64, 2.0), "sd")).zmin == 0.0


def test_scatter_draws_the_least_squares_line_and_tells_visited_apart() -> None:
    true, recovered = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 3.0, 5.0, 7.0])
    figure = recovered_vs_true(recovered, true, np.array([True, True, False, True]), "title")
    line = next(trace for trace in figure.data if trace.mode == "lines")
    np.testing.assert_allclose(line.y, [1.0, 7.0])
    assert [trace.name for trace in figure.data if trace.mode == "markers"] == ["visited", "never visited"]
    assert figure.layout.title.subtitle.text.startswith("r = 1.000")


def test_scatter_of_a_constant_truth_says_why_there_is_no_line() -> None:
    figure = recovered_vs_true(np.arange(3.0), np.ones(3), np.ones(3, dtype=bool), "title")
    assert not [trace for trace in figure.data if trace.mode == "lines"]
    assert "same everywhere" in figure.layout.title.subtitle.text
    assert caption(correlation(pearson, np.zeros(1), np.zeros(1))).startswith("A correlation needs")


def test_every_view_of_a_recovery_can_be_drawn() -> None:
    grid = make_preset("goal", size=5)
    policy = soft_optimal(grid.mdp(), expected_reward(grid.mdp(), grid.state_reward()), 1.0).policy
    recovery = recover(grid, collect(grid, policy, 5, 0, "soft"), TabularConfig(method="iq"))
    drawn = views.report_figures(recovery, "light")
    figures = [
        *(drawn[name] for name in ("true", "true-deshaped", "value", "true-value", "visits")),
        *(views.recovered_reward_figure(recovery, lens) for lens in recovery.rewards),
        *(views.scatter_figure(recovery, lens) for lens in recovery.rewards),
    ]
    assert len({figure.layout.title.text for figure in figures}) == len(figures)
    assert "sd" not in drawn
    exact = recover(grid, policy, TabularConfig(method="iq"))
    assert "exact" in views.visits_figure(exact).layout.title.text
