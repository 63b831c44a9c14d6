"""What is asked for on the Train page, and where its demonstrations can come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from irl_app.demonstrations.local import LocalDataset, local_datasets, minari_root
from irl_app.tasks import CONTROL_TASKS, ControlTask, control_task
from irl_app.training import RunConfig, TrainingError
from irl_app.training.request import request, soft_q_config
from irl_app.training.shown import shipped_dataset
from irl_app.ui.train_settings import BY_NAME, layers, that_matter, usual
from trainers.soft_q_config import IMITATION

OWN, ELSEWHERE = "own", "elsewhere"
"""Sources beside the datasets found: what the task brings, its player or its dataset; a path or id typed."""
METHODS = ("iq", "sqil", "sqil-t", "bc", "soft-q", "dqn")
MOST_SEEDS, MOST_EPISODES, MOST_EVERY = 16, 1_000, 1_000
SEED_LIMIT = 2**31 - 1 - MOST_SEEDS


@dataclass(frozen=True)
class Asked:
    """A training as the form shows it.

    Attributes:
        task, method: of the run.
        source: ``OWN``, ``ELSEWHERE`` or the folder of a dataset; "" before there is a choice.
        elsewhere: what was typed for ``ELSEWHERE``.
        episodes: demonstrations a seed learns from. every: which of their steps are kept; None: as usual.
        seeds: how many, from ``first_seed`` on.
        settings: those that were changed.
    """

    task: str = next(iter(CONTROL_TASKS))
    method: str = METHODS[0]
    source: str = ""
    elsewhere: str = ""
    episodes: int = 5
    every: int | None = None
    seeds: int = 3
    first_seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def about(self) -> ControlTask:
        """The task."""
        return control_task(self.task)

    @property
    def imitates(self) -> bool:
        """Whether demonstrations are needed."""
        return self.method in IMITATION

    @property
    def changed(self) -> dict[str, Any]:
        """The changed settings that matter for this method."""
        names = {setting.name for setting in that_matter(self.task, self.method, self.settings)}
        return {name: value for name, value in self.settings.items() if name in names} | self.unshown

    @property
    def unshown(self) -> dict[str, Any]:
        """The changed settings that only a run taken over can bring: the form has no place for them."""
        return {name: value for name, value in self.settings.items() if name not in BY_NAME}

    def with_choice(self, **choice: Any) -> Asked:
        """The same with another task or method, for which the form's settings are kept, and only they."""
        shown = {name: value for name, value in self.settings.items() if name in BY_NAME}
        return replace(self, settings=shown, **choice)

    def with_setting(self, name: str, value: Any) -> Asked:
        """The same with another value; the usual one is not kept as a change."""
        others = {key: old for key, old in self.settings.items() if key != name}
        is_usual = value == usual(self.task, self.method, self.settings)[name]
        return replace(self, settings=others if is_usual else others | {name: value})

    def request(self) -> RunConfig:
        """What a run is made from.

        Raises:
            TaskError, TrainingError: something asked for cannot be; one sentence says what.
        """
        if not self.imitates:
            source = None
        elif self.source == ELSEWHERE and not self.elsewhere.strip():
            raise TrainingError("no dataset is given: type the folder or the id of a Minari dataset")
        elif not self.source:
            raise TrainingError(f"there are no demonstrations of {self.about.title}: choose a dataset")
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


def asked_of(config: RunConfig) -> Asked:
    """The form as it was when this run was started.

    Raises:
        TaskError, TrainingError: the run's task, method or settings are none that can be asked for.
    """
    task = control_task(config.task)
    asked_for = asdict(soft_q_config({**config.config, "method": config.method}))
    values = asked_for | asdict(config.schedule)
    normal = usual(config.task, config.method, values)
    shown = config.demonstrations or {}
    every, source = shown.get("every"), str(shown.get("source") or "")
    known = sources_for(task)
    if not source and OWN in known:
        source = OWN
    elsewhere = source if source and source not in known else ""
    return Asked(
        task=config.task,
        method=config.method,
        source=ELSEWHERE if elsewhere else source,
        elsewhere=elsewhere,
        episodes=_whole(shown.get("episodes"), Asked.episodes, MOST_EPISODES),
        every=None if every == task.subsample else _whole(every, task.subsample, MOST_EVERY),
        seeds=min(len(config.seeds), MOST_SEEDS),
        first_seed=min(min(config.seeds), SEED_LIMIT),
        settings={name: value for name, value in values.items() if value != normal[name]},
    )


def _whole(value: object, usual_value: int, most: int) -> int:
    return min(value, most) if isinstance(value, int) and value > 0 else usual_value


def sources_for(task: ControlTask) -> dict[str, LocalDataset | None]:
    """Where a task's demonstrations can come from: ``OWN`` if it brings any, then the datasets that fit."""
    shipped = None if task.expert else _shipped(task)
    own = {OWN: shipped} if task.expert or shipped else {}
    found = local_datasets((Path("data"), minari_root()))
    return own | {str(one.folder.resolve()): one for one in found if _fits(one, task)}


def _shipped(task: ControlTask) -> LocalDataset | None:
    """The dataset that comes with this program, from which a run learns when no other is given."""
    folder = shipped_dataset(task)
    if folder is None:
        return None
    return next((one for one in local_datasets((folder.parent,)) if one.name == folder.name), None)


def _fits(dataset: LocalDataset, task: ControlTask) -> bool:
    """By its shapes, and by its task where it names one of ours."""
    shapes = (dataset.spaces.obs_shape, dataset.spaces.n_actions) == (task.obs_shape, task.n_actions)
    return shapes and (dataset.task == task.name or dataset.task not in CONTROL_TASKS)


def layers_setting(asked: Asked, text: str) -> Asked:
    """The same with these hidden layers.

    Raises:
        TrainingError: the text says no layers.
    """
    try:
        return asked.with_setting("hidden", layers(text))
    except ValueError as error:
        raise TrainingError(str(error)) from error
