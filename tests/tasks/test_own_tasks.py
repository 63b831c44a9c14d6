"""Tasks of environments that nobody has described: what is inferred, what is measured, what is refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from irl_app.runs import RunError
from irl_app.tasks import TASKS, StateVariable, TaskError, get_task, random_policy, register_task, rollout
from irl_app.tasks.own import IMPORTS, LIMIT, inferred_task, measured_random_return
from irl_app.training.request import methods_of, request, usual
from tests.tasks.own_environments import DRIFT_ID, MIXED_ID, SEEN_ID, STEERED_ID, WALK_ID, to_the_right
from trainers.spaces import Discrete


@pytest.fixture
def own_tasks() -> Iterator[None]:
    known = dict(TASKS)
    yield
    TASKS.clear()
    TASKS.update(known)
    inferred_task.cache_clear()


def test_spaces_and_limit_of_a_registered_id_are_inferred() -> None:
    task = get_task("MountainCar-v0")
    assert task.observation_space.shape == (2,)
    assert task.action_space == Discrete(3)
    assert task.max_moves == 200
    assert np.isnan(task.random_return)
    assert task.defaults("iq")["temperature"] == 1.0


def test_what_is_not_known_is_measured() -> None:
    assert measured_random_return(get_task("MountainCar-v0")) == -200.0


def test_actions_keep_where_they_begin_and_good_play_is_paid_as_the_environment_pays() -> None:
    task = get_task(WALK_ID)
    assert task.action_space == Discrete(3, 1)
    played = rollout(task, to_the_right, 5, 0, keep=True)
    assert played.terminated.all()
    assert (played.returns == -played.lengths).all()
    assert played.episodes is not None
    assert played.episodes[0].observations.dtype == np.float32


def test_dictionaries_are_laid_out_and_switches_counted() -> None:
    task = get_task(MIXED_ID)
    assert task.observation_space.shape == (3,)
    assert task.action_space == Discrete(6)
    played = rollout(task, lambda obs, generator: np.full(len(obs), 5), 3, 0, keep=True)  # (1, 2): go right
    assert played.terminated.all()
    episode = (played.episodes or ())[0]
    np.testing.assert_array_equal(episode.observations[:, 2], episode.observations[:, 0] > 0)  # one-hot side


def test_an_environment_without_a_limit_gets_one_and_may_have_numbers_for_actions() -> None:
    task = get_task(DRIFT_ID)
    assert task.is_continuous
    assert task.max_moves == LIMIT
    played = rollout(task, random_policy(task), 1, 0)
    assert played.lengths.tolist() == [LIMIT]
    assert not played.terminated[0]


@pytest.mark.parametrize("name", ["NoSuch-v0", "os:system", "", "../x"])
def test_an_id_that_nobody_registered_is_refused_and_says_how_to_bring_it(name: str) -> None:
    with pytest.raises(TaskError, match="--import MODULE"):
        get_task(name)


@pytest.mark.parametrize("env_id", [SEEN_ID, STEERED_ID, "CarRacing-v3"])
def test_pictures_are_seen_by_convolutions_whatever_the_method(env_id: str) -> None:
    task = get_task(env_id)
    assert task.observation_space.is_picture
    assert task.observation_space.dtype == np.uint8
    assert task.bearable(10) == (2 if task.max_moves == 1_000 else 10)
    for method in set(methods_of(task)) - {"dac", "airl"}:
        assert request(task.name, method).config["network"] == "cnn"
    if task.is_continuous:
        with pytest.raises(RunError, match="the discriminator of dac sees no pictures"):
            request(task.name, "dac")


def test_alpha_is_so_many_temperatures_unless_it_is_given() -> None:
    changed = {"temperature": 0.1}
    assert get_task(WALK_ID).defaults("iq")["alpha"] == 5.0
    assert request(WALK_ID, settings=changed).config["alpha"] == pytest.approx(0.5)
    assert request(WALK_ID, settings={**changed, "alpha": 2.0}).config["alpha"] == 2.0
    assert usual(WALK_ID, "iq", changed)["alpha"] == pytest.approx(0.5)
    with pytest.raises(RunError, match="temperature"):
        request(WALK_ID, settings={"temperature": "hot"})


def test_spaces_that_cannot_be_learned_are_refused_in_a_sentence() -> None:
    gym.register("irl_app_tests/Words-v0", lambda **_: _Words())
    with pytest.raises(TaskError, match="observations are a Box, Discrete"):
        get_task("irl_app_tests/Words-v0")


class _Words(gym.Env):  # type: ignore[type-arg]
    observation_space = gym.spaces.Text(5)
    action_space = gym.spaces.Discrete(2)


def test_a_registered_task_has_what_it_was_given(own_tasks: None) -> None:
    task = register_task(
        WALK_ID,
        name="walk",
        title="A walk",
        usual={"iq": {"alpha": 3.0}, "own": {"updates": 7}},
        states=(StateVariable("place", -3.0, 3.0), StateVariable("last move", -0.5, 0.5)),
        action_names=("left", "stay", "right"),
        random_return=-30.0,
        expert_return=-7.0,
        max_moves=12,
    )
    assert get_task("walk") is task
    assert task.defaults("iq")["alpha"] == 3.0
    assert task.defaults("iq")["updates"] == get_task(WALK_ID).defaults("iq")["updates"]
    assert task.defaults("own")["updates"] == 7
    assert task.score(-30.0) == 0.0
    assert task.state_space is not None
    assert rollout(task, lambda obs, generator: np.full(len(obs), 1), 1, 0).lengths.tolist() == [12]
    with pytest.raises(TaskError, match="one for each of the 2 numbers of an observation, got 1"):
        register_task(WALK_ID, name="short", states=(StateVariable("place", -3.0, 3.0),))


def test_modules_that_are_named_are_imported_first(
    own_tasks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brought.py").write_text(
        f"import irl_app\nirl_app.register_task({WALK_ID!r}, name='brought')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv(IMPORTS, "tests.tasks.own_environments,brought")
    assert get_task("brought").env_id == WALK_ID
    os.environ[IMPORTS] = "not_there_at_all"
    with pytest.raises(TaskError, match="--import cannot be imported"):
        get_task("nothing")
