"""Components of the browser: the world that is drawn and played, linked maps, sliders that follow the hand,
robots that move.

Frozen dataclasses go in, typed values come out; every component has a ``read_*`` function that gives its
value before it is mounted, so that a page can compute first and draw afterwards.
"""

from irl_app.ui.components._wire import ComponentStateError, taken
from irl_app.ui.components.drawing import Drawing
from irl_app.ui.components.grid_editor import EditorState, PlayedEpisode, grid_editor, read_editor
from irl_app.ui.components.grid_maps import Agents, Panel, grid_maps, read_pin
from irl_app.ui.components.live_sliders import Slider, SliderValues, live_sliders, read_sliders
from irl_app.ui.components.stage import stage
from irl_app.ui.components.steady_figure import steady_figure

__all__ = [
    "Agents",
    "ComponentStateError",
    "Drawing",
    "EditorState",
    "Panel",
    "PlayedEpisode",
    "Slider",
    "SliderValues",
    "grid_editor",
    "grid_maps",
    "live_sliders",
    "read_editor",
    "read_pin",
    "read_sliders",
    "stage",
    "steady_figure",
    "taken",
]
