"""Tasks from any registered Gymnasium environment: spaces and limit inferred, the rest measured in a run."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import gymnasium as gym
import numpy as np

from irl_app.tasks.mujoco import USUAL as ACTOR_USUAL
from irl_app.tasks.rollout import random_policy, rollout
from irl_app.tasks.task import ANY, ONLINE_METHODS, ExpertTraining, StateSpace, StateVariable, Task, TaskError
from trainers.gym_spaces import actions, observations, one, space_to_gymnasium
from trainers.spaces import Box, Discrete, Space, SpaceError

IMPORTS = "IRL_APP_IMPORT"
"""Environment variable: modules, by commas, that register environments and tasks; ``--import`` sets it."""
LIMIT = 1_000
"""Moves after which an environment without a limit of its own is cut off."""
GAMMA = 0.99
EPISODES, SEED = 20, 4_000_037
"""Of random play, from which its return is measured."""
MOST_MEASURED = 20_000
"""Moves of random play, about."""
MOST_SLICED, SIDE = 6, 25
"""Numbers of an observation that slices are drawn over, and points a side."""

# in units of the temperature: tau = 1, and the penalty r^2 / (4 alpha) at alpha = 5 tau
_DISCRETE: Mapping[str, Mapping[str, Any]] = {
    **ONLINE_METHODS,
    ANY: {"standardise": True, "temperature": 1.0},
    "iq": {"alpha": 5.0, "learning_rate": 3e-3, "updates": 3_000},
    "iq online": {
        "alpha": 5.0,
        "terminal": "absorbing",
        "penalty": "mixture",
        "value_term": "mixture",
        "target_rate": 0.02,
        "updates": 10_000,
    },
    "bc": {"learning_rate": 3e-3, "updates": 3_000},
    "sqil": {"online": True, "updates": 10_000, "temperature": 0.1},
    "sqil-t": {"online": True, "updates": 10_000, "temperature": 0.1},
    "soft-q": {"online": True, "updates": 20_000, "temperature": 0.1, "batch_size": 64, "warmup": 1_000},
}
_PICTURES: Mapping[str, Any] = {
    "network": "cnn",
    "hidden": (16, 32, 32, 32, 128),
    "learning_rate": 1e-3,
    "compile": False,
}
"""Of every method where pictures are seen."""


class AsArrays(gym.Wrapper[Any, Any, Any, Any]):
    """An environment with the observations and actions that networks have: see `trainers.gym_spaces`.

    Raises:
        SpaceError: there is no such translation.
    """

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        super().__init__(env)
        self._seen, self._done = observations(env.observation_space), actions(env.action_space)
        self.observation_space = space_to_gymnasium(self._seen.space)
        self.action_space = space_to_gymnasium(self._done.space)

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """As the environment's."""
        obs, info = self.env.reset(**kwargs)
        return self._encoded(obs), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """As the environment's."""
        obs, reward, terminated, truncated, info = self.env.step(self._done.decode(action))
        return self._encoded(obs), reward, terminated, truncated, info

    def _encoded(self, obs: Any) -> Any:
        return self._seen.encode(one(self.env.observation_space, obs))[0]


def name_modules(names: Sequence[str]) -> None:
    """Have these modules imported, here and in workers, before a task is looked for."""
    named = os.environ.get(IMPORTS, "").split(",")
    os.environ[IMPORTS] = ",".join(dict.fromkeys(filter(None, [*named, *names])))


def load_modules() -> None:
    """Import the modules that ``IRL_APP_IMPORT`` names, each once; the working folder is searched last.

    Raises:
        TaskError: one cannot be imported.
    """
    for name in filter(None, (part.strip() for part in os.environ.get(IMPORTS, "").split(","))):
        if name in sys.modules:
            continue
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())
        try:
            importlib.import_module(name)
        except Exception as error:  # it is the user's own code
            raise TaskError(
                f"the module {name!r} of --import cannot be imported: {type(error).__name__}: {error}"
            ) from error


@cache
def inferred_task(env_id: str) -> Task:
    """The task of a registered Gymnasium environment, of which nothing else is known.

    Raises:
        TaskError: there is no such environment, it cannot be made, or has spaces that cannot be learned.
    """
    return described_task(env_id)


def described_task(
    env_id: str,
    *,
    make: Callable[..., gym.Env[Any, Any]] | None = None,
    usual: Mapping[str, Mapping[str, Any]] | None = None,
    max_moves: int | None = None,
) -> Task:
    """A task of an environment, as far as its spaces and its registration say what it is.

    Args:
        make: ``make(env_id, **options)``; None: ``gymnasium.make``.
        usual: method -> settings, put over the usual ones of such spaces.
        max_moves: limit after which an episode is cut off; None: the registration's own, else ``LIMIT``.

    Raises:
        TaskError: the environment cannot be made, or has spaces that cannot be learned.
    """
    made: Callable[..., gym.Env[Any, Any]] = gym.make if make is None else make
    env = _made(made, env_id)
    try:
        translations = observations(env.observation_space), actions(env.action_space)
    except SpaceError as error:
        raise TaskError(f"{env_id} cannot be learned: {error}") from error
    finally:
        env.close()
    seen, done = (each.space for each in translations)
    assert isinstance(seen, Box)  # of observations always
    limit = max_moves or (None if env.spec is None else env.spec.max_episode_steps)
    of_its_own = limit is not None and max_moves is None
    options: dict[str, Any] = {} if of_its_own else {"max_episode_steps": limit or LIMIT}
    return Task(
        name=env_id,
        title=env_id,
        sentence=f"A Gymnasium environment: it shows {seen}, actions are {done}.",
        env_id=env_id,
        observation_space=seen,
        action_space=done,
        gamma=GAMMA,
        max_moves=limit or LIMIT,
        random_return=float("nan"),
        expert_return=float("nan"),
        subsample=1,
        evaluate_every=5_000 if isinstance(done, Box) else None,
        action_names=_names(done),
        usual=_usual(seen, done, usual or {}),
        make_env=lambda env_id, **asked: AsArrays(made(env_id, **options, **_given(asked))),
        expert_training=ExpertTraining("sac" if isinstance(done, Box) else "soft-q"),
        translations=translations,
        is_inferred=True,
    )


def numbered_states(space: Box, variables: tuple[StateVariable, ...]) -> StateSpace:
    """The numbers of an observation as a state: what moves it is not known."""
    shape = space.shape
    return StateSpace(
        variables=variables,
        sliced=tuple(range(min(len(variables), MOST_SLICED))),
        side=SIDE,
        observe=lambda states: states.astype(space.dtype).reshape(-1, *shape),
        read=lambda obs: obs.reshape(len(obs), -1).astype(np.float64),
        move=None,
    )


def measured_random_return(task: Task) -> float:
    """Mean undiscounted return of random play, over ``EPISODES`` or as many as ``MOST_MEASURED`` allows."""
    n = task.bearable(max(2, min(EPISODES, MOST_MEASURED // task.max_moves)))
    return float(rollout(task, random_policy(task), n, SEED).returns.mean())


def _made(make: Callable[..., gym.Env[Any, Any]], env_id: str) -> gym.Env[Any, Any]:
    try:
        return make(env_id, disable_env_checker=True)
    except gym.error.UnregisteredEnv as error:
        raise TaskError(f"unknown environment {env_id[:60]!r}: {error}") from error
    except Exception as error:  # the environment's own code, or a package that it needs
        said = " ".join(str(error).split())[:300]
        kind = type(error).__name__
        raise TaskError(f"the environment {env_id[:60]!r} cannot be made: {kind}: {said}") from error


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: many an environment's constructor knows no ``render_mode``."""
    return {name: value for name, value in options.items() if value is not None}


def _names(space: Any) -> tuple[str, ...]:
    return tuple(f"action {number}" for number in space.all) if isinstance(space, Discrete) else ()


def _usual(
    seen: Box, done: Space, given: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]]:
    known = ACTOR_USUAL if isinstance(done, Box) else _DISCRETE
    of_pictures = _PICTURES if seen.is_picture else {}
    return {name: {**known.get(name, {}), **of_pictures, **given.get(name, {})} for name in (*known, *given)}
