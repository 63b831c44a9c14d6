"""A run's folder: what was asked, what was found, everything needed to use it; written whole or not at all.

run.json               what was asked and found: recipe, figures with intervals, certificate, verdict
map.txt                the world
demonstrations.json    what was learned from; missing when it was the expert's exact occupancy
reward-LENS.npz        the reward, one file a lens; reward-true.npz beside them
report.html            the report, self-contained

Runs of several seeds stand side by side in one folder, seed-0 and so on, with what they found together in its
summary.json. Of a control task run.json and its rewards are written by ``irl_app.control`` into the folder of
the training run, beside what that holds.
"""

from irl_app.runs.reading import (
    CONTROL_LENSES,
    FORMAT,
    LENSES,
    Run,
    RunError,
    control_reward_name,
    read_run,
    read_summary,
)
from irl_app.runs.saving import save_run, save_runs

__all__ = [
    "CONTROL_LENSES",
    "FORMAT",
    "LENSES",
    "Run",
    "RunError",
    "control_reward_name",
    "read_run",
    "read_summary",
    "save_run",
    "save_runs",
]
