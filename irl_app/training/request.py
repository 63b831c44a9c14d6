"""From what people ask for to a run's configuration, checked before anything starts; without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from irl_app.tasks import control_task
from irl_app.training.config import RunConfig, Schedule, TrainingError, usual_schedule
from trainers.compiler import check_compiler
from trainers.soft_q_config import IMITATION, SoftQConfig

_TRAINER = {field.name: field.default for field in fields(SoftQConfig) if field.name != "method"}
_OPTIONAL = {name for name, hint in get_type_hints(SoftQConfig).items() if type(None) in get_args(hint)}
_SCHEDULE = {field.name: field.default for field in fields(Schedule)}


def request(
    task: str,
    method: str = "iq",
    *,
    seeds: Sequence[int] = (0,),
    settings: Mapping[str, Any] | None = None,
    episodes: int = 1,
    source: str | Path | None = None,
    every: int | None = None,
) -> RunConfig:
    """The configuration of a run, every setting of the trainer spelled out.

    Args:
        task: name of a control task. method: as ``SoftQConfig.method``.
        seeds: one learner each.
        settings: fields of ``SoftQConfig`` and ``Schedule`` that differ from what is usual in this task.
        episodes: how many demonstrations each seed learns from, at least 1.
        source: their Minari dataset (folder or id) or JSON file; None: the task's own.
        every: keep every how many-th of their transitions; None: what is usual in this task.

    Raises:
        TaskError: there is no such task.
        TrainingError: there is no such method or setting, or a value is out of range.
    """
    about, given = control_task(task), dict(settings or {})
    if unknown := sorted(set(given) - set(_TRAINER) - set(_SCHEDULE)):
        names = ", ".join(sorted([*_TRAINER, *_SCHEDULE]))
        raise TrainingError(f"unknown setting {unknown[0]!r}: the settings are {names}")
    changes = {name: value for name, value in given.items() if name in _TRAINER}
    asked = {name: changes[name] for name in ("online", "actions_from") if name in changes}
    usual = about.defaults(method, **asked)
    if changes.get("hidden"):
        usual.pop("committee", None)  # usual with a linear Q alone
    config = soft_q_config({**usual, **changes, "method": method})
    try:
        config.check_shape(about.obs_shape)
    except ValueError as error:
        raise TrainingError(f"{task}: {error}") from error
    check_compilation(config)
    demonstrations = None
    if method in IMITATION:
        every = about.subsample if every is None else every
        for name, value in (("demonstrations", episodes), ("every", every)):
            if value < 1:
                raise TrainingError(f"{name} must be at least 1, got {value}")
        demonstrations = {
            "source": None if source is None else _placed(source),
            "episodes": episodes,
            "every": every,
        }
    return RunConfig(
        task=task,
        method=method,
        config=json.loads(json.dumps(asdict(config))),
        seeds=tuple(seeds),
        demonstrations=demonstrations,
        schedule=replace(
            usual_schedule(config.updates),
            **{name: value for name, value in given.items() if name in _SCHEDULE},
        ),
    )


def soft_q_config(settings: Mapping[str, Any]) -> SoftQConfig:
    """The trainer's configuration.

    Raises:
        TrainingError: the trainer refuses a setting; the message is its own.
    """
    try:
        return SoftQConfig.from_json(dict(settings))
    except ValueError as error:
        raise TrainingError(str(error)) from error


def check_compilation(config: SoftQConfig) -> None:
    """Check that updates can be compiled here, if they are to be.

    Raises:
        TrainingError: there is no compiler.
    """
    if config.compile:
        try:
            check_compiler()
        except ValueError as error:
            raise TrainingError(str(error)) from error


def setting(text: str) -> tuple[str, Any]:
    """A setting as people write it, ``name=value``: numbers, ``true``, ``none``, ``64,64``, names.

    Raises:
        TrainingError: there is no such setting, or the value is of another kind than its default.
    """
    name, equals, written = (part.strip() for part in text.partition("="))
    usual = {**_TRAINER, **_SCHEDULE}
    if not equals or not written:
        raise TrainingError(f"{text!r} is not NAME=VALUE, for example alpha=0.5")
    if name not in usual:
        raise TrainingError(f"unknown setting {name!r}: the settings are {', '.join(sorted(usual))}")
    value, default = _value(written), usual[name]
    if isinstance(default, tuple):
        value = value if isinstance(value, list) else [] if value is None else [value]
        fits = all(type(part) is int for part in value)
    elif isinstance(default, bool | int | str):
        fits = type(value) is type(default)
    else:
        fits = type(value) in (int, float) or (value is None and name in _OPTIONAL)
    if not fits:
        raise TrainingError(f"{name} is {written!r}, its default is {default!r}: give a value of that kind")
    return name, value


def _placed(source: str | Path) -> str:
    """A path from wherever the worker is; the id of a dataset as it is."""
    path = Path(source)
    return str(path.resolve()) if path.exists() else str(source)


def _value(text: str) -> Any:
    if text.lower() in ("none", "true", "false"):
        return {"none": None, "true": True, "false": False}[text.lower()]
    try:
        return json.loads(f"[{text}]" if "," in text and not text.startswith("[") else text)
    except ValueError:
        return text
