"""What is to be seen of a maze and a recovered reward: fields on one scale, a policy, two moving points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from irl_app.envs.maze_map import MazeMap, format_maze, parse_maze
from irl_app.mazes.config import PlaceConfig
from irl_app.mazes.judging import Truth, map_figures
from irl_app.mazes.network_reward import MazeNetworkReward
from irl_app.mazes.playing import Play, planner, play
from irl_app.mazes.recovery import MazeRecovery, world_of
from irl_app.tasks.task import Policy
from trainers.arrays import BoolArray, FloatArray
from trainers.places import Lattice, Plan

MOVES = 75
"""Actions after which an agent that is not there has not arrived: 15 s."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A maze as it is now, seen through a reward that was recovered in it, or before it changed.

    All fields are (nx, ny) at the nodes over the whole room; inside walls they have the nearest node's value.

    Attributes:
        lattice: the nodes.
        true, recovered: both in standard deviations of the true reward, the recovered one by one slope and
            one offset fitted where it has evidence.
        unsure: deviation of the posterior as a share of that before anything was shown.
        visited: where there is evidence.
        value: of the agent's plan in the maze as it is now, standardised.
        policy: (nx, ny, 2) what it does, (0, 0) at rest.
        agent, knowing: a point that knows only the reward, and one that knows the true one.
        figures: what the map agrees with, in the maze in which it was learned.
    """

    lattice: Lattice
    true: FloatArray
    recovered: FloatArray
    unsure: FloatArray
    visited: BoolArray
    value: FloatArray
    policy: FloatArray
    agent: Play
    knowing: Play
    figures: dict[str, float]


def scene_of(
    recovery: MazeRecovery,
    now: MazeMap,
    start: FloatArray,
    network: MazeNetworkReward | None = None,
    velocity: float = 0.0,
) -> Scene:
    """The scene with two points that start at rest at ``start`` (2,).

    Args:
        recovery: of a reward. now: the maze as it is, whose goal is that of the recovery.
        network: a reward to be seen in place of the recovery's, learned in the same maze. Its learner acts
            there; where the maze has changed, the point plans on it.
        velocity: metres a second of the point, along its plan, on the network's map.
    """
    lattice, own = world_of(now).lattice, recovery.world.lattice
    truth, solution = Truth.of(recovery.maze, own.nodes), recovery.solution
    reward, unsure, policy = solution.reward, solution.sd / solution.prior_sd, None
    plan = (network or recovery).plan(now)
    if network is not None:
        there = network.plan(recovery.maze).best(own.nodes)
        reward, unsure = network.map(velocity * there), np.zeros(own.size)
        policy = network.policy if now == recovery.maze else None
    slope, offset = _fitted(reward, truth.true, recovery.visited)
    everywhere = Truth.of(now, lattice.nodes).true
    level, spread = everywhere.mean(), everywhere.std()

    def moved(values: FloatArray) -> FloatArray:
        return _filled(lattice, own.moved_to(lattice, values))

    starts = np.array([[*start, 0.0, 0.0]])
    return Scene(
        lattice=lattice,
        true=_filled(lattice, (everywhere - level) / spread),
        recovered=moved((slope * reward + offset - level) / spread),
        unsure=moved(unsure),
        visited=moved(recovery.visited.astype(np.float64)) > 0.5,
        value=_filled(lattice, (plan.v - plan.v.mean()) / max(float(plan.v.std()), 1e-12)),
        policy=_filled(lattice, _moves(policy, plan)),
        agent=play(now, policy or planner(plan), starts, 0, moves=MOVES),
        knowing=play(now, planner(true_plan(format_maze(now))), starts, 0, moves=MOVES),
        figures=map_figures(recovery.maze, own.nodes, reward, recovery.visited, recovery.places),
    )


def _moves(policy: Policy | None, plan: Plan) -> FloatArray:
    """(S, 2) what is done at rest in every node."""
    nodes = plan.world.lattice.nodes
    if policy is None:
        return plan.best(nodes)
    obs = np.concatenate([nodes, np.zeros_like(nodes)], axis=1).astype(np.float32)
    return np.asarray(policy(obs, np.random.default_rng(0)), dtype=np.float64)


@lru_cache(maxsize=32)
def true_plan(map_text: str, gamma: float = PlaceConfig.plan_gamma, sharpness: float = 10.0) -> Plan:
    """Control of the true reward of a maze, ``sharpness`` temperatures a metre."""
    maze = parse_maze(map_text)
    world = world_of(maze)
    return world.plan(sharpness * Truth.of(maze, world.lattice.nodes).true, gamma)


def _fitted(reward: FloatArray, true: FloatArray, seen: BoolArray) -> tuple[float, float]:
    """Slope >= 0 and offset of the true reward on the recovered one."""
    x, y = reward[seen], true[seen]
    if len(x) < 2 or np.ptp(x) == 0.0:
        return 1.0, float(true.mean() - reward.mean())
    slope = max(float(np.cov(x, y)[0, 1] / x.var(ddof=1)), 0.0)
    return slope, float(y.mean() - slope * x.mean())


def _filled(lattice: Lattice, values: FloatArray) -> FloatArray:
    """(nx, ny, ...) values (S, ...) of the nodes, of the nearest one inside walls."""
    x, y = np.divmod(np.arange(lattice.free.size), lattice.shape[1])
    places = lattice.low + lattice.spacing * np.stack([x, y], axis=1)
    whole = np.asarray(values[lattice.nearest(places)])
    return whole.reshape(*lattice.shape, *values.shape[1:])
