"""GridWorld lab: an expert in a grid, its recovered reward, and how far to trust it."""

from irl_app.ui.lab_page import draw_lab

draw_lab()
