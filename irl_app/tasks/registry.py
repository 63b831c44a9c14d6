"""The control tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from irl_app.envs import IMAGE_ENV_IDS, SHIFTED_LANDER_ID
from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.envs.presets import PRESETS
from irl_app.tasks.batch import Obs
from irl_app.tasks.grid_images import GridBatch, grid_reward, shortest_path_actions
from irl_app.tasks.lunar_lander import lunar_lander_reward
from irl_app.tasks.physics import ACROBOT, CART_POLE, PhysicsBatch
from irl_app.tasks.task import ControlTask, StateVariable, TaskError
from trainers.mdp import BoolArray, FloatArray, IntArray


def control_task(name: str) -> ControlTask:
    """The control task called `name`.

    Raises:
        TaskError: there is none; the message lists the names.
    """
    if name not in CONTROL_TASKS:
        raise TaskError(f"unknown task {name[:40]!r}, the tasks are {', '.join(CONTROL_TASKS)}")
    return CONTROL_TASKS[name]


def _cart_pole_reward(obs: Obs, action: IntArray, next_obs: Obs, terminated: BoolArray) -> FloatArray:
    """(B,) 1 a move, the one that ends the episode included."""
    return np.ones(len(obs))


def _acrobot_reward(obs: Obs, action: IntArray, next_obs: Obs, terminated: BoolArray) -> FloatArray:
    """(B,) -1 a move, 0 for the one that ends the episode by swinging above the line."""
    return np.where(terminated, 0.0, -1.0)


_CART_POLE = ControlTask(
    name="CartPole-v1",
    title="Cart and pole",
    sentence="Balance a pole on a cart: every step counts 1, so only where it ends tells good from bad.",
    env_id="CartPole-v1",
    obs_shape=(4,),
    n_actions=2,
    action_names=("push left", "push right"),
    gamma=0.99,
    max_moves=500,
    random_return=22.3,
    expert_return=500.0,
    true_reward=_cart_pole_reward,
    subsample=20,
    variables=(
        StateVariable("cart position (m)", -2.4, 2.4),
        StateVariable("cart velocity (m/s)", -2.0, 2.0),
        StateVariable("pole angle (rad)", -0.21, 0.21),
        StateVariable("pole angular velocity (rad/s)", -2.5, 2.5),
    ),
    fast_batch=lambda n: PhysicsBatch(CART_POLE, n, 500),
)

_ACROBOT = ControlTask(
    name="Acrobot-v1",
    title="Acrobot",
    sentence="Swing a two-link arm above the line by its elbow alone: every step costs 1 until it is there.",
    env_id="Acrobot-v1",
    obs_shape=(6,),
    n_actions=3,
    action_names=("torque -1", "none", "torque +1"),
    gamma=0.99,
    max_moves=500,
    random_return=-498.9,
    expert_return=-80.0,
    true_reward=_acrobot_reward,
    subsample=5,
    variables=(
        StateVariable("cos of shoulder angle", -1.0, 1.0, rest=1.0),
        StateVariable("sin of shoulder angle", -1.0, 1.0),
        StateVariable("cos of elbow angle", -1.0, 1.0, rest=1.0),
        StateVariable("sin of elbow angle", -1.0, 1.0),
        StateVariable("shoulder angular velocity (rad/s)", -6.0, 6.0),
        StateVariable("elbow angular velocity (rad/s)", -10.0, 10.0),
    ),
    fast_batch=lambda n: PhysicsBatch(ACROBOT, n, 500),
)

_LUNAR_LANDER = ControlTask(
    name="LunarLander-v3",
    title="Lunar lander",
    sentence="Land between the flags: a shaped reward on the way, 100 for coming to rest, -100 for a crash.",
    env_id="LunarLander-v3",
    obs_shape=(8,),
    n_actions=4,
    action_names=("nothing", "left engine", "main engine", "right engine"),
    gamma=0.99,
    max_moves=1000,
    random_return=-180.7,
    expert_return=250.0,
    true_reward=lunar_lander_reward,
    subsample=5,
    variables=(
        StateVariable("horizontal position (half screens)", -1.0, 1.0),
        StateVariable("height (half screens)", -0.2, 1.6),
        StateVariable("horizontal speed (5 units/s)", -1.0, 1.0),
        StateVariable("vertical speed (7.5 units/s)", -1.5, 0.5),
        StateVariable("angle (rad)", -1.0, 1.0),
        StateVariable("angular velocity (2.5 rad/s)", -1.0, 1.0),
        StateVariable("left leg on the ground (0 or 1)", 0.0, 1.0),
        StateVariable("right leg on the ground (0 or 1)", 0.0, 1.0),
    ),
)

_SHIFTED_LANDER = replace(
    _LUNAR_LANDER,
    name="LunarLander-v3/shifted",
    title="Lunar lander from the left",
    sentence="The same landing, begun low and far to the left of the flags, where no demonstration has been.",
    env_id=SHIFTED_LANDER_ID,
    random_return=-166.0,
    expert_return=200.0,
)


def _grid_task(preset: str, random_return: float, expert_return: float) -> ControlTask:
    about = PRESETS[preset]
    grid = about.build(None, np.random.default_rng(0))
    return ControlTask(
        name=f"gridworld/{preset}",
        title=about.title,
        sentence=about.sentence,
        env_id=IMAGE_ENV_IDS[preset],
        obs_shape=(3, grid.height, grid.width),
        n_actions=grid.n_actions,
        action_names=ACTION_NAMES[: grid.n_actions],
        gamma=grid.gamma,
        max_moves=grid.max_steps,
        random_return=random_return,
        expert_return=expert_return,
        true_reward=grid_reward,
        subsample=1,
        variables=(),
        fast_batch=lambda n: GridBatch(preset, n),
        expert=("shortest-path", shortest_path_actions),
    )


CONTROL_TASKS: dict[str, ControlTask] = {
    task.name: task
    for task in (
        _CART_POLE,
        _ACROBOT,
        _LUNAR_LANDER,
        _SHIFTED_LANDER,
        _grid_task("static-walls", -79.2, 3.90),
        _grid_task("random-walls", -81.2, 3.83),
        _grid_task("random-goal", -67.0, 5.56),
    )
}
