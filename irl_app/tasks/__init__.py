"""Control tasks: what is learned with networks, its exact true reward, and letting policies play it."""

from irl_app.tasks.acting import boltzmann_policy
from irl_app.tasks.batch import Batch, Obs, Policy, Step
from irl_app.tasks.grid_images import Directness, directness, goal_distances, shortest_paths
from irl_app.tasks.registry import CONTROL_TASKS, control_task
from irl_app.tasks.rollout import RolloutResult, collect_episodes, random_policy, rollout, rollout_stacked
from irl_app.tasks.task import ControlTask, StateVariable, TaskError

__all__ = [
    "CONTROL_TASKS",
    "Batch",
    "ControlTask",
    "Directness",
    "Obs",
    "Policy",
    "RolloutResult",
    "StateVariable",
    "Step",
    "TaskError",
    "boltzmann_policy",
    "collect_episodes",
    "control_task",
    "directness",
    "goal_distances",
    "random_policy",
    "rollout",
    "rollout_stacked",
    "shortest_paths",
]
