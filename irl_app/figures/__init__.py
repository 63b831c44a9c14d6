"""From results to plotly figures; all numbers are worked out elsewhere."""

from irl_app.figures.curves import SERIES, AxisName, Line, curves_figure
from irl_app.figures.grid_maps import action_map, sd_map, state_map, value_map, visits_map
from irl_app.figures.line_charts import Level
from irl_app.figures.paired import Kind, paired_figure
from irl_app.figures.paths import paths_map
from irl_app.figures.scatter import recovered_vs_true
from irl_app.figures.seeds import seeds_figure
from irl_app.figures.slices import Axes, Seen, choice_figure, slice_figure
from irl_app.figures.theme import THEMES, Theme, ThemeName
from irl_app.figures.views import (
    LENS_TITLES,
    recovered_reward_figure,
    scatter_figure,
    sd_figure,
    true_deshaped_figure,
    true_reward_figure,
    true_value_figure,
    value_figure,
    visits_figure,
)

__all__ = [
    "LENS_TITLES",
    "SERIES",
    "THEMES",
    "Axes",
    "AxisName",
    "Kind",
    "Level",
    "Line",
    "Seen",
    "Theme",
    "ThemeName",
    "action_map",
    "choice_figure",
    "curves_figure",
    "paired_figure",
    "paths_map",
    "recovered_reward_figure",
    "recovered_vs_true",
    "scatter_figure",
    "sd_figure",
    "sd_map",
    "seeds_figure",
    "slice_figure",
    "state_map",
    "true_deshaped_figure",
    "true_reward_figure",
    "true_value_figure",
    "value_figure",
    "value_map",
    "visits_figure",
    "visits_map",
]
