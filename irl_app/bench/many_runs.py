"""Folders of runs by the thousand, to see what looking at them costs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

from irl_app.bench.processes import measured, own_environment
from irl_app.runs import Status, create_run, write_status
from irl_app.training.metrics import MetricsFile
from irl_app.training.request import request

LINES, EVERY = 60, 100
"""Of the curves of every run, and updates between two of them."""
LIST = """
import time
from irl_app.cli import main
main(["runs", "list"])
print(time.process_time())
"""


def make_runs(root: Path, count: int) -> None:
    """Fill a folder with runs that are done, of three seeds each, as trainings leave them.

    Raises:
        OSError: they cannot be written.
    """
    first = create_run(request("CartPole-v1", "iq", seeds=(0, 1, 2)), root=root)
    rng = np.random.default_rng(0)
    with MetricsFile(first) as file:
        for line in range(1, LINES + 1):
            names = ("return", "loss", "q_abs_max", "policy_entropy")
            file.append(EVERY * line, 4 * EVERY * line, float(line), {name: rng.random(3) for name in names})
    write_status(first, Status("done", EVERY * LINES, EVERY * LINES))
    for number in range(2, count + 1):
        shutil.copytree(first, root / f"cartpole-v1-iq-{number}")


def listing_seconds(root: Path) -> float:
    """Processor time of the whole command ``irl-app runs list``, from the start of its process."""
    job = {"IRL_APP_RUNS": str(root)}
    return float(measured([sys.executable, "-c", LIST], job, own_environment() | job))
