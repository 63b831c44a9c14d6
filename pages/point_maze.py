"""Point maze: a reward of places, read from demonstrations, and what it is worth when the walls move."""

from irl_app.ui.maze_page import draw_point_maze

draw_point_maze()
