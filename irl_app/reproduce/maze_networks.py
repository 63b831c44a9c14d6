"""Networks that learn in a maze: their rewards as maps, and as something to plan on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from irl_app.envs.maze_map import MazeMap
from irl_app.mazes import PlaceConfig, Play, anywhere, play, starts_of, world_of
from irl_app.reproduce.report import Options
from irl_app.reproduce.run_cache import UNWATCHED, finished_runs
from irl_app.reproduce.table_3 import PLAIN
from irl_app.rewards import Perceptron, disentangle_steps
from irl_app.runs import read_config
from irl_app.tasks import Policy
from irl_app.tasks.point_maze import ACTIONS, GAMMA, maze_physics
from irl_app.tasks.vector_env import Actions, Obs
from irl_app.training.learners import load_learners
from irl_app.training.request import request
from trainers.arrays import FloatArray
from trainers.learner import Learner, policy_of
from trainers.places import Plan

StepReward = Callable[[FloatArray, Actions, FloatArray], FloatArray]
"""(B, 4) states, (B, 2) actions, (B, 4) states after them -> (B,)."""
Reading = Literal["raw", "state-only", "g"]
"""Q - gamma V(s'); what is left of it without shaping, by least squares; AIRL's g(s)."""
RUNS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "iq-paper": ("iq", PLAIN),
    "iq": ("iq", {}),
    "iq-states": ("iq", {"online": True, "actions_from": "policy"}),
    "airl": ("airl", {}),
}
"""Run -> its method, and what differs from the task's usual settings."""
ROWS: Mapping[str, tuple[str, Reading]] = {
    "IQ-Learn as the paper has it, raw": ("iq-paper", "raw"),
    "IQ-Learn, centred on the clone, raw": ("iq", "raw"),
    "the same, state-only part": ("iq", "state-only"),
    "IQ-Learn, states alone, raw": ("iq-states", "raw"),
    "AIRL, g(s)": ("airl", "g"),
}
"""Row of a table -> its run, and how the reward is read."""
UPDATES = 8_000
QUICK: Mapping[str, Any] = {"updates": 50, "warmup": 50, "compile": False}
QUICK_RUNS = ("airl",)
FITTED = 50
"""Episodes of the learner's own, and of random play from anywhere, that a state-only part is fitted on."""
SHARP = 10.0
"""Temperatures in a deviation of the reward, for whoever plans on it."""


@dataclass(frozen=True, eq=False)
class NetworkFormulation:
    """One seed's learner in a maze, and a reading of its reward.

    Attributes:
        maze: in which it learned. learner: who acts. reward: what it pays.
    """

    maze: MazeMap
    learner: Learner
    reward: StepReward

    @property
    def policy(self) -> Policy:
        """What it does, wherever it is."""
        return policy_of(self.learner)

    @cached_property
    def map(self) -> FloatArray:
        """(S,) what its own move from each node, at rest, pays."""
        states = _at_rest(world_of(self.maze).lattice.nodes)
        actions = self.policy(states.astype(np.float32), np.random.default_rng(0))
        return self.reward(states, actions, maze_physics(self.maze).step(states, actions))

    def plan(self, maze: MazeMap, speed: float = 1.0) -> Plan:
        """Control of its reward in another maze, or with a slower motor."""
        world = world_of(maze, speed)
        k = len(world.actions)
        states = np.repeat(_at_rest(world.lattice.nodes), k, axis=0)
        actions = np.tile(world.actions, (world.lattice.size, 1))
        paid = self.reward(states, actions, maze_physics(maze, speed).step(states, actions))
        return world.plan(SHARP * paid.reshape(-1, k) / self.map.std(), PlaceConfig.plan_gamma)


def formulations(
    maze: MazeMap, n_demos: int, seeds: range, options: Options
) -> dict[str, tuple[NetworkFormulation, ...]]:
    """Every row's formulation of every seed; trained, all seeds side by side, where the cache has none.

    The quick form has those of a few runs alone.

    Raises:
        RunError, OSError: as `finished_runs`.
    """
    asked = {**UNWATCHED, **(QUICK if options.quick else {"updates": UPDATES})}
    asks = {
        name: request("PointMaze-right", method, seeds=seeds, episodes=n_demos, settings={**asked, **own})
        for name, (method, own) in RUNS.items()
        if not options.quick or name in QUICK_RUNS
    }
    runs = finished_runs(asks, lambda name: f"maze-{name}", options)
    learned = {name: load_learners(run, read_config(run)) for name, run in runs.items()}
    found = {}
    for row, (name, reading) in ROWS.items():
        if name not in learned:
            continue
        rewards = [
            _on_observations(learned[name].disentangled[k])
            if reading == "g"
            else _raw(learner) if reading == "raw" else _state_only(maze, learner, seed)
            for k, (seed, learner) in enumerate(zip(seeds, learned[name].each, strict=True))
        ]
        found[row] = tuple(map(partial(NetworkFormulation, maze), learned[name].each, rewards))
    return found


def _at_rest(places: FloatArray) -> FloatArray:
    """(n, 4) states at places (n, 2)."""
    return np.concatenate([places, np.zeros_like(places)], axis=1)


def _raw(learner: Learner) -> StepReward:
    def pays(states: FloatArray, actions: Actions, after: FloatArray) -> FloatArray:
        never = np.zeros(len(states), dtype=bool)
        return learner.judge(states.astype(np.float32), actions, after.astype(np.float32), never).reward

    return pays


def _state_only(maze: MazeMap, learner: Learner, seed: int) -> StepReward:
    """g(s') of the raw reward: what shaping is left in it is taken out by least squares."""
    rng = np.random.default_rng([seed, 7])

    def idle(obs: Obs, generator: np.random.Generator) -> Actions:
        return ACTIONS.sample(generator, (len(obs),))

    own = play(maze, policy_of(learner), starts_of(maze, FITTED, rng), seed)
    steps = [_steps(each) for each in (own, play(maze, idle, anywhere(maze, FITTED, rng), seed))]
    states, actions, after = (np.concatenate(parts) for parts in zip(*steps, strict=True))
    never = np.zeros(len(states), dtype=bool)
    reward = _raw(learner)(states, actions, after)
    g, _ = disentangle_steps(states, after, never, reward, gamma=GAMMA, seed=seed)
    return lambda states, actions, after: g(after)


def _steps(done: Play) -> tuple[FloatArray, Actions, FloatArray]:
    """States, actions and the states after them, one row a move."""
    here, after = done.states[:, :-1].reshape(-1, 4), done.states[:, 1:].reshape(-1, 4)
    return here, done.actions.reshape(-1, 2).astype(np.float32), after


def _on_observations(g: Perceptron) -> StepReward:
    """AIRL's g, which is received in a place, not on entering it (Fu et al. 2018, eq. 4)."""
    return lambda states, actions, after: g(states.astype(np.float32))[:, 0]
