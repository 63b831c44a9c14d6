"""Slices through what a run's Q-functions say, over two state variables each; written at every evaluation.

``slices.safetensors`` is replaced in one step. With P pairs of variables and G points a side, rows along the
second variable, it holds ``q`` and ``reward`` (K, P, G, G, A), ``true`` (P, G, G, A) and, of every seed,
the states it was shown: ``seen.0`` (N, D) and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from irl_app.files import write_whole
from irl_app.tasks import ControlTask
from irl_app.tasks.states import Moved, StateSpace
from irl_app.training.arrays import DamagedError, read_arrays
from irl_app.training.learner import Learner
from trainers.control import soft_value
from trainers.mdp import FloatArray
from trainers.transitions import Transitions

NAME = "slices.safetensors"
STATES = 400
"""Shown states of a seed at most, evenly chosen."""
Arrays = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Slices:
    """What is drawn of a run.

    Attributes:
        update: when it was made.
        q: (K, P, G, G, A). reward: (K, P, G, G, A) as ``Implied.rewards`` has it.
        true: (P, G, G, A) the task's own reward of the same steps.
        seen: of every seed the states it was shown (N, D), none where it was shown nothing.
    """

    update: int
    q: Arrays
    reward: Arrays
    true: Arrays
    seen: tuple[Arrays, ...]


@dataclass(frozen=True)
class Implied:
    """The reward that a Q-function implies.

    Attributes:
        gamma, temperature: of the learners; a temperature of 0 acts greedily.
        cloned: behavioural cloning knows V no better than as any constant in every state, so its reward is
            taken without it: tau log pi(a | s) = Q(s, a) - V(s).
    """

    gamma: float
    temperature: float
    cloned: bool = False

    def value(self, q: NDArray[Any]) -> FloatArray:
        """(...) V(s) of q (..., A): the soft maximum, the maximum at temperature 0."""
        return soft_value(q.astype(np.float64), self.temperature)

    def rewards(self, q: FloatArray, v: FloatArray, after: FloatArray) -> FloatArray:
        """Q(s, a) - gamma V(s'), of what ``after`` is worth: V(s'), or the end where the episode ended."""
        return q - v if self.cloned else q - self.gamma * after


class Slicer:
    """Makes and writes the slices of one run; what does not change while it learns is worked out once.

    Args:
        space: of the task's states. implied: what the learners' rewards are.
        ends: what having ended is worth to each of the K learners. shown: what each has been shown.
    """

    def __init__(
        self,
        run: Path,
        task: ControlTask,
        space: StateSpace,
        implied: Implied,
        ends: Callable[[], Arrays],
        shown: Sequence[Transitions],
    ) -> None:
        self._run, self._task, self._space, self._implied, self._ends = run, task, space, implied, ends
        self._seen = [_evenly(space.read(own.obs)).astype(np.float32) for own in shown]

    @cached_property
    def _obs(self) -> Arrays:
        """(P G G, *O) every state of every slice."""
        return self._space.observe(self._states)

    @cached_property
    def _states(self) -> FloatArray:
        return np.concatenate([self._space.slice_of(pair) for pair in self._space.pairs])

    @cached_property
    def _moved(self) -> list[Moved]:
        """What every action makes of them."""
        return [self._space.move(self._states, action) for action in range(self._task.n_actions)]

    @cached_property
    def _true(self) -> Arrays:
        """(P G G, A) the task's reward."""
        n = len(self._obs)
        by_action = [
            self._task.true_reward(self._obs, np.full(n, action), moved.obs, moved.terminated)
            for action, moved in enumerate(self._moved)
        ]
        return np.stack(by_action, axis=-1).astype(np.float32)

    def save(self, learner: Learner) -> None:
        """Write the slices of all learners as they are now.

        Raises:
            OSError: they cannot be written.
        """
        implied, ends = self._implied, self._ends()[:, None]
        q = np.asarray(learner.q_values(self._obs), np.float64)  # (K, B, A)
        v = implied.value(q)
        rewards = []
        for action, moved in enumerate(self._moved):
            after = implied.value(np.asarray(learner.q_values(moved.obs)))
            after = np.where(moved.terminated, ends, after)
            rewards.append(implied.rewards(q[..., action], v, after))
        side, pairs = self._space.side, len(self._space.pairs)
        shape = (pairs, side, side, self._task.n_actions)
        arrays: dict[str, NDArray[Any]] = {
            "update": np.array([learner.update], dtype=np.int64),
            "q": q.astype(np.float32).reshape(-1, *shape),
            "reward": np.stack(rewards, axis=-1).astype(np.float32).reshape(-1, *shape),
            "true": self._true.reshape(shape),
        }
        arrays |= {f"seen.{k}": own for k, own in enumerate(self._seen)}
        write_whole(self._run / NAME, save({key: np.ascontiguousarray(a) for key, a in arrays.items()}))


def read_slices(run: Path) -> Slices | None:
    """The newest slices; None before there are any.

    Raises:
        TrainingError: the file is damaged.
    """
    if (arrays := read_arrays(run / NAME)) is None:
        return None
    try:
        found = Slices(
            int(arrays["update"][0]),
            arrays["q"],
            arrays["reward"],
            arrays["true"],
            tuple(arrays[f"seen.{k}"] for k in range(sum(name.startswith("seen.") for name in arrays))),
        )
    except (KeyError, IndexError) as error:
        raise DamagedError(run / NAME) from error
    drawn = (found.q, found.reward, found.true, *found.seen)
    shapes = (found.reward.shape, found.true.shape) == (found.q.shape, found.q.shape[1:])
    if not shapes or found.q.ndim != 5 or any(array.dtype != np.float32 for array in drawn):
        raise DamagedError(run / NAME)
    return found


def _evenly(states: FloatArray) -> FloatArray:
    if len(states) <= STATES:
        return states
    return states[np.linspace(0, len(states) - 1, STATES).round().astype(int)]
