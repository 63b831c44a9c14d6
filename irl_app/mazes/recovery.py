"""From demonstrations in a maze to a reward of places."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from irl_app.demonstrations import DemonstrationError, Demonstrations
from irl_app.envs.maze_map import RADIUS, MazeMap, format_maze
from irl_app.mazes.config import METHOD, PLACE_METHODS, PlaceConfig
from irl_app.mazes.learned import learned_moves
from irl_app.rewards import PlaceReward, RewardInfo, on_lattice
from irl_app.tasks.point_maze import ACTIONS, maze_physics
from trainers.arrays import BoolArray, FloatArray
from trainers.places import (
    Lattice,
    PlacePrior,
    PlaceSolution,
    PlaceWorld,
    Plan,
    action_grid,
    place_likelihood,
)
from trainers.spaces import Box

SPACING = 0.2
"""Metres between nodes, less than a wall is thick."""
SIDE = 7
"""Actions along an axis that are chosen from."""
MAX_STEPS = 20_000
"""Demonstrated moves that are learned from at most: each takes room for all actions."""
SEEN = 0.5
"""Demonstrated moves from a node, shared among those around a place, from which on it was visited."""


@dataclass(frozen=True, eq=False)
class MazeRecovery:
    """A reward of places, and what it was recovered from.

    Attributes:
        maze: where. config: how. solution: the reward, its spread and its control at the nodes.
        places: (n, 2) where the expert was when it moved. world: the lattice and the dynamics that were used.
        reward: the same as a function.
    """

    maze: MazeMap
    config: PlaceConfig
    solution: PlaceSolution
    places: FloatArray
    world: PlaceWorld = field(repr=False)
    reward: PlaceReward = field(repr=False)

    @cached_property
    def visits(self) -> FloatArray:
        """(S,) demonstrated moves from each node, shared among those around a place."""
        weights = self.world.lattice.weights(self.places)
        return np.asarray(weights.sum(axis=0), dtype=np.float64).ravel()

    @property
    def visited(self) -> BoolArray:
        """(S,) where there is evidence."""
        return self.visits >= SEEN

    def plan(self, maze: MazeMap | None = None, gamma: float | None = None, speed: float = 1.0) -> Plan:
        """Soft-optimal control of the reward, in another maze or with a slower motor too.

        Args:
            maze: None for the one that it was learned in. gamma: None for the agent's own.
        """
        world = self.world if maze is None and speed == 1.0 else world_of(maze or self.maze, speed)
        reward = self.world.lattice.moved_to(world.lattice, self.solution.reward)
        return world.plan(reward, gamma or self.config.plan_gamma, self.config.temperature)


@lru_cache(maxsize=32)
def world_of(maze: MazeMap, speed: float = 1.0) -> PlaceWorld:
    """The lattice of a maze with its true dynamics; where the actions lead is worked out once."""
    edge = maze.half - 1.0 - RADIUS
    lattice = Lattice.over(-edge, edge, SPACING, maze.is_free)
    return PlaceWorld(lattice, maze_physics(maze, speed).places_after, action_grid(SIDE))


def recover_places(
    maze: MazeMap, shown: Demonstrations, config: PlaceConfig | None = None, *, seed: int = 0
) -> MazeRecovery:
    """The reward of places that explains demonstrations in a maze.

    Args:
        seed: of the moves at random that dynamics are learned from.

    Raises:
        DemonstrationError: they are not of a point in this maze, or too many.
        MazeError: the maze's goal varies: a reward of places is one for all episodes.
    """
    config = config or PlaceConfig()
    assert maze.goal.size  # or MazeError
    space = shown.action_space
    if not isinstance(space, Box) or space.size != 2 or shown.obs.ndim != 2 or shown.obs.shape[1] < 2:
        raise DemonstrationError(
            f"these demonstrations are of {shown.provenance.task[:60]}, not of a point maze"
        )
    if shown.n_steps > MAX_STEPS:
        raise DemonstrationError(f"{shown.n_steps} moves are more than the {MAX_STEPS} that are learned from")
    places, actions = shown.obs[:, :2].astype(np.float64), np.clip(shown.action.astype(np.float64), -1.0, 1.0)
    if (np.abs(places) > maze.half).any():
        raise DemonstrationError("a demonstration leaves this maze: use the maze that it was recorded in")
    world = world_of(maze)
    if config.dynamics == "learned":
        world = PlaceWorld(world.lattice, learned_moves(maze, seed), world.actions)
    prior = PlacePrior(config.length, config.scale)
    solution = place_likelihood(
        world, places, actions, gamma=config.gamma, temperature=config.temperature, prior=prior
    )
    info = _info(maze, shown, config)
    return MazeRecovery(maze, config, solution, places, world, reward_of(world.lattice, solution, info))


def reward_of(lattice: Lattice, solution: PlaceSolution, info: RewardInfo) -> PlaceReward:
    """The solution as a reward that can be called, kept and trained on."""
    frame = np.array([*lattice.low, lattice.spacing])
    return PlaceReward(on_lattice(lattice, solution.reward), on_lattice(lattice, solution.sd), frame, info)


def _info(maze: MazeMap, shown: Demonstrations, config: PlaceConfig) -> RewardInfo:
    return RewardInfo(
        kind="state",
        title=f"{PLACE_METHODS[METHOD].title} in a point maze",
        gamma=config.gamma,
        temperature=config.temperature,
        terminal="zero",
        observation_space=Box((shown.obs.shape[1],)),
        action_space=ACTIONS,
        method=METHOD,
        map_text=format_maze(maze),
        provenance={"config": asdict(config), "demonstrations": asdict(shown.provenance)},
    )
