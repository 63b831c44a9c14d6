"""Compare: any set of runs side by side, with intervals that say how sure a difference is."""

from irl_app.ui.compare_page import draw_compare

draw_compare()
