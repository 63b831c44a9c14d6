"""Slices, rewards and rollouts of a run: what is written is what is read, and follows from Q as it must."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irl_app.runs import RunError
from irl_app.tasks import RolloutResult, Task, get_task, random_policy, rollout, rollout_stacked
from irl_app.training.maps import NAME as MAPS
from irl_app.training.maps import read_maps
from irl_app.training.reward_samples import NAME as REWARDS
from irl_app.training.reward_samples import RANDOM_SEED, WHO, RewardSampler, read_reward_samples
from irl_app.training.rollouts import ABOUT, FOLDER, FRAMES, animation, read_rollouts, save_rollouts, still
from irl_app.training.slices import NAME as SLICES
from irl_app.training.slices import STATES, Slicer, read_slices
from irl_app.training.split import Split, draw, load_split, save_split
from irl_app.training.views import Views
from trainers.learner import SoftmaxLearner
from trainers.spaces import Discrete
from trainers.transitions import Transitions

CART_POLE, WALLS = get_task("CartPole-v1"), get_task("gridworld/random-walls")
GAMMA, TAU = 0.9, 0.5
ENDS = np.array([7.0, 8.0])


def linear(task: Task, *, temperature: float = TAU, cloned: bool = False) -> SoftmaxLearner:
    """Two learners whose Q is linear in what is observed, the second's ten times the first's."""
    space = task.observation_space
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(space.size, task.action_space.n)).astype(np.float32)

    def q(obs: np.ndarray) -> np.ndarray:
        own = obs if obs.ndim == len(space.shape) + 2 else np.stack([obs, obs])
        found = own.reshape(*own.shape[:2], -1) @ weights
        return np.asarray(found * np.array([1.0, 10.0])[:, None, None], np.float32)

    return SoftmaxLearner(q, task.action_space, temperature, GAMMA, ENDS[:, None], cloned)


def steps(task: Task, n: int, seed: int) -> Transitions:
    """All steps of n episodes of random moves."""
    return rollout(task, random_policy(task), n, seed, keep=True).transitions()


def played(task: Task, n: int = 3) -> tuple[RolloutResult, ...]:
    return rollout_stacked(task, random_policy(task), 2, n, 1, keep=True)


def soft_value(q: np.ndarray) -> np.ndarray:
    return np.asarray(TAU * np.log(np.exp(q / TAU).sum(-1)))


def test_a_slice_holds_q_and_the_reward_that_one_step_of_the_physics_gives(tmp_path: Path) -> None:
    space, learner = CART_POLE.state_space, linear(CART_POLE)
    assert space is not None
    assert read_slices(tmp_path) is None
    shown = [steps(CART_POLE, 1, 0), steps(CART_POLE, 30, 1)]
    Slicer(tmp_path, CART_POLE, space, shown).save(70, learner)
    found = read_slices(tmp_path)
    assert found is not None
    assert (found.update, found.policy.shape) == (70, (2, 6, 31, 31, 2))
    assert [len(own) for own in found.seen] == [len(shown[0]), STATES]
    np.testing.assert_array_equal(found.seen[0], shown[0].obs)
    pair = space.pairs.index((2, 3))
    for row, column in ((0, 0), (15, 15), (30, 3), (2, 30)):
        state = np.array([[0.0, 0.0, space.axis(2)[column], space.axis(3)[row]]], np.float32)
        q = learner.q_function(state)[:, 0].astype(float)
        np.testing.assert_allclose(found.value[:, pair, row, column], soft_value(q), rtol=1e-5)
        policy = np.exp((q - soft_value(q)[:, None]) / TAU)
        np.testing.assert_allclose(found.policy[:, pair, row, column], policy, rtol=1e-4)
        for action in range(2):
            env = CART_POLE.make().unwrapped
            env.reset()
            env.state = state[0].astype(float)  # type: ignore[attr-defined]
            after, reward, terminated, _, _ = env.step(action)
            v = soft_value(learner.q_function(np.asarray(after)[None])[:, 0].astype(float))
            expected = q[:, action] - GAMMA * np.where(terminated, ENDS, v)
            np.testing.assert_allclose(found.reward[:, pair, row, column, action], expected, rtol=1e-4)
            assert found.true[pair, row, column, action] == reward


def test_slices_number_actions_as_the_task_does(tmp_path: Path) -> None:
    space, learner = CART_POLE.state_space, linear(CART_POLE)
    assert space is not None
    later = replace(
        CART_POLE,
        action_space=Discrete(2, 1),
        state_space=replace(space, move=lambda states, action: space.move(states, action - 1)),
        true_reward=lambda obs, action, next_obs, terminated: action.astype(float),
    )
    slices = []
    for name, task in (("from-0", CART_POLE), ("from-1", later)):
        (tmp_path / name).mkdir()
        assert task.state_space is not None
        by = replace(learner, action_space=task.action_space)
        Slicer(tmp_path / name, task, task.state_space, ()).save(70, by)
        found = read_slices(tmp_path / name)
        assert found is not None
        slices.append(found)
    np.testing.assert_array_equal(slices[0].reward, slices[1].reward)
    assert [np.unique(slices[1].true[..., action]).tolist() for action in range(2)] == [[1.0], [2.0]]


def test_the_reward_of_cloning_is_the_log_probability(tmp_path: Path) -> None:
    space = CART_POLE.state_space
    assert space is not None
    Slicer(tmp_path, CART_POLE, space, ()).save(
        70, replace(linear(CART_POLE, cloned=True), terminal_value=0.0)
    )
    found = read_slices(tmp_path)
    assert found is not None
    assert found.seen == ()
    np.testing.assert_allclose(np.exp(found.reward.astype(float) / TAU).sum(-1), 1.0, rtol=1e-3)


@pytest.mark.parametrize("task", [CART_POLE, WALLS], ids=lambda task: task.name)
def test_rewards_of_all_steps_are_those_of_the_formula(tmp_path: Path, task: Task) -> None:
    learner, own = linear(task), played(task)
    shown = (steps(task, 2, 5), steps(task, 2, 6))
    assert read_reward_samples(tmp_path, 0) is None
    RewardSampler(tmp_path, task, shown, shown).save(learner, own)
    random = rollout(task, random_policy(task), 10, RANDOM_SEED, keep=True).episodes or ()
    for seed in (0, 1):
        found = read_reward_samples(tmp_path, seed)
        assert found is not None
        assert found.true.sum() == pytest.approx(
            shown[seed].reward.sum() + own[seed].returns.sum() + sum(each.rewards.sum() for each in random)
        )
        for who, n in enumerate((2, 3, 10)):
            assert len(np.unique(found.episode[found.who == who])) == n, WHO[who]
        row = shown[seed]
        q = learner.q_function(row.obs)[seed].astype(float)
        after = soft_value(learner.q_function(row.next_obs)[seed].astype(float))
        after = np.where(row.terminated, ENDS[seed], after)
        expected = q[np.arange(len(row)), row.action] - GAMMA * after
        np.testing.assert_allclose(found.recovered[found.who == 0], expected, rtol=1e-4, atol=1e-4)
        last = found.recovered[found.who == 2][len(random[0]) - 1]
        q_last = learner.q_function(random[0].observations[-2:-1].astype(np.float32))[seed, 0]
        if random[0].terminated:
            assert last == pytest.approx(q_last[random[0].actions[-1]] - GAMMA * ENDS[seed], rel=1e-4)


def test_steps_that_are_no_whole_episodes_are_of_none(tmp_path: Path) -> None:
    shown = (steps(CART_POLE, 2, 5),) * 2
    maker = RewardSampler(tmp_path, CART_POLE, shown, ())
    maker.save(linear(CART_POLE, temperature=0.0), played(CART_POLE))
    found = read_reward_samples(tmp_path, 1)
    assert found is not None
    assert (found.episode[found.who == 0] == -1).all()
    with pytest.raises(RunError, match="is damaged"):
        read_reward_samples(tmp_path, 2)


@pytest.mark.parametrize("content", [b"", b"x" * 100, (2).to_bytes(8, "little") + b"{}"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    for name in (SLICES, REWARDS):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RunError, match=r"slices.safetensors is damaged"):
        read_slices(tmp_path)
    with pytest.raises(RunError, match=r"rewards.safetensors is damaged"):
        read_reward_samples(tmp_path, 0)


def test_rollouts_are_animations_of_the_middle_episodes(tmp_path: Path) -> None:
    own, shown = played(CART_POLE), steps(CART_POLE, 1, 9)
    assert read_rollouts(tmp_path) is None
    save_rollouts(tmp_path, CART_POLE, 5, [(3, own[0]), (8, own[1])], shown)
    found = read_rollouts(tmp_path)
    assert found is not None
    demonstration, *learners = found.shown
    assert (found.update, demonstration.seed, demonstration.total) == (5, None, len(shown))
    for one, seed, result in zip(learners, (3, 8), own, strict=True):
        assert (one.seed, one.total, one.among) == (seed, np.sort(result.returns)[1], 3)
        content = animation(tmp_path, one)
        assert content is not None
        with Image.open(io.BytesIO(content)) as moving:
            assert (moving.format, moving.width) == ("GIF", 300)
            assert 2 <= moving.n_frames <= FRAMES + 1  # type: ignore[attr-defined]
        assert still(content).size == (300, 200)
        assert len(content) < 1_000_000


def test_what_is_damaged_is_not_shown(tmp_path: Path) -> None:
    save_rollouts(tmp_path, WALLS, 5, [(0, played(WALLS)[0])], None)
    found = read_rollouts(tmp_path)
    assert found is not None
    (only,) = found.shown
    (tmp_path / FOLDER / only.file).write_bytes(b"<script>")
    assert animation(tmp_path, only) is None
    about = json.loads((tmp_path / FOLDER / ABOUT).read_text())
    about["shown"][0]["seed"] = "../../x"
    (tmp_path / FOLDER / ABOUT).write_text(json.dumps(about))
    with pytest.raises(RunError, match="is damaged"):
        read_rollouts(tmp_path)


def test_a_run_writes_slices_and_rewards_when_evaluated_and_rollouts_in_the_end(tmp_path: Path) -> None:
    shown = Split((steps(CART_POLE, 1, 0),) * 2, (), steps(CART_POLE, 1, 0))
    views = Views(tmp_path, CART_POLE, (0, 5), shown)
    views.conclude()  # nothing to draw yet
    assert not list(tmp_path.iterdir())
    views.on_evaluation(70, linear(CART_POLE), played(CART_POLE))
    assert {path.name for path in tmp_path.iterdir()} == {SLICES, REWARDS}
    views.conclude()
    names = {path.name for path in (tmp_path / FOLDER).iterdir()}
    assert names == {ABOUT, "demonstration.gif", "seed-0.gif", "seed-5.gif"}
    assert [found.update for found in (read_slices(tmp_path), read_rollouts(tmp_path)) if found] == [70, 70]


def test_a_grid_run_writes_maps_and_no_slices(tmp_path: Path) -> None:
    Views(tmp_path, WALLS, (0, 5), Split(())).on_evaluation(70, linear(WALLS), played(WALLS))
    assert {path.name for path in tmp_path.iterdir()} == {MAPS, REWARDS}
    maps = read_maps(tmp_path)
    assert maps is not None
    assert (maps.update, maps.cells.policy.shape) == (70, (3, 2, 64, 4))


def test_the_example_is_a_whole_episode_that_the_first_seed_learns_from(tmp_path: Path) -> None:
    asked = {"source": None, "episodes": 2, "every": 3}
    shown, _ = draw(WALLS, asked, (4, 0))
    assert shown.example is not None
    assert shown.example.n_episodes == 1
    assert shown.example.time.tolist() == list(range(len(shown.example)))
    rows = {obs.tobytes() for obs in shown.example.obs}
    assert sum(obs.tobytes() in rows for obs in shown.train[0].obs) >= len(rows) // 3
    save_split(tmp_path, shown)
    again = load_split(tmp_path, 2).example
    assert again is not None
    np.testing.assert_array_equal(again.obs, shown.example.obs)


def test_the_example_has_the_middle_return() -> None:
    shown, _ = draw(get_task("Acrobot-v1"), {"source": None, "episodes": 5, "every": 1}, (0,))
    own, example = shown.train[0], shown.example
    assert example is not None
    assert example.reward.sum() == np.median(np.bincount(own.episode, weights=own.reward))
