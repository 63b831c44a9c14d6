"""Start: what the app does, and labs to open."""

from irl_app.paths import site_root
from irl_app.ui.start_page import draw_start

pages = site_root() / "pages"
draw_start(str(pages / "gridworld.py"), str(pages / "train.py"))
