"""``figure-5`` and ``maze-transfer``: rewards of places in a maze (Garg et al. 2021, figure 5).

Beside every map stands what learns nothing, the density of the demonstrated places; as controls, rewards that
are known, shown by an expert who is soft-optimal for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from irl_app.analysis import mean_interval
from irl_app.envs.maze_map import MAZES, MazeMap, parse_maze
from irl_app.mazes import (
    MazeRecovery,
    PlaceConfig,
    anywhere,
    planner,
    play,
    recover_places,
    starts_of,
    world_of,
)
from irl_app.mazes.driven import shown_by_expert
from irl_app.mazes.judging import Truth, log_density, map_figures
from irl_app.reproduce.maze_networks import UPDATES, Formulation, formulations
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.tasks import Obs, Policy
from irl_app.tasks.point_maze import waypoints
from irl_app.tasks.vector_env import Actions
from trainers.arrays import FloatArray
from trainers.places import Lattice, PlacePrior, Plan, place_likelihood

SEEDS, QUICK_SEEDS = range(5), range(2)
N_DEMOS, EPISODES, QUICK_EPISODES = 20, 50, 10
PLAY_SEED = 6_000_029
SLOWER = 0.6
RIGHT, LEFT = (parse_maze(MAZES[name]) for name in ("right", "left"))
FORMULATIONS: Mapping[str, PlaceConfig] = {
    "causal ML": PlaceConfig(),
    "causal ML, dynamics learned": PlaceConfig(dynamics="learned"),
    "causal ML, rewards alike within 2 m": PlaceConfig(length=2.0),
    "causal ML, within 0.5 m": PlaceConfig(length=0.5),
}
MERE = "density of visits, nothing learned"
MAP_COLUMNS: Mapping[str, str] = {
    "success": "arrives",
    "pearson_true": "P true",
    "spearman_true": "S true",
    "pearson_geodesic": "P way left",
    "spearman_geodesic": "S way left",
    "pearson_true_all": "P true, all",
    "spearman_geodesic_all": "S way left, all",
}
RIGHT_TASK = "PointMaze-right"
COPIED = waypoints(RIGHT)
COPIES: Mapping[str, str] = {
    "IQ-Learn as the paper has it, raw": "copying the moves of IQ-Learn as the paper has it",
    "IQ-Learn, centred on the clone, raw": "copying those of IQ-Learn, centred on the clone",
    "AIRL, g(s)": "copying those of AIRL",
}
"""Row of a network -> that of its own moves, where the world has changed."""
COPY, TRUTH = "copying the expert's moves", "planning anew on the true reward"
CHANGES = ("barrier left", "barrier left, starts lower left", "slower motor", "starts anywhere")
GENTLE, CONTROL_GAMMA, SHARP = 0.3, 0.9, 10.0


def figure_5(options: Options) -> Report:
    """Map and policy of every formulation, the baseline and the controls."""
    seeds, n = _sizes(options)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in (*FORMULATIONS, MERE)}
    controls: dict[str, list[float]] = {name: [] for name in ("minus the distance", "a bump at the goal")}
    networks = formulations(RIGHT, RIGHT_TASK, N_DEMOS, seeds, options)
    for seed in seeds:
        for name, config in FORMULATIONS.items():
            options.progress(seed, len(seeds), name)
            recovery = _recovered(seed, config)
            found[name].append(_map(recovery, recovery.solution.reward, recovery.plan(), n))
        density = _density(recovery)
        plan = recovery.world.plan(density, PlaceConfig.plan_gamma)
        found[MERE].append(_map(recovery, density, plan, n))
        for name in controls:
            controls[name].append(_control(name, seed))
        for name, each in networks.items():
            options.progress(seed, len(seeds), name)
            found.setdefault(name, []).append(_network_map(each[seed], recovery, n))
    rows = [
        (name, *(_cell([own[key] for own in each]) for key in MAP_COLUMNS)) for name, each in found.items()
    ]
    control_rows = [(f"true reward: {name}", _cell(each)) for name, each in controls.items()]
    notes = (
        f"Mean over {len(seeds)} seeds; {N_DEMOS} demonstrations, {n} episodes.",
        "P and S: Pearson's and Spearman's correlation of the map with minus the distance, the true reward, "
        "and with minus the way left round the walls, on visited places and on all.",
        f"Networks: {UPDATES:,} updates from as many demonstrations of the same expert. Their map is what "
        "the learner's own move from a place pays, and what arrives is its own policy.",
    )
    sections = (
        Section("Maps and what agents do with them", ("formulation", *MAP_COLUMNS.values()), tuple(rows)),
        Section("Controls: a known reward, a soft-optimal expert", ("", "P with it"), tuple(control_rows)),
    )
    values = {
        "name": "figure-5",
        "maps": _means(found),
        "controls": {k: float(np.mean(v)) for k, v in controls.items()},
    }
    return Report(sections, notes, values)


def maze_transfer(options: Options) -> Report:
    """Success where the world has changed, of agents that plan anew and of moves that are copied."""
    seeds, n = _sizes(options)
    found: dict[str, list[dict[str, float]]] = {
        name: [] for name in (*list(FORMULATIONS)[:2], MERE, COPY, TRUTH)
    }
    networks = formulations(RIGHT, RIGHT_TASK, N_DEMOS, seeds, options)
    for seed in seeds:
        for name in list(FORMULATIONS)[:2]:
            options.progress(seed, len(seeds), name)
            recovery = _recovered(seed, FORMULATIONS[name])
            found[name].append(_changed(seed, n, partial(_on_reward, recovery)))
        nodes, density = recovery.world.lattice, _density(recovery)
        found[MERE].append(_changed(seed, n, partial(_on_density, nodes, density)))
        found[COPY].append(_changed(seed, n, lambda maze, speed: COPIED))
        found[TRUTH].append(_changed(seed, n, _on_truth))
        for name, each in networks.items():
            options.progress(seed, len(seeds), name)
            own = each[seed]
            found.setdefault(f"{name}, planned on", []).append(_changed(seed, n, partial(_on_network, own)))
            if name in COPIES:
                found.setdefault(COPIES[name], []).append(_changed(seed, n, partial(_copied, own)))
    rows = [(name, *(_cell([own[key] for own in each]) for key in CHANGES)) for name, each in found.items()]
    notes = (
        f"Share of {n} episodes that end at the goal, mean over {len(seeds)} seeds.",
        "The reward was learned with the barrier on the right. Slower motor: "
        f"{100 * SLOWER:.0f} % of the speed.",
    )
    section = Section("Success where the world has changed", ("acts by", *CHANGES), tuple(rows))
    return Report((section,), notes, {"name": "maze-transfer", "success": _means(found)})


def _sizes(options: Options) -> tuple[range, int]:
    return (QUICK_SEEDS, QUICK_EPISODES) if options.quick else (SEEDS, EPISODES)


def _recovered(seed: int, config: PlaceConfig) -> MazeRecovery:
    return recover_places(RIGHT, shown_by_expert(RIGHT, N_DEMOS, seed), config, seed=seed)


def _density(recovery: MazeRecovery) -> FloatArray:
    """(S,) log-density of the demonstrated places, as a reward of deviation one."""
    density = log_density(recovery.places, recovery.world.lattice.nodes)
    return np.asarray((density - density.mean()) / density.std())


def _map(recovery: MazeRecovery, values: FloatArray, plan: Plan, n: int) -> dict[str, float]:
    nodes = recovery.world.lattice.nodes
    starts = starts_of(RIGHT, n, np.random.default_rng(PLAY_SEED))
    figures = map_figures(RIGHT, nodes, values, recovery.visited, recovery.places)
    return figures | {"success": play(RIGHT, planner(plan), starts, 0).success}


def _network_map(own: Formulation, recovery: MazeRecovery, n: int) -> dict[str, float]:
    """The figures of a network's reward on the places that a recovery has evidence of."""
    starts = starts_of(RIGHT, n, np.random.default_rng(PLAY_SEED))
    nodes, values = recovery.world.lattice.nodes, own.reward.map()
    figures = map_figures(RIGHT, nodes, values, recovery.visited, recovery.places)
    return figures | {"success": play(RIGHT, own.policy, starts, 0).success}


def _control(name: str, seed: int) -> float:
    """Pearson's correlation with a known reward, shown from everywhere by who is soft-optimal for it."""
    world, rng = world_of(RIGHT), np.random.default_rng([seed, 5])
    away = -Truth.of(RIGHT, world.lattice.nodes).true
    true = -away if name == "minus the distance" else 3.0 * np.exp(-(away**2) / 2.0)
    plan = world.plan(true, CONTROL_GAMMA, GENTLE)

    def soft(obs: Obs, generator: np.random.Generator) -> Actions:
        q = world.lattice.at(plan.q, np.asarray(obs[:, :2], dtype=np.float64)) / GENTLE
        return np.asarray(world.actions[(q + generator.gumbel(size=q.shape)).argmax(axis=1)])

    shown = play(RIGHT, soft, anywhere(RIGHT, N_DEMOS, rng), seed)
    places, actions = shown.states[:, :-1, :2].reshape(-1, 2), shown.actions.reshape(-1, 2)
    found = place_likelihood(
        world, places, actions, gamma=CONTROL_GAMMA, temperature=GENTLE, prior=PlacePrior(1.0, 3.0)
    )
    seen = np.asarray(world.lattice.weights(places).sum(axis=0)).ravel() >= 0.5
    return float(np.corrcoef(found.reward[seen], true[seen])[0, 1])


def _on_reward(recovery: MazeRecovery, maze: MazeMap, speed: float) -> Policy:
    return planner(recovery.plan(maze, speed=speed))


def _on_density(own: Lattice, density: FloatArray, maze: MazeMap, speed: float) -> Policy:
    world = world_of(maze, speed)
    return planner(world.plan(own.moved_to(world.lattice, density), PlaceConfig.plan_gamma))


def _on_network(own: Formulation, maze: MazeMap, speed: float) -> Policy:
    return planner(own.reward.plan(maze, speed))


def _copied(own: Formulation, maze: MazeMap, speed: float) -> Policy:
    return own.policy


def _on_truth(maze: MazeMap, speed: float) -> Policy:
    world = world_of(maze, speed)
    return planner(world.plan(SHARP * Truth.of(maze, world.lattice.nodes).true, PlaceConfig.plan_gamma))


Acting = Callable[[MazeMap, float], Policy]


def _changed(seed: int, n: int, acting: Acting) -> dict[str, float]:
    """Success under every change of the world."""
    rng = np.random.default_rng([PLAY_SEED, seed])
    lower_left = starts_of(LEFT, n, rng) * np.array([-1.0, 1.0, 1.0, 1.0])
    cases = (
        (LEFT, starts_of(LEFT, n, rng), 1.0),
        (LEFT, lower_left, 1.0),
        (RIGHT, starts_of(RIGHT, n, rng), SLOWER),
        (RIGHT, anywhere(RIGHT, n, rng), 1.0),
    )
    return {
        name: play(maze, acting(maze, speed), starts, seed, speed=speed, moves=75).success
        for name, (maze, starts, speed) in zip(CHANGES, cases, strict=True)
    }


def _cell(values: list[float]) -> str:
    return short(spread(values), 2)


def _means(found: Mapping[str, list[dict[str, float]]]) -> dict[str, object]:
    return {
        name: {key: mean_interval([own[key] for own in each]).as_json() for key in each[0]}
        for name, each in found.items()
    }


FIGURE_5 = Reproduction(
    "figure-5",
    "Maps and policies of rewards of places in a maze, beside mere density and controls, five seeds",
    "two seeds, ten episodes",
    figure_5,
)
MAZE_TRANSFER = Reproduction(
    "maze-transfer",
    "A reward learned with the barrier on the right, planned on where the world has changed, five seeds",
    "two seeds, ten episodes",
    maze_transfer,
)
