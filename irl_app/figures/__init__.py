"""From results to plotly figures; all numbers are worked out elsewhere."""

from irl_app.figures.curves import SERIES, Line, curves_figure
from irl_app.figures.grid_maps import action_map, state_map, value_map, visits_map
from irl_app.figures.line_charts import Level
from irl_app.figures.paired import Kind, paired_figure
from irl_app.figures.seeds import seeds_figure
from irl_app.figures.slices import Axes, Seen, choice_figure, slice_figure
from irl_app.figures.theme import THEMES, ThemeName
from irl_app.figures.views import report_figures, scatter_figure

__all__ = [
    "SERIES",
    "THEMES",
    "Axes",
    "Kind",
    "Level",
    "Line",
    "Seen",
    "ThemeName",
    "action_map",
    "choice_figure",
    "curves_figure",
    "paired_figure",
    "report_figures",
    "scatter_figure",
    "seeds_figure",
    "slice_figure",
    "state_map",
    "value_map",
    "visits_map",
]
