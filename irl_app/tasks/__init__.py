"""Control tasks: what is learned with networks, its exact true reward, and letting policies play it."""

from irl_app.tasks.grid import directness
from irl_app.tasks.own import AsArrays
from irl_app.tasks.registry import TASKS, get_task, load_own, register_task
from irl_app.tasks.rollout import RolloutResult, collect_episodes, random_policy, rollout, rollout_stacked
from irl_app.tasks.task import StateSpace, StateVariable, Task, TaskError
from irl_app.tasks.vector_env import Obs, Policy

__all__ = [
    "TASKS",
    "AsArrays",
    "Obs",
    "Policy",
    "RolloutResult",
    "StateSpace",
    "StateVariable",
    "Task",
    "TaskError",
    "collect_episodes",
    "directness",
    "get_task",
    "load_own",
    "random_policy",
    "register_task",
    "rollout",
    "rollout_stacked",
]
