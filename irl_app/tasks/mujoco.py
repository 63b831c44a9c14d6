"""Robots of Gymnasium's MuJoCo family (version 5): actions are numbers, the torques of their joints."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from irl_app.tasks.task import ANY, ExpertTraining, Task, TaskError
from trainers.spaces import Box

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())
GAMMA, MAX_MOVES = 0.99, 1000
_ONLINE: Mapping[str, Any] = {
    "online": True,
    "hidden": (128, 128),
    "layer_norm": True,
    "learning_rate": 3e-4,
    "batch_size": 64,
    "target_rate": 0.005,
    "value_clip": 150.0,
    "grad_clip": None,
    "replay_capacity": 1_000_000,
    "warmup": 2_000,
    "checkpoint_every": 5_000,
    "compile": True,
    "updates": 40_000,
}
"""Of every method, from prototypes on one demonstration of Hopper, Half Cheetah and Walker: without layers
that are normalised, and without a bound on targets, values run away."""
_NEAR_CLONE: Mapping[str, Any] = {
    "reference": "clone",
    "actor_start": "clone",
    "anneal": True,
    "actor_delay": 1_000,
}
_WITHOUT_CLONE: Mapping[str, Any] = {
    "gradient": "semi",
    "critics": 1,
    "penalty": "mixture",
    "alpha": 0.5,
    "value_term": "anywhere",
    "temperature": 0.01,
    "actor_rate": 3e-5,
}
_ADVERSARIAL: Mapping[str, Any] = {
    "discriminator_rate": 3e-4,
    "actor_rate": 3e-4,
    "terminal": "absorbing",
    "value_clip": 500.0,
}
USUAL: Mapping[str, Mapping[str, Any]] = {
    ANY: _ONLINE,
    # alpha 1/16 on the mixture: -E[r] + E[V] + 2 (E_expert + E_own)[(r - r_clone)^2]
    "iq": {
        **_NEAR_CLONE,
        "gradient": "semi",
        "centre": "clone",
        "penalty": "mixture",
        "alpha": 1.0 / 16.0,
        "value_term": "anywhere",
        "temperature": 0.02,
        "actor_rate": 3e-4,
    },
    # demonstrations without actions leave nothing to clone
    "iq inverse-model": {**_WITHOUT_CLONE, "exploration": 0.1},
    "iq policy": _WITHOUT_CLONE,
    "csil": {**_NEAR_CLONE, "temperature": 0.01, "actor_rate": 1e-4},
    "ls-iq": {"alpha": 0.5, "temperature": 0.01, "actor_rate": 3e-5, "terminal": "absorbing"},
    # logits are within about 5 of 0, values within 5 / (1 - gamma); airl's are in units of its temperature
    "dac": {**_ADVERSARIAL, "learning_rate": 1e-3, "temperature": 0.1, "target_entropy": -1.0},
    "airl": {**_ADVERSARIAL, "temperature": 0.1, "value_clip": 100.0},
    "sqil": {"temperature": 0.01, "actor_rate": 3e-4, "terminal": "absorbing"},
    "bc": {"online": False, "actor_rate": 1e-3, "batch_size": 128, "updates": 2_500},
    "sac": {
        "batch_size": 128,
        "learning_rate": 1e-3,
        "actor_rate": 5e-4,
        "temperature": 0.1,
        "target_entropy": -1.0,
        "warmup": 5_000,
        "updates": 300_000,
    },
    # of true rewards, a few a step: without the clone Hopper still fell after 20,000 updates
    "rlpd": {**_NEAR_CLONE, "temperature": 0.5, "actor_rate": 3e-4, "updates": 60_000},
}


def make_robot(env_id: str, **options: Any) -> gym.Env[Any, Any]:
    """Gymnasium's environment; what MuJoCo warns of goes to the log, not into a file where we happen to be.

    Raises:
        TaskError: MuJoCo cannot be loaded here.
    """
    try:
        import mujoco  # takes a second
    except (ImportError, OSError) as error:  # the latter where its library is not for this machine
        raise TaskError(f"{env_id} needs MuJoCo, which cannot be loaded here: {error}") from error
    mujoco.set_mju_user_warning(_log.warning)
    return gym.make(env_id, **options)


def _robot(
    name: str,
    title: str,
    sentence: str,
    sizes: tuple[int, int],
    returns: tuple[float, float],
    aim: str,
    *,
    reach: float = 1.0,
) -> Task:
    """A robot with so many numbers in an observation and in an action, the latter within ±reach.

    Args:
        returns: of random play, and of the expert that is shipped; where none is, of the IQ-Learn paper's.
        aim: as of the task.
    """
    n_seen, n_moved = sizes
    return Task(
        name=f"{name}-v5",
        title=title,
        sentence=sentence,
        env_id=f"{name}-v5",
        observation_space=Box((n_seen,)),
        action_space=Box((n_moved,), low=(-reach,), high=(reach,)),
        gamma=GAMMA,
        max_moves=MAX_MOVES,
        random_return=returns[0],
        expert_return=returns[1],
        subsample=1,
        evaluate_every=5_000,
        make_env=make_robot,
        expert_training=ExpertTraining("sac"),
        aim=aim,
        usual=USUAL,
    )


HOPPER = _robot(
    "Hopper",
    "Hopper",
    "One leg that hops: it is paid for speed and for not falling.",
    (11, 3),
    (17.0, 3590.0),
    "hop",
)
HALF_CHEETAH = _robot(
    "HalfCheetah",
    "Half cheetah",
    "Two legs that run: paid for speed alone, and no fall ends it.",
    (17, 6),
    (-279.0, 5027.0),
    "run",
)
WALKER = _robot(
    "Walker2d",
    "Walker",
    "Two legs that walk: it is paid for speed and for not falling.",
    (17, 6),
    (1.9, 5087.0),
    "walk",
)
ANT = _robot(
    "Ant",
    "Ant",
    "Four legs and contact forces: paid for speed and for staying upright.",
    (105, 8),
    (-47.0, 4700.0),
    "walk",
)
HUMANOID = _robot(
    "Humanoid",
    "Humanoid",
    "A body of seventeen joints: paid for speed and for staying upright.",
    (348, 17),
    (110.0, 5313.0),
    "walk",
    reach=float(np.float32(0.4)),
)
ROBOTS = (HOPPER, HALF_CHEETAH, WALKER, ANT, HUMANOID)
