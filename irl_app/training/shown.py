"""What each seed of a run learns from: drawn once, kept in the run's folder, so that a run depends on nothing
outside it once it has begun."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from irl_app.demonstrations import Demonstrations, load_json, load_minari, transitions_of
from irl_app.files import write_whole
from irl_app.paths import site_root
from irl_app.tasks import ControlTask, collect_episodes
from irl_app.training.config import TrainingError
from trainers.transitions import Transitions

NAME, SEAL = "demonstrations.safetensors", "demonstrations.sha256"
SHIPPED = site_root() / "assets" / "demonstrations"
HELD_OUT = 10
"""Episodes at most that a seed never learns from, to judge it by."""
EXPERT_SEED = 1_000_003
"""Of the episodes of an expert who plays on request."""


@dataclass(frozen=True, eq=False)
class Shown:
    """Demonstrations of a run.

    Attributes:
        learned: what each of the K seeds learns from.
        held_out: what each is judged by, all steps of other episodes; empty where there are no others.
        example: all steps of the episode with the middle return among the first seed's, to be looked at.
        ends: how many of the episodes that each learns from ended by the task's rules; what is kept of an
            episode need not hold its end.
    """

    learned: tuple[Transitions, ...]
    held_out: tuple[Transitions, ...] = ()
    example: Transitions | None = None
    ends: tuple[int, ...] = ()


def check_asked(task: ControlTask, asked: Mapping[str, Any] | None) -> None:
    """Refuse demonstrations that cannot be had before a run is made for them.

    Args:
        asked: as in ``draw``; None: none are needed.

    Raises:
        DemonstrationError, TrainingError: as ``draw``.
    """
    if asked is None or (asked.get("source") is None and task.expert is not None):
        return  # an expert plays as many as are asked for
    _enough(task, asked)


def draw(
    task: ControlTask, asked: Mapping[str, Any], seeds: Sequence[int]
) -> tuple[Shown, dict[str, object]]:
    """Each seed's own choice of episodes and steps, and where they come from.

    Args:
        asked: ``source``, ``episodes`` and ``every`` as in ``request``.

    Returns:
        The demonstrations, and their provenance as JSON.

    Raises:
        DemonstrationError: there are none at the source, or they do not fit the task.
        TrainingError: there are fewer episodes than asked for, or the task has none of its own.
    """
    n, every = int(asked["episodes"]), int(asked["every"])
    whole = _enough(task, asked)
    chosen, learned, held_out, ends = [], [], [], []
    for seed in seeds:
        order = np.random.default_rng([seed, 1]).permutation(whole.n_episodes).tolist()
        chosen.append(order[:n])
        own = whole.subset(order[:n])
        learned.append(transitions_of(own, every, seed))
        ends.append(int(own.terminated.sum()))
        if others := order[n : n + HELD_OUT]:
            held_out.append(transitions_of(whole.subset(others)))
    in_order = sorted(chosen[0], key=lambda episode: float(whole.episodes[episode].rewards.sum()))
    example = transitions_of(whole.subset([in_order[(n - 1) // 2]]))
    return Shown(tuple(learned), tuple(held_out), example, tuple(ends)), asdict(whole.provenance)


def save_shown(run: Path, shown: Shown) -> None:
    """Write a run's own copy, then its SHA-256 beside it.

    Raises:
        OSError: it cannot be written.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    parts = {"learned": shown.learned, "held_out": shown.held_out}
    parts["example"] = () if shown.example is None else (shown.example,)
    for part, steps in parts.items():
        for k, own in enumerate(steps):
            arrays |= {f"{part}.{k}.{field.name}": getattr(own, field.name) for field in fields(own)}
    arrays["ends"] = np.array(shown.ends, dtype=np.int64)
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    write_whole(run / NAME, content)
    write_whole(run / SEAL, hashlib.sha256(content).hexdigest())


def load_shown(run: Path, n_seeds: int) -> Shown:
    """Read a run's own copy; nothing is unpickled.

    Raises:
        TrainingError: it is missing, or not what was written.
    """
    path = run / NAME
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest().encode() != (run / SEAL).read_bytes():
            raise TrainingError(f"{path} is damaged: start the run anew")
        arrays = load(content)
    except FileNotFoundError:
        raise TrainingError(f"{path} is missing: start the run anew") from None
    except SafetensorError as error:
        raise TrainingError(f"{path} holds no arrays: start the run anew") from error

    def part(name: str, n: int = n_seeds) -> tuple[Transitions, ...]:
        if f"{name}.0.obs" not in arrays:
            return ()
        names = [field.name for field in fields(Transitions)]
        return tuple(Transitions(**{each: arrays[f"{name}.{k}.{each}"] for each in names}) for k in range(n))

    ends = tuple(arrays["ends"].tolist()) if "ends" in arrays else ()
    return Shown(part("learned"), part("held_out"), next(iter(part("example", 1)), None), ends)


def shipped_dataset(task: ControlTask) -> Path | None:
    """The folder of the task's dataset among the assets, from ``irl-app demos train-expert``, if any."""
    folder = SHIPPED / task.name / "soft-q-v0"
    return folder if folder.is_dir() else None


def _enough(task: ControlTask, asked: Mapping[str, Any]) -> Demonstrations:
    """The episodes to choose from, as many as are asked for or more."""
    n = int(asked["episodes"])
    whole = _whole(task, asked.get("source"), n)
    task.check_fits(whole)
    if n > whole.n_episodes:
        raise TrainingError(f"{n} demonstrations are asked for, there are {whole.n_episodes}: ask for fewer")
    return whole


def _whole(task: ControlTask, source: str | None, n: int) -> Demonstrations:
    """The episodes to choose from."""
    if source is not None:
        return (
            load_json(source) if source.endswith(".json") else load_minari(source, n_actions=task.n_actions)
        )
    if (shipped := shipped_dataset(task)) is not None:
        return load_minari(shipped)
    if task.expert is None:
        raise TrainingError(
            f"{task.name} brings no demonstrations: give a dataset of your own, "
            f"or train an expert with: irl-app demos train-expert {task.name}"
        )
    name, policy = task.expert
    return collect_episodes(task, policy, n + HELD_OUT, EXPERT_SEED, name)
