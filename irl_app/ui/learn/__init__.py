"""Learn: ten chapters, each with a prediction, a small live lab, and a check that the page evaluates."""

from irl_app.ui.learn.chapters_control import CONTROL
from irl_app.ui.learn.chapters_inverse import INVERSE
from irl_app.ui.learn.chapters_judging import JUDGING
from irl_app.ui.learn.lesson import Chapter

CHAPTERS: tuple[Chapter, ...] = (*CONTROL, *INVERSE, *JUDGING)
"""In the order in which they are read."""
