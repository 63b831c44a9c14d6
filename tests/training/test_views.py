"""Slices, rewards and rollouts of a run: what is written is what is read, and follows from Q as it must."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irl_app.tasks import ControlTask, RolloutResult, control_task, random_policy, rollout, rollout_stacked
from irl_app.tasks.states import state_space
from irl_app.training import TrainingError
from irl_app.training.rewarded import NAME as REWARDS
from irl_app.training.rewarded import RANDOM_SEED, WHO, RewardedSteps, read_rewarded
from irl_app.training.rollouts import ABOUT, FOLDER, FRAMES, animation, read_rollouts, save_rollouts, still
from irl_app.training.shown import Shown, draw, load_shown, save_shown
from irl_app.training.slices import NAME as SLICES
from irl_app.training.slices import STATES, Implied, Slicer, read_slices
from irl_app.training.views import Views
from trainers.soft_q_config import SoftQConfig
from trainers.transitions import Transitions

CART_POLE, WALLS = control_task("CartPole-v1"), control_task("gridworld/random-walls")
GAMMA, TAU = 0.9, 0.5


class Linear:
    """Two learners whose Q is linear in what is observed, the second's ten times the first's."""

    update = 70

    def __init__(self, task: ControlTask) -> None:
        rng = np.random.default_rng(0)
        self._weights = rng.normal(size=(int(np.prod(task.obs_shape)), task.n_actions)).astype(np.float32)
        self._dimensions = len(task.obs_shape)

    def q_values(self, obs: np.ndarray) -> np.ndarray:
        own = obs if obs.ndim == self._dimensions + 2 else np.stack([obs, obs])
        q = own.reshape(*own.shape[:2], -1) @ self._weights
        return np.asarray(q * np.array([1.0, 10.0])[:, None, None], np.float32)


def ends(demonstrated: bool) -> np.ndarray:
    return np.array([7.0, 8.0] if demonstrated else [3.0, 4.0], np.float32)


def steps(task: ControlTask, n: int, seed: int) -> Transitions:
    """All steps of n episodes of random moves."""
    episodes = rollout(task, random_policy(task), n, seed, keep=True).episodes or ()
    lengths = [len(each) for each in episodes]
    first = np.zeros(sum(lengths), bool)
    first[np.cumsum([0, *lengths[:-1]])] = True
    ended = np.zeros(sum(lengths), bool)
    ended[np.cumsum(lengths) - 1] = [each.terminated for each in episodes]
    return Transitions(
        np.concatenate([each.observations[:-1] for each in episodes]),
        np.concatenate([each.actions for each in episodes]),
        np.concatenate([each.observations[1:] for each in episodes]),
        ended,
        np.concatenate([each.rewards for each in episodes]).astype(np.float32),
        first,
    )


def played(task: ControlTask, n: int = 3) -> tuple[RolloutResult, ...]:
    return rollout_stacked(
        task, lambda obs, g: g.integers(task.n_actions, size=obs.shape[:2]), 2, n, 1, keep=True
    )


def soft_value(q: np.ndarray) -> np.ndarray:
    return np.asarray(TAU * np.log(np.exp(q / TAU).sum(-1)))


def test_a_slice_holds_q_and_the_reward_that_one_step_of_the_physics_gives(tmp_path: Path) -> None:
    space, learner = state_space(CART_POLE), Linear(CART_POLE)
    assert space is not None
    assert read_slices(tmp_path) is None
    shown = [steps(CART_POLE, 1, 0), steps(CART_POLE, 30, 1)]
    Slicer(tmp_path, CART_POLE, space, Implied(GAMMA, TAU), lambda: ends(False), shown).save(learner)
    found = read_slices(tmp_path)
    assert found is not None
    assert (found.update, found.q.shape) == (70, (2, 6, 31, 31, 2))
    assert [len(own) for own in found.seen] == [len(shown[0]), STATES]
    np.testing.assert_array_equal(found.seen[0], shown[0].obs)
    pair = space.pairs.index((2, 3))
    for row, column in ((0, 0), (15, 15), (30, 3), (2, 30)):
        state = np.array([[0.0, 0.0, space.axis(2)[column], space.axis(3)[row]]], np.float32)
        q = learner.q_values(state)[:, 0].astype(float)
        np.testing.assert_allclose(found.q[:, pair, row, column], q, rtol=1e-6)
        for action in range(2):
            env = CART_POLE.make().unwrapped
            env.reset()
            env.state = state[0].astype(float)  # type: ignore[attr-defined]
            after, reward, terminated, _, _ = env.step(action)
            v = soft_value(learner.q_values(np.asarray(after)[None])[:, 0].astype(float))
            expected = q[:, action] - GAMMA * np.where(terminated, ends(False), v)
            np.testing.assert_allclose(found.reward[:, pair, row, column, action], expected, rtol=1e-4)
            assert found.true[pair, row, column, action] == reward


def test_the_reward_of_cloning_is_the_log_probability(tmp_path: Path) -> None:
    space, learner = state_space(CART_POLE), Linear(CART_POLE)
    assert space is not None
    Slicer(tmp_path, CART_POLE, space, Implied(GAMMA, TAU, True), lambda: ends(False), ()).save(learner)
    found = read_slices(tmp_path)
    assert found is not None
    assert found.seen == ()
    np.testing.assert_allclose(np.exp(found.reward.astype(float) / TAU).sum(-1), 1.0, rtol=1e-3)


@pytest.mark.parametrize("task", [CART_POLE, WALLS], ids=lambda task: task.name)
def test_rewards_of_all_steps_are_those_of_the_formula(tmp_path: Path, task: ControlTask) -> None:
    learner, own = Linear(task), played(task)
    shown = (steps(task, 2, 5), steps(task, 2, 6))
    assert read_rewarded(tmp_path, 0) is None
    RewardedSteps(tmp_path, task, Implied(GAMMA, TAU), ends, shown, shown).save(learner, own)
    random = rollout(task, random_policy(task), 10, RANDOM_SEED, keep=True).episodes or ()
    for seed in (0, 1):
        found = read_rewarded(tmp_path, seed)
        assert found is not None
        assert found.true.sum() == pytest.approx(
            shown[seed].reward.sum() + own[seed].returns.sum() + sum(each.rewards.sum() for each in random)
        )
        for who, n in enumerate((2, 3, 10)):
            assert len(np.unique(found.episode[found.who == who])) == n, WHO[who]
        row = shown[seed]
        q = learner.q_values(row.obs)[seed].astype(float)
        after = soft_value(learner.q_values(row.next_obs)[seed].astype(float))
        after = np.where(row.terminated, ends(True)[seed], after)
        expected = q[np.arange(len(row)), row.action] - GAMMA * after
        np.testing.assert_allclose(found.recovered[found.who == 0], expected, rtol=1e-4, atol=1e-4)
        last = found.recovered[found.who == 2][len(random[0]) - 1]
        q_last = learner.q_values(random[0].observations[-2:-1].astype(np.float32))[seed, 0]
        if random[0].terminated:
            assert last == pytest.approx(q_last[random[0].actions[-1]] - GAMMA * ends(False)[seed], rel=1e-4)


def test_steps_that_are_no_whole_episodes_are_of_none(tmp_path: Path) -> None:
    shown = (steps(CART_POLE, 2, 5),) * 2
    maker = RewardedSteps(tmp_path, CART_POLE, Implied(GAMMA, 0.0), ends, shown, ())
    maker.save(Linear(CART_POLE), played(CART_POLE))
    found = read_rewarded(tmp_path, 1)
    assert found is not None
    assert (found.episode[found.who == 0] == -1).all()
    with pytest.raises(TrainingError, match="is damaged"):
        read_rewarded(tmp_path, 2)


@pytest.mark.parametrize("content", [b"", b"x" * 100, (2).to_bytes(8, "little") + b"{}"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    for name in (SLICES, REWARDS):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match=r"slices.safetensors is damaged"):
        read_slices(tmp_path)
    with pytest.raises(TrainingError, match=r"rewards.safetensors is damaged"):
        read_rewarded(tmp_path, 0)


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
    with pytest.raises(TrainingError, match="is damaged"):
        read_rollouts(tmp_path)


def test_a_run_writes_slices_and_rewards_when_evaluated_and_rollouts_in_the_end(tmp_path: Path) -> None:
    config = SoftQConfig(method="iq", gamma=GAMMA, temperature=TAU)
    shown = Shown((steps(CART_POLE, 1, 0),) * 2, (), steps(CART_POLE, 1, 0))
    views = Views(tmp_path, CART_POLE, (0, 5), config, shown, ends)
    views.conclude()  # nothing to draw yet
    assert not list(tmp_path.iterdir())
    views.heed(Linear(CART_POLE), played(CART_POLE))
    assert {path.name for path in tmp_path.iterdir()} == {SLICES, REWARDS}
    views.conclude()
    names = {path.name for path in (tmp_path / FOLDER).iterdir()}
    assert names == {ABOUT, "demonstration.gif", "seed-0.gif", "seed-5.gif"}


def test_the_example_is_a_whole_episode_that_the_first_seed_learns_from(tmp_path: Path) -> None:
    asked = {"source": None, "episodes": 2, "every": 3}
    shown, _ = draw(WALLS, asked, (4, 0))
    assert shown.example is not None
    assert shown.example.first.tolist() == [True] + [False] * (len(shown.example) - 1)
    rows = {obs.tobytes() for obs in shown.example.obs}
    assert sum(obs.tobytes() in rows for obs in shown.learned[0].obs) >= len(rows) // 3
    save_shown(tmp_path, shown)
    again = load_shown(tmp_path, 2).example
    assert again is not None
    np.testing.assert_array_equal(again.obs, shown.example.obs)


def test_the_example_has_the_middle_return() -> None:
    shown, _ = draw(control_task("Acrobot-v1"), {"source": None, "episodes": 5, "every": 1}, (0,))
    own, example = shown.learned[0], shown.example
    assert example is not None
    assert example.reward.sum() == np.median(np.add.reduceat(own.reward, np.flatnonzero(own.first)))
