"""Demonstrations from the formats of others: what is read, what is converted, what a refusal says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import h5py
import numpy as np
import pytest
from minari import create_dataset_from_buffers
from minari.data_collector import EpisodeBuffer

from irl_app.demonstrations import DemonstrationError, Demonstrations, Spaces, load_demonstrations
from irl_app.tasks import get_task
from irl_app.ui.train_choice import sources_for
from tests.tasks.own_environments import MIXED_ID
from trainers.gym_spaces import actions, observations
from trainers.spaces import Box, Discrete, SpaceError

SPACES = Spaces(Box((2,)), Discrete(3))
OBS = np.arange(24, dtype=np.float32).reshape(12, 2) / 10  # 2 episodes, of 5 and 7 steps
STARTS, ENDS = (0, 5), (4, 11)
ACTION = np.arange(12) % 3


def flags(*at: int) -> Any:
    found = np.zeros(12, bool)
    found[list(at)] = True
    return found


def next_of(obs: Any) -> Any:
    after = np.roll(obs, -1, axis=0)
    after[list(ENDS)] = -1.0
    return after


def write(path: Path, **arrays: Any) -> Path:
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array
    return path


def test_d4rl_with_and_without_next_observations(tmp_path: Path) -> None:
    rows = {"observations": OBS, "actions": ACTION, "rewards": np.ones(12), "terminals": flags(4)}
    rows["timeouts"] = flags(11)
    whole = load_demonstrations(
        write(tmp_path / "a.hdf5", **rows, next_observations=next_of(OBS)), spaces=SPACES
    )
    assert whole.lengths.tolist() == [5, 7]
    assert [one.terminated for one in whole.episodes] == [True, False]
    assert whole.episodes[0].observations[-1].tolist() == [-1.0, -1.0]
    short = load_demonstrations(write(tmp_path / "b.h5", **rows), spaces=SPACES)
    assert short.lengths.tolist() == [4, 6]  # what followed the last steps is not known
    assert not short.terminated.any()


def test_buffers_of_stable_baselines3_one_environment_after_the_other(tmp_path: Path) -> None:
    """(steps, environments, ...): the second environment's rows are the first one's, in reverse order."""
    side = {"observations": OBS, "next_observations": next_of(OBS), "actions": ACTION, "rewards": np.ones(12)}
    side |= {"dones": flags(4, 11), "timeouts": flags(11)}
    two = {name: np.stack([array, array], axis=1) for name, array in side.items()}
    found = load_demonstrations(write(tmp_path / "buffer.npz", **two), spaces=SPACES)
    assert found.lengths.tolist() == [5, 7, 5, 7]
    assert [one.terminated for one in found.episodes] == [True, False, True, False]
    assert found.episodes[0] == found.episodes[2]


def test_trajectories_of_imitation(tmp_path: Path) -> None:
    obs = np.insert(OBS, [5, 12], 9.0, axis=0)
    path = write(
        tmp_path / "t.npz",
        obs=obs,
        acts=ACTION,
        rews=np.ones(12),
        indices=np.array([5]),
        terminal=np.array([1, 0], bool),
    )
    found = load_demonstrations(path, spaces=SPACES)
    assert found.lengths.tolist() == [5, 7]
    assert [one.terminated for one in found.episodes] == [True, False]
    assert (found.next_obs[4] == 9.0).all()


@pytest.mark.parametrize("kind", [np.int32, np.float16, np.float64, np.uint8])
def test_numbers_of_any_kind_are_converted(tmp_path: Path, kind: Any) -> None:
    obs = np.arange(24).reshape(12, 2).astype(kind)
    rows = {"obs": obs, "action": (ACTION[:, None] + 1).astype(np.float64), "reward": np.ones((12, 1))}
    path = write(tmp_path / "n.npz", **rows, dones=flags(*ENDS))
    found = load_demonstrations(path, spaces=Spaces(Box((2,)), Discrete(3, 1)))
    assert found.obs.dtype == np.float32
    assert set(found.action.tolist()) == {1, 2, 3}


def test_an_open_episode_is_named_and_taken_if_asked(tmp_path: Path) -> None:
    rows = {"obs": OBS, "next_obs": next_of(OBS), "action": ACTION, "reward": np.ones(12)}
    path = write(tmp_path / "open.npz", **rows, terminated=flags(4))
    with pytest.raises(DemonstrationError, match=r"episode 1 of .*--truncate-open-episodes"):
        load_demonstrations(path, spaces=SPACES)
    found = load_demonstrations(path, spaces=SPACES, truncate_open=True)
    assert [one.truncated for one in found.episodes] == [False, True]


def test_numbered_observations_in_minari_fit_the_inferred_task_whose_networks_see_them_as_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    _save_episode("lake-v0", gym.make("FrozenLake-v1"), np.array([0, 4, 8, 9, 13]), np.array([1, 1, 2, 1]))
    found = load_demonstrations("lake-v0", spaces=get_task("FrozenLake-v1").spaces)
    np.testing.assert_array_equal(found.obs, np.eye(16)[[0, 4, 8, 9]])
    assert str(tmp_path / "lake-v0") in sources_for(get_task("FrozenLake-v1"))  # of the Train page
    other = Demonstrations.from_arrays(obs=OBS, action=ACTION, reward=ACTION, terminated=flags(*ENDS))
    with pytest.raises(DemonstrationError, match=r"episode 1: observations must be .*, got shape \(2,\)"):
        other.fitted(get_task("FrozenLake-v1").spaces)
    with pytest.raises(DemonstrationError, match="use demonstrations of this task"):
        load_demonstrations("lake-v0", spaces=get_task("CartPole-v1").spaces)


def _save_episode(
    name: str, env: gym.Env[Any, Any], obs: Any, action: Any, data_format: str = "hdf5"
) -> None:
    """A Minari dataset of one episode of 4 moves that ends."""
    ends = np.array([0, 0, 0, 1], bool)
    episode = EpisodeBuffer(
        id=0,
        observations=obs,
        actions=action,
        rewards=np.ones(4),
        terminations=ends,
        truncations=np.zeros(4, bool),
    )
    create_dataset_from_buffers(
        name,
        [episode],
        observation_space=env.observation_space,
        action_space=env.action_space,
        data_format=data_format,
        algorithm_name="x",
        author="x",
        author_email="x@example.org",
        code_permalink="x",
    )


def test_composed_spaces_are_read_from_minari_and_fit_the_inferred_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, env = get_task(MIXED_ID), gym.make(MIXED_ID)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    places = np.linspace(-1.0, 2.0, 5, dtype=np.float32)[:, None]
    obs = {"place": places, "side": (places[:, 0] > 0).astype(np.int64)}
    for name, data_format in (("mixed-v0", "hdf5"), ("mixed-arrow-v0", "arrow")):
        _save_episode(name, env, obs, np.array([[1, 2], [0, 1], [1, 0], [1, 2]]), data_format)
        found = load_demonstrations(name, spaces=task.spaces)
        assert found.action.tolist() == [5, 1, 3, 5]
        np.testing.assert_array_equal(found.obs[:, 0], places[:-1, 0])
        np.testing.assert_array_equal(found.obs[:, 1:].argmax(1), places[:-1, 0] > 0)
        task.check_fits(found)


def test_translations_are_gymnasiums_own_and_back() -> None:
    space = gym.spaces.Dict(
        a=gym.spaces.Box(-1.0, 1.0, (2,)),
        b=gym.spaces.Tuple((gym.spaces.Discrete(3, start=2), gym.spaces.MultiBinary(2))),
        c=gym.spaces.MultiDiscrete([2, 3]),
    )
    space.seed(0)
    seen = observations(space)
    for _ in range(20):
        element = space.sample()
        row = seen.encode(
            {
                "a": element["a"][None],
                "b": tuple(np.asarray(part)[None] for part in element["b"]),
                "c": element["c"][None],
            }
        )[0]
        np.testing.assert_array_equal(row, gym.spaces.flatten(space, element).astype(np.float32))
    for counted in (gym.spaces.MultiDiscrete([2, 3, 4], start=[1, 0, 5]), gym.spaces.MultiBinary([2, 2])):
        counted.seed(0)
        done = actions(counted)
        drawn = [counted.sample() for _ in range(50)]
        numbers = done.encode(np.stack(drawn))
        assert len(set(numbers.tolist())) > 5
        for number, element in zip(numbers, drawn, strict=True):
            np.testing.assert_array_equal(done.decode(number), element)
            assert counted.contains(done.decode(number))
    for translation in (actions(gym.spaces.MultiBinary(1)), observations(gym.spaces.Discrete(3))):
        with pytest.raises(SpaceError, match=r"one of 3|choices of"):
            translation.encode(np.array([0.5]))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rollout.pkl", b"\x80\x04.", "may be a pickle"),
        ("notes.txt", b"hello", "is of no known kind"),
        ("d4rl.hdf5", b"hello", "d4rl.hdf5 is no HDF5 file"),
        ("nothing-v0", None, "there is no Minari dataset at"),
    ],
)
def test_what_cannot_be_read_says_what_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, says: str
) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DemonstrationError, match=says):
        load_demonstrations(tmp_path / name if content is not None else name)
