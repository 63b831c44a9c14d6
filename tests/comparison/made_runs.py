"""Training runs written by hand, as their folders are described: no network is trained for these tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.training.config import RunConfig
from irl_app.training.folder import Status, create_run, write_status
from irl_app.training.metrics import MetricsFile


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
    )
    folder = create_run(config, root=root)
    with MetricsFile(folder) as file:
        for row, values in enumerate(table, start=1):
            loss = np.full(len(values), 10.0 / row)
            file.append(1000 * row, 4000 * row, 2.5 * row, {"return": values, "loss": loss})
    done = 1000 * len(table) if state == "done" else 400 * len(table)
    write_status(folder, Status(state, update=done, updates=1000 * len(table), message=message))
    return folder


def grown(first: float, last: float, seeds: int, points: int = 12, seed: int = 0) -> np.ndarray:
    """Returns (points, seeds) that rise from first to last, each seed in its own way."""
    rng = np.random.default_rng(seed)
    pace = rng.uniform(0.6, 1.6, size=seeds)
    way = 1 - np.exp(-np.linspace(0, 5, points)[:, None] * pace)
    noise = rng.normal(0, 0.04 * abs(last - first), size=(points, seeds))
    return first + (last - first) * way + noise
