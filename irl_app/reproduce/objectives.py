"""``objectives``: IQ-Learn by its whole objective and by the frozen target's, seed by seed.

The networks of figure 2, one each, and those of grids that change every game; a difference is of the same
seed, demonstrations and first weights.
"""

from __future__ import annotations

import numpy as np

from irl_app.reproduce import figure_2
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import NEVER, finished_runs, last_returns
from irl_app.runs import RunConfig
from irl_app.tasks import get_task
from irl_app.training.request import request
from trainers.arrays import FloatArray

OBJECTIVES = {"iq": "full", "iq-frozen": "semi"}
"""Row of figure 2 -> the gradient it follows."""
GRIDS = {"gridworld/static-walls": 300, "gridworld/random-walls": 450, "gridworld/random-goal": 450}
"""Grid -> demonstrated games, as in the report that the project reproduces."""
SEEDS = figure_2.SEEDS
EPISODES = 200
"""Games of each seed's last policy."""

Arm = tuple[str, str, int]
"""Task, row, demonstrations."""


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """Every run, ten seeds side by side; those of figure 2 are the very same."""
    known = {
        (task, row, n): config
        for (task, row, n, source), config in figure_2.arms(quick).items()
        if row in OBJECTIVES and source is None
    }
    settings = {"episodes": EPISODES, "evaluate_every": NEVER, "log_every": 500}
    return known | {
        (task, row, n): request(
            task, "iq", seeds=SEEDS, episodes=n, settings={**settings, "gradient": gradient}
        )
        for task, n in ({} if quick else GRIDS).items()
        for row, gradient in OBJECTIVES.items()
    }


def objectives(options: Options) -> Report:
    """Train what is missing, and tabulate both and their difference."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: "-".join(map(str, arm)).replace("/", "-").lower(), options)
    returns = {arm: last_returns(run) for arm, run in runs.items()}
    both = {
        (task, n): (returns[task, "iq", n], returns[task, "iq-frozen", n])
        for task, row, n in asks
        if row == "iq"
    }
    rows = tuple(_row(task, n, whole, frozen) for (task, n), (whole, frozen) in both.items())
    columns = ("task, demonstrations", "whole objective", "frozen target", "whole less frozen", "of the way")
    notes = (
        f"Mean true return of the last policy over {len(SEEDS)} seeds. The "
        "difference is taken seed by seed, of the same demonstrations and first weights; the last column is "
        "the same in per cent of the way from random moves to the expert. One network a seed, the task's "
        "usual settings.",
    )
    values = [_values(task, n, whole, frozen) for (task, n), (whole, frozen) in both.items()]
    section = Section("IQ-Learn: V(s') with its gradient, or of a frozen target network", columns, rows)
    return Report((section,), notes, {"name": "objectives", "seeds": list(SEEDS), "rows": values})


def _row(task: str, n: int, whole: FloatArray, frozen: FloatArray) -> tuple[str, ...]:
    about, difference = get_task(task), spread((whole - frozen).tolist())
    digits = 2 if about.is_grid else 0
    share = spread((100.0 * _share(task, whole - frozen)).tolist())
    cells = (short(spread(whole.tolist()), digits), short(spread(frozen.tolist()), digits))
    return (f"{about.title}, {n}", *cells, short(difference, digits), f"{short(share, 1)} %")


def _share(task: str, difference: FloatArray) -> FloatArray:
    """Differences of returns in shares of the way from random moves to the expert."""
    about = get_task(task)
    return difference / (about.expert_return - about.random_return)


def _values(task: str, n: int, whole: FloatArray, frozen: FloatArray) -> dict[str, object]:
    return {
        "task": task,
        "n_demos": n,
        "whole": whole.tolist(),
        "frozen": frozen.tolist(),
        "difference": spread((whole - frozen).tolist()).as_json(),
        "share": float(np.mean(_share(task, whole - frozen))),
    }


OBJECTIVES_COMPARED = Reproduction(
    "objectives",
    "IQ-Learn's whole objective against the frozen target's, on figure 2's tasks and on grids, ten seeds",
    "CartPole only, 1 and 10 trajectories",
    objectives,
)
