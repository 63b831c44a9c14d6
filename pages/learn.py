"""Learn: from reward and return to continuous control, in ten chapters."""

from irl_app.ui.learn.learn_page import draw_learn

draw_learn()
