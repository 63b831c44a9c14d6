"""Policies that demonstrate: soft-optimal, shortest path, and the latter with noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations import Demonstrations, collect
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS
from trainers.settings import SHARE, Range
from trainers.tabular.planning import expected_reward, optimal, soft_optimal

FloatArray = NDArray[np.float64]
TEMPERATURES = Range(1e-3, 1e3)


class ExpertError(ValueError):
    """An expert that does not exist or whose parameter is out of range."""


@dataclass(frozen=True)
class Expert:
    """One kind of expert: its name, how people call it, what its one parameter means, and how it is built.

    Attributes:
        name: key in `EXPERTS`. title, help: for people.
        parameter: name of its number, None if it has none. range: what that may be.
        default: the number's usual value. low, high: what is comfortable to choose from.
        build: (grid, number) -> (S, A) policy; the number is ignored where there is no parameter.
    """

    name: str
    title: str
    help: str
    build: Callable[[GridSpec, float], FloatArray]
    parameter: str | None = None
    range: Range = SHARE
    default: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def describe(self, value: float) -> str:
        """The expert with its number in words, for provenance: ``soft-optimal, temperature 1``."""
        return f"{self.name}, {self.parameter} {value:g}" if self.parameter else self.name


def soft_expert(grid: GridSpec, temperature: float) -> FloatArray:
    """(S, A) soft-optimal policy of the true reward: probable in proportion to exp(Q(s, a) / temperature).

    The lower the temperature, the closer to optimal. Where the goal ends the episode a high temperature keeps
    away from it, for nothing random can be done after the end. ExpertError unless it is in `TEMPERATURES`.
    """
    if temperature not in TEMPERATURES:
        raise ExpertError(f"the temperature must lie {TEMPERATURES}, got {temperature:g}: choose 1, say")
    mdp = grid.mdp()
    return soft_optimal(mdp, expected_reward(mdp, grid.state_reward()), temperature).policy


def shortest_path_expert(grid: GridSpec) -> FloatArray:
    """(S, A) policy that aims at a cell nearest to a goal, ties at random; it ignores slip and every reward.

    At a goal that does not end the episode it stays (with four actions: bumps, or stays close). Where no way
    leads to a goal it moves at random. A grid without a goal has no path: there it is the optimal policy of
    the true reward.
    """
    if not grid.goals.any():
        mdp = grid.mdp()
        return optimal(mdp, expected_reward(mdp, grid.state_reward())).policy
    distance = grid.shortest_distances()[grid.targets[:, : grid.n_actions]]  # (S, A)
    best = distance == distance.min(axis=1, keepdims=True)  # ties, and every move where there is no way
    best[~grid.mdp().live] = True
    return best / best.sum(axis=1, keepdims=True)


def noisy_expert(grid: GridSpec, epsilon: float) -> FloatArray:
    """(S, A) shortest-path policy that acts uniformly at random with probability epsilon in [0, 1]."""
    if epsilon not in SHARE:
        raise ExpertError(f"epsilon is a probability {SHARE}, got {epsilon:g}: choose 0.1, say")
    return (1.0 - epsilon) * shortest_path_expert(grid) + epsilon / grid.n_actions


def expert_of(
    task: str, name: str | None = None, value: float | None = None, *, own_map: bool = False
) -> tuple[str, float]:
    """Name and number of an expert: what is not given is as usual in ``gridworld/PRESET``, or on a map.

    Raises:
        ExpertError: unknown name; the message lists them.
    """
    preset = None if own_map else PRESETS.get(task.partition("/")[2])
    if name is None:
        name, value = (preset.expert, preset.expert_value) if preset else ("soft-optimal", None)
    return name, _expert(name).default if value is None else value


def expert_policy(name: str, grid: GridSpec, value: float | None = None) -> FloatArray:
    """(S, A) policy of the expert called `name`; None takes its usual number.

    Raises:
        ExpertError: unknown name (the message lists them) or a number out of range.
    """
    expert = _expert(name)
    return expert.build(grid, expert.default if value is None else value)


def demonstrate(
    task: str, grid: GridSpec, name: str, value: float, n_demos: int, seed: int
) -> Demonstrations:
    """The first ``n_demos`` episodes that an expert shows in the grid of a task.

    Raises:
        ExpertError: as `expert_policy`.
        DemonstrationError: the number of demonstrations is out of range.
    """
    policy = expert_policy(name, grid, value)
    return collect(grid, policy, n_demos, seed, EXPERTS[name].describe(value), task=task)


def _expert(name: str) -> Expert:
    if name not in EXPERTS:
        raise ExpertError(f"unknown expert {name[:40]!r}, the experts are {', '.join(EXPERTS)}")
    return EXPERTS[name]


EXPERTS: dict[str, Expert] = {
    expert.name: expert
    for expert in (
        Expert(
            "soft-optimal",
            "Soft-optimal",
            "Prefers better actions in proportion to exp(Q/τ): nearly optimal at low τ, random at high τ. "
            "A goal that ends the episode is avoided at high τ, since its randomness ends there too.",
            soft_expert,
            "temperature",
            TEMPERATURES,
            default=1.0,
            low=0.01,
            high=10.0,
        ),
        Expert(
            "shortest-path",
            "Shortest path",
            "Takes a shortest way to the nearest goal, ties at random; without a goal, the optimal policy.",
            lambda grid, _value: shortest_path_expert(grid),
        ),
        Expert(
            "noisy",
            "Shortest path with noise",
            "Takes a shortest way, but with probability ε acts at random instead.",
            noisy_expert,
            "epsilon",
            SHARE,
            default=0.1,
            low=SHARE.low,
            high=SHARE.high,
        ),
    )
}
