"""What the tests of training runs share."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from irl_app.runs import RunConfig, Schedule, create_run

TOY = (sys.executable, "-m", "tests.training.toy_worker")
ROOT = Path(__file__).resolve().parents[2]


def toy_config(**settings: Any) -> RunConfig:
    """A toy run of 60 updates, a line every 7, a checkpoint every 20; ``settings`` are the trainer's."""
    config = {"updates": 60, "checkpoint_every": 20, **settings}
    return RunConfig("Toy-v1", "iq", config, (0, 5), schedule=Schedule(7, 25, 2, 3))


def toy_run(root: Path, **settings: Any) -> Path:
    """The folder of a new toy run."""
    return create_run(toy_config(**settings), root=root)


def until(happens: Callable[[], object], seconds: float = 300.0) -> None:
    """Wait for something; an error if it does not happen."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
