"""Rewards of places in mazes: recovered, judged, planned with elsewhere, kept, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import irl_app
from irl_app.cli import main
from irl_app.demonstrations import DemonstrationError
from irl_app.envs import POINT_MAZE_IDS
from irl_app.envs.maze_map import MAZES, parse_maze
from irl_app.findings.mazes import maze_config, recover_maze_seed, show_the_way
from irl_app.mazes import MazeRecovery, PlaceConfig, planner, play, recover_places, starts_of
from irl_app.mazes.judging import judge_places, log_density, map_figures, verdict_of
from irl_app.rewards import RewardWrapper
from irl_app.runs import RunError, list_runs, read_run

RIGHT, LEFT = parse_maze(MAZES["right"]), parse_maze(MAZES["left"])


@pytest.fixture(scope="module")
def recovery() -> MazeRecovery:
    return recover_places(RIGHT, show_the_way("PointMaze-right", 10, 3)[1])


def test_an_agent_arrives_and_the_map_ranks_places_like_the_way_left(recovery: MazeRecovery) -> None:
    found = judge_places(recovery, n_episodes=20)
    assert found["success"] >= 0.95
    assert found["spearman_geodesic"] >= 0.9
    assert found["pearson_true"] >= 0.8
    verdict, warnings = verdict_of([found])
    assert (verdict.here.level, verdict.elsewhere.level, verdict.map.level) == ("good", None, "good")
    assert "100 %" in verdict.here.reason
    assert "density" in warnings[0]


def test_the_barrier_is_moved_and_the_agent_still_arrives(recovery: MazeRecovery) -> None:
    starts = starts_of(LEFT, 20, np.random.default_rng(0))
    assert play(LEFT, planner(recovery.plan(LEFT)), starts, 0).success >= 0.95
    old_moves = play(LEFT, planner(recovery.plan()), starts, 0)
    assert old_moves.success <= 0.5  # the way round the old barrier ends in the new one


def test_a_slower_motor_is_planned_with(recovery: MazeRecovery) -> None:
    starts = starts_of(RIGHT, 10, np.random.default_rng(0))
    slow = play(RIGHT, planner(recovery.plan(speed=0.7)), starts, 0, speed=0.7)
    assert slow.success >= 0.9
    assert slow.mean_return < play(RIGHT, planner(recovery.plan()), starts, 0).mean_return


def test_learned_dynamics_do() -> None:
    shown = show_the_way("PointMaze-right", 10, 4)[1]
    learned = recover_places(RIGHT, shown, PlaceConfig(dynamics="learned"))
    starts = starts_of(RIGHT, 20, np.random.default_rng(0))
    assert play(RIGHT, planner(learned.plan()), starts, 0).success >= 0.9


def test_the_density_baseline_needs_no_reward() -> None:
    places = np.random.default_rng(0).uniform(-2.0, -1.0, (80, 2))
    density = log_density(places, np.array([[-1.5, -1.5], [1.5, 1.5]]))
    assert density[0] > density[1]
    flat = map_figures(RIGHT, places, np.zeros(80), np.ones(80, dtype=bool), places)
    assert flat["spearman_geodesic"] == 0.0
    assert flat["density_baseline"] != 0.0


def test_demonstrations_of_another_task_are_refused(recovery: MazeRecovery) -> None:
    elsewhere = show_the_way("PointMaze-four-rooms", 2, 0)[1]
    with pytest.raises(DemonstrationError, match="leaves this maze"):
        recover_places(parse_maze("#####\n#S.G#\n#####"), elsewhere)


def test_the_reward_is_kept_whole_and_can_be_trained_on(recovery: MazeRecovery, tmp_path: Path) -> None:
    from irl_app.export import RewardFileError, save_reward

    for suffix in ("npz", "json"):
        loaded = irl_app.load_reward(save_reward(recovery.reward, tmp_path / f"r.{suffix}"))
        np.testing.assert_array_equal(loaded.values, recovery.reward.values)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(loaded.sd, recovery.reward.sd)  # type: ignore[attr-defined]
    with pytest.raises(RewardFileError, match="csv"):
        save_reward(recovery.reward, tmp_path / "r.csv")
    env = RewardWrapper(gym.make(POINT_MAZE_IDS["left"]), loaded)
    env.reset(seed=0)
    obs, reward, *_ = env.step(np.zeros(2, dtype=np.float32))
    lattice = recovery.world.lattice
    assert reward == pytest.approx(lattice.at(recovery.solution.reward, obs[None, :2])[0], abs=1e-5)


def test_the_command_says_what_was_found_and_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "runs" / "maze"
    main(["recover", "PointMaze-right", "--demos", "6", "--seeds", "0,1", "--json", "--out", str(run)])
    told = json.loads(capsys.readouterr().out)
    assert told["metrics"]["success"]["mean"] >= 0.95
    assert {"spearman_geodesic", "pearson_true", "density_baseline"} <= set(told["metrics"])
    kept = read_run(run)
    assert kept.lenses == ("state", "true")
    assert [each.name for each in list_runs(tmp_path / "runs").runs] == ["maze"]
    with pytest.raises(RunError, match="grids"):
        kept.report_file()
    for command in (["report", str(run)], ["runs", "show", str(run)], ["runs", "list"]):
        main(command)
    assert "Arrives" in capsys.readouterr().out
    main(["export", str(run), "--out", str(tmp_path / "r.npz"), "--demos", str(tmp_path / "way-v0")])
    assert irl_app.load_reward(tmp_path / "r.npz").info.kind == "state"
    capsys.readouterr()
    main(["recover", "PointMaze-right", "--from", str(tmp_path / "way-v0"), "--json"])
    assert json.loads(capsys.readouterr().out)["n_demos"] == 6


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    text = "######\n#S...#\n####.#\n#G...#\n######"
    config = maze_config("PointMaze-map", seeds=(0,), n_demos=4, map_text=text)
    (recovery, figures), _ = recover_maze_seed(config, 0)
    assert recovery.maze == parse_maze(text)
    assert figures["success"] >= 0.9


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["PointMaze-right", "--size", "5"], "--size"),
        (["PointMaze-right", "--alpha", "5"], "--alpha"),
        (["PointMaze-right", "--set", "lenght=2"], "lenght"),
        (["PointMaze-right", "--set", "length"], "NAME=VALUE"),
        (["PointMaze-right", "--demos", "exact"], "exact"),
        (["PointMaze-map"], "map"),
        (["PointMaze-nowhere"], "PointMaze-right"),
    ],
)
def test_a_mistake_gets_one_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", *arguments]) == 2
    assert says in capsys.readouterr().err
