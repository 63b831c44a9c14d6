"""The control tasks: true rewards held against the environments, fast batches against slow ones."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.box2d.lunar_lander import heuristic

from irl_app.demonstrations import DemonstrationError, Demonstrations, Episode, Provenance, transitions_of
from irl_app.tasks import TASKS, Task, TaskError, collect_episodes, get_task, random_policy, rollout
from irl_app.tasks.lunar_lander import came_to_rest, lunar_lander_reward, shaping
from irl_app.tasks.vector_env import GymVectorEnv, Obs
from irl_app.training.request import methods_of, usual_config
from trainers.arrays import IntArray
from trainers.gym_spaces import space_from_gymnasium
from trainers.spaces import Discrete, alike

EVERY_TASK = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


class Lander:
    """What Gymnasium's heuristic pilot asks of its environment."""

    unwrapped: Lander
    continuous = False


def land(obs: Obs, generator: np.random.Generator) -> IntArray:
    """Gymnasium's heuristic pilot for Lunar Lander, one move in eight at random."""
    pilot = Lander()
    pilot.unwrapped = pilot
    flown = np.array([heuristic(pilot, row) for row in obs])
    return np.where(generator.random(len(obs)) < 0.125, generator.integers(4, size=len(obs)), flown)


def some_episodes(task: Task, n: int = 12) -> Demonstrations:
    return collect_episodes(task, random_policy(task), n, 5, "random")


@pytest.mark.parametrize(
    "task", [t for t in TASKS.values() if t.true_reward is not None], ids=lambda task: task.name
)
def test_the_true_reward_is_the_environments(task: Task) -> None:
    """Stepped one by one in the environment itself, so that no batch can hide anything."""
    env, rng = task.make(), np.random.default_rng(0)
    rows: list[tuple] = []
    for episode in range(100):
        obs, over = env.reset(seed=episode)[0], False
        while not over and (len(rows) < 800 or episode < 5):
            action = task.action_space.sample(rng, (1,))[0]
            next_obs, reward, terminated, truncated, _ = env.step(action)
            rows.append((obs, action, next_obs, terminated, reward))
            obs, over = next_obs, terminated or truncated
        if len(rows) >= 800 and episode >= 5:
            break
    obs, action, next_obs, terminated, reward = (np.array(column) for column in zip(*rows, strict=True))
    assert len(rows) >= 700
    assert terminated.any() or task.name == "Acrobot-v1" or task.name.startswith("PointMaze")
    assert task.true_reward is not None
    recomputed = task.true_reward(obs, action, next_obs, terminated)
    np.testing.assert_allclose(recomputed, reward, atol=1e-4 if task.name.startswith("LunarLander") else 0.0)


def test_landings_are_told_from_crashes() -> None:
    task = get_task("LunarLander-v3")
    flown = collect_episodes(task, land, 60, 0, "heuristic pilot")
    ended = flown.terminated
    landed = came_to_rest(flown.next_obs[ended])
    assert 20 < landed.sum() < ended.sum() - 2
    recomputed = task.true_reward(flown.obs, flown.action, flown.next_obs, ended)
    np.testing.assert_allclose(recomputed, flown.reward, atol=1e-4)
    assert set(flown.reward[ended]) == {-100.0, 100.0}
    assert not came_to_rest(flown.next_obs[~ended]).any()


def test_the_landers_shaping_by_hand() -> None:
    obs = np.array([[0.3, 0.4, 0, 0, 0.5, 9, 0, 0], [0, 0, 0.6, 0.8, -0.25, 0, 1, 1]], dtype=np.float32)
    np.testing.assert_allclose(shaping(obs), [-100.0, -105.0], atol=1e-4)
    transition = (obs[:1], np.array([2]), obs[1:], np.array([False]))
    np.testing.assert_allclose(lunar_lander_reward(*transition), [-5.3], atol=1e-4)
    side = lunar_lander_reward(obs[:1], np.array([3]), obs[1:], np.array([False]))
    np.testing.assert_allclose(side, [-5.03], atol=1e-4)


@EVERY_TASK
def test_a_fast_vector_env_is_the_environment(task: Task) -> None:
    n, rng = 2 if task.is_continuous else 40, np.random.default_rng(1)
    seeds = rng.integers(2**32, size=n)
    fast, slow = task.make_vec(n), GymVectorEnv(task.make, n)
    running = rng.permutation(n)
    np.testing.assert_array_equal(fast.reset(running, seeds), slow.reset(running, seeds))
    differing = total = 0
    while running.size:
        action = task.action_space.sample(rng, (running.size,))
        ours, theirs = fast.step(running, action), slow.step(running, action)
        assert ours.obs.dtype == np.float32
        np.testing.assert_allclose(ours.obs, theirs.obs, atol=2e-5)  # Acrobot squares by pow(): rounding
        differing, total = differing + (ours.obs != theirs.obs).sum(), total + ours.obs.size
        for name in ("reward", "terminated", "truncated"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)
        running = running[~(ours.terminated | ours.truncated)]
    assert differing <= (0.1 * total if task.name == "Acrobot-v1" else 0)


@EVERY_TASK
def test_slots_can_be_used_again(task: Task) -> None:
    batch, both, one = task.make_vec(2), np.arange(2), np.array([1])
    first = batch.reset(both, np.array([3, 4]))
    moves = task.action_space.sample(np.random.default_rng(0), (2,))
    batch.step(both, moves)
    np.testing.assert_array_equal(batch.reset(one, np.array([3]))[0], first[0])
    with pytest.raises(gym.error.ResetNeeded, match="call reset"):
        task.make_vec(1).step(np.zeros(1, dtype=np.int64), moves[:1])


@EVERY_TASK
def test_a_task_says_what_its_environment_is(task: Task) -> None:
    env = task.make()
    space, actions = env.observation_space, env.action_space
    assert isinstance(space, gym.spaces.Box)
    assert alike(task.observation_space, space_from_gymnasium(space))
    assert task.action_space == space_from_gymnasium(actions)
    assert space.contains(env.reset(seed=0)[0])
    if isinstance(task.action_space, Discrete):
        assert task.action_space.n == len(task.action_names)
        assert (task.state_space is None) == task.observation_space.is_image
    assert 0.0 < task.gamma < 1.0
    assert task.subsample >= 1
    idle = np.zeros_like(task.action_space.sample(np.random.default_rng(0), (1,)))
    n = 2 if task.is_continuous else 30
    longest = rollout(task, lambda obs, _: np.repeat(idle, len(obs), 0), n, 0).lengths.max()
    assert longest <= task.max_moves
    assert task.score(task.random_return) == 0.0
    assert task.score(task.expert_return) == 1.0


@EVERY_TASK
def test_the_usual_range_holds_what_is_seen(task: Task) -> None:
    if task.state_space is None:
        return
    states = task.state_space.read(some_episodes(task).obs)
    for i, variable in enumerate(task.state_space.variables):
        assert variable.low < variable.high
        assert variable.low <= variable.rest <= variable.high
        inside = (states[:, i] >= variable.low) & (states[:, i] <= variable.high)
        assert inside.mean() > 0.8, variable.name


@EVERY_TASK
def test_usual_settings_are_settings(task: Task) -> None:
    for method in methods_of(task):
        assert usual_config(task, method).gamma == task.gamma


def test_as_many_demonstrations_are_usual_as_a_method_needs() -> None:
    needed = {name: TASKS[name].demonstrations_for("iq") for name in TASKS}
    assert needed["CartPole-v1"] < TASKS["CartPole-v1"].demonstrations_for("bc")
    assert min(needed[name] for name in needed if name.startswith("gridworld/random")) >= 300
    assert needed["Hopper-v5"] == 1


def test_the_random_return_is_what_was_measured() -> None:
    for name, tolerance in (("CartPole-v1", 1.5), ("Acrobot-v1", 2.0), ("gridworld/random-walls", 5.0)):
        task = get_task(name)
        measured = rollout(task, random_policy(task), 1000, 0).returns.mean()
        assert abs(measured - task.random_return) < tolerance


@pytest.mark.parametrize("task", [t for t in TASKS.values() if t.expert], ids=lambda t: t.name)
def test_the_expert_return_is_what_was_measured(task: Task) -> None:
    assert task.expert is not None
    spread = task.name == "PointMaze-open"  # whose returns need all 1000 to be told within the tolerance
    n = 200 if task.is_continuous and not spread else 1000
    measured = rollout(task, task.expert[1], n, 0).returns.mean()
    assert abs(measured - task.expert_return) < max(0.4, 0.02 * abs(task.expert_return))


def test_an_unknown_task_is_refused_with_the_names() -> None:
    with pytest.raises(
        TaskError, match=r"unknown task 'CartPole', the tasks are CartPole-v1, Acrobot-v1, Lunar"
    ):
        get_task("CartPole")


def test_demonstrations_of_another_task_are_refused() -> None:
    cart_pole, acrobot = get_task("CartPole-v1"), get_task("Acrobot-v1")
    shown = some_episodes(cart_pole, 2)
    cart_pole.check_fits(shown)
    with pytest.raises(
        DemonstrationError, match=r"episode 1: .* of shape \(6,\), .* \(\d+, 4\): .* of Acrobot-v1"
    ):
        acrobot.check_fits(shown)
    cells = Demonstrations(
        (Episode(np.array([0, 1]), np.array([1]), np.zeros(1), True, False),), Provenance()
    )
    with pytest.raises(DemonstrationError, match=r"must be arrays of shape \(6,\), float32, got int64"):
        acrobot.check_fits(cells)
    odd = Episode(np.zeros((2, 4)), np.array([2]), np.zeros(1), True, False)
    with pytest.raises(DemonstrationError, match="actions must be whole numbers from 0 to 1, got 2: use"):
        cart_pole.check_fits(Demonstrations((odd,), Provenance()))
    long = Episode(np.zeros((502, 4)), np.zeros(501, dtype=int), np.zeros(501), True, False)
    with pytest.raises(DemonstrationError, match="at most 500 moves, one demonstration has 501"):
        cart_pole.check_fits(Demonstrations((long,), Provenance()))


@pytest.mark.parametrize("task", [t for t in TASKS.values() if t.can_be_drawn], ids=lambda task: task.name)
def test_tasks_can_be_rendered(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = task.make(render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert isinstance(picture, np.ndarray)
    assert picture.ndim == 3
    assert picture.dtype == np.uint8
    env.close()


def test_a_task_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        get_task("CartPole-v1").gamma = 0.5  # type: ignore[misc]


def test_demonstrations_become_transitions() -> None:
    steps = transitions_of(some_episodes(get_task("CartPole-v1")))
    assert steps.obs_shape == (4,)
    np.testing.assert_array_equal(steps.reward, 1.0)


def test_a_robot_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MuJoCo would write what it warns of into a file in the working folder."""
    monkeypatch.chdir(tmp_path)
    env = get_task("HalfCheetah-v5").make()
    env.reset(seed=0)
    env.close()
    assert list(tmp_path.iterdir()) == []


def test_without_mujoco_a_robot_says_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)  # as if it were not installed
    with pytest.raises(TaskError, match=r"^Hopper-v5 needs MuJoCo, which cannot be loaded here: .*mujoco"):
        get_task("Hopper-v5").make()
