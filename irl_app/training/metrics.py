"""A run's curves: ``metrics.jsonl``, one line an observation, only ever appended to while the run goes on.

A line is ``{"update": int, "env_steps": int, "seconds": float, "values": {name: [K numbers or null]}}``; the
names are the trainer's statistics and the evaluation's. A line that a killed process left unfinished is none.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.files import write_whole
from irl_app.training.config import TrainingError

NAME = "metrics.jsonl"
MAX_BYTES = 200_000_000


@dataclass(frozen=True, eq=False)
class Metrics:
    """The curves of a run of K seeds at T moments; NaN where nothing was observed.

    Attributes:
        update: (T,) updates done, ascending. env_steps: (T,) environment steps. seconds: (T,) of training.
        values: name -> (T, K).
    """

    update: NDArray[np.int64]
    env_steps: NDArray[np.int64]
    seconds: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]

    def last(self, name: str) -> NDArray[np.float64] | None:
        """(K,) the newest observation of a metric; None if there is none."""
        rows = self.values.get(name)
        if rows is None:
            return None
        seen = np.flatnonzero(~np.isnan(rows).all(axis=1))
        return rows[seen[-1]] if seen.size else None


class MetricsFile:
    """The file while it is written; use it in a ``with``.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, run: Path) -> None:
        self._file = (run / NAME).open("ab")

    def __enter__(self) -> MetricsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, update: int, env_steps: int, seconds: float, values: Mapping[str, ArrayLike]) -> None:
        """Add a line. Each value is (K,); what is not finite is written as null."""
        line = {
            "update": update,
            "env_steps": env_steps,
            "seconds": round(seconds, 3),
            "values": {name: _plain(value) for name, value in values.items()},
        }
        self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def sync(self) -> None:
        """Wait until the lines are on the disk: before a checkpoint that counts on them."""
        os.fsync(self._file.fileno())


def read_metrics(run: Path) -> Metrics:
    """The curves so far; none at all for a run that has not begun.

    Raises:
        TrainingError: the file is too large, or a finished line is damaged or out of order.
    """
    lines = [_parsed(run, number, line) for number, line in enumerate(_lines(run), start=1)]
    updates = [line["update"] for line in lines]
    for number, (before, after) in enumerate(pairwise(updates), start=2):
        if after <= before:
            raise TrainingError(f"line {number} of {run / NAME} is out of order: {after} after {before}")
    widths = {len(row) for line in lines for row in line["values"].values()}
    if len(widths) > 1:
        raise TrainingError(f"{run / NAME} is damaged: its lines speak of {sorted(widths)} seeds")
    names = dict.fromkeys(name for line in lines for name in line["values"])
    nothing = np.full(max(widths, default=0), np.nan)
    return Metrics(
        np.array(updates, dtype=np.int64),
        np.array([line["env_steps"] for line in lines], dtype=np.int64),
        np.array([line["seconds"] for line in lines], dtype=np.float64),
        {name: np.array([line["values"].get(name, nothing) for line in lines]) for name in names},
    )


def cut_metrics(run: Path, update: int) -> None:
    """Take away the lines after ``update`` (all with -1) and an unfinished one: the run goes on from there.

    Raises:
        TrainingError: a line is damaged.
        OSError: the file cannot be written; it is then as it was.
    """
    if not (run / NAME).exists():
        return
    lines = enumerate(_lines(run), start=1)
    kept = [line for number, line in lines if _parsed(run, number, line)["update"] <= update]
    write_whole(run / NAME, b"".join(line + b"\n" for line in kept))


def _lines(run: Path) -> list[bytes]:
    try:
        with (run / NAME).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    if len(content) > MAX_BYTES:
        raise TrainingError(f"{run / NAME} is larger than {MAX_BYTES} bytes: it is not a run's")
    return content.split(b"\n")[:-1]  # what follows the last line's end is not finished


def _parsed(run: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        return {
            "update": int(found["update"]),
            "env_steps": int(found["env_steps"]),
            "seconds": float(found["seconds"]),
            "values": {str(name): np.array(row, dtype=np.float64) for name, row in found["values"].items()},
        }
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise TrainingError(f"line {number} of {run / NAME} is damaged: remove the line") from error


def _plain(value: ArrayLike) -> list[float | None]:
    row = np.atleast_1d(np.asarray(value, dtype=np.float64)).tolist()
    return [x if math.isfinite(x) else None for x in row]
