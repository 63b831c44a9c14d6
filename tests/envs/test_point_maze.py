"""The point's physics are gymnasium-robotics' own, from any state, without files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from irl_app.envs import POINT_MAZE_IDS
from irl_app.envs.maze_map import MAZES, parse_maze
from irl_app.envs.maze_physics import MazePhysics, physics_of, point_model, simulated
from irl_app.envs.point_maze import PointMaze
from irl_app.tasks import get_task, random_policy, rollout
from irl_app.tasks.point_maze import POINT_MAZES

RIGHT = parse_maze(MAZES["right"])


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_force_moves_it_as_in_gymnasium_robotics(temporary: Path) -> None:
    from gymnasium_robotics.envs.maze.point_maze import PointMazeEnv

    letters = {"#": 1, ".": 0, "S": "r", "G": "g"}
    rows = [[letters[cell] for cell in row] for row in MAZES["right"].splitlines()]
    theirs = PointMazeEnv(maze_map=rows, continuing_task=True, reset_target=False)
    theirs.reset(seed=0)
    ours, rng = simulated(point_model(RIGHT)), np.random.default_rng(0)
    for _ in range(200):
        state = rng.uniform(-2.4, 2.4, 2), rng.uniform(-3.0, 3.0, 2)
        if not RIGHT.is_free(state[0][None])[0]:
            continue
        force = rng.uniform(-1.0, 1.0, 2)
        for env in (theirs.point_env, ours):
            env.data.qacc_warmstart[:] = 0.0
            env.set_state(*state)
        np.testing.assert_allclose(ours.step(force)[0], theirs.step(force)[0]["observation"], atol=1e-15)


def test_setting_a_state_and_stepping_is_stepping() -> None:
    env, physics, rng = PointMaze("right"), physics_of(RIGHT), np.random.default_rng(1)
    state, _ = env.reset(seed=2)
    for _ in range(40):
        action = rng.uniform(-1.0, 1.0, 2)
        after = physics.step(state[None], action[None])[0]
        state = env.step(action)[0]
        np.testing.assert_array_equal(after, state)


def test_many_mazes_leave_no_file_behind(temporary: Path) -> None:
    for name in ("right", "u"):
        gym.make(POINT_MAZE_IDS[name]).reset(seed=0)
    assert list(temporary.iterdir()) == []


def test_from_rest_the_short_cut_is_the_simulation() -> None:
    physics, rng = physics_of(RIGHT), np.random.default_rng(0)
    places = rng.uniform(-2.4, 2.4, (300, 2))
    places = places[RIGHT.is_free(places)]
    actions = rng.uniform(-1.0, 1.0, places.shape)
    simulated_all = physics.step(np.concatenate([places, 0.0 * places], axis=1), actions)[:, :2]
    np.testing.assert_allclose(physics.places_after(places, actions), simulated_all, atol=1e-4)
    away = np.array([[0.0, 1.5]])
    assert np.linalg.norm(physics.places_after(away, np.array([[1.0, 0.0]])) - away) == pytest.approx(
        0.3, abs=0.02
    )


def test_a_wall_stops_it() -> None:
    places = np.array([[1.0, -0.7], [1.0, 0.7]])
    moved = physics_of(RIGHT).places_after(places, np.array([[0.0, 1.0], [0.0, -1.0]]))
    assert (np.abs(moved[:, 1]) > 0.55).all()


def test_a_slower_motor_gets_less_far() -> None:
    here, action = np.array([[0.0, 1.5]]), np.array([[1.0, 0.0]])
    ways = [float((MazePhysics(RIGHT, s).places_after(here, action) - here)[0, 0]) for s in (0.5, 1.0)]
    assert ways[0] == pytest.approx(0.5 * ways[1], rel=0.05)
    with pytest.raises(ValueError, match="speed"):
        MazePhysics(RIGHT, 0.0)


def test_many_at_once_are_one_after_the_other() -> None:
    task = get_task("PointMaze-right")
    env, many = task.make(), task.make_vec(3)
    obs, _ = env.reset(seed=7)
    np.testing.assert_array_equal(many.reset(np.array([2]), np.array([7]))[0], obs.astype(np.float32))
    rng = np.random.default_rng(0)
    for _ in range(task.max_moves):
        action = rng.uniform(-1.0, 1.0, (1, 2)).astype(np.float32)
        step = many.step(np.array([2]), action)
        obs, reward, terminated, truncated, _ = env.step(action[0])
        np.testing.assert_array_equal(step.obs[0], obs.astype(np.float32))
        assert (step.reward[0], step.terminated[0], step.truncated[0]) == (reward, terminated, truncated)
    assert truncated


@pytest.mark.parametrize("task", POINT_MAZES, ids=lambda task: task.name)
def test_whoever_knows_the_way_arrives_and_the_true_reward_is_the_distance(task) -> None:  # type: ignore[no-untyped-def]
    played = rollout(task, task.expert[1], 20, 0, keep=True)
    assert all(episode.rewards[-1] > -0.45 for episode in played.episodes)
    assert played.returns.mean() == pytest.approx(task.expert_return, abs=0.1 * abs(task.random_return))
    steps = played.transitions()
    found = task.true_reward(steps.obs, steps.action, steps.next_obs, steps.terminated)
    np.testing.assert_allclose(found, steps.reward, atol=1e-6)
    assert rollout(task, random_policy(task), 5, 0).returns.mean() < 2.0 * task.expert_return


def test_a_varying_goal_is_observed_and_found() -> None:
    from irl_app.tasks.point_maze import maze_task

    text = "#######\n#G...G#\n#.....#\n#######\n".replace("#.....#", "#..S..#")
    task = maze_task("PointMaze-two", text, (-1.0, 0.0), "", "irl_app/PointMaze-v0")
    played = rollout(task, task.expert[1], 12, 0, keep=True)
    assert {tuple(obs[4:]) for obs in played.first_obs} == {(-2.0, 0.5), (2.0, 0.5)}
    assert all(episode.rewards[-1] > -0.45 for episode in played.episodes)
    assert task.make().reset(seed=0)[0].shape == (6,)


def test_the_point_is_drawn() -> None:
    paint = get_task("PointMaze-right").make_painter()  # type: ignore[misc]
    here, there = (paint(np.array([x, -1.5, 0, 0], dtype=np.float32)) for x in (0.0, 1.0))
    assert here.shape == (420, 420, 3)
    assert (here != there).any()
