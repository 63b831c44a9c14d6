"""Compare: any set of runs side by side, with intervals that say how sure a difference is."""

from irl_app.paths import site_root
from irl_app.ui.compare_page import draw_compare

draw_compare(str(site_root() / "pages" / "train.py"))
