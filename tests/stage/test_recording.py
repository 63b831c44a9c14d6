"""An episode is recorded as it happened, whatever it happens in."""

from __future__ import annotations

import io
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image

from irl_app.stage import Frames, Poses, Recording, RecordingError, record
from irl_app.stage.bodies import simulation
from irl_app.stage.poses import RESOLUTION, pack_poses
from tests.stage.examples import episode, film, hopping


def swaying(obs: Any, rng: np.random.Generator) -> Any:
    """A policy that looks at what it sees, and at chance."""
    return np.clip(np.sin(obs[:, :3]) + 0.1 * rng.normal(size=(1, 3)), -1, 1)


def test_hopper_is_where_the_simulator_says_and_earns_what_it_says() -> None:
    seen: list[Any] = []
    env = gym.make("Hopper-v5")

    class Watched(gym.Wrapper):  # type: ignore[type-arg]
        def step(self, action: Any) -> Any:
            result = super().step(action)
            found = simulation(self)
            assert found is not None
            model, data = found
            ends = data.geom_xmat.reshape(-1, 3, 3)[1:, :, 2] * model.geom_size[1:, 1:2]
            seen.append((data.geom_xpos[1:] + ends, result[1]))
            return result

    def reward(obs: Any, action: Any, next_obs: Any, terminated: Any) -> Any:
        assert obs.dtype == np.float32
        assert obs.shape == next_obs.shape == (len(seen), 11)
        assert action.shape == (len(seen), 3)
        assert terminated.tolist() == [False] * (len(seen) - 1) + [True]
        np.testing.assert_array_equal(obs[1:], next_obs[:-1])
        return next_obs[:, 0]

    made = record(lambda mode: Watched(env), swaying, 4, reward, title="Learner", provenance={"command": "x"})
    poses = made.shown
    assert isinstance(poses, Poses)
    assert poses.planar
    assert made.terminated
    assert made.recovered is not None
    assert len(made) == len(seen) == len(poses) - 1
    assert (made.title, made.provenance) == ("Learner", {"task": "Hopper-v5", "seed": 4, "command": "x"})
    assert made.dt == pytest.approx(0.008)
    np.testing.assert_array_equal(made.reward, np.array([earned for _, earned in seen], np.float32))
    for state in (1, len(made) // 2, len(made)):
        tops = np.array([points[1] for points in poses.at(state)])
        # half a unit of position, and of each number of a quaternion, at the end of a limb 0.3 m long
        np.testing.assert_allclose(tops, seen[state - 1][0], atol=poses.scale + 1e-3 * 0.3)
    again = record(lambda mode: gym.make("Hopper-v5"), swaying, 4, max_steps=5)
    assert len(again) == 5
    assert not again.terminated
    np.testing.assert_array_equal(again.reward, made.reward[:5])


def test_a_camera_follows_what_runs_and_rests_with_what_stays() -> None:
    running = hopping(200)
    assert np.ptp(running.centre[:, 0]) * running.scale == pytest.approx(4.0, abs=0.01)
    assert not np.ptp(hopping(10).centre, axis=0).any()


def test_ground_far_below_is_left_out() -> None:
    made = hopping(10)
    position = made.position * made.scale + made.centre[:, None] * made.scale
    rotation = made.rotation / RESOLUTION
    for floor, kept in ((0.0, 0.0), (-9.0, None)):
        assert pack_poses(made.geoms, position, rotation, made.centre * made.scale, floor).floor == kept


def test_turning_out_of_the_plane_is_noticed() -> None:
    assert hopping(20).planar
    assert not hopping(20, planar=False).planar


def test_an_environment_without_bodies_is_rendered() -> None:
    made = record(
        lambda mode: gym.make("CartPole-v1", render_mode=mode),
        lambda obs, rng: rng.integers(2, size=1),
        seed=0,
        max_steps=16,
    )
    assert isinstance(made.shown, Frames)
    assert made.dt == 0.02
    assert made.shown.states[0] == 0
    assert made.shown.states[-1] == len(made)
    assert max(map(len, made.shown.images)) < 4_000
    assert Image.open(io.BytesIO(made.shown.images[0])).width <= 360


class Broken(gym.Env):  # type: ignore[type-arg]
    """Nothing to see."""

    observation_space = gym.spaces.Box(-1, 1, (1,))
    action_space = gym.spaces.Discrete(2)

    def reset(self, **options: Any) -> Any:
        """At zero."""
        return np.zeros(1), {}

    def render(self) -> Any:
        """No picture."""


def test_what_cannot_be_recorded_says_so() -> None:
    with pytest.raises(RecordingError, match="renders no pictures"):
        record(lambda mode: Broken(), lambda obs, rng: np.zeros(1), 0)
    with pytest.raises(RecordingError, match="recovered reward must be 5 finite numbers"):
        record(
            lambda mode: gym.make("CartPole-v1", render_mode=mode),
            lambda obs, rng: np.ones(1, int),
            seed=0,
            reward=lambda obs, *_: np.full(len(obs), np.nan),
            max_steps=5,
        )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reward": np.ones(3, np.float32)}, "3 steps need 4 poses, got 61"),
        ({"reward": np.zeros(0, np.float32)}, "has 1 to 20000 steps, got 0"),
        ({"recovered": np.ones(3, np.float32)}, "recovered reward must be 60 finite"),
        ({"dt": 0.0}, "must last some time"),
        ({"shown": Frames((b"x",), np.array([1]))}, "the first one of the start"),
    ],
)
def test_parts_must_fit(changes: dict[str, Any], said: str) -> None:
    one = episode()
    parts = {"shown": one.shown, "reward": one.reward, "recovered": None, "terminated": False, "dt": 0.02}
    with pytest.raises(RecordingError, match=said):
        Recording(**parts | changes)
    assert film().seconds == pytest.approx(0.6)
