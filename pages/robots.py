"""Robots: an expert, who learned from it, and how far the recovered reward can be trusted."""

from irl_app.paths import site_root
from irl_app.ui.stage_page import draw_robots

draw_robots(str(site_root() / "pages" / "train.py"))
