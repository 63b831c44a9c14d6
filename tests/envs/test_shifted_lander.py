"""Lunar Lander from another start: the same episode, a part of the screen further on."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from irl_app.envs import SHIFTED_LANDER_ID
from irl_app.envs.shifted_lander import ShiftedLander


def test_it_begins_to_one_side_and_falls_the_same_way() -> None:
    usual, shifted = gym.make("LunarLander-v3"), gym.make(SHIFTED_LANDER_ID)
    usual.reset(seed=3)
    before = usual.step(0)[0]  # the idle move that the shifted lander makes once more
    after, _ = shifted.reset(seed=3)
    away = np.array([-0.7, -0.6, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(after, before + away, atol=1e-5)
    for action in (2, 1, 0, 3) * 3:
        flown, _, ended, *_ = usual.step(action)
        moved, _, ended_too, *_ = shifted.step(action)
        np.testing.assert_allclose(moved[2:6], flown[2:6], atol=1e-3)  # speeds, angle and spin
        assert moved[0] < -0.5
        assert not ended
        assert not ended_too


def test_the_first_reward_is_that_of_the_new_place() -> None:
    env = ShiftedLander(0.5)
    start, _ = env.reset(seed=0)
    landed, reward, *_ = env.step(0)

    def potential(s: np.ndarray) -> float:
        return float(-100 * (np.hypot(s[0], s[1]) + np.hypot(s[2], s[3]) + abs(s[4])))

    assert reward == pytest.approx(potential(landed) - potential(start), abs=1e-3)


@pytest.mark.parametrize("across", [-1.0, 1.0, float("nan")])
def test_it_must_begin_on_the_screen(across: float) -> None:
    with pytest.raises(ValueError, match="between -1 and 1, the edges of the screen"):
        ShiftedLander(across)


@pytest.mark.parametrize("down", [-0.1, 0.9])
def test_it_must_begin_above_the_hills(down: float) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 0\.8, above the highest hill"):
        ShiftedLander(0.0, down)
