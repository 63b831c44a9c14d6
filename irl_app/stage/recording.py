"""One episode as it can be shown: where the robot was and what every step earned."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irl_app.stage.bodies import bodies_of, simulation
from irl_app.stage.poses import Poses, pack_poses
from trainers.arrays import Float32Array

MAX_STEPS = 20_000
FRAME_WIDTH, FRAME_QUALITY = 360, 60
FRAMES_A_SECOND = 15.0
USUAL_FPS = 30.0
"""Of environments that say nothing about time."""

MakeEnv = Callable[[str | None], gym.Env[Any, Any]]
Policy = Callable[[Float32Array, np.random.Generator], NDArray[Any]]
RewardCall = Callable[[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]], NDArray[Any]]


class RecordingError(ValueError):
    """An episode cannot be recorded, or its file not be read; the message is one sentence."""


@dataclass(frozen=True, eq=False)
class Frames:
    """Pictures of an environment that is not made of bodies.

    Attributes:
        images: files of WebP, all of one size.
        states: (F,) the state that each shows, ascending; the first is 0.
    """

    images: tuple[bytes, ...]
    states: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Recording:
    """One episode of T steps.

    Attributes:
        shown: T + 1 poses, or pictures of some of the T + 1 states.
        reward: (T,) what each step truly earned.
        recovered: (T,) what the recovered reward says of it, None where there is none.
        terminated: whether the last step led to a terminal state, rather than the time being up.
        dt: seconds a step.
        title: who acts, for people.
        provenance: names to JSON values: how it was made, for example its command and seed.

    Raises:
        RecordingError: lengths do not fit, or a number is not finite.
    """

    shown: Poses | Frames
    reward: Float32Array
    recovered: Float32Array | None
    terminated: bool
    dt: float
    title: str = ""
    provenance: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= len(self) <= MAX_STEPS:
            raise RecordingError(f"a recording has 1 to {MAX_STEPS} steps, got {len(self)}")
        if isinstance(self.shown, Poses) and len(self.shown) != len(self) + 1:
            raise RecordingError(f"{len(self)} steps need {len(self) + 1} poses, got {len(self.shown)}")
        if isinstance(self.shown, Frames):
            self._check_frames(self.shown)
        for name, values in (("reward", self.reward), ("recovered reward", self.recovered)):
            if values is not None and (values.shape != (len(self),) or not np.isfinite(values).all()):
                raise RecordingError(f"the {name} must be {len(self)} finite numbers, one a step")
        if not 0.0 < self.dt < np.inf:
            raise RecordingError(f"a step must last some time, got {self.dt} s")

    def __len__(self) -> int:
        """Number of steps, T."""
        return len(self.reward)

    @property
    def seconds(self) -> float:
        """How long the episode lasted."""
        return len(self) * self.dt

    def _check_frames(self, frames: Frames) -> None:
        states = frames.states
        rising = bool((np.diff(states) > 0).all())
        if (
            not len(states) == len(frames.images) > 0
            or states[0] != 0
            or not rising
            or states[-1] > len(self)
        ):
            raise RecordingError("every picture must be of a state of its own, the first one of the start")


def record(
    make_env: MakeEnv,
    policy: Policy,
    seed: int,
    reward: RewardCall | None = None,
    max_steps: int | None = None,
    *,
    title: str = "",
    provenance: Mapping[str, object] | None = None,
) -> Recording:
    """Play one episode and record it: the bodies of a MuJoCo model, otherwise rendered pictures.

    Args:
        make_env: render mode, "rgb_array" or None -> environment; it is closed here.
        policy: observations (1, *O), float32 where they are of floats, and a generator -> actions (1, *A).
        seed: of the environment and of the policy's generator.
        reward: obs (T, *O), action (T, *A), next_obs (T, *O), terminated (T,) -> recovered rewards (T,).
        max_steps: when to stop, unless the episode has ended before.
        title: who acts, for people.
        provenance: names to JSON values, kept beside the environment's name and the seed.

    Raises:
        RecordingError: the simulation or a reward leaves the finite numbers, or there is nothing to draw.
    """
    env = make_env(None)
    if simulation(env) is None:
        env.close()
        env = make_env("rgb_array")
    try:
        camera = _Poses(env) if simulation(env) is not None else _Pictures(env)
        steps, true, ended = _play(env, policy, seed, camera, MAX_STEPS if max_steps is None else max_steps)
        name = "" if env.spec is None else env.spec.id
        dt = _seconds_a_step(env)
        shown = camera.developed()
    finally:
        env.close()
    recovered = None if reward is None else np.asarray(reward(*steps), dtype=np.float32)
    made = {"task": name, "seed": seed, **(provenance or {})}
    return Recording(shown, np.array(true, np.float32), recovered, ended, dt, title or name, made)


def _play(
    env: gym.Env[Any, Any], policy: Policy, seed: int, camera: _Poses | _Pictures, max_steps: int
) -> tuple[tuple[NDArray[Any], ...], list[float], bool]:
    """The steps as arrays of transitions, their true rewards, and whether the last one was terminal."""
    rng = np.random.default_rng(seed)
    obs = _seen(env.reset(seed=seed)[0])
    camera.take()
    steps: list[tuple[Any, ...]] = []
    true: list[float] = []
    terminated = truncated = False
    while len(true) < max_steps and not (terminated or truncated):
        action = policy(obs[None], rng)[0]
        found, earned, terminated, truncated, _ = env.step(action)
        following = _seen(found)
        steps.append((obs, action, following, terminated))
        true.append(float(earned))
        camera.take()
        obs = following
    return tuple(np.stack(part) for part in zip(*steps, strict=True)), true, bool(terminated)


def _seen(obs: Any) -> NDArray[Any]:
    array = np.asarray(obs)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def _seconds_a_step(env: gym.Env[Any, Any]) -> float:
    dt = getattr(env.unwrapped, "dt", None)
    return float(dt) if isinstance(dt, float) else 1.0 / float(env.metadata.get("render_fps") or USUAL_FPS)


class _Poses:
    """Notes where the bodies of a MuJoCo model are."""

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        found = simulation(env)
        assert found is not None
        model, self.data = found
        self.bodies = bodies_of(model)
        if not self.bodies.geoms:
            raise RecordingError("the model has no geoms that could be drawn")
        self.taken: list[tuple[Any, ...]] = []

    def take(self) -> None:
        ids = list(self.bodies.ids)
        state = self.data.xpos[ids].copy(), self.data.xquat[ids].copy(), self.data.subtree_com[0].copy()
        if not all(np.isfinite(part).all() for part in state):
            raise RecordingError("the simulation has left the finite numbers: record fewer steps")
        self.taken.append(state)

    def developed(self) -> Poses:
        position, rotation, centre = (np.stack(part) for part in zip(*self.taken, strict=True))
        return pack_poses(self.bodies.geoms, position, rotation, centre, self.bodies.floor)


class _Pictures:
    """Renders some of the states, as many as a film needs."""

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        self.env = env
        self.every = max(1, round(1.0 / (FRAMES_A_SECOND * _seconds_a_step(env))))
        self.count = 0
        self.images: list[bytes] = []
        self.states: list[int] = []

    def take(self) -> None:
        if self.count % self.every == 0:
            self._render()
        self.count += 1

    def developed(self) -> Frames:
        if self.states[-1] != self.count - 1:  # how it ended is always seen
            self.count -= 1
            self._render()
        return Frames(tuple(self.images), np.array(self.states))

    def _render(self) -> None:
        pixels = self.env.render()
        if not isinstance(pixels, np.ndarray) or pixels.ndim != 3:
            raise RecordingError("the environment has no MuJoCo model and renders no pictures")
        picture = Image.fromarray(pixels.astype(np.uint8))
        picture.thumbnail((FRAME_WIDTH, FRAME_WIDTH))
        stream = io.BytesIO()
        picture.save(stream, "WEBP", quality=FRAME_QUALITY, method=4)
        self.images.append(stream.getvalue())
        self.states.append(self.count)
