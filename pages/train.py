"""Train: learn with networks in a control task, watch it, stop it, let it go on."""

from irl_app.paths import site_root
from irl_app.ui.train_page import draw_train

draw_train(str(site_root() / "pages" / "compare.py"))
