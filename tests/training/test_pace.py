"""The pace of a run, from what it recorded."""

from __future__ import annotations

import numpy as np

from irl_app.runs import Status
from irl_app.training import Metrics
from irl_app.training.health import pace


def recorded(*moments: tuple[int, float]) -> Metrics:
    updates, seconds = zip(*moments, strict=True) if moments else ((), ())
    return Metrics(np.array(updates, int), np.zeros(len(updates), int), np.array(seconds, float), {})


def test_the_pace_is_that_of_the_last_seconds() -> None:
    metrics = recorded((0, 0.0), (100, 50.0), (200, 52.0), (1_200, 60.0))
    found = pace(metrics, Status("running", update=1_200, updates=3_400))
    assert found is not None
    assert found.updates_per_second == 1_100 / 10
    assert found.seconds_left == 20.0


def test_one_slow_line_is_still_told_and_nothing_is_left_at_the_end() -> None:
    found = pace(recorded((0, 0.0), (10, 100.0)), Status("done", update=10, updates=10))
    assert found is not None
    assert (found.updates_per_second, found.seconds_left) == (0.1, 0.0)


def test_too_little_to_tell() -> None:
    status = Status("running", updates=10)
    assert pace(recorded(), status) is None
    assert pace(recorded((0, 0.1)), status) is None
    assert pace(recorded((0, 0.1), (5, 0.1)), status) is None
