"""Slices through what a run's Q-functions say, over two state variables each: the most telling pairs are
written at every evaluation, any other is cut when it is asked for.

``slices.safetensors`` is replaced in one step. With P pairs of variables and G points a side, rows along the
second variable, it holds ``value`` (K, P, G, G), ``policy`` and ``reward`` (K, P, G, G, A), ``true``
(P, G, G, A) and, of every seed, the states it was shown: ``seen.0`` (N, D) and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from irl_app.reading import reading
from irl_app.runs import RunError
from irl_app.tasks import Task
from irl_app.tasks.task import Moved, StateSpace
from irl_app.training.arrays import REMEDY, read_arrays, write_arrays
from trainers.arrays import FloatArray
from trainers.learner import SoftmaxLearner
from trainers.spaces import Discrete
from trainers.transitions import Transitions

NAME = "slices.safetensors"
STATES = 400
"""Split states of a seed at most, evenly chosen."""
Arrays = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Slices:
    """What is drawn of a run.

    Attributes:
        update: when it was made.
        value: (K, P, G, G) V(s). policy: (K, P, G, G, A).
        reward: (K, P, G, G, A) r = Q - gamma V(s'); Q - V where nobody knows s'.
        true: (P, G, G, A) the task's own reward of the same steps; no numbers where nobody knows it.
        seen: of every seed the states it was shown (N, D), none where it was shown nothing.
    """

    update: int
    value: Arrays
    policy: Arrays
    reward: Arrays
    true: Arrays
    seen: tuple[Arrays, ...]


class Cuts:
    """Slices of a task over some pairs of its variables; what depends on no learner is worked out once.

    Args:
        space: of the task's states. pairs: P of them.
    """

    def __init__(self, task: Task, space: StateSpace, pairs: Sequence[tuple[int, int]]) -> None:
        self._task, self._space, self._pairs = task, space, pairs
        self._shape = (len(pairs), space.side, space.side)

    @cached_property
    def _obs(self) -> Arrays:
        """(P G G, *O) every state of every slice."""
        return self._space.observe(self._states)

    @cached_property
    def _states(self) -> FloatArray:
        return np.concatenate([self._space.slice_of(pair) for pair in self._pairs])

    @cached_property
    def _moved(self) -> list[Moved]:
        """What every action makes of them; where nobody knows, an end where they are."""
        move = self._space.move
        if move is None:
            return [Moved(self._obs, np.ones(len(self._obs), bool))] * len(self._actions)
        return [move(self._states, action) for action in self._actions]

    @property
    def _actions(self) -> range:
        space = self._task.action_space
        assert isinstance(space, Discrete)  # states are described only of tasks with numbered actions
        return space.all

    @cached_property
    def _true(self) -> Arrays:
        """(P G G, A) the task's reward."""
        n, true_reward = len(self._obs), self._task.true_reward
        if true_reward is None or self._space.move is None:
            return np.full((n, len(self._actions)), np.nan, np.float32)
        by_action = [
            true_reward(self._obs, np.full(n, action), moved.obs, moved.terminated)
            for action, moved in zip(self._actions, self._moved, strict=True)
        ]
        return np.stack(by_action, axis=-1).astype(np.float32)

    def of(self, learner: SoftmaxLearner) -> dict[str, Arrays]:
        """``value`` (..., P, G, G), ``policy`` and ``reward`` (..., P, G, G, A) of a learner, ``true``
        (P, G, G, A), as `Slices` has them."""
        rewards, value = [], learner.values(self._obs)
        for action, moved in zip(self._actions, self._moved, strict=True):
            taken = np.full(len(self._obs), action)
            found = learner.judge(self._obs, taken, moved.obs, moved.terminated)
            rewards.append(found.reward if self._space.move is not None else found.q - found.v)
        shape = (*value.shape[:-1], *self._shape)
        arrays = {
            "value": value.reshape(shape),
            "policy": learner.policy(self._obs).reshape(*shape, -1),
            "reward": np.stack(rewards, axis=-1).reshape(*shape, -1),
            "true": self._true.reshape(*self._shape, -1),
        }
        return {name: array.astype(np.float32) for name, array in arrays.items()}


class Slicer:
    """Writes the slices of one run over the most telling pairs.

    Args:
        space: of the task's states. shown: what each of the K learners has been shown.
    """

    def __init__(self, run: Path, task: Task, space: StateSpace, shown: Sequence[Transitions]) -> None:
        self._run, self._cuts = run, Cuts(task, space, space.pairs)
        self._seen: dict[str, Arrays] = {}
        for k, own in enumerate(shown):
            chosen = np.linspace(0, len(own.obs) - 1, min(len(own.obs), STATES)).round().astype(int)
            self._seen[f"seen.{k}"] = space.read(own.obs)[chosen].astype(np.float32)

    def save(self, update: int, learner: SoftmaxLearner) -> None:
        """Write the slices of all learners as they are now.

        Raises:
            OSError: they cannot be written.
        """
        kept = self._cuts.of(learner) | self._seen
        write_arrays(self._run / NAME, {**kept, "update": np.array([update], dtype=np.int64)})


def read_slices(run: Path) -> Slices | None:
    """The newest slices; None before there are any.

    Raises:
        RunError: the file is damaged.
    """
    if (arrays := read_arrays(run / NAME)) is None:
        return None
    with reading(run / NAME, RunError, REMEDY):
        found = Slices(
            int(arrays["update"][0]),
            arrays["value"],
            arrays["policy"],
            arrays["reward"],
            arrays["true"],
            tuple(arrays[f"seen.{k}"] for k in range(sum(name.startswith("seen.") for name in arrays))),
        )
        drawn = (found.value, found.policy, found.reward, found.true, *found.seen)
        shape = found.reward.shape
        shapes = (found.value.shape, found.policy.shape, found.true.shape) == (shape[:-1], shape, shape[1:])
        if not shapes or len(shape) != 5 or any(array.dtype != np.float32 for array in drawn):
            raise ValueError("the arrays are of other shapes")
        if any(own.ndim != 2 for own in found.seen):
            raise ValueError("the states are no rows")
        return found
