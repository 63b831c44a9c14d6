"""What ``recover`` found, for people: the table and sentences that ``report`` shows again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irl_app.cli.console import number, show, table


def show_summary(found: Mapping[str, Any]) -> None:
    """Print the figures over seeds with their intervals, the verdict and the certificate of a summary."""
    from irl_app.analysis import METRIC_TEXTS, demonstrations_in_words, written
    from irl_app.recipes import METHODS

    seeds, solver = found["seeds"], found["solver"]
    shown = table("figure", "mean" if len(seeds) > 1 else "value", "low", "high")
    for name, figure in found["metrics"].items():
        said, values = METRIC_TEXTS[name], [figure[end] for end in ("mean", "low", "high")]
        shown.add_row(said.title, *("-" if value is None else written(value, said.unit) for value in values))
    over = f"Mean and 95 % t-interval over {len(seeds)} seeds; in words, for seed {seeds[0]}:"
    state = "converged" if solver["converged"] else "did NOT converge"
    show(
        f"{found['task']}: {METHODS[found['method']].title}, {demonstrations_in_words(found['n_demos'])}",
        shown,
        over if len(seeds) > 1 else "Low and high: 95 % interval of a correlation over cells.",
        *(f"- {sentence}" for sentence in (found["verdict"], *found["warnings"])),
        f"- The solver {state}: {number(solver['iterations'], 0)} steps, "
        f"{number(solver['milliseconds'], 1)} ms, residual {number(solver['residual'])} in units of reward.",
    )
