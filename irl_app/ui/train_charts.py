"""The curves of the run that the Train page shows, while it goes on and after."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from irl_app.analysis.curves import SeedCurves, seed_curves
from irl_app.comparison import METRIC_MEANINGS, metric_title, metrics_in_order
from irl_app.figures import Level, seeds_figure
from irl_app.runs import Run, RunConfig, RunError, read_run
from irl_app.ui import training_jobs
from irl_app.ui.components import steady_figure
from irl_app.ui.page import known_task, page_theme
from irl_app.ui.train_reading import metrics_of

POLL_SECONDS = 1.0
MAIN_HEIGHT, SMALL_HEIGHT = 300, 210
BESIDE = 3
LINES = (
    "Strong and faint lines",
    "The interquartile mean over the seeds (that of the middle half of them), and every seed by itself.",
)
CONVERGED = (
    "A seed has converged when over the last half of the run neither the loss, the reward gap nor the soft "
    "Bellman residual moved by more than a tenth of its way, noise aside; where rewards are given, neither "
    "did |Q| nor V on demonstrations. No true reward is asked. It says that learning has come to rest, not "
    "that it came to rest at the right place."
)


def draw_charts(folder: Path, *, busy: bool) -> None:
    """Return and loss terms of a run; drawn again by themselves while it is busy."""
    st.fragment(_draw_charts, run_every=POLL_SECONDS if busy else None)(folder)


def draw_health(folder: Path, *, busy: bool) -> None:
    """The health panel: all other curves of a run; drawn again by itself while the run is busy."""
    st.fragment(_draw_health, run_every=POLL_SECONDS if busy else None)(folder)


def _draw_charts(folder: Path) -> None:
    found = _curves_of(folder)
    if found is None:
        return
    run, curves, end = found
    if not curves:
        st.html(f'<p class="irl-hint">{_nothing_yet(run)}</p>')
        return
    st.html("<h2>How it got there</h2>")
    left, right = st.columns(2, gap="medium")
    with left:
        _draw(run, "return", {"Return": curves["return"]} if "return" in curves else {}, end, MAIN_HEIGHT)
    with right:
        _draw(run, "loss", loss_terms(curves), end, MAIN_HEIGHT)


def _draw_health(folder: Path) -> None:
    found = _curves_of(folder)
    if found is None:
        return
    run, curves, end = found
    health = [
        name for name in metrics_in_order(list(curves)) if name.partition("/")[0] not in ("return", "loss")
    ]
    if health:
        st.html("<h2>Health</h2>")
    for first in range(0, len(health), BESIDE):
        columns = st.columns(BESIDE, gap="medium")
        for column, name in zip(columns, health[first : first + BESIDE], strict=False):
            with column:
                _draw(run, name, {metric_title(name): curves[name]}, end, SMALL_HEIGHT)
    _draw_meanings(health)


def _curves_of(folder: Path) -> tuple[Run, dict[str, SeedCurves], float] | None:
    """The run, its curves by metric and the end of their axis; None where the head says what is wrong."""
    metrics = metrics_of(folder)
    try:
        run = read_run(folder)
    except RunError:
        return None
    if isinstance(metrics, str):
        return None
    curves = {
        name: found
        for name, values in metrics.values.items()
        if (found := seed_curves(metrics.update.astype(float), values)) is not None
    }
    last = metrics.update[-1] if len(metrics.update) else 0
    return run, curves, float(max(run.status.updates, last))


def _draw_meanings(names: Sequence[str]) -> None:
    """What the health panel's curves are, and what its verdict goes by."""
    said = [(metric_title(name), METRIC_MEANINGS[name]) for name in names if name in METRIC_MEANINGS]
    if not said:
        return
    said = [LINES, *said]
    with st.expander("What these curves say, and when a run has converged"):
        rows = "".join(f"<dt>{escape(title)}</dt><dd>{escape(text)}</dd>" for title, text in said)
        st.html(f'<dl class="irl-meanings">{rows}</dl><p class="irl-hint">{escape(CONVERGED)}</p>')


def loss_terms(curves: Mapping[str, SeedCurves]) -> dict[str, SeedCurves]:
    """The loss and its terms by what people call them; the loss alone where its one term is the same."""
    terms = {name: curve for name, curve in curves.items() if name.startswith("loss/")}
    whole = {"all": curves["loss"]} if "loss" in curves else {}
    if len(terms) < 2:
        only = [*whole.values(), *terms.values()][:1]
        return {"Loss": only[0]} if only else {}
    return whole | {name.removeprefix("loss/").replace("_", " "): curve for name, curve in terms.items()}


def _draw(run: Run, name: str, curves: dict[str, SeedCurves], end: float, height: int) -> None:
    if not curves:
        return
    title = metric_title(name) + (", by terms" if len(curves) > 1 else "")
    levels = _levels(run.config) if name == "return" else ()
    figure = seeds_figure(curves, title, end=end, levels=levels, theme=page_theme())
    figure.layout.uirevision = f"{run.name}-{name}"
    steady_figure(figure, key=f"train-{run.name}-{name}", height=height, buttons=True)


def _levels(config: RunConfig) -> Sequence[Level]:
    about = known_task(config)
    if about is None:
        return ()
    levels = (Level("expert", about.expert_return), Level("random moves", about.random_return))
    return [level for level in levels if math.isfinite(level.value)]


def _nothing_yet(run: Run) -> str:
    if run.status.state == "queued" and training_jobs.position(run.folder):
        return "It waits for the runs before it: its curves begin here once it learns."
    if run.status.active:
        return "Its curves begin here as soon as it has something to tell: loading takes a few seconds."
    return "It has recorded nothing yet."
