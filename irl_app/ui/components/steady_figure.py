"""A plotly figure that is redrawn in its place.

Streamlit's own chart is taken away and built anew whenever a number of it changes: what is redrawn every
second would be blank for a good part of it.
"""

from __future__ import annotations

import plotly.graph_objects as go

from irl_app.ui.components._wire import register
from irl_app.ui.libraries import PLOTLY_URL
from irl_app.ui.page import PAGE_FONT

_mount = register(
    "steady_figure",
    html='<div class="irl-figure"></div>',
    scripts=("steady_figure.js",),
    styles=(),
    isolated=False,  # the library writes its styles into the page
)


def steady_figure(figure: go.Figure, *, key: str, height: int, buttons: bool = False) -> None:
    """Draw a figure over the whole width in the page's font, or change the one of this key that is there.

    Args:
        figure: its own width and height are not looked at.
        key: the component's key, one for each figure of a page.
        height: in pixels.
        buttons: show plotly's buttons when the pointer is on it.
    """
    figure.layout.font.family = PAGE_FONT
    figure.layout.width, figure.layout.height, figure.layout.autosize = None, height, True
    _mount(
        key=key, data={"figure": figure.to_json(), "buttons": buttons, "library": PLOTLY_URL}, height=height
    )
