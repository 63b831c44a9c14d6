"""The tasks, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import gymnasium as gym

from irl_app.tasks.classic import ACROBOT, CART_POLE
from irl_app.tasks.grid import GRID_TASKS
from irl_app.tasks.lunar_lander import LUNAR_LANDER, SHIFTED_LANDER
from irl_app.tasks.mujoco import ROBOTS
from irl_app.tasks.own import GAMMA, described_task, inferred_task, load_modules, numbered_states
from irl_app.tasks.point_maze import POINT_MAZES
from irl_app.tasks.task import Painter, StateVariable, Task, TaskError, TrueReward
from trainers.settings import DISCOUNT

TASKS: dict[str, Task] = {
    task.name: task
    for task in (CART_POLE, ACROBOT, LUNAR_LANDER, SHIFTED_LANDER, *ROBOTS, *POINT_MAZES, *GRID_TASKS)
}
GROUP = "irl_app.tasks"
"""Entry points of packages that bring tasks: a call without arguments, or a module, that registers them."""
_ID = re.compile(r"[\w./-]{1,100}", re.ASCII)


def get_task(name: str) -> Task:
    """The task called `name`, or that of the registered Gymnasium environment with this id.

    Raises:
        TaskError: there is neither; the message lists the names.
    """
    if name in TASKS:
        return TASKS[name]
    load_own()
    if name in TASKS:
        return TASKS[name]
    if not isinstance(name, str) or not _ID.fullmatch(name) or name not in gym.registry:
        raise TaskError(
            f"unknown task {str(name)[:40]!r}, the tasks are {', '.join(TASKS)}, and every environment "
            "that is registered with Gymnasium: name the module that registers your own with --import MODULE"
        )
    return inferred_task(name)


def load_own() -> None:
    """Have the user's modules and the installed packages register their tasks.

    Raises:
        TaskError: one of the user's modules cannot be imported, or an entry point fails.
    """
    load_modules()
    _load_packages()


@cache
def _load_packages() -> None:
    for entry in entry_points(group=GROUP):
        try:
            found = entry.load()
            if callable(found):
                found()
        except Exception as error:  # it is another package's code
            raise TaskError(
                f"the tasks of {entry.value} cannot be registered: {type(error).__name__}: {error}"
            ) from error


def register_task(
    env_id: str,
    *,
    name: str | None = None,
    title: str | None = None,
    sentence: str = "",
    make: Callable[..., gym.Env[Any, Any]] | None = None,
    usual: Mapping[str, Mapping[str, Any]] | None = None,
    true_reward: TrueReward | None = None,
    states: Sequence[StateVariable] | None = None,
    action_names: Sequence[str] = (),
    gamma: float = GAMMA,
    max_moves: int | None = None,
    random_return: float = float("nan"),
    expert_return: float = float("nan"),
    subsample: int = 1,
    make_painter: Callable[[], Painter] | None = None,
) -> Task:
    """Give a task a name in this process; what is not given is inferred from the environment, or measured.

    Args:
        env_id: of a registered Gymnasium environment.
        name: as people type it; None: the id. title, sentence: what people read.
        make: ``make(env_id, **options)`` in place of ``gymnasium.make``, with its ``render_mode`` and
            ``max_episode_steps``.
        usual: method -> settings of the trainer, see ``irl-app train --help``.
        true_reward: (obs (B, *O), action (B, *A), next_obs, terminated (B,)) -> (B,), to be drawn in slices.
        states: one `StateVariable` for each number of an observation.
        action_names: of numbered actions. gamma: usual discount, in (0, 1).
        max_moves: limit after which an episode is cut off; None: the registration's own, else 1000.
        random_return, expert_return: mean returns of random play and of a good player.
        subsample: every how many-th step of a demonstration is kept.
        make_painter: gives a call that draws an observation as a picture (h, w, 3).

    Raises:
        TaskError: the environment cannot be made, has spaces that cannot be learned, or a number is out of
            range.
    """
    if gamma not in DISCOUNT or subsample < 1 or (max_moves is not None and max_moves < 1):
        raise TaskError(
            f"gamma must lie {DISCOUNT}, subsample and max_moves be at least 1, "
            f"got {gamma!r}, {subsample!r} and {max_moves!r}"
        )
    task = described_task(env_id, make=make, usual=usual, max_moves=max_moves)
    if states is not None and len(states) != task.observation_space.size:
        raise TaskError(
            f"states must be one for each of the {task.observation_space.size} numbers of an observation, "
            f"got {len(states)}"
        )
    task = replace(
        task,
        name=name or task.name,
        title=title or task.title,
        sentence=sentence or task.sentence,
        gamma=gamma,
        random_return=random_return,
        expert_return=expert_return,
        subsample=subsample,
        action_names=tuple(action_names) or task.action_names,
        true_reward=true_reward,
        state_space=None if states is None else numbered_states(task.observation_space, tuple(states)),
        make_painter=make_painter,
    )
    TASKS[task.name] = task
    return task
