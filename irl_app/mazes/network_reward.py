"""Rewards that networks learned in a maze: as maps, and as something to plan on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from irl_app.envs.maze_map import MazeMap
from irl_app.mazes.config import PlaceConfig
from irl_app.mazes.recovery import world_of
from irl_app.rewards import NetworkReward, Reward
from irl_app.tasks.point_maze import maze_physics
from irl_app.tasks.task import Policy
from trainers.arrays import FloatArray
from trainers.learner import policy_of
from trainers.places import Plan

SHARP = 10.0
"""Temperatures in a deviation of the reward, for whoever plans on it."""


@dataclass(frozen=True, eq=False)
class MazeNetworkReward:
    """A network's reward of moves or of states in a maze.

    Attributes:
        maze: in which it was learned, with one goal. reward: of states x, y and their velocities.
    """

    maze: MazeMap
    reward: Reward

    @property
    def policy(self) -> Policy | None:
        """What its learner does; None for a reward of states, which is of nobody's."""
        return policy_of(self.reward.learner) if isinstance(self.reward, NetworkReward) else None

    def map(self, velocity: FloatArray | None = None) -> FloatArray:
        """(S,) what is paid at the nodes: for being there, or for its learner's own move from there.

        Args:
            velocity: (S, 2) metres a second of the point there; None: at rest.
        """
        nodes = world_of(self.maze).lattice.nodes
        states = np.concatenate([nodes, np.zeros_like(nodes) if velocity is None else velocity], axis=1)
        policy = self.policy
        if policy is None:
            return self.paid(states, np.zeros_like(nodes), states)
        actions = policy(states.astype(np.float32), np.random.default_rng(0))
        return self.paid(states, actions, maze_physics(self.maze).step(states, actions))

    def plan(self, maze: MazeMap, speed: float = 1.0) -> Plan:
        """Control of it in a maze, each move from rest.

        Args:
            speed: the motor's share of the usual one.
        """
        return _planned(self, maze, speed)

    def paid(self, states: FloatArray, actions: FloatArray, after: FloatArray) -> FloatArray:
        """(B,) what moves (B, 2) from states (B, 4) to those after them pay."""
        never = np.zeros(len(states), dtype=bool)
        here, done, there = (each.astype(np.float32) for each in (states, actions, after))
        return self.reward(here, done, there, never)


@lru_cache(maxsize=64)
def _planned(own: MazeNetworkReward, maze: MazeMap, speed: float) -> Plan:
    world = world_of(maze, speed)
    k = len(world.actions)
    states = np.repeat(_at_rest(world.lattice.nodes), k, axis=0)
    actions = np.tile(world.actions, (world.lattice.size, 1))
    paid = own.paid(states, actions, maze_physics(maze, speed).step(states, actions)).reshape(-1, k)
    return world.plan(SHARP * paid / max(float(own.map().std()), 1e-12), PlaceConfig.plan_gamma)


def _at_rest(places: FloatArray) -> FloatArray:
    """(n, 4) states at places (n, 2)."""
    return np.concatenate([places, np.zeros_like(places)], axis=1)
