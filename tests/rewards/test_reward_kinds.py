"""Each kind of reward against numbers worked out by hand, its checks, and the Gymnasium wrapper."""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from irl_app.rewards import (
    InverseBellmanReward,
    Reward,
    RewardError,
    RewardInfo,
    RewardWrapper,
    StateActionReward,
    StateReward,
)
from trainers.spaces import Discrete

ZERO = RewardInfo("transition", "r", 0.5, 1.0, "zero", Discrete(3), Discrete(2))
ABSORBING = replace(ZERO, terminal="absorbing")
Q = np.array([[1.0, 2.0], [3.0, 4.0], [6.0, 6.0]])
V = np.array([10.0, 20.0, 8.0])
BATCH = ([0, 1], [1, 0], [1, 2], [False, True])


def test_inverse_bellman_stops_the_bootstrap_at_the_end() -> None:
    reward = InverseBellmanReward(Q, V, ZERO)
    assert reward(*BATCH).tolist() == [2.0 - 0.5 * 20.0, 3.0]
    assert reward.tail([2]).tolist() == [0.0]


def test_inverse_bellman_keeps_the_absorbing_value() -> None:
    reward = InverseBellmanReward(Q, V, ABSORBING)
    assert reward(*BATCH).tolist() == [2.0 - 0.5 * 20.0, 3.0 - 0.5 * 8.0]
    assert reward.tail([2]).tolist() == [(6.0 - 4.0) / 0.5]


def test_tables_and_their_tails() -> None:
    pair = StateActionReward(Q, replace(ABSORBING, kind="marginal"))
    assert pair(*BATCH).tolist() == [2.0, 3.0]
    assert pair.tail([2]).tolist() == [12.0]
    state = StateReward(V, None, replace(ABSORBING, kind="state"))
    assert state(*BATCH).tolist() == [20.0, 8.0]
    assert state.tail([2]).tolist() == [16.0]
    assert StateReward(V, None, replace(ZERO, kind="true")).tail([2]).tolist() == [0.0]


def test_every_kind_is_a_reward() -> None:
    for reward in (InverseBellmanReward(Q, V, ZERO), StateActionReward(Q, ZERO), StateReward(V, V, ZERO)):
        assert isinstance(reward, Reward)


def test_arrays_are_copied_and_read_only() -> None:
    mine = V.copy()
    reward = StateReward(mine, None, ZERO)
    mine[0] = 99.0
    assert reward.values[0] == 10.0
    with pytest.raises(ValueError, match="read-only"):
        reward.values[0] = 1.0


@pytest.mark.parametrize(
    ("obs", "action", "message"),
    [
        ([-1], [0], "obs must be whole numbers from 0 to 2, got -1"),
        ([0], [2], "action must be whole numbers from 0 to 1, got 2"),
        ([0.5], [0], "whole"),
    ],
)
def test_indices_that_would_wrap_or_round_are_refused(
    obs: list[float], action: list[int], message: str
) -> None:
    for reward in (InverseBellmanReward(Q, V, ZERO), StateActionReward(Q, ZERO), StateReward(V, None, ZERO)):
        with pytest.raises(RewardError, match=message):
            reward(obs, action, [0], [False])


@pytest.mark.parametrize(
    "changes",
    [{"kind": "best"}, {"gamma": 1.0}, {"gamma": float("nan")}, {"temperature": -1.0}, {"terminal": "x"}],
)
def test_info_refuses_values_outside_their_range(changes: dict[str, object]) -> None:
    with pytest.raises(RewardError, match=next(iter(changes))):
        replace(ZERO, **changes)


def test_malformed_tables_are_refused() -> None:
    with pytest.raises(RewardError, match=r"values must have shape \(3,\), got \(2,\)"):
        StateReward(V[:2], None, ZERO)
    with pytest.raises(RewardError, match="finite"):
        StateActionReward(np.full((3, 2), np.nan), ZERO)
    with pytest.raises(RewardError, match="finite"):
        StateReward(np.array([0.0, np.inf, 1.0]), None, ZERO)
    assert np.isnan(StateReward(np.array([0.0, np.nan, 1.0]), None, ZERO).values[1])


class Corridor(gym.Env[int, int]):
    """States 0, 1, 2; action 1 moves right, reaching 2 ends; true reward -1 a step."""

    observation_space = gym.spaces.Discrete(3)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):  # type: ignore[no-untyped-def]
        self.state = 0
        return 0, {}

    def step(self, action: int):  # type: ignore[no-untyped-def]
        self.state += int(action)
        return self.state, -1.0, self.state == 2, False, {"cell": self.state}


def test_wrapper_replaces_the_reward_and_keeps_the_true_one() -> None:
    env = RewardWrapper(Corridor(), InverseBellmanReward(Q, V, ZERO))
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step(1)
    assert (reward, terminated, info) == (2.0 - 10.0, False, {"cell": 1, "true_reward": -1.0})
    assert env.step(1)[1] == 4.0


def test_wrapper_adds_the_tail_of_an_absorbing_reward_at_the_end() -> None:
    env = RewardWrapper(Corridor(), StateReward(V, None, ABSORBING))
    env.reset(seed=0)
    assert env.step(1)[1] == 20.0
    assert env.step(1)[1] == 8.0 + 0.5 * 16.0


def test_wrapper_refuses_spaces_that_do_not_fit() -> None:
    other = replace(ZERO, action_space=Discrete(3))
    with pytest.raises(RewardError, match="actions that are whole numbers from 0 to 2"):
        RewardWrapper(Corridor(), StateReward(V, None, other))
    with pytest.raises(RewardError, match="reset"):
        RewardWrapper(Corridor(), StateReward(V, None, ZERO)).step(0)
