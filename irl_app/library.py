"""The library: demonstrations in, a judged reward and a policy out, in this process."""

from __future__ import annotations

import copy
import html
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from numpy.typing import ArrayLike

from irl_app.demonstrations import DemonstrationError, Demonstrations, load_demonstrations
from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.tasks import FAMILY, task_names
from irl_app.export import RewardFileError, load_reward, save_reward
from irl_app.export.notebook import heat_map, lines
from irl_app.policies import Policy, load_policy
from irl_app.rewards import Reward, RewardInfo, StateReward
from irl_app.runs import RunConfig, RunError, RunFindings, World, create_run, read_run
from irl_app.tasks import Task, TaskError, get_task
from irl_app.training import read_metrics
from irl_app.training.request import SETTINGS, request
from irl_app.training.split import save_split, split_of
from trainers.arrays import FloatArray
from trainers.settings import settings_of
from trainers.tabular.config import TabularConfig

if TYPE_CHECKING:
    import pandas as pd

MakeEnv = Callable[[], "gym.Env[Any, Any]"]
_session_ids = iter(range(1, 1_000_000))


@dataclass(frozen=True)
class Report:
    """What was found out about a reward: a card in a notebook, a few lines elsewhere.

    Attributes:
        findings: every figure, the verdict, the warnings. title: whose they are.
    """

    findings: RunFindings = field(repr=False)
    title: str
    figures: tuple[str, ...] = field(default=(), repr=False)
    """Drawn as SVG."""

    def __repr__(self) -> str:
        shown = [f"{each['title']}: {each['text']}" for each in self.findings.metrics.values()][:6]
        return "\n".join([self.title, f"{self.findings.level}: {self._verdict[:300]}", *shown])

    @property
    def _verdict(self) -> str:
        """What the reward is good for, in sentences."""
        return " ".join(said for said in self.findings.verdict["reasons"].values() if said)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(each['title'])}</td><td>{html.escape(each['text'])}</td>"
            f"<td>{html.escape(each['sentence'] or '')}</td></tr>"
            for each in self.findings.metrics.values()
        )
        told = "".join(f"<li>{html.escape(warning)}</li>" for warning in self.findings.warnings)
        return (
            f"<h4>{html.escape(self.title)}</h4><p><b>{html.escape(self.findings.level)}.</b> "
            f"{html.escape(self._verdict)}</p>{''.join(self.figures)}"
            f"<table><tr><th>figure</th><th>value</th><th>meaning</th></tr>{rows}</table><ul>{told}</ul>"
        )

    def to_frame(self) -> pd.DataFrame:
        """A pandas table, one row a figure: title, mean, low, high, n, sentence.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        columns = ("title", "mean", "low", "high", "n", "sentence")
        rows = {name: [one[c] for c in columns] for name, one in self.findings.metrics.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(columns))


@dataclass(frozen=True, eq=False)
class FoundReward:
    """A recovered reward that can be saved, with all its lenses at hand.

    Attributes:
        reward: by the recommended lens. lenses: name -> the same seen through each.
    """

    reward: Reward
    lenses: Mapping[str, Reward] = field(repr=False)

    def __repr__(self) -> str:
        info = self.info
        return (
            f"{info.title}\n{info.kind}, end {info.terminal}, gamma {info.gamma:g}, temperature "
            f"{info.temperature:g}\n{info.observation_space} and {info.action_space}\n"
            f"lenses: {', '.join(self.lenses)}"
        )

    @property
    def info(self) -> RewardInfo:
        """What it is."""
        return self.reward.info

    def __call__(
        self, obs: ArrayLike, action: ArrayLike, next_obs: ArrayLike, terminated: ArrayLike
    ) -> FloatArray:
        """(B,) rewards, see `Reward`."""
        return self.reward(obs, action, next_obs, terminated)

    def tail(self, next_obs: ArrayLike) -> FloatArray:
        """(B,) what follows an end for ever, see `Reward.tail`."""
        return self.reward.tail(next_obs)

    def save(self, path: str | Path, lens: str | None = None) -> Path:
        """Write it to a file that `irl_app.load_reward` reads: ``.reward``, or as `save_reward` has them.

        Raises:
            RewardFileError: the suffix is none for this reward, or there is no such lens.
            OSError: it cannot be written.
        """
        if lens not in (None, *self.lenses):
            raise RewardFileError(f"there is no lens {lens!r}, there are {', '.join(self.lenses)}")
        return save_reward(self.reward if lens is None else self.lenses[lens], path)


@dataclass(frozen=True, eq=False)
class Found:
    """What a recovery came to; of several seeds the first, `rewards` and `policies` have all.

    Attributes:
        report: what is known of the reward. rewards, policies: one a seed.
        run: folder that keeps everything, as irl-app's commands and pages take it.
    """

    report: Report = field(repr=False)
    rewards: tuple[FoundReward, ...] = field(repr=False)
    policies: tuple[Policy, ...] = field(repr=False)
    run: Path
    _kept: Any = field(default=None, repr=False)

    @property
    def reward(self) -> FoundReward:
        """That of the first seed."""
        return self.rewards[0]

    @property
    def policy(self) -> Policy:
        """How the first seed's learner acts."""
        return self.policies[0]

    def __repr__(self) -> str:
        return f"{self.report!r}\nreward, policy of {len(self.rewards)} seeds, kept in {self.run}"

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


def recover(
    where: str | GridSpec | gym.Env[Any, Any] | MakeEnv,
    demos: Demonstrations | str | Path | int | None = None,
    *,
    method: str = "iq",
    seeds: int | Sequence[int] = 1,
    settings: Mapping[str, Any] | None = None,
    trained_on: bool = False,
    out: str | Path | None = None,
) -> Found:
    """Recover the reward behind demonstrations, and judge it.

    Args:
        where: a grid (``gridworld/PRESET`` or a `GridSpec`), the id of a registered environment or a task, an
            environment, or a function that makes one.
        demos: what is learned from: demonstrations, or where they are (see `load_demonstrations`); a number
            of episodes that the task's own expert shows; None: as many as are usual.
        method: "iq" and others, see ``irl-app recover --help`` and ``irl-app train --help``.
        seeds: how many, from 0 on, or which.
        settings: of the method, in place of the usual ones.
        trained_on: also train fresh agents on the reward, and learn that of robots against them: takes
            minutes, of robots hours.
        out: folder that keeps the run; None: a temporary one, which goes with what is returned.

    Raises:
        TaskError, GridError: there is no such task, or its environment cannot be learned.
        DemonstrationError: the demonstrations cannot be read, or are of another task.
        RunError: a setting is refused, or the folder exists.
    """
    numbers = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    temporary = None if out is not None else tempfile.TemporaryDirectory(prefix="irl-app-")
    folder = Path(temporary.name) / "run" if temporary is not None else Path(str(out))
    if isinstance(where, GridSpec) or (isinstance(where, str) and where in (*task_names(), f"{FAMILY}/map")):
        found = _in_grid(where, demos, method, numbers, dict(settings or {}), folder)
    else:
        found = _by_networks(_task(where), demos, method, numbers, dict(settings or {}), trained_on, folder)
    return replace(found, _kept=temporary)


def _in_grid(
    where: str | GridSpec,
    demos: Demonstrations | str | Path | int | None,
    method: str,
    seeds: tuple[int, ...],
    settings: dict[str, Any],
    folder: Path,
) -> Found:
    from irl_app.findings.grids import config_of, findings_of, keep_recovery, recover_seed, recovery_config

    known = settings_of(TabularConfig)
    if unknown := [name for name in settings if name not in known]:
        raise RunError(f"there is no setting {unknown[0]!r} of grids, there are {', '.join(known)}")
    asked = TabularConfig(**{**settings, "method": method})
    map_text = format_map(where) if isinstance(where, GridSpec) else None
    name = where if isinstance(where, str) else f"{FAMILY}/map"
    shown = load_demonstrations(demos) if isinstance(demos, str | Path) else demos
    if isinstance(shown, Demonstrations):
        text = map_text or shown.provenance.map
        config = replace(config_of(shown, Path("given"), asked, text), seeds=seeds[:1])
    else:
        shown_by = 30 if shown is None else shown
        world = None if map_text is None else World(map=map_text)
        config = recovery_config(name, asked, seeds=seeds, n_demos=shown_by, world=world)
    given = shown if isinstance(shown, Demonstrations) else None
    outcomes = [recover_seed(config, seed, given) for seed in config.seeds]
    keep_recovery(config, outcomes, folder)
    rewards = tuple(
        FoundReward(one.rewards["state"], {str(lens): own for lens, own in one.rewards.items()})
        for one, _ in outcomes
    )
    policies = tuple(Policy(one.rewards["transition"]) for one, _ in outcomes)  # type: ignore[arg-type]
    first = outcomes[0][0]
    maps = [
        heat_map(reward.values.reshape(first.grid.height, first.grid.width), title)
        for title, reward in (("true reward", first.true_reward), ("recovered reward", rewards[0].reward))
        if isinstance(reward, StateReward)
    ]
    report = Report(findings_of(config, outcomes), f"{config.task}, {method}", tuple(maps))
    return Found(report, rewards, policies, folder)


def _by_networks(
    task: Task,
    demos: Demonstrations | str | Path | int | None,
    method: str,
    seeds: tuple[int, ...],
    settings: dict[str, Any],
    trained_on: bool,
    folder: Path,
) -> Found:
    from irl_app.findings import judge_run, save_report

    config = _kept_demonstrations(task, demos, method, seeds, settings, folder)
    _train(folder, config)
    save_report(judge_run(folder, trained_on=trained_on, adversarial=trained_on))
    run = read_run(folder)
    assert run.findings is not None  # just written
    rewards = []
    for seed in seeds:
        lenses = {lens: load_reward(run.reward_file(lens, seed)) for lens in run.lenses}
        rewards.append(FoundReward(lenses[run.lenses[0]], lenses))
    policies = tuple(load_policy(run.reward_file("transition", seed)) for seed in seeds)
    curves = read_metrics(folder)
    drawn = lines(curves.update, curves.values["return"], "return") if "return" in curves.values else ""
    title = f"{task.title}, {method}, {len(seeds)} seed{'s' * (len(seeds) > 1)}"
    return Found(Report(run.findings, title, (drawn,)), tuple(rewards), policies, folder)


def _kept_demonstrations(
    task: Task,
    demos: Demonstrations | str | Path | int | None,
    method: str,
    seeds: tuple[int, ...],
    settings: dict[str, Any],
    folder: Path,
) -> RunConfig:
    """A new run that holds what it learns from."""
    if unknown := [name for name in settings if name not in SETTINGS]:
        raise RunError(f"there is no setting {unknown[0]!r}: see irl-app train --help for all")
    if demos is None or isinstance(demos, int):
        config = request(task.name, method, seeds=seeds, settings=settings, episodes=demos)
        return _made(config, folder)
    shown = demos
    if not isinstance(shown, Demonstrations):
        shown = load_demonstrations(shown, spaces=task.spaces)
    shown = shown.fitted(task.spaces)
    task.check_fits(shown)
    config = request(task.name, method, seeds=seeds, settings=settings, episodes=shown.n_episodes, every=1)
    if config.demonstrations is None:
        raise DemonstrationError(f"{method} is given a reward, not demonstrations: choose iq, say")
    split, known = split_of(shown, config.demonstrations, seeds)
    source = str(demos) if isinstance(demos, str | Path) else "given"
    config = replace(config, demonstrations={**config.demonstrations, "source": source, **known})
    _made(config, folder)
    save_split(folder, split)
    return config


def _made(config: RunConfig, folder: Path) -> RunConfig:
    create_run(config, folder=folder)
    return config


def _train(folder: Path, config: RunConfig) -> None:
    """Train in this process, as a worker would."""
    from irl_app.training.here import train_here  # loads torch

    train_here(folder, config)


def _task(where: str | gym.Env[Any, Any] | MakeEnv | GridSpec) -> Task:
    """The task of an id, of an environment, or of a function that makes one."""
    if isinstance(where, str):
        return get_task(where)
    assert not isinstance(where, GridSpec)  # solved exactly
    make = _maker(where) if isinstance(where, gym.Env) else where
    example = make() if callable(make) else None
    if not isinstance(example, gym.Env):
        raise TaskError(f"give a grid, an id, an environment or a function that makes one, got {where!r:.60}")
    limit = None if example.spec is None else example.spec.max_episode_steps
    stem = type(example.unwrapped).__name__
    env_id = f"irl_app_session/{stem}{next(_session_ids)}-v0"
    gym.register(env_id, lambda **_: make(), max_episode_steps=limit)
    example.close()
    return get_task(env_id)


def _maker(env: gym.Env[Any, Any]) -> MakeEnv:
    """New environments like this one: by its registration, else copies."""
    spec = env.spec
    if spec is not None:
        try:
            gym.make(spec).close()
            return lambda: gym.make(spec)
        except Exception:  # a wrapper that is not registered with it
            pass
    return lambda: copy.deepcopy(env)
