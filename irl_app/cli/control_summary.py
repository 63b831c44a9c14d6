"""What was found out about the rewards of a control task's run, for people."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from irl_app.cli.console import number, show, table

if TYPE_CHECKING:
    from irl_app.runs import Run

NAMES = {
    "true": "true reward",
    "deshaped": "de-shaped",
    "state": "state-only",
    "bounded": "raw, bounded",
    "transition": "raw",
}
COLUMNS = {
    "steps": "a step",
    "sums": "an episode",
    "lengths": "length alone",
    "given_length": "length held fixed",
    "means": "mean a step",
}


def show_control(run: Run) -> None:
    """Print who learned what from the reward, how it agrees with the true one, the verdict and the files."""
    from irl_app.analysis import demonstrations_in_words

    about = run.about
    seeds = about["seeds"]
    shown_by = demonstrations_in_words(about["n_demos"])
    title = f"{about['task']}: {about['method']} from {shown_by}, {len(seeds)} seeds"
    if run.beside["trained_on"]:
        _show_agents(run, title)
    agreed = table("states of", *COLUMNS.values())
    for row in run.beside["agreement"]:
        if row["reward"] == run.lenses[0]:
            agreed.add_row(row["states"], *(_interval(row[name]) for name in COLUMNS))
    solver = run.solver
    settled = "has settled" if solver["converged"] else "has NOT settled"
    show(
        f"{title}: the {NAMES[run.lenses[0]]} reward against the true one",
        agreed,
        "Pearson correlations, below them their 95 % intervals; - where there is none.",
        *(f"- {sentence}" for sentence in (run.verdict, *run.warnings)),
        f"- Learning {settled} after {solver['iterations']} updates, {solver['milliseconds'] / 1000:.0f} s.",
    )
    print(f"kept in {run.folder}: irl-app export {shlex.quote(str(run.folder))} --out reward.safetensors")


def _show_agents(run: Run, title: str) -> None:
    """The agents that were trained from scratch, beside random play, the learner and the expert."""
    returns, learner = run.about["returns"], run.metrics["imitation"]
    agents = table("trained on", "end", "true return", "low", "high", "of expert")
    random, expert = returns["random"], returns["expert"]
    for row in run.beside["trained_on"]:
        share = None if row["mean"] is None else (row["mean"] - random) / (expert - random)
        mark = " *" if row["recommended"] else ""
        agents.add_row(
            f"{NAMES[row['reward']]}{mark}",
            row["terminal"] or "-",
            *(number(row[end], 1) for end in ("mean", "low", "high")),
            "-" if share is None else f"{100 * share:z.0f} %",
        )
    n = len(run.about["seeds"])
    show(
        f"{title}: agents trained from scratch",
        agents,
        f"* is what irl-app export takes. Mean, 95 % interval over {n} agents. Random play {random:.0f}, "
        f"the learner itself {learner['text']} of the expert's {expert:.0f}.",
    )


def _interval(figure: Mapping[str, Any]) -> str:
    if figure["mean"] is None:
        return "-"
    ends = "" if figure["low"] is None else f"\n{figure['low']:.2f} to {figure['high']:.2f}"
    return f"{figure['mean']:.2f}{ends}"
