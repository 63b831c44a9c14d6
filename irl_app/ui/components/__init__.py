"""Components of the browser: the world that is drawn and played, linked maps, sliders that follow the hand.

Frozen dataclasses go in, typed values come out; every component has a ``read_*`` function that gives its
value before it is mounted, so that a page can compute first and draw afterwards.
"""

from irl_app.ui.components._wire import ComponentStateError
from irl_app.ui.components.drawing import Drawing
from irl_app.ui.components.grid_editor import EditorMode, EditorState, PlayedEpisode, grid_editor, read_editor
from irl_app.ui.components.grid_maps import MapsState, Panel, grid_maps, read_maps
from irl_app.ui.components.live_sliders import Slider, SliderValues, live_sliders, read_sliders
from irl_app.ui.components.steady_figure import steady_figure

__all__ = [
    "ComponentStateError",
    "Drawing",
    "EditorMode",
    "EditorState",
    "MapsState",
    "Panel",
    "PlayedEpisode",
    "Slider",
    "SliderValues",
    "grid_editor",
    "grid_maps",
    "live_sliders",
    "read_editor",
    "read_maps",
    "read_sliders",
    "steady_figure",
]
