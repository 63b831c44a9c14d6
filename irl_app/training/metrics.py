"""A run's curves: ``metrics.jsonl``, one line an observation, only ever appended to while the run goes on.

A line is ``{"update": int, "env_steps": int, "seconds": float, "values": {name: [K numbers or null]}}``; the
names are the trainer's statistics and the evaluation's. A line that a killed process left unfinished is none.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.files import write_whole
from irl_app.reading import Fields, MissingError, is_number, parse_json, read_bytes, read_end, reading
from irl_app.runs import MAX_LEARNERS, RunError

NAME = "metrics.jsonl"
MAX_BYTES, END = 200_000_000, 1 << 14
"""That are read of the whole file, and of its end."""
REMEDY = "remove the line, or run it again"


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

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, update: int, env_steps: int, seconds: float, values: Mapping[str, ArrayLike]) -> None:
        """Add a line. Each value is (K,); what is not finite is written as null."""
        rows = {name: np.atleast_1d(np.asarray(value, np.float64)).tolist() for name, value in values.items()}
        line = {
            "update": update,
            "env_steps": env_steps,
            "seconds": round(seconds, 3),
            "values": {name: [x if math.isfinite(x) else None for x in row] for name, row in rows.items()},
        }
        self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def sync(self) -> None:
        """Wait until the lines are on the disk: before a checkpoint that counts on them."""
        os.fsync(self._file.fileno())


def read_metrics(run: Path) -> Metrics:
    """The curves so far; none at all for a run that has not begun.

    Raises:
        RunError: the file is too large, or a finished line is damaged or out of order.
    """
    with reading(run / NAME, RunError, REMEDY):
        lines = _all_parsed(run, _lines(run))
    updates = [line["update"] for line in lines]
    for number, (before, after) in enumerate(pairwise(updates), start=2):
        if after <= before:
            raise RunError(f"line {number} of {run / NAME} is out of order: {after} after {before}")
    widths = {len(row) for line in lines for row in line["values"].values()}
    if len(widths) > 1:
        raise RunError(f"{run / NAME} is damaged: its lines speak of {sorted(widths)} seeds")
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
        RunError: a line is damaged.
        OSError: the file cannot be written; it is then as it was.
    """
    if not os.path.lexists(run / NAME):
        return
    with reading(run / NAME, RunError, REMEDY):
        lines = _lines(run)
        parsed = _all_parsed(run, lines)
    kept = [line for line, found in zip(lines, parsed, strict=True) if found["update"] <= update]
    write_whole(run / NAME, b"".join(line + b"\n" for line in kept))


@dataclass(frozen=True, eq=False)
class Newest:
    """What a run recorded last: seconds, environment steps, and returns, one a seed, if there are any."""

    seconds: float = 0.0
    env_steps: int = 0
    returns: tuple[float, ...] | None = None


def read_newest(run: Path) -> Newest:
    """What was recorded last, read from the end of the file alone: of many runs in little time.

    Raises:
        RunError: the file cannot be read, or a line near its end is damaged.
    """
    path = f"{run}/{NAME}"
    with reading(path, RunError, REMEDY):
        try:
            content = read_end(path, END)
        except MissingError:
            return Newest()
        newest = Newest()
        what = f"a line near the end of {path}"
        for line in _from_the_end(content, begun=len(content) == END):
            found = Fields(parse_json(line, what), what)
            if not newest.seconds:
                newest = Newest(found.number("seconds", low=0.0), found.whole("env_steps"))
            rows = found.object("values")
            returns = _row(rows, "return") if "return" in rows.found else ()
            if not all(map(math.isnan, returns)):
                return replace(newest, returns=tuple(returns))
        return newest


def _from_the_end(content: bytes, *, begun: bool) -> Iterator[bytes]:
    """The finished lines, the last first; without the first line where it had begun before."""
    end = content.rfind(b"\n")  # what follows the last line's end is not finished
    while end >= 0 and ((start := content.rfind(b"\n", 0, end)) >= 0 or not begun):
        yield content[start + 1 : end]
        end = start


def _lines(run: Path) -> list[bytes]:
    try:
        content = read_bytes(run / NAME, MAX_BYTES)
    except MissingError:
        return []
    return content.split(b"\n")[:-1]  # what follows the last line's end is not finished


def _all_parsed(run: Path, lines: list[bytes]) -> list[dict[str, Any]]:
    return [_parsed(line, f"line {number} of {run / NAME}") for number, line in enumerate(lines, start=1)]


def _parsed(line: bytes, what: str) -> dict[str, Any]:
    found = Fields(parse_json(line, what), what)
    rows = found.object("values")
    return {
        "update": found.whole("update"),
        "env_steps": found.whole("env_steps"),
        "seconds": found.number("seconds", low=0.0),
        "values": {name: np.array(_row(rows, name)) for name in rows.found},
    }


def _row(rows: Fields, name: str) -> list[float]:
    values = rows.items(name, MAX_LEARNERS)
    if not values or not all(value is None or is_number(value) for value in values):
        rows.refuse(name, "a row of numbers, one a seed")
    return [math.nan if value is None else float(value) for value in values]
