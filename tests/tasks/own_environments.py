"""Environments that only the tests register: ``import tests.tasks.own_environments`` makes them known."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

WALK_ID, MIXED_ID, DRIFT_ID = "irl_app_tests/Walk-v0", "irl_app_tests/Mixed-v0", "irl_app_tests/Drift-v0"
SEEN_ID, STEERED_ID = "irl_app_tests/Seen-v0", "irl_app_tests/Steered-v0"
LIMIT = 30


class Walk(gym.Env[Any, Any]):
    """A line of places -3 to 3: to the right is a goal; a step costs 1. It draws itself."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 as Gymnasium has it
    observation_space = gym.spaces.Box(np.array([-3.0, -1.0]), np.array([3.0, 1.0]), dtype=np.float64)
    action_space: gym.Space[Any] = gym.spaces.Discrete(3, start=1)

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode, self._place, self._moved = render_mode, 0.0, 0.0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._place, self._moved = float(self.np_random.uniform(-3.0, 0.0)), 0.0
        return self._obs(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), action
        self._moved = 0.5 * (int(action) - 2)
        self._place = max(-3.0, self._place + self._moved)
        return self._obs(), -1.0, self._place >= 2.0, False, {}

    def render(self) -> Any:
        picture = np.full((40, 70, 3), 255, np.uint8)
        column = int(10 * (self._place + 3.0))
        picture[15:25, column : column + 8] = 0
        return picture

    def _obs(self) -> Any:
        return np.array([self._place, self._moved])


class Mixed(Walk):
    """The same, seen as a dictionary and moved by two switches."""

    observation_space = gym.spaces.Dict(  # type: ignore[assignment]
        place=gym.spaces.Box(-3.0, 3.0, (1,), np.float32), side=gym.spaces.Discrete(2)
    )
    action_space = gym.spaces.MultiDiscrete([2, 3])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._moved = 0.5 * (int(action[1]) - 1) * int(action[0])
        self._place = max(-3.0, self._place + self._moved)
        return self._obs(), -1.0, self._place >= 2.0, False, {}

    def _obs(self) -> Any:
        return {"place": np.array([self._place], np.float32), "side": int(self._place > 0)}


class Seen(Walk):
    """The same, seen as a small picture: a bright column where one is."""

    observation_space = gym.spaces.Box(0, 255, (9, 14, 3), np.uint8)

    def _obs(self) -> Any:
        picture = np.full((9, 14, 3), 40, np.uint8)
        picture[:, int(2 * (self._place + 3.0))] = (250, 200, 90)
        return picture


class Steered(Seen):
    """The same, moved by a number."""

    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._place = max(-3.0, self._place + 0.5 * float(np.clip(action[0], -1.0, 1.0)))
        return self._obs(), -1.0, self._place >= 2.0, False, {}


class Drift(gym.Env[Any, Any]):
    """A point that is pushed by a number; it has no limit of moves."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._x = self.np_random.uniform(-1.0, 1.0, 2).astype(np.float32)
        return self._x.copy(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._x = (0.9 * self._x + 0.1 * np.asarray(action)).astype(np.float32)
        return self._x.copy(), -float(np.abs(self._x).sum()), False, False, {}


for env_id, kind, limit in (
    (WALK_ID, Walk, LIMIT), (MIXED_ID, Mixed, LIMIT), (DRIFT_ID, Drift, None),
    (SEEN_ID, Seen, LIMIT), (STEERED_ID, Steered, LIMIT),
):  # fmt: skip
    if env_id not in gym.registry:
        gym.register(env_id, kind, max_episode_steps=limit)  # type: ignore[arg-type]


def to_the_right(obs: Any, generator: Any) -> Any:
    """(B,) what a good player of ``Walk`` does."""
    return np.full(len(obs), 3)
