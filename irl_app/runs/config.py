"""What a run was asked for: its ``config.json``, and when a training is looked at, evaluated and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from irl_app import __version__
from irl_app.reading import WHOLE, Fields, is_number, reading
from irl_app.runs.format import FORMAT, FORMAT_VERSION, REMEDY, RunError, read_description
from trainers.settings import COUNT, Range, Setting, SettingError, check_settings

MAX_LEARNERS, MAX_WORLDS = 64, 1000
"""Seeds of a training, which learn side by side, and of a recovery."""
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Schedule:
    """When a run is looked at, in updates: fixed numbers, never the clock, so that equal runs stay equal."""

    # fmt: off
    log_every: Annotated[int, Setting(
        "Record every",
        "Updates between two points of the curves; a trainer that works in rounds finishes the round.",
        COUNT, in_form=False,
    )] = 100
    evaluate_every: Annotated[int, Setting(
        "Evaluate every",
        "Updates between two evaluations. In each every seed plays episodes, which takes time.", COUNT,
    )] = 1000
    episodes: Annotated[int, Setting(
        "Test episodes",
        "Played by every seed at each evaluation; more make the curve of the return smoother.", COUNT,
    )] = 10
    kept: Annotated[int, Setting(
        "Checkpoints", "The newest that are kept; 0: all.", Range(), in_form=False,
    )] = 3
    # fmt: on

    def __post_init__(self) -> None:
        try:
            check_settings(self)
        except SettingError as error:
            raise RunError(str(error)) from error


def usual_schedule(updates: int, evaluate_every: int | None = None) -> Schedule:
    """The usual schedule of a run of so many updates.

    Args:
        evaluate_every: what is usual in a task whose episodes take long, None elsewhere: a short run is then
            evaluated more often than every 1000, so that there is enough to say whether it has converged.
    """
    if evaluate_every is not None:
        return Schedule(evaluate_every=evaluate_every)
    return Schedule(evaluate_every=min(Schedule.evaluate_every, max(100, updates // 400 * 100)))


@dataclass(frozen=True)
class World:
    """The grid or the point maze of a recovery, and who acts in it.

    Attributes:
        size: cells a side; None for the preset's own.
        map: an ASCII map that is the world instead of a preset.
        expert: who demonstrates, a key of ``EXPERTS``; "" where demonstrations were brought.
        expert_value: the expert's temperature or share of random moves.
    """

    size: int | None = None
    map: str | None = None
    expert: str = ""
    expert_value: float = 0.0

    def __post_init__(self) -> None:
        if self.size is not None and (type(self.size) is not int or not 1 <= self.size <= WHOLE):
            raise RunError(f"the world's size must be a whole number of cells, got {self.size!r:.40}")
        if not isinstance(self.map, str | None) or not isinstance(self.expert, str):
            raise RunError("the world's map and expert must be texts")
        if not is_number(self.expert_value):
            raise RunError(f"the world's expert_value must be a number, got {self.expert_value!r:.40}")


@dataclass(frozen=True)
class RunConfig:
    """What a run was asked for; with the program's version it determines every number of the run.

    A run either trains networks, by a schedule, or recovers a reward exactly, in the world of a grid.

    Attributes:
        task: name of the task. method: how a reward, or Q, is learned there.
        config: the method's settings, all of them: of networks or of an exact solver.
        seeds: of a training one learner each, of a recovery one world and one set of demonstrations each;
            different whole numbers from 0 to ``MAX_SEED``.
        demonstrations: where they come from and which are used; None where the method needs none. Their
            number is under "episodes", "exact" for the expert's exact occupancy.
        reward: file of the reward that is trained on in place of the task's own; None for that.
        schedule: when a training is looked at; None for a recovery.
        world: of a recovery; None for a training.
        measured: of a user's environment what was measured when the run began: "random_return",
            "expert_return" (null where nobody demonstrated) and "ranges", low, high and usual value of each
            number of an observation; None before, and for tasks that know.
        created: time, ISO 8601. version: of the program that made the run.

    Raises:
        RunError: a value is out of its bounds.
    """

    task: str
    method: str
    config: Mapping[str, Any]
    seeds: tuple[int, ...]
    demonstrations: Mapping[str, Any] | None = None
    reward: str | None = None
    schedule: Schedule | None = None
    world: World | None = None
    measured: Mapping[str, Any] | None = None
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    version: str = __version__

    def __post_init__(self) -> None:
        for name in ("task", "method"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise RunError(f"{name} must be a name, got {getattr(self, name)!r}")
        whole = all(type(seed) is int and 0 <= seed <= MAX_SEED for seed in self.seeds)
        most = MAX_LEARNERS if self.is_training else MAX_WORLDS
        if not whole or not 1 <= len(self.seeds) <= most or len(set(self.seeds)) < len(self.seeds):
            shown = ", ".join(map(str, self.seeds[:3])) + (", ..." if len(self.seeds) > 3 else "")
            raise RunError(
                f"seeds must be 1 to {most} different whole numbers from 0 to {MAX_SEED}, "
                f"got {len(self.seeds)}: {shown}"
            )
        if not isinstance(self.config, Mapping):
            raise RunError(f"config must be an object of settings, got {self.config!r:.60}")
        if not isinstance(self.demonstrations, Mapping | None):
            raise RunError(f"demonstrations must be an object or null, got {self.demonstrations!r:.60}")
        _check_demonstrations(self.demonstrations or {})
        if not isinstance(self.reward, str | None):
            raise RunError(f"reward must be a file's path or null, got {self.reward!r:.60}")
        if not isinstance(self.measured, Mapping | None):
            raise RunError(f"measured must be an object or null, got {self.measured!r:.60}")
        if (self.schedule is None) == (self.world is None):
            raise RunError("a run has a schedule, by which it trains, or a world, which it solves: give one")

    @property
    def is_training(self) -> bool:
        """Whether networks learn, rather than a grid being solved."""
        return self.schedule is not None

    @property
    def is_maze(self) -> bool:
        """Whether the reward of a point maze was solved for, rather than that of a grid."""
        return self.world is not None and self.task.startswith("PointMaze-")

    def training_schedule(self) -> Schedule:
        """When the training is looked at.

        Raises:
            RunError: it is none.
        """
        if self.schedule is None:
            raise RunError("a reward was solved for in this run: there is nothing to train in it")
        return self.schedule

    def as_json(self) -> str:
        """The content of ``config.json``.

        Raises:
            RunError: a setting is nothing that JSON can say.
        """
        content = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}
        try:
            return json.dumps(content, indent=1, allow_nan=False) + "\n"
        except (TypeError, ValueError) as error:
            raise RunError(f"the settings cannot be written as JSON: {error}") from error


def read_config(run: Path) -> RunConfig:
    """What the run in this folder was asked for.

    Raises:
        RunError: there is no run, it is of another version, damaged, or a value is out of its bounds.
    """
    path = f"{run}/config.json"
    found = Fields(read_description(run), path)
    schedule, world = found.found.get("schedule"), found.found.get("world")
    with reading(path, RunError, REMEDY):
        try:
            return RunConfig(
                task=found.text("task"),
                method=found.text("method"),
                config=found.object("config").found,
                seeds=tuple(found.items("seeds")),
                demonstrations=found.found["demonstrations"],
                reward=found.found.get("reward"),
                schedule=None if schedule is None else _schedule(*_known(Schedule, schedule, path).items()),
                world=None if world is None else World(**_known(World, world, path)),
                measured=found.found.get("measured"),
                created=_moment(found),
                version=found.text("version"),
            )
        except RunError as error:
            said = str(error)
            raise RunError(said if said.startswith(path) else f"{path}: {said}") from error


def _check_demonstrations(asked: Mapping[str, Any]) -> None:
    episodes, every, source = asked.get("episodes", 1), asked.get("every"), asked.get("source")
    if episodes != "exact" and (type(episodes) is not int or not 0 <= episodes <= WHOLE):
        raise RunError(f'demonstrations must be a whole number of episodes or "exact", got {episodes!r:.40}')
    if every is not None and (type(every) is not int or not 1 <= every <= WHOLE):
        raise RunError(f"every must be a whole number from 1, got {every!r:.40}")
    if not isinstance(source, str | None):
        raise RunError(f"the demonstrations' source must be a path or null, got {source!r:.40}")


@lru_cache(maxsize=256)
def _schedule(*named: tuple[str, Any]) -> Schedule:
    """A schedule by its fields: among many runs there are few that differ."""
    return Schedule(**dict(named))


def _known(kind: type, given: Any, path: str) -> dict[str, Any]:
    """The object, if all that it names is of this kind."""
    found = Fields(given, f"{kind.__name__.lower()!r} in {path}").found
    if unknown := sorted(set(found) - {each.name for each in fields(kind)}):
        raise RunError(f"{path} has settings that this irl-app does not know: {', '.join(unknown)[:200]}")
    return found


def _moment(found: Fields) -> str:
    """When the run was made: a time that can be counted."""
    try:
        datetime.fromisoformat(found.text("created")).timestamp()
    except (ValueError, OverflowError, OSError):
        found.refuse("created", "a time as in 2026-01-31T12:00:00+00:00")
    return found.text("created")
