"""What a training run was asked for: its ``config.json``, and when it is looked at, evaluated and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irl_app import __version__

FORMAT = "irl-app training run"
MAX_BYTES = 10_000_000
MAX_SEEDS = 64
MAX_SEED = 2**31 - 1


class TrainingError(ValueError):
    """A training run that cannot be made, read, started or resumed; the message is one sentence."""


@dataclass(frozen=True)
class Schedule:
    """When a run is looked at, in updates: fixed numbers, never the clock, so that equal runs stay equal."""

    log_every: int = 100
    """Updates between two lines of ``metrics.jsonl``; a trainer that works in rounds finishes the round."""
    evaluate_every: int = 1000
    """Updates between two evaluations."""
    episodes: int = 10
    """Episodes of one evaluation, for each seed."""
    kept: int = 3
    """Checkpoints that are kept, the newest; 0 keeps all."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value, least = getattr(self, item.name), 0 if item.name == "kept" else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise TrainingError(f"{item.name} must be a whole number of at least {least}, got {value!r}")


def usual_schedule(updates: int) -> Schedule:
    """The usual schedule of a run of so many updates: a short one is evaluated more often than every 1000, so
    that in the end there is enough to say whether it has converged."""
    return Schedule(evaluate_every=min(Schedule.evaluate_every, max(100, updates // 400 * 100)))


@dataclass(frozen=True)
class RunConfig:
    """What a run was asked for; with the program's version it determines every number of the run.

    Attributes:
        task: name of the control task. method: as in ``SoftQConfig.method``.
        config: the trainer's settings, all of them, as ``asdict(SoftQConfig)``.
        seeds: one learner each, trained side by side; different whole numbers from 0 to ``MAX_SEED``.
        demonstrations: where they come from and which are used; None where the method needs none.
        schedule: when it is looked at.
        created: time, ISO 8601. version: of the program that made the run.

    Raises:
        TrainingError: a value is out of its bounds.
    """

    task: str
    method: str
    config: Mapping[str, Any]
    seeds: tuple[int, ...]
    demonstrations: Mapping[str, Any] | None = None
    schedule: Schedule = field(default_factory=Schedule)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    version: str = __version__

    def __post_init__(self) -> None:
        for name in ("task", "method"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise TrainingError(f"{name} must be a name, got {getattr(self, name)!r}")
        whole = all(type(seed) is int and 0 <= seed <= MAX_SEED for seed in self.seeds)
        if not whole or not 1 <= len(self.seeds) <= MAX_SEEDS or len(set(self.seeds)) < len(self.seeds):
            shown = ", ".join(map(str, self.seeds[:3])) + (", ..." if len(self.seeds) > 3 else "")
            raise TrainingError(
                f"seeds must be 1 to {MAX_SEEDS} different whole numbers from 0 to {MAX_SEED}, "
                f"got {len(self.seeds)}: {shown}"
            )
        if not isinstance(self.config, Mapping):
            raise TrainingError(f"config must be an object of settings, got {self.config!r}")
        if not isinstance(self.demonstrations, Mapping | None):
            raise TrainingError(f"demonstrations must be an object or null, got {self.demonstrations!r}")

    def as_json(self) -> str:
        """The content of ``config.json``.

        Raises:
            TrainingError: a setting is nothing that JSON can say.
        """
        try:
            return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, allow_nan=False) + "\n"
        except (TypeError, ValueError) as error:
            raise TrainingError(f"the settings cannot be written as JSON: {error}") from error


def read_config(run: Path) -> RunConfig:
    """What the run in this folder was asked for.

    Raises:
        TrainingError: there is no run, its ``config.json`` is damaged, or a value is out of its bounds.
    """
    path = run / "config.json"
    found = read_object(path, missing=f"there is no training run at {run}: it has no config.json")
    if found.get("format") != FORMAT:
        raise TrainingError(f"{path} is not a training run of this program")
    try:
        return RunConfig(
            task=found["task"],
            method=found["method"],
            config=found["config"],
            seeds=tuple(found["seeds"]),
            demonstrations=found["demonstrations"],
            schedule=Schedule(**found["schedule"]),
            created=str(found["created"]),
            version=str(found["version"]),
        )
    except TrainingError as error:
        raise TrainingError(f"{path}: {error}") from error
    except (KeyError, TypeError) as error:
        raise TrainingError(f"{path} is damaged: start the run again") from error


def read_object(path: Path, *, missing: str | None = None) -> dict[str, Any]:
    """The object in a JSON file of at most ``MAX_BYTES``.

    Raises:
        TrainingError: there is no file (the message is ``missing``), it is too large, or no such object.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TrainingError(f"{path} has {size} bytes, at most {MAX_BYTES} are read: it is not a run's")
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise TrainingError(missing or f"{path} is missing") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise TrainingError(f"{path} is damaged: it is not JSON") from error
    if not isinstance(found, dict):
        raise TrainingError(f"{path} is damaged: it holds no object")
    return found
