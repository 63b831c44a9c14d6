"""How good a recovered reward of places is: what agents do with it, and what its map agrees with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from irl_app.analysis.estimates import UndefinedMetricError, pearson, spearman
from irl_app.analysis.verdict import Answer, Verdict
from irl_app.envs.maze_map import MazeMap
from irl_app.mazes.playing import anywhere, planner, play, starts_of
from irl_app.mazes.recovery import MazeRecovery
from trainers.arrays import BoolArray, FloatArray

EPISODES = 100
PLAY_SEED = 6_000_023
"""Of the starts that agents are judged by; no demonstration has them."""
ARRIVES, AGREES = 0.95, 0.8
"""Share of episodes, and correlation with the true reward, from which on a reward or its map is good."""
BANDWIDTH = 0.5
"""Metres, of the density of demonstrated places."""


class Words(NamedTuple):
    """A figure for people: its name, and a sentence with a place for it."""

    title: str
    sentence: str


FIGURES: Mapping[str, Words] = {
    "success": Words("Arrives", "An agent that plans on the recovered reward arrives in {} of its episodes."),
    "success_anywhere": Words("Arrives from anywhere", "From starts all over the maze it arrives in {}."),
    "mean_return": Words("True return", "It earns {} of the true reward in an episode."),
    "spearman_geodesic": Words(
        "Ranks like the way left",
        "Where the expert was, the map ranks places like the way left: {}, 1 is best.",
    ),
    "pearson_geodesic": Words(
        "Agrees with the way left", "Its correlation with minus the way left is {} there."
    ),
    "pearson_true": Words(
        "Agrees with the true reward", "Its correlation with minus the distance, the truth, is {} there."
    ),
    "spearman_true": Words("Ranks like the true reward", "It ranks places like the true reward: {}."),
    "density_baseline": Words(
        "Mere density, ranks like the way left",
        "The density of demonstrated places, which learns nothing, ranks them like the way left: {}.",
    ),
    "density_baseline_true": Words(
        "Mere density, agrees with the true reward", "And correlates with the true reward: {}."
    ),
    "spearman_geodesic_all": Words(
        "Everywhere, ranks like the way left", "In all places, evidence or not: {}."
    ),
    "pearson_true_all": Words(
        "Everywhere, agrees with the true reward", "In all places, with the truth: {}."
    ),
    "visited": Words("Places with evidence", "The expert was in {} of the places."),
    "log_likelihood": Words("Log-likelihood", "A demonstrated move has {} nats over an even choice."),
}
SHARES = ("success", "success_anywhere", "visited")


@dataclass(frozen=True, eq=False)
class Truth:
    """What a map of a maze can be compared with, at places (n, 2).

    Attributes:
        true: (n,) the true reward. geodesic: (n,) minus the metres of the shortest way.
    """

    true: FloatArray
    geodesic: FloatArray

    @staticmethod
    def of(maze: MazeMap, places: FloatArray) -> Truth:
        """Of a maze with one goal."""
        goal = maze.goal
        return Truth(-np.linalg.norm(places - goal, axis=1), -maze.distances(places, goal))


def log_density(shown: FloatArray, places: FloatArray, bandwidth: float = BANDWIDTH) -> FloatArray:
    """(n,) log of a Gaussian kernel density of demonstrated places (m, 2), at places (n, 2)."""
    apart = ((places[:, None] - shown[None]) ** 2).sum(axis=-1)
    return np.asarray(np.log(np.exp(-apart / (2.0 * bandwidth**2)).mean(axis=1) + 1e-12))


def map_figures(
    maze: MazeMap, places: FloatArray, values: FloatArray, visited: BoolArray, shown: FloatArray
) -> dict[str, float]:
    """What a map (n,) at places (n, 2) agrees with, where there is evidence (n,) and everywhere.

    Args:
        shown: (m, 2) demonstrated places, for the baseline that learns nothing.
    """
    truth, density = Truth.of(maze, places), log_density(shown, places)
    reached = np.isfinite(truth.geodesic)
    seen, values = visited & reached, np.asarray(values)
    return {
        "spearman_geodesic": _or_zero(spearman, values[seen], truth.geodesic[seen]),
        "pearson_geodesic": _or_zero(pearson, values[seen], truth.geodesic[seen]),
        "pearson_true": _or_zero(pearson, values[seen], truth.true[seen]),
        "spearman_true": _or_zero(spearman, values[seen], truth.true[seen]),
        "density_baseline": _or_zero(spearman, density[seen], truth.geodesic[seen]),
        "density_baseline_true": _or_zero(pearson, density[seen], truth.true[seen]),
        "spearman_geodesic_all": _or_zero(spearman, values[reached], truth.geodesic[reached]),
        "pearson_true_all": _or_zero(pearson, values[reached], truth.true[reached]),
    }


def _or_zero(metric: object, x: FloatArray, y: FloatArray) -> float:
    """A correlation; 0 for a map that is the same everywhere."""
    try:
        return float(metric(x, y))  # type: ignore[operator]
    except UndefinedMetricError:
        return 0.0


def judge_places(recovery: MazeRecovery, n_episodes: int = EPISODES) -> dict[str, float]:
    """Every figure of ``FIGURES`` for one seed's recovery."""
    maze, lattice = recovery.maze, recovery.world.lattice
    agent, rng = planner(recovery.plan()), np.random.default_rng(PLAY_SEED)
    own = play(maze, agent, starts_of(maze, n_episodes, rng), 0)
    far = play(maze, agent, anywhere(maze, n_episodes, rng), 0)
    found = map_figures(maze, lattice.nodes, recovery.solution.reward, recovery.visited, recovery.places)
    found |= {
        "success": own.success,
        "success_anywhere": far.success,
        "mean_return": own.mean_return,
        "visited": float(recovery.visited.mean()),
        "log_likelihood": recovery.solution.log_likelihood,
    }
    return {name: found[name] for name in FIGURES}


def verdict_of(figures: Sequence[Mapping[str, float]]) -> tuple[Verdict, tuple[str, ...]]:
    """What the seeds' figures say of planning here and of reading the map, and what limits the answer."""
    mean = {name: float(np.mean([own[name] for own in figures])) for name in FIGURES}
    arrives = f"An agent that plans on it arrives in {100 * mean['success']:.0f} % of its episodes"
    agrees = (
        f"Where the expert was, its map ranks places like the way left: {mean['spearman_geodesic']:.2f}, "
        f"1 is best, and agrees with the true reward: {mean['pearson_true']:.2f}"
    )
    arrived, agreed = mean["success"] >= ARRIVES, mean["pearson_true"] >= AGREES
    here = Answer("good" if arrived else "poor", f"{arrives}.")
    read = Answer("good" if arrived and agreed else "fair" if arrived else "poor", f"{agrees}.")
    elsewhere = Answer(None, "Not tried here: reproduce maze-transfer moves the walls.")
    warnings = []
    if mean["density_baseline"] >= mean["spearman_geodesic"] - 0.1:
        warnings.append(
            f"The density of demonstrated places alone ranks them like the way left: "
            f"{mean['density_baseline']:.2f}. Such a map proves little."
        )
    if mean["visited"] < 0.9:
        warnings.append(
            f"The expert was in {100 * mean['visited']:.0f} % of the places: what the map says elsewhere is "
            "what was believed before."
        )
    return Verdict(here, elsewhere, read), tuple(warnings)
