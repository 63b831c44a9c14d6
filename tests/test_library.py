"""The five lines, for every kind of thing they are called with; wrappers for one environment and for many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import irl_app
from irl_app.demonstrations import Demonstrations
from irl_app.envs import ENV_ID
from irl_app.envs.grid_map import parse_map
from irl_app.export import RewardFileError
from irl_app.library import Found
from irl_app.rewards import RewardError, RewardVectorWrapper
from irl_app.runs import read_config
from irl_app.tasks import TaskError, collect_episodes, get_task
from irl_app.training.build import build
from irl_app.training.checkpoints import last_good_checkpoint
from irl_app.training.split import load_split
from tests.tasks.own_environments import MIXED_ID, SEEN_ID, STEERED_ID, WALK_ID, Walk, to_the_right

QUICK = {"updates": 200, "evaluate_every": 200}


def shown(n: int = 4) -> Demonstrations:
    return collect_episodes(get_task(WALK_ID), to_the_right, n, 0, "one who goes right")


@pytest.fixture(scope="module")
def walked() -> Found:
    return irl_app.recover(WALK_ID, shown(), seeds=2, settings=QUICK)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, irl_app; assert not {'torch', 'streamlit', 'gymnasium', 'numpy'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_every_public_name_is_there_and_listed() -> None:
    for name in irl_app.__all__:
        assert getattr(irl_app, name) is not None
        assert name in dir(irl_app)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        irl_app.nothing  # noqa: B018


def test_five_lines_in_an_environment_of_ones_own(walked: Found, tmp_path: Path) -> None:
    assert len(walked.rewards) == len(walked.policies) == 2
    chosen, _ = walked.policy.predict(np.array([-1.0, 0.0]), deterministic=True)
    assert chosen == 3  # its actions are 1 to 3
    many, _ = walked.policy.predict(np.array([[-1.0, 0.0], [0.0, 0.5]]))
    assert set(many.tolist()) <= {1, 2, 3}
    log_prob = walked.policy.log_prob(np.tile([-1.0, 0.0], (3, 1)), np.array([1, 2, 3]))
    assert np.exp(log_prob).sum() == pytest.approx(1.0)
    policy = irl_app.load_policy(walked.policy.save(tmp_path / "walk.policy"))
    np.testing.assert_array_equal(
        policy.log_prob(np.zeros((1, 2)), np.array([2])),
        walked.policy.log_prob(np.zeros((1, 2)), np.array([2])),
    )
    reward = irl_app.load_reward(walked.reward.save(tmp_path / "walk.reward"))
    env = irl_app.RewardWrapper(gym.make(WALK_ID), reward)
    obs, _ = env.reset(seed=0)
    after, paid, terminated, _, info = env.step(3)
    expected = reward(obs[None], np.array([3]), after[None], np.array([terminated]))[0]
    assert paid == pytest.approx(expected)
    assert info["true_reward"] == -1.0


def test_what_is_found_says_so_in_ten_lines_a_card_and_a_table(walked: Found) -> None:
    said = [walked, walked.report, walked.reward, walked.policy, shown(), shown().episodes[0]]
    for one in [*said, *walked.reward.lenses.values()]:
        assert len(repr(one).splitlines()) <= 10
    assert "<svg" in walked._repr_html_()
    assert "<table" in walked.report._repr_html_()
    frame = walked.report.to_frame()
    assert frame.loc["imitation", "title"] == "Learner itself"
    assert len(shown().to_frame()) == shown().n_steps
    assert "<table" in shown()._repr_html_()


def test_a_grid_by_name_and_by_its_own_map() -> None:
    found = irl_app.recover("gridworld/goal", 5)
    assert found.policy.predict(0)[0] in range(5)
    assert found.reward.info.map_text
    assert all(len(repr(one).splitlines()) <= 10 for one in found.reward.lenses.values())
    with pytest.raises(RewardFileError, match="no lens 'mine', there are"):
        found.reward.save("mine.reward", lens="mine")
    grid = parse_map("S..\n.#.\n..G")
    again = irl_app.recover(grid, 5)
    assert (parse_map(again.reward.info.map_text).walls == grid.walls).all()


@pytest.mark.parametrize("where", [5, lambda: None])
def test_what_is_no_environment_is_refused(where: Any) -> None:
    with pytest.raises(TaskError, match="or a function that makes one, got"):
        irl_app.recover(where, shown())


@pytest.mark.parametrize("kind", ["function", "environment", "composed"])
def test_environments_and_functions_that_make_one(kind: str) -> None:
    if kind == "composed":
        seen = collect_episodes(get_task(MIXED_ID), lambda o, _: np.full(len(o), 5), 3, 0, "x")
        found = irl_app.recover(gym.make(MIXED_ID), seen, settings=QUICK)
        env = irl_app.RewardWrapper(gym.make(MIXED_ID), found.reward)
        env.reset(seed=0)
        assert np.isfinite(env.step(np.array([1, 2]))[1])
        return
    limited = gym.wrappers.TimeLimit(Walk(), 30)
    found = irl_app.recover(
        (lambda: gym.make(WALK_ID)) if kind == "function" else limited, shown(), settings=QUICK
    )
    assert found.policy.info.observation_space.shape == (2,)


@pytest.mark.parametrize("env_id", [SEEN_ID, STEERED_ID])
def test_pictures_have_a_reward_that_scores_them_as_their_learner_does(env_id: str, tmp_path: Path) -> None:
    task = get_task(env_id)
    right = np.ones(1, np.float32) if task.is_continuous else np.int64(3)
    seen = collect_episodes(task, lambda obs, _: np.stack([right] * len(obs)), 3, 0, "one who goes right")
    quick = {"hidden": (3, 4, 8), "updates": 10, "batch_size": 8, "evaluate_every": 10, "episodes": 2}
    quick |= {"warmup": 20, "clone_updates": 5, "clones": 1} if task.is_continuous else {}
    found = irl_app.recover(env_id, seen, settings=quick)
    assert {"deshaped", "bounded", "transition"} == set(found.reward.lenses)
    reward = irl_app.load_reward(found.reward.save(tmp_path / "seen.reward", "transition"))
    config = read_config(found.run)
    steps = load_split(found.run, 1).train[0]
    batch = steps.obs, steps.action, steps.next_obs, steps.terminated
    trainer = build(found.run, config).trainer
    checkpoint, _ = last_good_checkpoint(found.run)
    assert checkpoint is not None
    trainer.load_state_dict(checkpoint.tensors, checkpoint.state)
    learned = trainer.learner.judge(steps.obs, steps.action[None], *batch[2:]).reward[0]
    np.testing.assert_allclose(reward(*batch), learned, atol=1e-4)
    paid = irl_app.RewardWrapper(gym.make(env_id), reward)
    paid.reset(seed=0)
    assert np.isfinite(paid.step(right)[1])


@pytest.mark.parametrize("mode", list(gym.vector.AutoresetMode)[:2])
def test_many_environments_pay_what_each_would_alone(walked: Found, mode: Any) -> None:
    """Whichever way episodes begin anew: a step of two that ends, and what follows it."""
    reward = walked.reward.lenses["transition"]
    envs = gym.make_vec(WALK_ID, 3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode})
    many = irl_app.RewardWrapper(envs, reward)
    assert isinstance(many, RewardVectorWrapper)
    alone = [irl_app.RewardWrapper(gym.make(WALK_ID), reward) for _ in range(3)]
    many.reset(seed=[0, 1, 2])
    for k, env in enumerate(alone):
        env.reset(seed=k)
    running = np.ones(3, bool)
    for _ in range(20):
        _, paid, terminated, truncated, info = many.step(np.full(3, 3))
        for k in np.flatnonzero(running):
            _, own, ended, cut, about = alone[k].step(3)
            assert paid[k] == pytest.approx(own, abs=1e-5)
            assert info["true_reward"][k] == about["true_reward"]
            assert (terminated[k], truncated[k]) == (ended, cut)
            running[k] = not (ended or cut)
    assert not running.any()


def test_a_world_whose_walls_moved_is_refused_and_nothing_is_ever_paid_nan() -> None:
    here, there = parse_map("S..\n.#.\n..G"), parse_map("S#.\n...\n..G")
    reward = irl_app.recover(here, 5).reward
    env = irl_app.RewardWrapper(gym.make(ENV_ID, grid=there), reward)
    with pytest.raises(RewardError, match="walls of this world are not where they were"):
        env.reset(seed=0)
    for mode in ("sync", "async"):
        envs = gym.make_vec(ENV_ID, 2, vectorization_mode=mode, grid=there)
        with pytest.raises(RewardError, match="walls of this world are not where they were"):
            irl_app.RewardWrapper(envs, reward).reset(seed=0)
        envs.close()
    same = irl_app.RewardWrapper(gym.make(ENV_ID, grid=here), reward)
    same.reset(seed=0)
    assert np.isfinite(same.step(1)[1])


def test_a_folder_of_the_users_own_called_trainers_does_not_break_the_package(tmp_path: Path) -> None:
    (tmp_path / "trainers").mkdir()
    (tmp_path / "trainers" / "__init__.py").write_text("raise SystemExit('the wrong trainers')")
    code = "import irl_app, irl_app.recovery, irl_app.cli; print(irl_app.recovery.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(irl_app.__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == "irl_app.recovery", done.stderr


def test_another_trainers_that_was_imported_first_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "trainers.py").write_text("")
    code = "import sys; sys.path.insert(0, '.'); import trainers, irl_app"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert "another package called trainers was imported before irl_app" in done.stderr
