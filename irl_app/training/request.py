"""From what people ask for to a run's configuration, checked before anything starts; without torch.

No other module of the application knows which configuration a trainer takes. A list of runs asks for no more
than titles: what takes long to load is loaded by who needs it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.runs import RunConfig, RunError, Schedule, usual_schedule
from trainers.deep.compiler import check_compiler, has_compiler
from trainers.deep.config import METHODS, OWN_OBJECTIVES, TrainerConfig
from trainers.objective_settings import Method
from trainers.settings import Setting, Values, from_values, setting_named, settings_of
from trainers.spaces import alike

if TYPE_CHECKING:
    from irl_app.rewards import Reward
    from irl_app.tasks import Task

__all__ = ["METHODS", "OWN_OBJECTIVES", "SETTINGS", "LearnerConfig", "request"]

LearnerConfig = TrainerConfig
"""What a learner is trained by, whichever trainer it is."""
METHOD = "method"
SETTINGS: Mapping[str, Setting] = {
    name: setting
    for kind in (TrainerConfig, Schedule)
    for name, setting in settings_of(kind).items()
    if name != METHOD
}
"""All that can be set of a run beside its method: of its learner, and of its schedule."""


def request(
    task: str,
    method: str = "iq",
    *,
    seeds: Sequence[int] = (0,),
    settings: Mapping[str, Any] | None = None,
    episodes: int | None = None,
    source: str | Path | None = None,
    every: int | None = None,
    reward: str | Path | None = None,
    truncate_open: bool = False,
) -> RunConfig:
    """The configuration of a run, every setting of the trainer spelled out.

    Args:
        task: name of a control task. method: a key of ``METHODS``.
        seeds: one learner each.
        settings: those of ``SETTINGS`` that differ from what is usual in this task.
        episodes: how many demonstrations each seed learns from, at least 1; None: as many as the method needs
            in this task, or all that the source has.
        source: their file or Minari dataset, see `load_demonstrations`; None: the task's own.
        every: keep every how many-th of their transitions; None: what is usual in this task.
        reward: file of a reward to train on in place of the task's own.
        truncate_open: take demonstrated episodes without an end for cut off.

    Raises:
        TaskError: there is no such task.
        RewardFileError: there is no such reward.
        RunError: there is no such method or setting, or a value is out of range.
    """
    from irl_app.tasks import get_task

    about, given = get_task(task), dict(settings or {})
    with _in_words():
        for name in sorted(given):
            setting_named(name, SETTINGS)
    of_schedule = {name: given.pop(name) for name in settings_of(Schedule) if name in given}
    asked: dict[str, Any] = {name: given[name] for name in ("online", "actions_from") if name in given}
    asked["temperature"] = _number(given.get("temperature"))
    usual = about.defaults(method, **asked)
    if given.get("hidden"):
        usual.pop("committee", None)  # usual with a linear Q alone
    if usual.get("compile") and not has_compiler():
        usual["compile"] = False  # the same updates, slower
    config = learner_config({**usual, **given, METHOD: method})
    with _in_words(f"{task}: "):
        config.check_space(about.observation_space)
        config.check_actions(about.action_space)
    check_compilation(config)
    if reward is not None:
        from irl_app.export import load_reward

        check_reward(about, load_reward(reward), config)
    demonstrations = None
    if config.imitates:
        demonstrations = _shown(about, method, source, episodes, every, truncate_open)
    return RunConfig(
        task=task,
        method=method,
        config=json.loads(json.dumps(asdict(config))),
        seeds=tuple(seeds),
        demonstrations=demonstrations,
        reward=None if reward is None else _placed(reward),
        schedule=replace(usual_schedule(config.updates, about.evaluate_every), **of_schedule),
    )


def _shown(
    task: Task,
    method: str,
    source: str | Path | None,
    episodes: int | None,
    every: int | None,
    truncate_open: bool,
) -> dict[str, Any]:
    """What a run notes of the demonstrations that it asks for."""
    from irl_app.training.split import usual_episodes  # loads what reads demonstrations

    if episodes is None:
        episodes = usual_episodes(task, method, source, truncate_open)
    every = task.subsample if every is None else every
    for name, value in (("demonstrations", episodes), ("every", every)):
        if value < 1:
            raise RunError(f"{name} must be at least 1, got {value}")
    placed = None if source is None else _placed(source)
    asked: dict[str, Any] = {"source": placed, "episodes": episodes, "every": every}
    return asked | ({"truncate_open": True} if truncate_open else {})


def check_reward(task: Task, reward: Reward, config: LearnerConfig) -> None:
    """Check that a learner can be trained on a reward in a task.

    Raises:
        RunError: it learns from demonstrations, or the reward is of other observations or actions.
    """
    if config.imitates:
        able = ", ".join(name for name, method in methods_of(task).items() if not method.imitates)
        raise RunError(f"{config.method} learns from demonstrations: on a reward trains {able}")
    for name in ("observation_space", "action_space"):
        theirs, needed = getattr(reward.info, name), getattr(task, name)
        if not alike(theirs, needed):
            what = name.removesuffix("_space")
            raise RunError(f"the reward is of {what}s that are {theirs}, those of {task.name} are {needed}")


def learner_config(settings: Values) -> LearnerConfig:
    """The learner's configuration.

    Raises:
        RunError: the trainer refuses a setting; the message is its own.
    """
    with _in_words():
        return from_values(TrainerConfig, settings)


def methods_of(task: Task) -> dict[str, Method]:
    """The methods that are for the actions of a task, by name."""
    kind = "continuous" if task.is_continuous else "discrete"
    return {name: method for name, method in METHODS.items() if method.actions in ("any", kind)}


def usual_config(task: Task, method: str, **changes: Any) -> LearnerConfig:
    """What is usual for a method in a task, but for these changes.

    Raises:
        RunError: the trainer refuses a setting.
    """
    return learner_config({**task.defaults(method), METHOD: method, **changes})


def title_of(config: LearnerConfig) -> str:
    """What has learned, for tables and pages: "IQ-Learn (whole objective)", say, or a committee of such."""
    title = METHODS[config.method].title
    if config.method == "iq" and config.centre == "clone":
        title += ", centred on the clone"
    elif config.near_clone and config.method != "csil":  # which is about the clone anyway
        title += ", near the clone"
    if config.method == "iq":
        title += " (whole objective)" if config.gradient == "full" else " (frozen target)"
    return title if config.committee == 1 else f"Committee of {config.committee}: {title}"


def title_of_run(config: RunConfig) -> str:
    """The same of a run, of networks or of a grid; its method's own name if its settings are damaged."""
    if not config.is_training:
        from trainers.tabular.config import METHODS as TABULAR_METHODS

        titles = {str(name): method.title for name, method in TABULAR_METHODS.items()}
        return titles.get(config.method, config.method)
    title = _title(config.method, repr(config.config))
    return title if config.reward is None else f"{title} on {Path(config.reward).name}"


@lru_cache(maxsize=256)
def _title(method: str, settings: str) -> str:
    """Of a method with settings, as Python writes them: among many runs there are few that differ."""
    try:
        return title_of(learner_config(ast.literal_eval(settings)))
    except RunError:
        return METHODS[method].title if method in METHODS else method


def settings_of_run(config: RunConfig) -> dict[str, object]:
    """Of a run's settings those that do something for its method; of a grid all."""
    from irl_app.tasks import TASKS

    usually = {name: setting.default for name, setting in SETTINGS.items()}
    values = {**usually, **config.config, METHOD: config.method, "images": True}
    measured = config.measured or {}
    about = TASKS.get(config.task)
    values["continuous"] = bool(measured.get("continuous")) if about is None else about.is_continuous
    idle = {name for name, setting in SETTINGS.items() if not setting.matters(values)}
    return {n: v for n, v in config.config.items() if not (config.is_training and n in idle)}


def check_compilation(config: LearnerConfig) -> None:
    """Check that updates can be compiled here, if they are to be.

    Raises:
        RunError: there is no compiler.
    """
    if config.compile:
        with _in_words():
            check_compiler()


def setting(text: str) -> tuple[str, Any]:
    """A setting as people write it, ``name=value`` (see `Setting.read`).

    Raises:
        RunError: it is not written like that, or there is no such setting, or it cannot have this value.
    """
    name, equals, written = (part.strip() for part in text.partition("="))
    if not equals or not written:
        raise RunError(f"{text!r} is not NAME=VALUE, for example alpha=0.5")
    with _in_words():
        return name, setting_named(name, SETTINGS).read(written)


def usual(task: str, method: str, changed: Values) -> dict[str, Any]:
    """What is usual in this task after these changes: a value for the method and each of ``SETTINGS``."""
    from irl_app.tasks import get_task

    online, actions_from = bool(changed.get("online")), SETTINGS["actions_from"].default
    if online:  # offline there is but one way
        actions_from = changed.get("actions_from", actions_from)
    temperature = _number(changed.get("temperature"))
    own = get_task(task).defaults(method, online=online, actions_from=actions_from, temperature=temperature)
    usually = {name: own.get(name, SETTINGS[name].default) for name in ("online", "actions_from")}
    asked = {METHOD: method, "online": online or usually["online"], "actions_from": actions_from}
    config = learner_config({**own, **asked})
    schedule = usual_schedule(changed.get("updates", config.updates), get_task(task).evaluate_every)
    return {**asdict(config), **asdict(schedule), **usually}


def _number(value: Any) -> float | None:
    """What is a number; anything else is refused later, with the setting's own words."""
    return float(value) if type(value) in (int, float) else None


def that_matter(task: str, method: str, changed: Values) -> dict[str, Setting]:
    """The settings of forms that do something for this task and method, given those that were changed."""
    from irl_app.tasks import get_task

    about = get_task(task)
    facts = {"images": about.observation_space.is_image, "continuous": about.is_continuous}
    values = usual(task, method, changed) | dict(changed) | facts
    return {name: one for name, one in SETTINGS.items() if one.in_form and one.matters(values)}


@contextmanager
def _in_words(about: str = "") -> Iterator[None]:
    """What the trainer refuses, said as a mistake in what was asked for."""
    try:
        yield
    except ValueError as error:
        raise RunError(f"{about}{error}") from error


def _placed(source: str | Path) -> str:
    """A path from wherever the worker is; the id of a dataset as it is."""
    path = Path(source)
    return str(path.resolve()) if path.exists() else str(source)
