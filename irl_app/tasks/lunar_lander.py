"""Lunar Lander: the tasks, and its true reward as a function of what is observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from irl_app.envs import SHIFTED_LANDER_ID
from irl_app.tasks.task import (
    ANY,
    ONLINE_METHODS,
    ExpertTraining,
    Moved,
    Painter,
    Picture,
    StateSpace,
    StateVariable,
    Task,
)
from irl_app.tasks.vector_env import Obs
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.spaces import Box, Discrete

_FUEL = np.array([0.0, 0.03, 0.3, 0.03])  # nothing, left engine, main engine, right engine
_X, _Y, _VX, _VY, _ANGLE, _SPIN, _LEFT_LEG, _RIGHT_LEG = range(8)


def shaping(obs: Obs) -> FloatArray:
    """(B,) potential of an observation (B, 8): nearness, slowness, uprightness, and 10 for each leg down."""
    s = obs.astype(np.float64).T
    return (
        -100.0 * np.hypot(s[_X], s[_Y])
        - 100.0 * np.hypot(s[_VX], s[_VY])
        - 100.0 * np.abs(s[_ANGLE])
        + 10.0 * s[_LEFT_LEG]
        + 10.0 * s[_RIGHT_LEG]
    )


def came_to_rest(next_obs: Obs) -> BoolArray:
    """(B,) True where the lander sleeps: Box2D then sets its velocities, and only then all three, to 0."""
    return (next_obs[:, [_VX, _VY, _SPIN]] == 0.0).all(axis=1)


def lunar_lander_reward(obs: Obs, action: IntArray, next_obs: Obs, terminated: BoolArray) -> FloatArray:
    """(B,) true reward of transitions; obs, next_obs (B, 8).

    Gain in `shaping` less 0.3 for the main and 0.03 for a side engine; on ending +100 for coming to rest,
    -100 for a crash or for leaving the screen, and nothing else. Two things are not quite functions of
    observations. The environment shapes before it rounds what it shows to float32, so that rewards differ by
    up to 1e-4. And it knows whether the lander sleeps, where we see whether it stands exactly still: a crash
    that leaves all three velocities at exactly 0 would be taken for a landing.
    """
    ordinary = shaping(next_obs) - shaping(obs) - _FUEL[action]
    return np.where(terminated, np.where(came_to_rest(next_obs), 100.0, -100.0), ordinary)


def _land(states: FloatArray, action: int) -> Moved:
    from irl_app.tasks.landings import LanderPhysics  # loads Box2D, which nothing else here needs

    return Moved(*LanderPhysics().move(states, action))


def _painter() -> Painter:
    """Its hills are not observed: they are the same in every picture, whatever they were."""
    from irl_app.tasks.landings import LanderPhysics

    physics = LanderPhysics(render_mode="rgb_array")

    def paint(obs: Obs) -> Picture:
        physics.put(obs.astype(np.float64))
        return np.asarray(physics.env.render(), dtype=np.uint8)

    return paint


_LANDER_ONLINE: Mapping[str, Any] = {
    "online": True,
    "hidden": (128, 128),
    "learning_rate": 5e-4,
    "batch_size": 64,
    "target_rate": 0.005,
    "replay_capacity": 100_000,
    "warmup": 2_000,
    "steps_per_round": 16,
    "updates_per_round": 8,
}

_USUAL: Mapping[str, Mapping[str, Any]] = {
    **ONLINE_METHODS,
    # frozen target, ten trajectories of three experts: 210, 175, 235; alpha 5, 5,000 updates: 180, 150, 215
    "iq": {"temperature": 0.3, "alpha": 50.0, "hidden": (128, 128), "updates": 8_000},
    # greedy return over five seeds: 90 to 230 from 20,000 to 100,000 updates; with 64 units, batches of 32
    # and a target rate of 0.01, 40 to 190. A demonstrated landing is worth r for ever (section 3.3)
    "sqil": {**_LANDER_ONLINE, "updates": 50_000, "temperature": 0.1, "terminal": "absorbing"},
    # greedy return 244, 200, 177 and 168 after 105,000 updates, 250 for the best over 100 episodes; until
    # 60,000 the greedy player hovers to its limit of moves, while the soft one that acts lands already
    "soft-q": {**_LANDER_ONLINE, "updates": 150_000, "temperature": 0.2},
    "iq online": {
        "terminal": "absorbing",
        "penalty": "mixture",
        "value_term": "mixture",
        "temperature": 0.1,
        "updates": 14_000,
    },
    # ten demonstrations without their actions. On the ground, where the learner never rests, the model takes
    # rest for the firing of an engine: without random actions greedy return is 90 after 8,000 updates, with
    # three tenths 180; with a half 160, and 210 after 16,000. With the learner's states in the objective too,
    # it wanders from -200 to 100
    "iq inverse-model": {
        "temperature": 0.3,
        "alpha": 50.0,
        "hidden": (128, 128),
        "exploration": 0.5,
        "updates": 16_000,
    },
}

LUNAR_LANDER = Task(
    name="LunarLander-v3",
    title="Lunar lander",
    sentence="Land between the flags: a shaped reward on the way, 100 for coming to rest, -100 for a crash.",
    env_id="LunarLander-v3",
    observation_space=Box((8,)),
    action_space=Discrete(4),
    action_names=("nothing", "left engine", "main engine", "right engine"),
    gamma=0.99,
    max_moves=1000,
    random_return=-180.7,
    expert_return=250.0,
    true_reward=lunar_lander_reward,
    subsample=5,
    aim="land",
    # of ten seeds that many solve it: iq 10, bc 10 (9 with ten demonstrations); with one none of either
    demonstrations={ANY: 15, "iq": 10},
    usual=_USUAL,
    state_space=StateSpace(
        variables=(
            StateVariable("horizontal position (half screens)", -1.0, 1.0),
            StateVariable("height (half screens)", -0.05, 1.6),  # below the ground there is nothing to draw
            StateVariable("horizontal speed (5 units/s)", -1.0, 1.0),
            StateVariable("vertical speed (7.5 units/s)", -1.5, 0.5),
            StateVariable("angle (rad)", -1.0, 1.0),
            StateVariable("angular velocity (2.5 rad/s)", -1.0, 1.0),
            StateVariable("left leg on the ground (0 or 1)", 0.0, 1.0),
            StateVariable("right leg on the ground (0 or 1)", 0.0, 1.0),
        ),
        sliced=(1, 3, 0, 2, 4),
        side=21,
        observe=lambda states: states.astype(np.float32),
        read=lambda obs: obs.astype(np.float64),
        move=_land,
    ),
    expert_training=ExpertTraining(candidates=4),
    make_painter=_painter,
)

SHIFTED_LANDER = replace(
    LUNAR_LANDER,
    name="LunarLander-v3/shifted",
    title="Lunar lander from the left",
    sentence="The same landing, begun low and far to the left of the flags, where no demonstration has been.",
    env_id=SHIFTED_LANDER_ID,
    random_return=-166.0,
    expert_return=200.0,
)
