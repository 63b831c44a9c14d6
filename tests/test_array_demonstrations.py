"""Demonstrations whose observations are arrays: checks, files, and the transitions made of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import h5py
import minari
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from minari.data_collector import EpisodeBuffer
from minari.dataset.minari_storage import MinariStorage
from PIL import Image

from irl_app.demonstrations import (
    DemonstrationError,
    Demonstrations,
    Episode,
    Provenance,
    Spaces,
    load_minari,
    save_json,
    save_minari,
    to_json,
    transitions_of,
)
from irl_app.envs.grid_images import GridImages
from irl_app.envs.presets import make_preset
from irl_app.tasks import TASKS, Task, collect_episodes, get_task, random_policy
from trainers.gym_spaces import space_from_gymnasium
from trainers.spaces import Box, Discrete

CART_POLE = get_task("CartPole-v1")
OF_EACH_KIND = list(
    {str((t.observation_space, t.action_space, t.is_grid)): t for t in reversed(TASKS.values())}.values()
)
"""The first task of those that observe and act alike."""


def episode(
    length: int, begin: float = 0.0, *, terminated: bool = True, shape: tuple[int, ...] = (2,)
) -> Episode:
    """Observation t is filled with begin + t, action is t modulo 3, reward 10 t."""
    time = np.arange(length + 1, dtype=np.float64)
    observations = np.zeros((length + 1, *shape)) + (begin + time).reshape(-1, *(1,) * len(shape))
    return Episode(observations, np.arange(length) % 3, 10.0 * time[:-1], terminated, not terminated)


def shown(*lengths: int) -> Demonstrations:
    return Demonstrations(tuple(episode(n, 100.0 * i) for i, n in enumerate(lengths)), Provenance())


# ---- the object


def test_flat_views() -> None:
    two = Demonstrations((episode(2), episode(3, 100.0, terminated=False)), Provenance(task="T"))
    assert two.observation_space == Box((2,), low=(0.0,), high=(103.0,))
    assert two.action_space == Discrete(3)
    assert two.obs.dtype == np.float32
    assert two.obs.tolist() == [[0, 0], [1, 1], [100, 100], [101, 101], [102, 102]]
    assert two.next_obs[:, 0].tolist() == [1, 2, 101, 102, 103]
    assert two.action.tolist() == [0, 1, 0, 1, 2]
    assert two.terminated.tolist() == [False, True, False, False, False]
    assert two.episode.tolist() == [0, 0, 1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        two.obs[0] = 1.0


def test_episodes_are_equal_by_value_and_shape() -> None:
    assert episode(3) == episode(3)
    assert hash(episode(3)) == hash(episode(3))
    assert episode(3) != episode(3, 1.0)
    assert episode(3, shape=(4,)) != episode(3, shape=(2, 2))


@pytest.mark.parametrize(
    ("observations", "message"),
    [
        (np.zeros((2, 4)), "needs 3 observations and 2 rewards, got 2 and 2"),
        (np.full((3, 4), np.nan), "a number in observations that is not finite"),
        (np.full((3, 4), 1e300), "a number in observations that is not finite"),
        (np.zeros((3, 0)), "an array of numbers for each move"),
        ([["a"], ["b"], ["c"]], "one row of whole numbers, or an array of numbers"),
        (np.zeros((3, 2), dtype=complex), "an array of numbers"),
        (np.zeros(3), "observations must be one row of whole numbers"),
    ],
)
def test_observations_are_checked(observations: Any, message: str) -> None:
    with pytest.raises(DemonstrationError, match=message):
        Episode(observations, np.zeros(2, dtype=int), np.zeros(2), True, False)


def test_shapes_may_not_be_mixed() -> None:
    with pytest.raises(DemonstrationError, match=r"different shapes or kinds: .* \(2,\) and .* \(3,\)"):
        Demonstrations((episode(2), episode(2, shape=(3,))), Provenance())


def test_a_grid_is_not_fitted_by_arrays() -> None:
    demonstrations = Demonstrations((episode(2),), Provenance(task="CartPole-v1"))
    with pytest.raises(
        DemonstrationError, match=r"shape \(2,\), .*not the cells .*: they are of CartPole-v1"
    ):
        demonstrations.check_fits(make_preset("open"))
    with pytest.raises(DemonstrationError, match="not the cells and moves of a grid"):
        demonstrations.visits(64)


def test_json_is_for_grids(tmp_path: Path) -> None:
    with pytest.raises(DemonstrationError, match="save these as a Minari dataset"):
        to_json(shown(3))
    with pytest.raises(DemonstrationError, match="only demonstrations on a grid"):
        save_json(shown(3), tmp_path / "demos.json")
    assert not list(tmp_path.iterdir())


# ---- Minari


@pytest.mark.parametrize("task", OF_EACH_KIND, ids=lambda task: task.name)
def test_minari_round_trip(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    collected = collect_episodes(task, random_policy(task), 3, 0, "random")
    dataset_id = save_minari(collected, "own/random", tmp_path, env_id=task.env_id)
    assert dataset_id == "own/random-v0"
    loaded = load_minari(dataset_id)
    assert loaded == collected
    assert loaded.provenance == collected.provenance
    task.check_fits(loaded)
    if task is CART_POLE:
        assert load_minari(tmp_path / dataset_id) == collected
    dataset = minari.load_dataset(dataset_id)
    env = dataset.recover_environment()
    assert env.observation_space == task.make().observation_space
    assert task.is_grid == isinstance(env, GridImages)
    for theirs, ours in zip(dataset.iterate_episodes(), collected.episodes, strict=True):
        np.testing.assert_array_equal(theirs.observations, ours.observations)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    collected = collect_episodes(CART_POLE, random_policy(CART_POLE), 3, 0, "random")
    return tmp_path / save_minari(collected, "mine", tmp_path, env_id="CartPole-v1") / "data"


def test_a_dataset_that_minari_recorded_is_read(saved: Path) -> None:
    path = saved / "metadata.json"
    metadata = json.loads(path.read_text())
    del metadata["irl_app_provenance"]
    path.write_text(json.dumps(metadata))
    loaded = load_minari(saved)
    CART_POLE.check_fits(loaded)
    assert loaded.provenance.task == "minari/mine-v0"
    with pytest.raises(DemonstrationError, match="do not say which grid or task"):
        save_minari(loaded, "again", saved.parent)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (lambda obs: obs[:, :3], r"episode 2 of the dataset: observations must be arrays of shape \(4,\)"),
        (lambda obs: obs[:-1], "needs"),
        (lambda obs: obs * np.nan, "not finite"),
        (lambda obs: np.array([[b"rm"]] * len(obs)), "episode 2 of the dataset: observations must be arrays"),
    ],
)
def test_hostile_observations(saved: Path, values: Any, message: str) -> None:
    with h5py.File(saved / "main_data.hdf5", "a") as file:
        obs = file["episode_1/observations"][()]
        del file["episode_1/observations"]
        file["episode_1"].create_dataset("observations", data=values(obs))
    with pytest.raises(DemonstrationError, match=message):
        load_minari(saved)


def recorded(
    root: Path, observation: gym.Space[Any], action: gym.Space[Any], obs: Any, actions: Any, **options: bool
) -> Path:
    """A dataset as Minari itself writes it: two equal episodes."""
    storage = MinariStorage.new(root / "data", observation, action, data_format="hdf5", **options)
    ends = np.arange(len(actions)) == len(actions) - 1
    parts = {"rewards": np.ones(len(actions)), "terminations": ends, "truncations": ends & False}
    storage.update_episodes(
        EpisodeBuffer(observations=np.array(obs), actions=np.array(actions), **parts) for _ in range(2)
    )
    return root


REALS, TWO = gym.spaces.Box(-np.inf, np.inf, (3,)), gym.spaces.Discrete(2)


def test_continuous_demonstrations_survive_their_dataset(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    episodes = tuple(
        Episode(rng.normal(size=(n + 1, 3)), rng.uniform(-2, 2, (n, 1)), np.zeros(n), False, True)
        for n in (4, 7)
    )
    played = Demonstrations(episodes, Provenance("Pendulum-v1"))
    assert isinstance(played.action_space, Box)
    assert (played.action.shape, played.action.dtype) == ((11, 1), np.float32)
    save_minari(played, "pendulum", tmp_path, env_id="Pendulum-v1")
    loaded = load_minari("pendulum-v0", tmp_path)
    assert loaded == played
    env = gym.make("Pendulum-v1")
    assert loaded.action_space == space_from_gymnasium(env.action_space) == Box((1,), low=(-2,), high=(2,))
    assert loaded.observation_space == space_from_gymnasium(env.observation_space)
    assert loaded.subset([1]).action_space == loaded.action_space
    with pytest.raises(DemonstrationError, match="use demonstrations of CartPole-v1"):
        get_task("CartPole-v1").check_fits(loaded)
    with pytest.raises(DemonstrationError, match="only demonstrations on a grid"):
        to_json(loaded)


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, np.int8])
def test_observations_of_other_precisions_become_floats(kind: type[np.generic], tmp_path: Path) -> None:
    space = gym.spaces.Box(-100, 100, (3,), kind)  # type: ignore[arg-type]
    obs = np.arange(9).reshape(3, 3).astype(kind)
    loaded = load_minari(recorded(tmp_path, space, TWO, obs, [0, 1]))
    assert loaded.obs.dtype == np.float32
    assert loaded.obs.tolist() == [[0, 1, 2], [3, 4, 5]] * 2
    assert loaded.observation_space == Box((3,), low=(-100.0,), high=(100.0,))


@pytest.mark.parametrize("actions", [[1, 2], [[1], [2]], [1.0, 2.0], np.array([1, 2], np.int32)])
def test_actions_are_as_their_space_says_however_they_are_stored(actions: Any, tmp_path: Path) -> None:
    space = gym.spaces.Discrete(2, start=1)
    loaded = load_minari(recorded(tmp_path, REALS, space, np.zeros((3, 3)), actions))
    assert loaded.action.tolist() == [1, 2, 1, 2]
    assert loaded.action.dtype == np.int64
    assert loaded.action_space == Discrete(2, start=1)
    with pytest.raises(DemonstrationError, match=r"the actions of .* from 1 to 2, those of the task"):
        load_minari(tmp_path, spaces=Spaces(Box((3,)), Discrete(2)))


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        ([0.5, 1.0], "episode 1 of the dataset: actions must be one row of whole numbers from 0 to 1"),
        ([0, 2], "episode 1 of the dataset: actions must be whole numbers from 0 to 1, got 2"),
        ([[0, 1], [1, 0]], r"episode 1 of the dataset: actions must .*got int64 of shape \(2, 2\)"),
    ],
)
def test_actions_that_could_mean_many_things_are_refused(actions: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(DemonstrationError, match=says):
        load_minari(recorded(tmp_path, REALS, TWO, np.zeros((3, 3)), actions))


@pytest.mark.parametrize("jpeg", [False, True])
def test_images_stay_bytes(jpeg: bool, tmp_path: Path) -> None:
    """Minari packs large images, with loss, unless it is told not to."""
    space = gym.spaces.Box(0, 255, (40, 36, 3), np.uint8)
    shades = np.array([0, 100, 255])
    obs = np.broadcast_to(shades[:, None, None, None], (3, 40, 36, 3)).astype(np.uint8)
    loaded = load_minari(recorded(tmp_path, space, TWO, obs, [0, 1], jpeg_encoding=jpeg))
    assert loaded.obs.dtype == np.uint8
    assert loaded.observation_space == Box((40, 36, 3), "uint8", (0.0,), (255.0,))
    np.testing.assert_allclose(loaded.episodes[0].observations.astype(int), obs, atol=3 if jpeg else 0)


def test_a_packed_image_of_another_size_is_refused_unpacked(tmp_path: Path) -> None:
    space = gym.spaces.Box(0, 255, (40, 36, 3), np.uint8)
    recorded(tmp_path, space, TWO, np.zeros((3, 40, 36, 3), np.uint8), [0, 1])
    packed = np.frombuffer(jpeg_of(np.zeros((999, 36, 3), np.uint8)), np.uint8)
    with h5py.File(tmp_path / "data" / "main_data.hdf5", "a") as file:
        del file["episode_1/observations"]
        file["episode_1"]["observations"] = np.stack([packed] * 3)
    with pytest.raises(DemonstrationError, match=r"episode 2 of the dataset: .* got an image of 999x36"):
        load_minari(tmp_path)


def jpeg_of(image: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="JPEG")
    return stream.getvalue()


def test_given_spaces_win_and_are_checked() -> None:
    episodes = (episode(2), episode(3))
    wide = Spaces(Box((2,), low=(-9.0,), high=(9.0,)), Discrete(7))
    assert Demonstrations(episodes, Provenance(), wide).action_space == Discrete(7)
    assert Demonstrations(episodes, Provenance(), wide) == Demonstrations(episodes, Provenance())
    with pytest.raises(DemonstrationError, match=r"episode 2: actions must be whole .* 1, got 2"):
        Demonstrations(episodes, Provenance(), Spaces(wide.observation, Discrete(2)))
    with pytest.raises(DemonstrationError, match=r"episode 1: observations must be .* uint8, got float32"):
        Demonstrations(episodes, Provenance(), Spaces(Box((2,), "uint8"), Discrete(7)))


# ---- transitions


def test_all_transitions() -> None:
    demonstrations = Demonstrations((episode(2), episode(3, 100.0, terminated=False)), Provenance())
    steps = transitions_of(demonstrations)
    assert len(steps) == 5
    assert steps.obs_shape == (2,)
    np.testing.assert_array_equal(steps.obs, demonstrations.obs)
    np.testing.assert_array_equal(steps.next_obs, demonstrations.next_obs)
    assert steps.terminated.tolist() == [False, True, False, False, False]
    assert steps.episode.tolist() == [0, 0, 1, 1, 1]
    assert steps.time.tolist() == [0, 1, 0, 1, 2]
    assert steps.reward.tolist() == [0, 10, 0, 10, 20]


def test_cells_are_transitions_too() -> None:
    cells = Episode(np.array([3, 4]), np.array([1]), np.array([-1.0]), True, False)
    assert transitions_of(Demonstrations((cells,), Provenance())).obs.tolist() == [3.0]


def test_subsampling_by_hand() -> None:
    steps = transitions_of(shown(7, 2, 9), every=4, offset_seed=0)
    assert steps.obs[:, 0].tolist() == [3, 101, 203, 207]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 12), st.integers(0, 2**40))
def test_every_nth_from_an_offset_of_its_own(lengths: list[int], every: int, seed: int) -> None:
    demonstrations = shown(*lengths)
    steps = transitions_of(demonstrations, every, seed)
    number, time = np.divmod(steps.obs[:, 0].astype(int), 100)
    np.testing.assert_array_equal(
        steps.next_obs[:, 0], steps.obs[:, 0] + 1
    )  # its own next, not the next kept
    np.testing.assert_array_equal(steps.action, time % 3)
    np.testing.assert_array_equal(steps.episode, number)
    np.testing.assert_array_equal(steps.time, time)
    for i, length in enumerate(lengths):
        own = time[number == i]
        assert 0 <= own[0] < min(every, length)  # every episode has its say
        np.testing.assert_array_equal(own, np.arange(own[0], length, every))
        np.testing.assert_array_equal(steps.terminated[number == i], own == length - 1)
    first = transitions_of(demonstrations.subset([0]), every, seed)
    np.testing.assert_array_equal(first.obs, steps.obs[number == 0])


def test_offsets_are_uniform() -> None:
    demonstrations = shown(20)
    begun = [transitions_of(demonstrations, 5, seed).obs[0, 0] for seed in range(500)]
    counts = np.bincount(np.array(begun, dtype=int), minlength=5)
    assert counts.size == 5
    assert counts.min() > 70


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(DemonstrationError, match="must be at least 1, got 0"):
        transitions_of(shown(3), 0)
    with pytest.raises(DemonstrationError, match="seed must be 0 or more"):
        transitions_of(shown(3), 1, -1)
