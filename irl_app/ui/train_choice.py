"""What is asked for on the Train page, and where its demonstrations can come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from irl_app.demonstrations.local import LocalDataset, local_datasets, minari_root
from irl_app.demonstrations.stored import convertible
from irl_app.runs import MAX_SEED, RunConfig, RunError
from irl_app.tasks import TASKS, Task, get_task
from irl_app.training.request import (
    METHODS,
    SETTINGS,
    learner_config,
    methods_of,
    request,
    that_matter,
    title_of_run,
    usual,
)
from irl_app.training.split import shipped_dataset

OWN, ELSEWHERE = "own", "elsewhere"
"""Sources beside the datasets found: what the task brings, its player or its dataset; a path or id typed."""
MOST_SEEDS, MOST_EPISODES, MOST_EVERY = 16, 1_000, 1_000
SEED_LIMIT = MAX_SEED - MOST_SEEDS


@dataclass(frozen=True)
class Form:
    """A training as the form shows it.

    Attributes:
        task, method: of the run.
        source: ``OWN``, ``ELSEWHERE`` or the folder of a dataset; "" before there is a choice.
        elsewhere: what was typed for ``ELSEWHERE``.
        episodes: demonstrations a seed learns from; None: as many as the method needs in the task.
        every: which of their steps are kept; None: as usual.
        seeds: how many, from ``first_seed`` on.
        settings: those that were changed.
    """

    task: str = next(iter(TASKS))
    method: str = next(iter(METHODS))
    source: str = ""
    elsewhere: str = ""
    episodes: int | None = None
    every: int | None = None
    seeds: int = 3
    first_seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def about(self) -> Task:
        """The task."""
        return get_task(self.task)

    @property
    def needed(self) -> int:
        """Demonstrations that the method needs in the task."""
        return self.about.demonstrations_for(self.method)

    @property
    def imitates(self) -> bool:
        """Whether demonstrations are needed."""
        return METHODS[self.method].imitates

    @property
    def title(self) -> str:
        """What would learn, objective and committee named; the method alone while settings contradict."""
        try:
            return title_of_run(request(self.task, self.method, seeds=(0,), settings=self.changed))
        except RunError:
            return METHODS[self.method].title

    @property
    def changed(self) -> dict[str, Any]:
        """The changed settings that matter for this method."""
        names = that_matter(self.task, self.method, self.settings)
        return {name: value for name, value in self.settings.items() if name in names} | self.unshown

    @property
    def unshown(self) -> dict[str, Any]:
        """The changed settings that only a run taken over can bring: the form has no place for them."""
        return {name: value for name, value in self.settings.items() if not SETTINGS[name].in_form}

    def with_choice(self, **choice: Any) -> Form:
        """The same with another task or method, for which the form's settings are kept, and only they; of
        another task as many demonstrations as it needs."""
        if "task" in choice:
            choice["episodes"] = None
        shown = {name: value for name, value in self.settings.items() if SETTINGS[name].in_form}
        chosen = replace(self, settings=shown, **choice)
        able = methods_of(chosen.about)
        return chosen if chosen.method in able else replace(chosen, method=next(iter(able)))

    def with_setting(self, name: str, value: Any) -> Form:
        """The same with another value; the usual one is not kept as a change."""
        others = {key: old for key, old in self.settings.items() if key != name}
        is_usual = value == usual(self.task, self.method, self.settings)[name]
        return replace(self, settings=others if is_usual else others | {name: value})

    def request(self) -> RunConfig:
        """What a run is made from.

        Raises:
            TaskError, RunError: something asked for cannot be; one sentence says what.
        """
        if not self.imitates:
            source = None
        elif self.source == ELSEWHERE and not self.elsewhere.strip():
            raise RunError("no dataset is given: type the folder or the id of a Minari dataset")
        elif not self.source:
            raise RunError(f"there are no demonstrations of {self.about.title}: choose a dataset")
        else:
            source = {OWN: None, ELSEWHERE: self.elsewhere.strip()}.get(self.source, self.source)
        return request(
            self.task,
            self.method,
            seeds=range(self.first_seed, self.first_seed + self.seeds),
            settings=self.changed,
            episodes=self.episodes,
            source=source,
            every=self.every,
        )


def form_of(config: RunConfig) -> Form:
    """The form as it was when this run was started.

    Raises:
        TaskError, RunError: the run's task, method or settings are none that can be asked for.
    """
    task = get_task(config.task)
    asked_for = asdict(learner_config({**config.config, "method": config.method}))
    values = asked_for | asdict(config.training_schedule())
    normal = usual(config.task, config.method, values)
    shown = config.demonstrations or {}
    episodes, needed = shown.get("episodes"), task.demonstrations_for(config.method)
    every, source = shown.get("every"), str(shown.get("source") or "")
    known = sources_for(task)
    if not source and OWN in known:
        source = OWN
    elsewhere = source if source and source not in known else ""
    return Form(
        task=config.task,
        method=config.method,
        source=ELSEWHERE if elsewhere else source,
        elsewhere=elsewhere,
        episodes=None if episodes == needed else _whole(episodes, needed, MOST_EPISODES),
        every=None if every == task.subsample else _whole(every, task.subsample, MOST_EVERY),
        seeds=min(len(config.seeds), MOST_SEEDS),
        first_seed=min(min(config.seeds), SEED_LIMIT),
        settings={name: value for name, value in values.items() if value != normal[name]},
    )


def _whole(value: object, usual_value: int, most: int) -> int:
    return min(value, most) if isinstance(value, int) and value > 0 else usual_value


def sources_for(task: Task) -> dict[str, LocalDataset | None]:
    """Where a task's demonstrations can come from: ``OWN`` if it brings any, then the datasets that fit."""
    shipped = None if task.expert else _shipped(task)
    own = {OWN: shipped} if task.expert or shipped else {}
    found = local_datasets((Path("data"), minari_root()))
    return own | {str(one.folder.resolve()): one for one in found if _fits(one, task)}


def _shipped(task: Task) -> LocalDataset | None:
    """The dataset that comes with this program, from which a run learns when no other is given."""
    folder = shipped_dataset(task)
    if folder is None:
        return None
    return next((one for one in local_datasets((folder.parent,)) if one.name == folder.name), None)


def _fits(dataset: LocalDataset, task: Task) -> bool:
    """By its spaces, and by its task where it names one of ours."""
    pairs = {
        "observation": (dataset.spaces.observation, task.observation_space),
        "action": (dataset.spaces.action, task.action_space),
    }
    fit = all(convertible(name, *pair) for name, pair in pairs.items())
    return fit and (dataset.task == task.name or dataset.task not in TASKS)
