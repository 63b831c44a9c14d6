"""Runs for tests: trainings written by hand, as their folders are described, and small recoveries."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.findings.grids import keep_recovery, recover_seed, recovery_config
from irl_app.runs import RunConfig, Schedule, Status, World, create_run, write_status
from irl_app.training.metrics import MetricsFile
from trainers.tabular.config import MethodName, TabularConfig

_RECOVERED = tempfile.TemporaryDirectory(prefix="recovered-")


def make_run(
    root: Path,
    method: str = "iq",
    returns: Sequence[Sequence[float | None]] = ((100.0, 90.0), (480.0, 500.0)),
    *,
    task: str = "CartPole-v1",
    seeds: Sequence[int] | None = None,
    settings: Mapping[str, Any] | None = None,
    demonstrations: Mapping[str, Any] | None = None,
    state: str = "done",
    message: str = "",
) -> Path:
    """A run of K seeds whose returns (T, K) were recorded every 1000 updates, None where nothing was."""
    table = np.array(returns, dtype=float)
    config = RunConfig(
        task=task,
        method=method,
        config={"method": method, "alpha": 0.5, "hidden": [64, 64], "updates": 1000 * len(table)}
        | dict(settings or {}),
        seeds=tuple(range(table.shape[1])) if seeds is None else tuple(seeds),
        demonstrations=demonstrations,
        schedule=Schedule(),
    )
    folder = create_run(config, root=root)
    with MetricsFile(folder) as file:
        for row, values in enumerate(table, start=1):
            loss = np.full(len(values), 10.0 / row)
            file.append(1000 * row, 4000 * row, 2.5 * row, {"return": values, "loss": loss})
    done = 1000 * len(table) if state == "done" else 400 * len(table)
    write_status(folder, Status(state, update=done, updates=1000 * len(table), message=message))
    return folder


def make_recovery(
    folder: Path, method: MethodName = "mce", seeds: Sequence[int] = (0,), *, world: World | None = None
) -> Path:
    """The folder of a recovery from five demonstrations in a small world; of equal ones each is a copy."""
    return shutil.copytree(_recovered(method, tuple(seeds), world or World(size=4)), folder)


@cache
def _recovered(method: MethodName, seeds: tuple[int, ...], world: World) -> Path:
    asked = recovery_config(
        "gridworld/goal", TabularConfig(method=method), seeds=seeds, n_demos=5, world=world
    )
    folder = Path(_RECOVERED.name) / str(len(list(Path(_RECOVERED.name).iterdir())))
    return keep_recovery(asked, [recover_seed(asked, seed) for seed in seeds], folder)


def grown(first: float, last: float, seeds: int, points: int = 12, seed: int = 0) -> np.ndarray:
    """Returns (points, seeds) that rise from first to last, each seed in its own way."""
    rng = np.random.default_rng(seed)
    pace = rng.uniform(0.6, 1.6, size=seeds)
    way = 1 - np.exp(-np.linspace(0, 5, points)[:, None] * pace)
    noise = rng.normal(0, 0.04 * abs(last - first), size=(points, seeds))
    return first + (last - first) * way + noise
