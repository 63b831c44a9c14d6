"""Start: what the app does, and labs to open."""

from irl_app.paths import site_root
from irl_app.ui.start_page import draw_start

draw_start(str(site_root() / "pages" / "gridworld.py"))
