"""What each seed of a run learns from: drawn once, kept in the run's folder, so that a run depends on nothing
outside it once it has begun."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from irl_app.demonstrations import (
    DemonstrationError,
    Demonstrations,
    load_demonstrations,
    load_minari,
    transitions_of,
)
from irl_app.files import write_whole
from irl_app.paths import site_root
from irl_app.reading import read_bytes, reading
from irl_app.runs import RunError
from irl_app.tasks import Task, collect_episodes
from trainers.transitions import Transitions

NAME, SEAL = "demonstrations.safetensors", "demonstrations.sha256"
SHIPPED = site_root() / "assets" / "demonstrations"
MAX_BYTES = 8_000_000_000
HELD_OUT = 10
"""Episodes at most that a seed never learns from, to judge it by."""
EXPERT_SEED = 1_000_003
"""Of the episodes of an expert who plays on request."""


@dataclass(frozen=True, eq=False)
class Split:
    """Demonstrations of a run.

    Attributes:
        train: what each of the K seeds learns from.
        validation: what each is judged by, all steps of other episodes; empty where there are no others.
        example: all steps of the episode with the middle return among the first seed's, to be looked at.
        n_terminated: how many of the episodes that each learns from ended by the task's rules; what is kept
            of an episode need not hold its end.
    """

    train: tuple[Transitions, ...]
    validation: tuple[Transitions, ...] = ()
    example: Transitions | None = None
    n_terminated: tuple[int, ...] = ()


def check_asked(task: Task, asked: Mapping[str, Any] | None) -> None:
    """Refuse demonstrations that cannot be had before a run is made for them.

    Args:
        asked: as in ``draw``; None: none are needed.

    Raises:
        DemonstrationError, RunError: as ``draw``.
    """
    if asked is None or (asked.get("source") is None and task.expert is not None):
        return  # an expert plays as many as are asked for
    _enough(task, asked)


def usual_episodes(task: Task, method: str, source: str | Path | None, truncate_open: bool) -> int:
    """How many a method learns from unless somebody says: what it needs in a task, or all of a source."""
    needed = task.demonstrations_for(method)
    if source is None or needed == 1:
        return needed
    try:
        shown = load_demonstrations(source, spaces=task.spaces, truncate_open=truncate_open)
    except DemonstrationError:
        return needed  # whoever draws from it says what is wrong with it
    return min(needed, shown.n_episodes)


def draw(task: Task, asked: Mapping[str, Any], seeds: Sequence[int]) -> tuple[Split, dict[str, object]]:
    """Each seed's own choice of episodes and steps, and where they come from.

    Args:
        asked: ``source``, ``episodes``, ``every`` and ``truncate_open`` as in ``request``.

    Returns:
        The demonstrations; and as JSON their provenance, and the mean return of all there are.

    Raises:
        DemonstrationError: there are none at the source, or they do not fit the task.
        RunError: there are fewer episodes than asked for, or the task has none of its own.
    """
    return split_of(_enough(task, asked), asked, seeds)


def split_of(
    whole: Demonstrations, asked: Mapping[str, Any], seeds: Sequence[int]
) -> tuple[Split, dict[str, object]]:
    """As `draw`, from these episodes, of which there are as many as are asked for."""
    n, every = int(asked["episodes"]), int(asked["every"])
    chosen, train, validation, n_terminated = [], [], [], []
    for seed in seeds:
        order = np.random.default_rng([seed, 1]).permutation(whole.n_episodes).tolist()
        chosen.append(order[:n])
        own = whole.subset(order[:n])
        train.append(transitions_of(own, every, seed))
        n_terminated.append(int(own.terminated.sum()))
        if others := order[n : n + HELD_OUT]:
            validation.append(transitions_of(whole.subset(others)))
    in_order = sorted(chosen[0], key=lambda episode: float(whole.episodes[episode].rewards.sum()))
    example = transitions_of(whole.subset([in_order[(n - 1) // 2]]))
    split = Split(tuple(train), tuple(validation), example, tuple(n_terminated))
    returns = [float(episode.rewards.sum()) for episode in whole.episodes]
    return split, {"provenance": asdict(whole.provenance), "mean_return": float(np.mean(returns))}


def save_split(run: Path, split: Split) -> None:
    """Write a run's own copy, then its SHA-256 beside it.

    Raises:
        OSError: it cannot be written.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    parts = {"train": split.train, "validation": split.validation}
    parts["example"] = () if split.example is None else (split.example,)
    for part, steps in parts.items():
        for k, own in enumerate(steps):
            arrays |= {f"{part}.{k}.{field.name}": getattr(own, field.name) for field in fields(own)}
    arrays["n_terminated"] = np.array(split.n_terminated, dtype=np.int64)
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    write_whole(run / NAME, content)
    write_whole(run / SEAL, hashlib.sha256(content).hexdigest())


def load_split(run: Path, n_seeds: int) -> Split:
    """Read a run's own copy; nothing is unpickled.

    Raises:
        RunError: it is missing, or not what was written.
    """
    path = run / NAME
    with reading(path, RunError, "start the run anew"):
        content = read_bytes(path, MAX_BYTES)
        if hashlib.sha256(content).hexdigest().encode() != read_bytes(run / SEAL, 100):
            raise RunError(f"{path} is damaged: start the run anew")
        arrays = load(content)

        def part(name: str, n: int = n_seeds) -> tuple[Transitions, ...]:
            if f"{name}.0.obs" not in arrays:
                return ()
            names = [field.name for field in fields(Transitions)]
            return tuple(
                Transitions(**{each: arrays[f"{name}.{k}.{each}"] for each in names}) for k in range(n)
            )

        n_terminated = tuple(arrays["n_terminated"].tolist())
        return Split(part("train"), part("validation"), next(iter(part("example", 1)), None), n_terminated)


def shipped_dataset(task: Task) -> Path | None:
    """The folder of the task's dataset among the assets, if any: from ``irl-app demos train-expert``, or
    from ``irl-app demos collect`` where somebody plays well without having learned."""
    return next(iter(sorted((SHIPPED / task.name).glob("*-v0"))), None)


def _enough(task: Task, asked: Mapping[str, Any]) -> Demonstrations:
    """The episodes to choose from, as many as are asked for or more."""
    n = int(asked["episodes"])
    whole = _whole(task, asked.get("source"), n, bool(asked.get("truncate_open")))
    task.check_fits(whole)
    if n > whole.n_episodes:
        raise RunError(f"{n} demonstrations are asked for, there are {whole.n_episodes}: ask for fewer")
    return whole


def _whole(task: Task, source: str | None, n: int, truncate_open: bool) -> Demonstrations:
    """The episodes to choose from."""
    if source is not None:
        return load_demonstrations(source, spaces=task.spaces, truncate_open=truncate_open)
    if (shipped := shipped_dataset(task)) is not None:
        kept = load_minari(shipped)
        if task.expert is None or n <= kept.n_episodes:
            return kept
    if task.expert is None:
        raise RunError(
            f"{task.name} brings no demonstrations: give a dataset of your own, "
            f"or train an expert with: irl-app demos train-expert {task.name}"
        )
    name, policy = task.expert
    return collect_episodes(task, policy, n + HELD_OUT, EXPERT_SEED, name)
