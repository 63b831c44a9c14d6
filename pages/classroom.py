"""Class: exercises from any lab, answered by everybody, on one board."""

from irl_app.ui.class_page import draw_class

draw_class()
